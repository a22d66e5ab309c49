"""Signing up and signing in. Times are epoch seconds and come in as values."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from lib.accounts import identifiers, operators, passwords, team, throttle
from lib.accounts.passwords import Hasher
from lib.errors import BadEmail, EmailTaken, NameMissing, WrongLogin
from lib.store import people, tables
from lib.store.engine import reading, transaction

_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_LONGEST_EMAIL: Final = 254
_LONGEST_NAME: Final = 100
OWNER: Final = "owner"


@dataclass(frozen=True)
class User:
    """Someone who can sign in."""

    id: str
    email: str
    name: str


def sign_up(  # noqa: PLR0913 - what a user is made of, and the world, by keyword
    email: str,
    name: str,
    password: str,
    *,
    hasher: Hasher,
    now: int,
    invite: str | None = None,
    seats: int | None = None,
    operator: str | None = None,
) -> User:
    """Make a user and a workspace they own, or have them join the one that ``invite`` (its token) is for, which has
    room for ``seats`` people (None: for any number).

    The very first user takes over the workspace that the command line made, if it did: whoever runs this server.
    An email that OPERATORS names needs a token of its own, ``operator``: see lib.accounts.operators. Raises BadEmail,
    NameMissing, WeakPassword, OperatorLinkNeeded, OperatorLinkGone, EmailTaken, InviteGone or TooManySeats.
    """
    email, name = _email(email), _name(name)
    operators.admit(email, operator, now=now)
    hashed = hasher.hash(passwords.acceptable(password))
    user = User(identifiers.new("usr"), email, name)
    with transaction() as db:
        first = not people.any_user(db)
        row = tables.User(id=user.id, email=email, name=name, password_hash=hashed, created=now)
        if not people.add(db, row):
            raise EmailTaken
        if invite is not None:
            team.join(db, user.id, invite, now=now, seats=seats)
            return user
        workspace = people.first_workspace(db) if first else None
        if workspace is None:
            workspace = tables.Workspace(id=identifiers.new("ws"), name=f"{name}'s workspace", created=now)
            people.add(db, workspace)
        people.add(db, tables.Membership(user=user.id, workspace=workspace.id, role=OWNER))
    return user


def sign_in(email: str, password: str, *, address: str, hasher: Hasher, now: int) -> User:
    """The user behind ``email`` and ``password``, asked for from network ``address``.

    Raises WrongLogin, the same for a wrong password and an unknown user and after the same work, or TooManyAttempts.
    """
    email = email.strip().lower()
    attempt = throttle.admit(email, address, now=now)
    with reading() as db:
        found = people.user_by_email(db, email)
    if not passwords.matches(password, found.password_hash if found else None, hasher) or found is None:
        raise WrongLogin
    throttle.forgive(attempt)
    return User(found.id, found.email, found.name)


def anyone() -> bool:
    """Whether anybody has signed up on this server yet."""
    with reading() as db:
        return people.any_user(db)


def _email(text: str) -> str:
    email = text.strip().lower()
    if len(email) > _LONGEST_EMAIL or not _EMAIL.fullmatch(email):
        raise BadEmail
    return email


def _name(text: str) -> str:
    name = " ".join(text.split())[:_LONGEST_NAME]
    if not name:
        raise NameMissing
    return name
