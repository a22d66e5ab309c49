"""Queries of a workspace's people and invitations. Each works on an open session; times are epoch seconds."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, func, update
from sqlmodel import Session, col, select

from lib.store.tables import ApiKey, Invite, LoginSession, Membership, Preference, SavedView, User, Workspace


def members(db: Session, workspace: str) -> Sequence[tuple[User, str]]:
    """The people of a workspace with their roles, by when they signed up."""
    query = (
        select(User, Membership.role)
        .join(Membership, col(Membership.user) == User.id)
        .where(Membership.workspace == workspace)
        .order_by(col(User.created), col(User.id))
    )
    return db.exec(query).all()


def membership(db: Session, workspace: str, user: str) -> Membership | None:
    """A user's place in a workspace."""
    return db.get(Membership, (user, workspace))


def hold(db: Session, workspace: str) -> Workspace | None:
    """The workspace, which nobody changes the people of before this transaction ends (SQLite has one writer anyway)."""
    return db.exec(select(Workspace).where(Workspace.id == workspace).with_for_update()).first()


def owners(db: Session, workspace: str, role: str) -> int:
    """How many people have ``role``."""
    query = select(func.count()).select_from(Membership)
    return db.exec(query.where(Membership.workspace == workspace, Membership.role == role)).one()


def set_role(db: Session, workspace: str, user: str, role: str) -> None:
    """Give a member another role."""
    change = update(Membership).where(col(Membership.workspace) == workspace, col(Membership.user) == user)
    db.connection().execute(change.values(role=role))
    db.expire_all()


def remove(db: Session, workspace: str, user: str) -> None:
    """Take somebody out of a workspace, with what was theirs alone there: keys, private views, choices, invitations."""
    for table in (ApiKey, Preference, Invite, Membership):
        gone = delete(table).where(col(table.workspace) == workspace, col(table.user) == user)
        db.connection().execute(gone)
    mine = delete(SavedView).where(col(SavedView.workspace) == workspace, col(SavedView.user) == user)
    db.connection().execute(mine.where(col(SavedView.shared).is_(False)))


def workspaces(db: Session, user: str) -> Sequence[tuple[Workspace, str]]:
    """The workspaces that a user is in with their role there, oldest first."""
    query = (
        select(Workspace, Membership.role)
        .join(Membership, col(Membership.workspace) == Workspace.id)
        .where(Membership.user == user)
        .order_by(col(Workspace.created), col(Workspace.id))
    )
    return db.exec(query).all()


def look_at(db: Session, session: str, workspace: str) -> None:
    """Have a browser's session look at a workspace."""
    change = update(LoginSession).where(col(LoginSession.token_hash) == session)
    db.connection().execute(change.values(workspace=workspace))


def rename(db: Session, workspace: str, name: str) -> None:
    """Give a workspace another name."""
    db.connection().execute(update(Workspace).where(col(Workspace.id) == workspace).values(name=name))


# --- Invitations ------------------------------------------------------------------------------------------------------


def invites(db: Session, workspace: str, *, now: int) -> Sequence[tuple[Invite, str]]:
    """The invitations that still hold, with the names of who made them, newest first."""
    query = (
        select(Invite, User.name)
        .join(User, col(User.id) == Invite.user)
        .where(Invite.workspace == workspace, col(Invite.expires) > now)
        .order_by(col(Invite.created).desc(), col(Invite.hash))
    )
    return db.exec(query).all()


def invite(db: Session, invite_hash: str) -> tuple[Invite, str, str] | None:
    """An invitation, with the names of the workspace and of who made it."""
    query = (
        select(Invite, Workspace.name, User.name)
        .join(Workspace, col(Workspace.id) == Invite.workspace)
        .join(User, col(User.id) == Invite.user)
        .where(Invite.hash == invite_hash)
    )
    return db.exec(query).first()


def take_invite(db: Session, invite_hash: str) -> Invite | None:
    """Delete an invitation and return it: of many who ask at once, one gets it."""
    return db.scalars(delete(Invite).where(col(Invite.hash) == invite_hash).returning(Invite)).first()


def remove_invites_of(db: Session, workspace: str, user: str) -> None:
    """Take back all invitations to this workspace that ``user`` made."""
    db.connection().execute(delete(Invite).where(col(Invite.workspace) == workspace, col(Invite.user) == user))


def remove_invite(db: Session, workspace: str, invite_hash: str) -> None:
    """Take an invitation of this workspace back."""
    gone = delete(Invite).where(col(Invite.hash) == invite_hash, col(Invite.workspace) == workspace)
    db.connection().execute(gone)


def forget_invites(db: Session, *, now: int) -> None:
    """Drop invitations whose time is over."""
    db.connection().execute(delete(Invite).where(col(Invite.expires) <= now))
