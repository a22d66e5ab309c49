"""What people change about themselves: their name, their password, and which browsers stay signed in.

Times are epoch seconds and come in as values.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from lib.accounts import passwords, users
from lib.accounts.passwords import Hasher
from lib.accounts.sessions import IDLE, SignedIn
from lib.errors import NameMissing, PasswordsDiffer, WrongLogin, WrongPassword
from lib.store import profile
from lib.store.engine import reading, transaction

LONGEST_NAME: Final = 100
"""Characters."""


@dataclass(frozen=True)
class NewPassword:
    """What the form asks for: the password in force, and the new one twice."""

    current: str = field(repr=False)
    new: str = field(repr=False)
    again: str = field(repr=False)


@dataclass(frozen=True)
class Session:
    """A browser that is signed in. ``seen``: its last visit, which is noted once an hour."""

    hash: str = field(repr=False)
    created: int
    seen: int
    here: bool


def rename(user: SignedIn, name: str) -> str:
    """Call ``user`` by another name, and return it as it is kept. Raises NameMissing."""
    name = " ".join(name.split())[:LONGEST_NAME]
    if not name:
        raise NameMissing
    with transaction() as db:
        profile.rename(db, user.id, name)
    return name


def change_password(user: SignedIn, typed: NewPassword, *, address: str, hasher: Hasher, now: int) -> None:
    """Give ``user`` a new password; every other session of theirs ends at that moment.

    Wrong tries count like those of signing in. Raises WrongPassword, TooManyAttempts, PasswordsDiffer, WeakPassword.
    """
    if typed.new != typed.again:
        raise PasswordsDiffer
    new = passwords.acceptable(typed.new)
    try:
        users.sign_in(user.email, typed.current, address=address, hasher=hasher, now=now)
    except WrongLogin:
        raise WrongPassword from None
    with transaction() as db:
        profile.set_password(db, user.id, hasher.hash(new))
        profile.revoke_others(db, user.id, but=user.session)


def sessions(user: SignedIn, *, now: int) -> tuple[Session, ...]:
    """The browsers where ``user`` is signed in, this one first, then the newest."""
    with reading() as db:
        found = [
            Session(
                each.token_hash, each.created, max(each.created, each.expires - IDLE), each.token_hash == user.session
            )
            for each in profile.sessions(db, user.id, now=now)
        ]
    return tuple(sorted(found, key=lambda each: not each.here))


def end(user: SignedIn, session: str) -> None:
    """End one of ``user``'s sessions; one of somebody else is left alone."""
    with transaction() as db:
        profile.revoke(db, user.id, session)
