"""The versions of an account's subscriptions as a frame.

It has the columns of ``subscription_version`` but the account and what was seen; ``items`` and ``discounts`` are JSON
text. Sorted by subscription and time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import polars as pl
from sqlalchemy import Connection as CoreConnection
from sqlalchemy import Select, bindparam, func, select, tuple_

from lib.store.frames_columns import array, dtype, frame
from lib.store.tables import SubscriptionVersion, core

NAME: Final = "subscription_version"
CHUNK: Final = 50_000
MANY: Final = 500
"""Most subscriptions that one statement asks for."""
_KEY: Final = ("subscription", "observed_at", "event")
_LEFT_OUT: Final = frozenset({"account", "payload", "previous"})


def schema() -> dict[str, pl.DataType]:
    """The columns and types of the frame: those of the table but the account and what was seen."""
    return {column.name: dtype(column.type) for column in core(SubscriptionVersion).c if column.name not in _LEFT_OUT}


def read(connection: CoreConnection, account: str) -> pl.DataFrame:
    """Every version of the account's subscriptions, by subscription and time."""
    parts, after = [pl.DataFrame(schema=schema())], ("", 0.0, "")
    while True:
        part = _part(connection, _statement(connection.dialect.name), account, after=after)
        parts.append(part)
        if part.height < CHUNK:
            return pl.concat(parts).sort(_KEY)
        after = max(part.select(_KEY).iter_rows())


def renewed(
    connection: CoreConnection, account: str, before: pl.DataFrame, subscriptions: Iterable[str]
) -> pl.DataFrame:
    """The frame, from the one ``before`` and the present versions of these subscriptions."""
    ids = sorted(subscriptions)
    statement = _statement(connection.dialect.name, some=True)
    parts = [_part(connection, statement, account, after=("", 0.0, ""), wanted=chunk) for chunk in _chunks(ids)]
    return pl.concat([before.filter(~pl.col("subscription").is_in(ids)), *parts]).sort(_KEY)


def _chunks(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[start : start + MANY] for start in range(0, len(ids), MANY))


def _part(
    connection: CoreConnection,
    statement: Select[*tuple[Any, ...]],
    account: str,
    *,
    after: tuple[str, float, str],
    **more: Sequence[str],
) -> pl.DataFrame:
    asked = {"of_account": account, **{f"after_{name}": value for name, value in zip(_KEY, after, strict=True)}}
    size, *arrays = connection.execute(statement, asked | more).one()
    return frame(schema(), arrays) if size else pl.DataFrame(schema=schema())


def _statement(dialect: str, *, some: bool = False) -> Select[*tuple[Any, ...]]:
    """The next CHUNK rows after a key, or all those of ``wanted`` subscriptions: their number, and each column."""
    row = core(SubscriptionVersion).c
    key = [row[name] for name in _KEY]
    query = select(*(row[name] for name in schema())).where(row.account == bindparam("of_account"))
    if some:
        query = query.where(row.subscription.in_(bindparam("wanted", expanding=True)))
    else:
        after = tuple_(*(bindparam(f"after_{column.name}", type_=column.type) for column in key))
        query = query.where(tuple_(*key) > after).order_by(*key).limit(CHUNK)
    found = query.subquery("chunk").c
    return select(func.count(), *(array(column, dialect) for column in found))
