"""What changed with each version of an account's data, for readers who have an earlier one and read only the rest.

The journal of a version is written in the transaction that counts it, so whoever sees the version sees its journal.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

from sqlalchemy import delete, insert, select
from sqlmodel import Session

from lib.store.tables import Change, Row, core

Changed = Mapping[str, frozenset[str]]
"""Ids of rows that were written, by the name of their table. Some may be as they were before."""

KEPT: Final = 200
"""Versions that are remembered; a reader with an older one reads everything."""
MOST: Final = 2_000
"""Rows above which a version's journal says no more than that much changed."""
_MUCH: Final = "*"
_NOTHING: Final = ""


def note(db: Session, account: str, version: int, rows: Iterable[Row] | None) -> None:
    """Write down what ``version`` changed; ``rows`` None: more than is told."""
    named = None if rows is None else sorted({(core(table).name, row["id"]) for table, row in rows})
    if named is None or len(named) > MOST:
        named = [(_MUCH, _MUCH)]
    told = [
        {"account": account, "version": version, "resource": resource, "id": id_}
        for resource, id_ in named or [(_NOTHING, _NOTHING)]
    ]
    table = core(Change)
    db.connection().execute(insert(table), told)
    db.connection().execute(delete(table).where(table.c.account == account, table.c.version <= version - KEPT))


def between(db: Session, account: str, old: int, new: int) -> Changed | None:
    """What changed after version ``old`` up to ``new``; None when nobody can tell any more."""
    row = core(Change).c
    query = select(row.version, row.resource, row.id).where(
        row.account == account, row.version > old, row.version <= new
    )
    versions: set[int] = set()
    found: dict[str, set[str]] = defaultdict(set)
    for version, resource, id_ in db.connection().execute(query):
        versions.add(version)
        found[resource].add(id_)
    if len(versions) != new - old or _MUCH in found:
        return None
    found.pop(_NOTHING, None)
    return {name: frozenset(ids) for name, ids in found.items()}
