"""Writing rows of Stripe objects: twice, late and out of order, and always ending with the same table.

* The newest observation wins: a row is replaced only by one whose ``observed_at`` is not older.
* Terminal states beat time: a subscription that was once seen ended stays ended (``TERMINAL``).
* Deletion beats time as well: ids never come back at Stripe, so a tombstone sets ``deleted`` and nothing unsets it.
* Some columns only fill in (``FILLS``): they never change at Stripe, but not every shape tells them.
* No observation is from the future: a row whose time is ahead of our clock was seen by a clock that was wrong, and the
  next observation beats it. While two machines' clocks differ, the one that writes last may win over the one that
  looked last; their clocks should be kept by NTP.
* A child that its parent no longer lists (``CHILDREN``) is deleted; whether a child lives follows from the newest
  observation of both, so the order of arrival doesn't matter here either.

Many rows go in one statement: ``executemany`` on SQLite, one JSON document on PostgreSQL.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from operator import itemgetter
from typing import Any, Final

import orjson
from sqlalchemy import (
    JSON,
    ColumnElement,
    and_,
    bindparam,
    case,
    false,
    func,
    literal_column,
    not_,
    or_,
    select,
    true,
    update,
)
from sqlalchemy import Connection as CoreConnection
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql import Executable
from sqlmodel import Session, col

from lib.store import journal
from lib.store.engine import transaction
from lib.store.tables import (
    MIRROR,
    Account,
    Charge,
    Coupon,
    Discount,
    Invoice,
    InvoiceLine,
    Mirror,
    Price,
    Row,
    Subscription,
    SubscriptionItem,
    core,
)

Values = dict[str, Any]
Names = tuple[str, ...]

CHUNK: Final = 5_000
_MOMENT: Final = 0.001
"""A second's part by which one observation comes before another."""
KEY: Final[Names] = ("account", "id", "observed_at", "deleted")
TERMINAL: Final[Mapping[type[Mirror], frozenset[str]]] = {
    Subscription: frozenset({"canceled", "incomplete_expired"}),
}
FILLS: Final[Mapping[type[Mirror], frozenset[str]]] = {
    Discount: frozenset(Discount.model_fields) - {*KEY, "end"},
    Coupon: frozenset({"applies_to"}),
    Price: frozenset({"tiers"}),
    Charge: frozenset({"invoice", "payment_intent"}),
}
CHILDREN: Final[Mapping[type[Mirror], tuple[type[Mirror], str]]] = {
    SubscriptionItem: (Subscription, "subscription"),
    InvoiceLine: (Invoice, "invoice"),
}


def apply(account: str, rows: Iterable[Row], session: Session | None = None) -> int:
    """Write rows of one account, in the caller's transaction or in one of their own; how many distinct ones.

    Raises:
        ValueError: a row belongs to another account. Nothing is written.
    """
    groups: dict[tuple[type[Mirror], Names], list[Values]] = defaultdict(list)
    for table, row in rows:
        if row["account"] != account:
            raise ValueError(f"{table.__name__} {row['id']} belongs to {row['account']}, not to {account}")
        groups[table, tuple(row)].append(row)
    written = 0
    with transaction(session) as own:
        connection = own.connection()
        _bring_back(connection, account, groups)
        for (table, names), group in sorted(groups.items(), key=_place):
            merged = newest(table, group)
            written += len(merged)
            _write(connection, table, names, merged)
        for child, (parent, name) in CHILDREN.items():
            _sweep(connection, account, child, _parents(groups, child, parent, name))
    return written


def bump(account: str, session: Session | None = None, rows: Iterable[Row] | None = None) -> None:
    """Count a change of the account's data: whoever cached figures for the old ``data_version`` reads anew.

    ``rows`` are what was written with it, so that a reader need not read the rest; None: nobody can tell.
    """
    # The first version is the time in milliseconds: an account that was deleted and comes back never has one that it
    # had before, since nobody writes a thousand versions a second.
    first = col(Account.data_version) == 0
    counted = case((first, int(time.time() * 1000)), else_=col(Account.data_version) + 1)
    grown = update(Account).where(col(Account.id) == account).values(data_version=counted)
    with transaction(session) as own:
        version = own.connection().execute(grown.returning(col(Account.data_version))).scalar()
        if version is not None:
            journal.note(own, account, version, rows)


def newest(table: type[Mirror], rows: Iterable[Values]) -> list[Values]:
    """One row for each id, by the same rules as in the database, by id (so that writers can't deadlock)."""
    kept: dict[str, Values] = {}
    for row in rows:
        before = kept.get(row["id"])
        kept[row["id"]] = row if before is None else _merge(table, before, row)
    return [kept[id_] for id_ in sorted(kept)]


def _merge(table: type[Mirror], before: Values, row: Values) -> Values:
    new, old = (row, before) if _rank(table, row) >= _rank(table, before) else (before, row)
    merged = dict(new)
    for name in FILLS.get(table, ()):
        if name in merged and merged[name] is None:
            merged[name] = old[name]
    if table not in CHILDREN:
        merged["deleted"] = old["deleted"] or new["deleted"]
    return merged


def _rank(table: type[Mirror], row: Values) -> tuple[bool, float]:
    return row.get("status") in TERMINAL.get(table, ()), row["observed_at"]


def _place(item: tuple[tuple[type[Mirror], Names], list[Values]]) -> tuple[int, Names]:
    (table, names), _ = item
    return MIRROR.index(table), names


# --- Statements -------------------------------------------------------------------------------------------------------


def _write(connection: CoreConnection, table: type[Mirror], names: Names, rows: Sequence[Values]) -> None:
    for chunk in _chunks(rows):
        if connection.dialect.name == "postgresql":
            connection.execute(_postgresql(table, names), {"document": chunk})
        else:
            # Past SQLAlchemy's handling of parameters, which takes longer than SQLite itself.
            sql, order = _sqlite(table, names)
            connection.exec_driver_sql(sql, _tuples(table, order, chunk))


def _chunks(rows: Sequence[Values]) -> Iterator[list[Values]]:
    left = iter(rows)
    while chunk := list(islice(left, CHUNK)):
        yield chunk


def _tuples(table: type[Mirror], order: Names, rows: Sequence[Values]) -> list[tuple[Any, ...]]:
    """The rows' values in this order, JSON as text. The rows stay as they are: callers may write them again."""
    cells = map(itemgetter(*order), rows)
    json = [place for place, name in enumerate(order) if isinstance(core(table).c[name].type, JSON)]
    return [_encoded(row, json) for row in cells] if json else list(cells)


def _encoded(row: tuple[Any, ...], json: Sequence[int]) -> tuple[Any, ...]:
    changed = list(row)
    for place in json:
        if row[place] is not None:
            changed[place] = orjson.dumps(row[place]).decode()
    return tuple(changed)


@lru_cache(maxsize=256)
def _sqlite(table: type[Mirror], names: Names) -> tuple[str, Names]:
    """The statement as SQLite reads it, and the names of its question marks in their order."""
    insert = sqlite.insert(core(table)).values({name: bindparam(name) for name in names})
    compiled = _on_conflict(table, names, insert).compile(dialect=sqlite.dialect())
    order = tuple(compiled.positiontup or ())
    assert len(order) == len(names), order  # noqa: S101 - nothing but values may be a parameter
    return str(compiled), order


@lru_cache(maxsize=256)
def _postgresql(table: type[Mirror], names: Names) -> Executable:
    """The statement for PostgreSQL. Its rows arrive as one JSON document: far quicker than parameters."""
    document = func.json_populate_recordset(
        literal_column(f'null::"{core(table).name}"'), bindparam("document", type_=JSON)
    )
    incoming = document.table_valued(*names, name="incoming")
    insert = postgresql.insert(core(table)).from_select(names, select(*incoming.c))
    statement: Executable = _on_conflict(table, names, insert)
    return statement


def _on_conflict(table: type[Mirror], names: Names, insert: Any) -> Any:  # noqa: ANN401 - of either dialect
    """``insert`` … ON CONFLICT DO UPDATE, by the rules at the top of this file."""
    row, new = core(table).c, insert.excluded
    wins = _wins(table, names, row, new)
    gone = new.deleted if table in CHILDREN else or_(row.deleted, new.deleted)
    others = [name for name in names if name not in {"account", "id", "deleted"}]
    guard = None
    if names == KEY:
        changes = {"deleted": or_(row.deleted, new.deleted)}
    elif table in FILLS:
        changes = {"deleted": gone} | {name: _filled(table, name, wins, row, new) for name in others}
    else:
        changes = {"deleted": gone} | {name: new[name] for name in others}
        guard = wins
    return insert.on_conflict_do_update(index_elements=["account", "id"], set_=changes, where=guard)


def _filled(table: type[Mirror], name: str, wins: ColumnElement[bool], row: Any, new: Any) -> ColumnElement[Any]:  # noqa: ANN401 - column collections
    """The winner's value; of a column that fills in, the other's where the winner has none."""
    if name in FILLS[table]:
        return case((wins, func.coalesce(new[name], row[name])), else_=func.coalesce(row[name], new[name]))
    return case((wins, new[name]), else_=row[name])


def _wins(table: type[Mirror], names: Names, row: Any, new: Any) -> ColumnElement[bool]:  # noqa: ANN401 - column collections
    """Whether the new row comes after the old one: first by terminal state, then by time."""
    is_newer: ColumnElement[bool] = new.observed_at >= row.observed_at
    if table not in TERMINAL or "status" not in names:
        return is_newer
    was_over, is_over = (
        and_(side.status.is_not(None), or_(*(side.status == literal_column(f"'{end}'") for end in TERMINAL[table])))
        for side in (row, new)
    )
    return or_(and_(is_over, not_(was_over)), and_(is_newer, or_(is_over, not_(was_over))))


# --- Clocks that were wrong -------------------------------------------------------------------------------------------


def _bring_back(
    connection: CoreConnection, account: str, groups: Mapping[tuple[type[Mirror], Names], list[Values]]
) -> None:
    """Date back what was seen in our future, of these rows and of their parents' children: before all of these rows."""
    times = [row["observed_at"] for group in groups.values() for row in group if row["observed_at"] > 0]
    if not times:
        return
    told = {"of_account": account, "latest": max(time.time(), *times), "before": min(times) - _MOMENT}
    wanted: dict[tuple[type[Mirror], str], set[str]] = defaultdict(set)
    for (table, _), group in sorted(groups.items(), key=_place):
        wanted[table, "id"].update(row["id"] for row in group)
    for child, (parent, name) in CHILDREN.items():
        wanted[child, name].update(_parents(groups, child, parent, name))
    for (table, name), values in wanted.items():
        for chunk in _chunks_of(sorted(values)):
            connection.execute(_dated_back(table, name), told | {"wanted": chunk})


@lru_cache(maxsize=64)
def _dated_back(table: type[Mirror], name: str) -> Executable:
    row = core(table).c
    latest: ColumnElement[float] = bindparam("latest")
    before: ColumnElement[float] = bindparam("before")
    times = [row[each] for each in ("observed_at", "children_at") if each in row]
    return (
        update(core(table))
        .where(
            row.account == bindparam("of_account"),
            row[name].in_(bindparam("wanted", expanding=True)),
            row.observed_at > latest,
        )
        .values({each: case((each > latest, before), else_=each) for each in times})
    )


# --- Children that are gone -------------------------------------------------------------------------------------------


def _parents(
    groups: Mapping[tuple[type[Mirror], Names], list[Values]], child: type[Mirror], parent: type[Mirror], name: str
) -> list[str]:
    """The parents whose children may have changed with this write."""
    found = {row["id"] for (table, _), rows in groups.items() if table is parent for row in rows}
    found |= {row[name] for (table, names), rows in groups.items() if table is child and name in names for row in rows}
    return sorted(found - {None})


def _sweep(connection: CoreConnection, account: str, child: type[Mirror], parents: Sequence[str]) -> None:
    """Delete the children that the newest whole observation of their parent doesn't list."""
    statement = _sweep_statement(child)
    for chunk in _chunks_of(parents):
        connection.execute(statement, {"of_account": account, "of_parents": chunk})


def _chunks_of(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[start : start + CHUNK // 10] for start in range(0, len(ids), CHUNK // 10))


@lru_cache(maxsize=8)
def _sweep_statement(child: type[Mirror]) -> Executable:
    parent, name = CHILDREN[child]
    row, of = core(child).c, core(parent).c
    return (
        update(core(child))
        .where(
            row.account == bindparam("of_account"),
            row.deleted == false(),
            of.account == bindparam("of_account"),
            of.id.in_(bindparam("of_parents", expanding=True)),
            of.id == row[name],
            or_(of.deleted == true(), row.observed_at < of.children_at),
        )
        .values(deleted=True)
    )
