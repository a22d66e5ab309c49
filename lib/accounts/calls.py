"""Whom of the customers somebody of the workspace has called today, so that the list can be worked through together."""

from __future__ import annotations

from datetime import date

from lib.accounts import roles, workspaces
from lib.accounts.roles import Right
from lib.accounts.sessions import SignedIn
from lib.store import calls, tables
from lib.store.engine import reading, transaction

Called = dict[str, str | None]
"""The customers (ids) who were called, each with the name of who called; None where they left."""


def of(user: SignedIn, day: date) -> Called:
    """Who was called on ``day``, in all accounts of the workspace."""
    with reading() as db:
        return dict(calls.of(db, user.workspace, day.isoformat()))


def mark(user: SignedIn, account: str, customer: str, day: date, *, now: int) -> None:
    """Note that ``user`` called a customer of ``account`` on ``day``. Raises NotYourRole, UnknownAccount."""
    roles.require(user, Right.EDIT)
    workspaces.require_account(user.workspace, account)
    call = tables.CustomerCall(
        workspace=user.workspace, account=account, customer=customer, day=day.isoformat(), user=user.id, created=now
    )
    with transaction() as db:
        calls.keep(db, call)


def undo(user: SignedIn, customer: str, day: date) -> None:
    """Take the mark back, whoever made it. Raises NotYourRole."""
    roles.require(user, Right.EDIT)
    with transaction() as db:
        calls.remove(db, user.workspace, customer, day.isoformat())
