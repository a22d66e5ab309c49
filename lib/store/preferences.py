"""Queries of what a user chose for a workspace. Each works on an open session.

A value lies in a list of one: SQLite takes a bare number or ``true`` in a JSON column for a number of its own, which no
reader of JSON takes back.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from lib.store.tables import core
from lib.store.tables.workspace import Preference

_TABLE: Final = core(Preference)
_ROW: Final = _TABLE.c


def value(db: Session, user: str, workspace: str, name: str) -> Any:  # noqa: ANN401 - any JSON value
    """What was kept under ``name``; None when nothing was."""
    query = select(_ROW.value).where(_ROW.user == user, _ROW.workspace == workspace, _ROW.name == name)
    found = db.connection().execute(query).scalar()
    return found[0] if found else None


def keep(db: Session, user: str, workspace: str, name: str, value: Any) -> None:  # noqa: ANN401 - any JSON value
    """Keep ``value`` under ``name``, in place of what was there. Of two who write at once, the last one's stays."""
    connection = db.connection()
    build = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    adding = build(_TABLE).values(user=user, workspace=workspace, name=name, value=[value])
    connection.execute(
        adding.on_conflict_do_update(
            index_elements=[_ROW.user, _ROW.workspace, _ROW.name], set_={"value": adding.excluded.value}
        )
    )


def beginning(db: Session, user: str, prefix: str) -> bool:
    """Whether anything was kept under a name that begins so, for any workspace."""
    query = select(_ROW.name).where(_ROW.user == user, _ROW.name.startswith(prefix, autoescape=True))
    return db.connection().execute(query.limit(1)).first() is not None


def take(db: Session, user: str, prefix: str) -> list[Any]:
    """What was kept under such names, which is forgotten: of two who take at once, one gets it."""
    gone = delete(_TABLE).where(_ROW.user == user, _ROW.name.startswith(prefix, autoescape=True))
    return [kept[0] for (kept,) in db.connection().execute(gone.returning(_ROW.value))]


def move(db: Session, user: str, workspace: str, to: str, prefix: str) -> None:
    """Keep for another workspace what was kept for ``workspace`` under names that begin so."""
    moved = update(_TABLE).where(_ROW.user == user, _ROW.workspace == workspace)
    db.connection().execute(moved.where(_ROW.name.startswith(prefix, autoescape=True)).values(workspace=to))


def remove(db: Session, user: str, workspace: str, name: str) -> None:
    """Forget what was kept under ``name``; nothing there is fine."""
    gone = delete(_TABLE).where(_ROW.user == user, _ROW.workspace == workspace, _ROW.name == name)
    db.connection().execute(gone)
