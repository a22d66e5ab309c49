"""Annotations: what happened on a day, pinned to the charts of an account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from lib.accounts import identifiers, roles, workspaces
from lib.accounts.roles import Right
from lib.accounts.sessions import SignedIn
from lib.errors import AnnotationEmpty, UnknownAnnotation
from lib.store import goals, people, tables
from lib.store.engine import reading, transaction

LONGEST: Final = 200
"""Characters of an annotation."""


@dataclass(frozen=True, slots=True)
class Annotation:
    """``text`` about a ``day`` of the account's time zone; ``author`` may have left the workspace (None)."""

    id: str
    day: date
    text: str
    author: str | None


def between(workspace: str, account: str, start: date, end: date) -> tuple[Annotation, ...]:
    """The workspace's annotations of an account's days, both included, oldest day first."""
    with reading() as db:
        found = goals.pinned(db, workspace, account, start.isoformat(), end.isoformat())
        return tuple(Annotation(row.id, date.fromisoformat(row.day), row.text, author) for row, author in found)


def add(user: SignedIn, account: str, day: date, text: str, *, now: int) -> None:
    """Pin ``text`` to a day. Raises NotYourRole, UnknownAccount or AnnotationEmpty."""
    _may(user, account)
    row = tables.Annotation(
        id=identifiers.new("ann"),
        workspace=user.workspace,
        account=account,
        day=day.isoformat(),
        text=_tidy(text),
        user=user.id,
        created=now,
    )
    with transaction() as db:
        people.add(db, row)


def change(user: SignedIn, account: str, id_: str, day: date, text: str) -> None:
    """Give an annotation another day or text. Raises what :func:`add` raises, or UnknownAnnotation."""
    _may(user, account)
    with transaction() as db:
        row = goals.annotation(db, user.workspace, account, id_)
        if row is None:
            raise UnknownAnnotation
        row.day, row.text = day.isoformat(), _tidy(text)
        db.add(row)


def remove(user: SignedIn, account: str, id_: str) -> None:
    """Delete an annotation. Raises NotYourRole, UnknownAccount or UnknownAnnotation."""
    _may(user, account)
    with transaction() as db:
        row = goals.annotation(db, user.workspace, account, id_)
        if row is None:
            raise UnknownAnnotation
        db.delete(row)


def _may(user: SignedIn, account: str) -> None:
    roles.require(user, Right.EDIT)
    if account != user.workspace:
        workspaces.require_account(user.workspace, account)


def _tidy(text: str) -> str:
    tidy = " ".join(text.split())[:LONGEST]
    if not tidy:
        raise AnnotationEmpty
    return tidy
