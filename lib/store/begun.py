"""Queries of since when this server sells plans: one row, or none. Each works on an open session; epoch seconds."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import func
from sqlmodel import Session, col, select

from lib.store import samples
from lib.store.engine import upsert
from lib.store.tables import BillingBegun, Connection, core

_ONLY = 1


def at(db: Session) -> int | None:
    """Since when; None: nobody has asked yet while plans were sold."""
    found = db.get(BillingBegun, _ONLY)
    return None if found is None else found.at


def note(db: Session, moment: int) -> None:
    """Keep ``moment`` as the beginning, unless there is one."""
    statement = upsert(db)(core(BillingBegun)).on_conflict_do_nothing(index_elements=["id"])
    db.connection().execute(statement, [{"id": _ONLY, "at": moment}])


def first_connected(db: Session) -> Mapping[str, int]:
    """When each workspace connected its first account, be it connected still or not; a sample is none."""
    query = select(Connection.workspace, func.min(Connection.created)).where(Connection.kind != samples.KIND)
    return dict(db.exec(query.group_by(col(Connection.workspace))).all())


def connected(db: Session, workspace: str) -> int | None:
    """When a workspace connected its first account; None: it never did."""
    mine = (Connection.workspace == workspace, Connection.kind != samples.KIND)
    return db.exec(select(func.min(Connection.created)).where(*mine)).first()
