"""Queries of what somebody changes about themselves: name, password, the browsers that are signed in."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import update
from sqlmodel import Session, col, select

from lib.store.tables import LoginSession, User


def rename(db: Session, user: str, name: str) -> None:
    """Give a user another name."""
    db.connection().execute(update(User).where(col(User.id) == user).values(name=name))


def set_password(db: Session, user: str, hashed: str) -> None:
    """Replace a user's password hash."""
    db.connection().execute(update(User).where(col(User.id) == user).values(password_hash=hashed))


def sessions(db: Session, user: str, *, now: int) -> Sequence[LoginSession]:
    """The user's sessions that are neither revoked nor over at ``now`` (epoch seconds), newest first."""
    table = LoginSession
    query = (
        select(table)
        .where(table.user == user, col(table.revoked).is_(False), table.expires > now)
        .order_by(col(table.created).desc(), col(table.token_hash))
    )
    return db.exec(query).all()


def revoke_others(db: Session, user: str, *, but: str) -> None:
    """Revoke all sessions of a user but one (its hash)."""
    table = LoginSession
    others = update(table).where(col(table.user) == user, col(table.token_hash) != but)
    db.connection().execute(others.values(revoked=True))


def revoke(db: Session, user: str, session: str) -> None:
    """Revoke one session of this user; those of others are left alone."""
    table = LoginSession
    one = update(table).where(col(table.user) == user, col(table.token_hash) == session)
    db.connection().execute(one.values(revoked=True))
