"""Queries of saved views. Each works on an open session and within one workspace."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, func, or_, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from lib.store.tables import SavedView, User


def of(db: Session, workspace: str, user: str) -> Sequence[tuple[SavedView, str]]:
    """What ``user`` may open: their own views and those shared, by name, each with the name of who saved it."""
    query = (
        select(SavedView, User.name)
        .join(User, col(User.id) == SavedView.user)
        .where(SavedView.workspace == workspace, or_(col(SavedView.user) == user, col(SavedView.shared)))
        .order_by(func.lower(SavedView.name), col(SavedView.created), col(SavedView.id))
    )
    return db.exec(query).all()


def one(db: Session, workspace: str, user: str, view: str) -> SavedView | None:
    """The view with this id, if ``user`` may open it."""
    table = SavedView
    query = select(table).where(
        table.id == view, table.workspace == workspace, or_(col(table.user) == user, col(table.shared))
    )
    return db.exec(query).first()


def count(db: Session, workspace: str, user: str) -> int:
    """How many views ``user`` has saved in this workspace."""
    query = select(func.count()).select_from(SavedView)
    return db.exec(query.where(SavedView.workspace == workspace, SavedView.user == user)).one()


def rename(db: Session, view: str, name: str) -> bool:
    """Give a view another name; False when who saved it has another view of that name."""
    try:
        with db.begin_nested():
            db.connection().execute(update(SavedView).where(col(SavedView.id) == view).values(name=name))
    except IntegrityError:
        return False
    return True


def share(db: Session, view: str, *, shared: bool) -> None:
    """Show a view to the team, or to nobody else."""
    db.connection().execute(update(SavedView).where(col(SavedView.id) == view).values(shared=shared))


def remove(db: Session, view: str) -> None:
    """Delete a view."""
    db.connection().execute(delete(SavedView).where(col(SavedView.id) == view))
