"""Queries of who gets the weekly summary. Each works on an open session."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session, col, select

from lib.store import preferences
from lib.store.tables import Membership, Preference, User, Workspace


def chosen(db: Session, name: str) -> Sequence[tuple[User, Workspace]]:
    """The users who kept true under the preference ``name``, with the workspace they still belong to."""
    query = (
        select(User, Workspace)
        .join(Preference, col(Preference.user) == User.id)
        .join(Workspace, col(Workspace.id) == Preference.workspace)
        .join(
            Membership,
            (col(Membership.user) == User.id) & (col(Membership.workspace) == Workspace.id),
        )
        .where(Preference.name == name)
        .order_by(User.id, Workspace.id)
    )
    found = db.exec(query).all()
    return [(user, at) for user, at in found if preferences.value(db, user.id, at.id, name) is True]
