"""Writing what was read, only while the account stays connected: who disconnects and erases has the last word."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import text
from sqlmodel import Session

from lib.errors import Disconnected
from lib.store import connections
from lib.store.engine import transaction

_TURN: Final = text("SELECT pg_advisory_xact_lock(hashtextextended(:account, 1))")


def connection(account: str) -> str | None:
    """The id of the account's live connection now; to be passed to :func:`writing` with what is read by it."""
    with transaction() as db:
        return connections.hold(db, account)


@contextmanager
def writing(account: str, by: str | None) -> Iterator[Session]:
    """A transaction that writes what connection ``by`` read. Raises Disconnected when that is not the live one.

    Of one account, one at a time: on PostgreSQL two could otherwise each do a half of what makes rows and their
    children agree (SQLite has but one writer at all).
    """
    with transaction() as db:
        if db.get_bind().dialect.name == "postgresql":
            db.connection().execute(_TURN, {"account": account})
        if by is None or connections.hold(db, account) != by:
            raise Disconnected
        yield db
