"""What people of a workspace write down about a customer, for each other. Stripe never sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from lib.accounts import identifiers, roles, workspaces
from lib.accounts.roles import Right
from lib.accounts.sessions import SignedIn
from lib.errors import BadNote, UnknownAccount, UnknownNote
from lib.store import notes, people, tables
from lib.store.engine import reading, transaction

LONGEST: Final = 2_000
"""Characters."""


@dataclass(frozen=True)
class Note:
    """A note, as its reader sees it. ``author``: a name, None when they left; ``created``: epoch seconds."""

    id: str
    text: str
    author: str | None
    mine: bool
    created: int


def of(user: SignedIn, account: str, customer: str) -> tuple[Note, ...]:
    """The notes about ``customer``, newest first. Raises UnknownAccount for one that is not this workspace's."""
    _require(user, account)
    with reading() as db:
        found = notes.of(db, user.workspace, account, customer)
    return tuple(Note(row.id, row.text, author, row.user == user.id, row.created) for row, author in found)


def add(user: SignedIn, account: str, customer: str, text: str, *, now: int) -> str:
    """Write down ``text``; returns the note's id. ``now`` is epoch seconds.

    Raises NotYourRole, BadNote, UnknownAccount.
    """
    roles.require(user, Right.EDIT)
    _require(user, account)
    note, text = identifiers.new("note"), _text(text)
    row = tables.CustomerNote(
        id=note, workspace=user.workspace, account=account, customer=customer, text=text, user=user.id, created=now
    )
    with transaction() as db:
        people.add(db, row)
    return note


def rewrite(user: SignedIn, note: str, text: str) -> None:
    """Change one's own note: nobody's words are changed by another. Raises NotYourRole, BadNote, UnknownNote."""
    text = _text(text)
    if _found(user, note).user != user.id:
        raise UnknownNote
    with transaction() as db:
        notes.rewrite(db, note, text)


def remove(user: SignedIn, note: str) -> None:
    """Delete a note of this workspace, whoever wrote it. Raises NotYourRole, UnknownNote."""
    _found(user, note)
    with transaction() as db:
        notes.remove(db, note)


def _found(user: SignedIn, note: str) -> tables.CustomerNote:
    """The note, if ``user`` may change notes and it is about an account of theirs."""
    roles.require(user, Right.EDIT)
    with reading() as db:
        found = notes.one(db, note)
    if found is None or found.workspace != user.workspace:
        raise UnknownNote
    try:
        _require(user, found.account)
    except UnknownAccount:
        raise UnknownNote from None
    return found


def _require(user: SignedIn, account: str) -> None:
    """Raise UnknownAccount unless ``account`` is this workspace's, or stands for all of its accounts together."""
    if account != user.workspace:
        workspaces.require_account(user.workspace, account)


def _text(text: str) -> str:
    text = text.strip()
    if not text:
        raise BadNote(reason="it is empty")
    if len(text) > LONGEST:
        raise BadNote(reason=f"it is longer than {LONGEST:,} characters")
    return text
