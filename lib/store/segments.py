"""Queries of saved segments. Each works on an open session and within one workspace."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from lib.store.tables import Segment


def of(db: Session, workspace: str) -> Sequence[Segment]:
    """The workspace's segments by name."""
    query = select(Segment).where(Segment.workspace == workspace).order_by(col(Segment.name))
    return db.exec(query).all()


def by_name(db: Session, workspace: str, name: str) -> Segment | None:
    """The segment of this name."""
    return db.exec(select(Segment).where(Segment.workspace == workspace, Segment.name == name)).first()


def rename(db: Session, workspace: str, name: str, to: str) -> bool | None:
    """Give a segment another name. False when there is none called ``name``, None when the new name is taken."""
    change = update(Segment).where(col(Segment.workspace) == workspace, col(Segment.name) == name).values(name=to)
    try:
        with db.begin_nested():
            return bool(db.connection().execute(change).rowcount)
    except IntegrityError:
        return None


def remove(db: Session, workspace: str, name: str) -> bool:
    """Delete a segment; False when there is none of this name."""
    gone = delete(Segment).where(col(Segment.workspace) == workspace, col(Segment.name) == name)
    return bool(db.connection().execute(gone).rowcount)
