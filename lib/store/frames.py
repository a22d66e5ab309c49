"""Everything of an account as Polars frames, all from one moment: of each mirrored table, and subscriptions' versions.

A frame has the columns of its table but ``account``, ``observed_at`` and ``children_at``, in the table's order and with
the types of :func:`schema`, also when it is empty. JSON columns stay JSON text (String). Rows come by id.

The database sends each column as one JSON array: no row is ever built in Python. That is about as quick as ADBC and,
unlike ADBC, safe on SQLite: see ``docs/decisions/0005-one-sqlite-library.md``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import polars as pl
from sqlalchemy import ColumnElement, Select, bindparam, false, func, select
from sqlalchemy import Connection as CoreConnection

from lib.store import frames_versions
from lib.store.engine import reading
from lib.store.frames_columns import array, dtype, frame
from lib.store.journal import Changed
from lib.store.tables import MIRROR, Mirror, columns, core
from lib.store.upserts import CHILDREN

CHUNK: Final = 50_000
MANY: Final = 500
"""Most values that one statement asks for."""
_HIDDEN: Final = frozenset({"account", "observed_at", "children_at"})


def frames(account: str) -> dict[str, pl.DataFrame]:
    """One frame for each mirrored table, by table name.

    Deleted rows are left out, except from tables whose deleted rows history still refers to (``KEPT_WHEN_DELETED``).
    """
    with reading() as session:
        connection = session.connection()
        mirrored = {core(table).name: _read(connection, account, table) for table in MIRROR}
        return mirrored | {frames_versions.NAME: frames_versions.read(connection, account)}


def chunks(account: str, name: str) -> Iterator[pl.DataFrame]:
    """The frame of one mirrored table in pieces of CHUNK rows, all from one moment; the first may be empty."""
    table = next(each for each in MIRROR if core(each).name == name)
    with reading() as session:
        yield from _chunked(session.connection(), account, table)


def look(account: str, name: str, created: tuple[int, int], most: int) -> tuple[int, pl.DataFrame]:
    """How many rows of a mirrored table were created between two moments (epoch seconds, both included; of a table
    that keeps no such moment, all), and the first ``most`` of them.
    """
    table = next(each for each in MIRROR if core(each).name == name)
    row, wanted = core(table).c, schema(table)
    query = select(*(row[column] for column in wanted)).where(row.account == account, *_alive(table))
    if "created" in wanted:
        query = query.where(row.created.between(*created))
    with reading() as session:
        connection = session.connection()
        count = connection.execute(select(func.count()).select_from(query.subquery())).scalar_one()
        first = query.order_by(row.id).limit(most).subquery("chunk").c
        arrays = connection.execute(select(*(array(column, connection.dialect.name) for column in first))).one()
    return int(count), frame(wanted, list(arrays)) if count else pl.DataFrame(schema=wanted)


def _alive(table: type[Mirror]) -> tuple[ColumnElement[bool], ...]:
    """What leaves deleted rows out, but for tables whose deleted rows history refers to."""
    row = core(table).c
    return () if table.KEPT_WHEN_DELETED else (row.deleted == false(), row.observed_at > 0)


def renewed(account: str, before: Mapping[str, pl.DataFrame], changed: Changed) -> dict[str, pl.DataFrame]:
    """The frames, from those ``before`` and what ``changed`` since; equal to :func:`frames` when that is all there is.

    Only the changed rows are read, and every child of a changed parent: a parent may have lost some. A frame that is
    none of a mirrored table stays as it was.
    """
    with reading() as session:
        connection = session.connection()
        mirrored = {
            name: _renewed(connection, account, table, before[name], changed)
            for table in MIRROR
            if _concerned(name := core(table).name, table, changed)
        }
        renewed = dict(before) | mirrored
        if (seen := before.get(frames_versions.NAME)) is not None:
            subscriptions = changed.get("subscription", ())
            renewed[frames_versions.NAME] = frames_versions.renewed(connection, account, seen, subscriptions)
        return renewed


def _concerned(name: str, table: type[Mirror], changed: Changed) -> bool:
    return name in changed or (table in CHILDREN and core(CHILDREN[table][0]).name in changed)


def _renewed(
    connection: CoreConnection, account: str, table: type[Mirror], before: pl.DataFrame, changed: Changed
) -> pl.DataFrame:
    keys = {"id": changed.get(core(table).name, frozenset())}
    if table in CHILDREN:
        parent, column = CHILDREN[table]
        keys[column] = changed.get(core(parent).name, frozenset())
    # a child that changed its parent is among the changed ids; one whose parent changed is found by either side
    stale = pl.any_horizontal(pl.col(key).is_in(list(ids)).fill_null(value=False) for key, ids in keys.items())
    kept = before.filter(~stale)
    wanted = [(key, chunk) for key, ids in keys.items() for chunk in _chunks(sorted(ids))]
    parts = [_some(connection, account, table, key, chunk) for key, chunk in wanted]
    return kept.merge_sorted(pl.concat(parts).unique("id").sort("id"), key="id")


def _chunks(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[start : start + MANY] for start in range(0, len(ids), MANY))


def _some(
    connection: CoreConnection, account: str, table: type[Mirror], key: str, values: Sequence[str]
) -> pl.DataFrame:
    """The rows whose ``key`` has one of these values."""
    statement, wanted = _statement(table, connection.dialect.name, key), schema(table)
    asked = {"of_account": account, "after": "", "wanted": list(values)}
    _, size, *arrays = connection.execute(statement, asked).one()
    return frame(wanted, arrays) if size else pl.DataFrame(schema=wanted)


def schema(table: type[Mirror]) -> dict[str, pl.DataType]:
    """The columns and types of a table's frame: Int64, Boolean or String."""
    return {name: dtype(core(table).c[name].type) for name in columns(table) if name not in _HIDDEN}


def _read(connection: CoreConnection, account: str, table: type[Mirror]) -> pl.DataFrame:
    return pl.concat([pl.DataFrame(schema=schema(table)), *_chunked(connection, account, table)])


def _chunked(connection: CoreConnection, account: str, table: type[Mirror]) -> Iterator[pl.DataFrame]:
    """The table in chunks of ids, since no cell may be longer than 1 GB."""
    statement, wanted = _statement(table, connection.dialect.name), schema(table)
    after, size = "", CHUNK
    while size == CHUNK:
        last, size, *arrays = connection.execute(statement, {"of_account": account, "after": after}).one()
        if size or not after:
            yield frame(wanted, arrays) if size else pl.DataFrame(schema=wanted)
        after = last


def _statement(table: type[Mirror], dialect: str, key: str | None = None) -> Select[*tuple[Any, ...]]:
    """The next CHUNK rows after an id: the last id, their number, and each column as a JSON array.

    With ``key`` only rows in which that column has one of the values ``wanted``.
    """
    row = core(table).c
    query = (
        select(*(row[name] for name in schema(table)))
        .where(row.account == bindparam("of_account"), row.id > bindparam("after"))
        .order_by(row.id)
        .limit(CHUNK)
    )
    query = query.where(*_alive(table))
    if key is not None:
        query = query.where(row[key].in_(bindparam("wanted", expanding=True))).limit(None)
    chunk = query.subquery("chunk").c
    return select(func.max(chunk.id), func.count(), *(array(column, dialect) for column in chunk))
