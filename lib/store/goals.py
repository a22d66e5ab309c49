"""Queries of goals and annotations. Each works on an open session and within what a workspace keeps of an account."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Delete, delete
from sqlmodel import Session, col, select

from lib.store.tables import Annotation, Goal, User


def of(db: Session, workspace: str, account: str, metric: str) -> Sequence[Goal]:
    """The goals of a metric, the nearest day first."""
    query = select(Goal).where(Goal.workspace == workspace, Goal.account == account, Goal.metric == metric)
    return db.exec(query.order_by(col(Goal.day), col(Goal.created))).all()


def of_account(db: Session, account: str) -> Sequence[Goal]:
    """All goals of an account, whoever's they are, the nearest day first."""
    return db.exec(select(Goal).where(Goal.account == account).order_by(col(Goal.day), col(Goal.metric))).all()


def remove(db: Session, workspace: str, account: str, goal: str) -> bool:
    """Delete a goal; False when there is none of this id here."""
    gone = _here(workspace, account).where(col(Goal.id) == goal)
    return bool(db.connection().execute(gone).rowcount)


def remove_for(db: Session, workspace: str, account: str, metric: str, day: str) -> None:
    """Delete the goals of a metric for a day."""
    gone = _here(workspace, account).where(col(Goal.metric) == metric, col(Goal.day) == day)
    db.connection().execute(gone)


def _here(workspace: str, account: str) -> Delete:
    return delete(Goal).where(col(Goal.workspace) == workspace, col(Goal.account) == account)


def pinned(db: Session, workspace: str, account: str, start: str, end: str) -> Sequence[tuple[Annotation, str | None]]:
    """The annotations of days ``start`` to ``end`` (ISO, both included) with their authors' names, oldest day first."""
    query = (
        select(Annotation, User.name)
        .join(User, col(User.id) == Annotation.user, isouter=True)
        .where(Annotation.workspace == workspace, Annotation.account == account)
        .where(col(Annotation.day).between(start, end))
        .order_by(col(Annotation.day), col(Annotation.created), col(Annotation.id))
    )
    return db.exec(query).all()


def annotation(db: Session, workspace: str, account: str, id_: str) -> Annotation | None:
    """One annotation of this account."""
    query = select(Annotation).where(Annotation.workspace == workspace, Annotation.account == account)
    return db.exec(query.where(Annotation.id == id_)).first()
