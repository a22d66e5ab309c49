"""Queries of users, workspaces, sessions, sign-in limits, OAuth states and API keys. Each works on an open session.

Times are epoch seconds. Nothing here decides: rules live in :mod:`lib.accounts`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import case, delete, func, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, SQLModel, col, select

from lib.store.tables import (
    ApiKey,
    LoginFailure,
    LoginSession,
    Membership,
    OAuthState,
    SessionTicket,
    User,
    Workspace,
)

# --- Users and workspaces ---------------------------------------------------------------------------------------------


def add(db: Session, row: SQLModel) -> bool:
    """Insert ``row``. False, and nothing done, when a unique column of it is taken."""
    try:
        with db.begin_nested():
            db.add(row)
    except IntegrityError:
        return False
    return True


def user_by_email(db: Session, email: str) -> User | None:
    """The user with this email (in lower case)."""
    return db.exec(select(User).where(User.email == email)).first()


def any_user(db: Session) -> bool:
    """Whether there is any user at all."""
    return db.exec(select(User.id).limit(1)).first() is not None


def first_user(db: Session) -> str | None:
    """The id of whoever signed up first."""
    return db.exec(select(User.id).order_by(col(User.created), col(User.id)).limit(1)).first()


def first_workspace(db: Session) -> Workspace | None:
    """The oldest workspace."""
    return db.exec(select(Workspace).order_by(col(Workspace.created), col(Workspace.id)).limit(1)).first()


# --- Sessions ---------------------------------------------------------------------------------------------------------


def session_owner(db: Session, token_hash: str) -> tuple[LoginSession, User, Workspace, str] | None:
    """A session that was not revoked, its user, the workspace it looks at (or else the one that the user joined first)
    and the user's role there.
    """
    query = (
        select(LoginSession, User, Workspace, Membership.role)
        .join(User, col(User.id) == LoginSession.user)
        .join(Membership, col(Membership.user) == User.id)
        .join(Workspace, col(Workspace.id) == Membership.workspace)
        .where(LoginSession.token_hash == token_hash, col(LoginSession.revoked).is_(False))
        .order_by(
            case((col(Workspace.id) == LoginSession.workspace, 0), else_=1), col(Workspace.created), col(Workspace.id)
        )
        .limit(1)
    )
    return db.exec(query).first()


def extend_session(db: Session, token_hash: str, *, expires: int) -> None:
    """Move the end of a session that was not revoked."""
    _run(
        db,
        update(LoginSession)
        .where(col(LoginSession.token_hash) == token_hash, col(LoginSession.revoked).is_(False))
        .values(expires=expires),
    )


def revoke_session(db: Session, token_hash: str) -> None:
    """Revoke a session."""
    _run(db, update(LoginSession).where(col(LoginSession.token_hash) == token_hash).values(revoked=True))


def revoke_sessions_of(db: Session, user: str) -> None:
    """Revoke all sessions of a user."""
    _run(db, update(LoginSession).where(col(LoginSession.user) == user).values(revoked=True))


def take_ticket(db: Session, ticket_hash: str) -> SessionTicket | None:
    """Delete a ticket and return it: of many who ask at once, one gets it."""
    return _taken(db, SessionTicket, ticket_hash)


def forget_expired(db: Session, *, now: int) -> None:
    """Drop sessions, tickets and OAuth states whose time is over."""
    for table in (LoginSession, SessionTicket, OAuthState):
        _run(db, delete(table).where(col(table.expires) <= now))


# --- Wrong passwords --------------------------------------------------------------------------------------------------


def failures(db: Session, key: str, *, since: float) -> tuple[int, float | None]:
    """How many wrong passwords count under ``key`` after ``since``, and when the oldest of them was."""
    query = select(func.count(), func.min(LoginFailure.at)).where(LoginFailure.key == key, LoginFailure.at > since)
    count, oldest = db.exec(query).one()
    return count, oldest


def add_failure(db: Session, key: str, *, at: float) -> int:
    """Count a wrong password under ``key``; the row's id can take it back."""
    row = LoginFailure(key=key, at=at)
    db.add(row)
    db.flush()
    assert row.id is not None  # noqa: S101 - the database has just given one
    return row.id


def forget_failures(db: Session, *, key: str, ids: Sequence[int], before: float) -> None:
    """Drop what counts under ``key``, the rows ``ids``, and all that is older than ``before``."""
    table = LoginFailure
    _run(db, delete(table).where((col(table.key) == key) | col(table.id).in_(ids) | (col(table.at) < before)))


# --- OAuth states and API keys ----------------------------------------------------------------------------------------


def take_oauth_state(db: Session, state_hash: str) -> OAuthState | None:
    """Delete an OAuth state and return it: of many who ask at once, one gets it."""
    return _taken(db, OAuthState, state_hash)


def api_key(db: Session, key_hash: str) -> ApiKey | None:
    """An API key by its hash."""
    return db.get(ApiKey, key_hash)


def api_keys_of(db: Session, workspace: str) -> Sequence[ApiKey]:
    """The API keys of a workspace, oldest first."""
    return db.exec(
        select(ApiKey).where(ApiKey.workspace == workspace).order_by(col(ApiKey.created), col(ApiKey.hash))
    ).all()


def remove_api_key(db: Session, workspace: str, key_hash: str) -> None:
    """Delete an API key of this workspace."""
    _run(db, delete(ApiKey).where(col(ApiKey.hash) == key_hash, col(ApiKey.workspace) == workspace))


def _taken(db: Session, table: type[Any], key: str) -> Any | None:  # noqa: ANN401 - a row of the table asked for
    statement = delete(table).where(table.hash == key).returning(table)
    return db.scalars(statement).first()


def _run(db: Session, statement: Any) -> None:  # noqa: ANN401 - an update or a delete
    db.connection().execute(statement)
