"""What people take along of an account before it is deleted, where no other query reads all of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import polars as pl
from sqlalchemy import func, tuple_
from sqlalchemy import select as core_select
from sqlmodel import Session, col, select

from lib.store.engine import reading
from lib.store.frames_columns import array, dtype, frame
from lib.store.tables import CustomerCall, Goal, SubscriptionVersion, User, core

CHUNK: Final = 5_000
"""Versions that are read at once: what was seen of each is a page of JSON."""
_KEY: Final = ("subscription", "observed_at", "event")


def versions(account: str) -> Iterator[pl.DataFrame]:
    """Every version of the account's subscriptions with what was seen, by subscription and time; JSON as text. The
    first piece may be empty.
    """
    row = core(SubscriptionVersion).c
    schema = {column.name: dtype(column.type) for column in row if column.name != "account"}
    key = [row[name] for name in _KEY]
    query = core_select(*(row[name] for name in schema))
    query = query.where(row.account == account).order_by(*key).limit(CHUNK)
    after: tuple[object, ...] | None = None
    with reading() as db:
        connection = db.connection()
        while True:
            chunk = (query if after is None else query.where(tuple_(*key) > after)).subquery("chunk").c
            columns = (array(column, connection.dialect.name) for column in chunk)
            size, *arrays = connection.execute(core_select(func.count(), *columns)).one()
            if size or after is None:
                yield (found := frame(schema, arrays) if size else pl.DataFrame(schema=schema))
            if size < CHUNK:
                return
            after = max(found.select(_KEY).iter_rows())


def goals(db: Session, workspace: str, account: str) -> Sequence[Goal]:
    """The workspace's goals of an account, the nearest day first."""
    query = select(Goal).where(Goal.workspace == workspace, Goal.account == account)
    return db.exec(query.order_by(col(Goal.day), col(Goal.created), col(Goal.id))).all()


def calls(db: Session, workspace: str, account: str) -> Sequence[tuple[CustomerCall, str | None]]:
    """The workspace's calls to an account's customers, the newest first, each with the name of who called, if that user
    is still here.
    """
    query = (
        select(CustomerCall, User.name)
        .join(User, col(User.id) == CustomerCall.user, isouter=True)
        .where(CustomerCall.workspace == workspace, CustomerCall.account == account)
    )
    return db.exec(query.order_by(col(CustomerCall.day).desc(), col(CustomerCall.customer))).all()
