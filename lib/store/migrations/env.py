"""Alembic's entry: runs the steps on the connection it is given, inside that connection's transaction."""

from __future__ import annotations

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlmodel import AutoString, SQLModel

import lib.store.tables  # noqa: F401 - fills SQLModel.metadata


def render(kind: str, item: object, _context: AutogenContext) -> str | Literal[False]:
    """A step is history: it names plain SQLAlchemy types, not those of a library that may move."""
    return "sa.String()" if kind == "type" and isinstance(item, AutoString) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,  # SQLite can't alter most things: the table is rebuilt
    compare_type=True,
    render_item=render,
)
with context.begin_transaction():
    context.run_migrations()
