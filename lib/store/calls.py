"""Queries of who was called on a day. Each works on an open session and within one workspace."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete
from sqlmodel import Session, col, select

from lib.store.engine import upsert
from lib.store.tables import CustomerCall, User, core


def of(db: Session, workspace: str, day: str) -> Sequence[tuple[str, str | None]]:
    """The customers called on ``day`` (ISO), each with the name of who called, if that user is still here."""
    query = (
        select(CustomerCall.customer, User.name)
        .join(User, col(User.id) == CustomerCall.user, isouter=True)
        .where(CustomerCall.workspace == workspace, CustomerCall.day == day)
    )
    return db.exec(query).all()


def keep(db: Session, call: CustomerCall) -> None:
    """Note a call; of two who note it at once, the first one's stays."""
    db.connection().execute(upsert(db)(core(CustomerCall)).values(call.model_dump()).on_conflict_do_nothing())


def remove(db: Session, workspace: str, customer: str, day: str) -> None:
    """Forget a call; none there is fine."""
    gone = delete(CustomerCall).where(col(CustomerCall.workspace) == workspace, col(CustomerCall.day) == day)
    db.connection().execute(gone.where(col(CustomerCall.customer) == customer))
