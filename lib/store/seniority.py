"""The order in which a workspace's accounts are shown: by when each was first connected to it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from lib.store.tables import Connection


def oldest_first() -> tuple[Any, ...]:
    """How to order live connections: whoever connects an account again finds it in its old place."""
    earlier = aliased(Connection)
    same = (col(earlier.account) == col(Connection.account), col(earlier.workspace) == col(Connection.workspace))
    first = select(func.min(earlier.created)).where(*same).correlate(Connection).scalar_subquery()
    return first, col(Connection.created), col(Connection.id)
