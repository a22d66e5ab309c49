"""Queries of what people wrote down about customers. Each works on an open session."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from lib.store.tables import CustomerNote, User


def of(db: Session, workspace: str, account: str, customer: str) -> Sequence[tuple[CustomerNote, str | None]]:
    """The workspace's notes about a customer, newest first, each with the name of who wrote it, if that user is still
    here.
    """
    query = (
        select(CustomerNote, User.name)
        .join(User, col(User.id) == CustomerNote.user, isouter=True)
        .where(CustomerNote.workspace == workspace, CustomerNote.account == account, CustomerNote.customer == customer)
        .order_by(col(CustomerNote.created).desc(), col(CustomerNote.id).desc())
    )
    return db.exec(query).all()


def every(db: Session, workspace: str, account: str) -> Sequence[tuple[CustomerNote, str | None]]:
    """The workspace's notes about all customers of an account, the newest first, each with its author as in ``of``."""
    query = (
        select(CustomerNote, User.name)
        .join(User, col(User.id) == CustomerNote.user, isouter=True)
        .where(CustomerNote.workspace == workspace, CustomerNote.account == account)
        .order_by(col(CustomerNote.created).desc(), col(CustomerNote.id).desc())
    )
    return db.exec(query).all()


def one(db: Session, note: str) -> CustomerNote | None:
    """The note with this id."""
    return db.get(CustomerNote, note)


def rewrite(db: Session, note: str, text: str) -> None:
    """Replace what a note says."""
    db.connection().execute(update(CustomerNote).where(col(CustomerNote.id) == note).values(text=text))


def remove(db: Session, note: str) -> None:
    """Delete a note."""
    db.connection().execute(delete(CustomerNote).where(col(CustomerNote.id) == note))
