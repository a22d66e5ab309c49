"""Queries of how this installation shows itself: one row, or none. Each works on an open session."""

from __future__ import annotations

from sqlalchemy import delete
from sqlmodel import Session

from lib.store.engine import upsert
from lib.store.tables import Brand, core

_ONLY = 1


def get(db: Session) -> Brand | None:
    """What was kept; None: nothing, so the app shows itself as its own."""
    return db.get(Brand, _ONLY)


def put(db: Session, row: Brand) -> None:
    """Keep ``row`` in place of what was there."""
    values = row.model_dump() | {"id": _ONLY}
    statement = upsert(db)(core(Brand))
    new = statement.excluded
    statement = statement.on_conflict_do_update(
        index_elements=["id"], set_={name: new[name] for name in values if name != "id"}
    )
    db.connection().execute(statement, [values])


def remove(db: Session) -> None:
    """Forget all of it."""
    db.connection().execute(delete(Brand))
