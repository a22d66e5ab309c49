"""Writing what was read, only while the account stays connected: who disconnects and erases has the last word."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlmodel import Session

from lib.errors import Disconnected
from lib.store import connections
from lib.store.engine import transaction


def connection(account: str) -> str | None:
    """The id of the account's live connection now; to be passed to :func:`writing` with what is read by it."""
    with transaction() as db:
        return connections.hold(db, account)


@contextmanager
def writing(account: str, by: str | None) -> Iterator[Session]:
    """A transaction that writes what connection ``by`` read. Raises Disconnected when that is not the live one."""
    with transaction() as db:
        if by is None or connections.hold(db, account) != by:
            raise Disconnected
        yield db
