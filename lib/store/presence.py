"""Which processes live: on PostgreSQL each holds an advisory lock by its name, which ends with its connection.

On SQLite there is nothing to hold: one machine owns the file, and one process of each kind works on it.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, text

from lib.store.engine import engine

_held: dict[str, Connection] = {}


def enter(name: str) -> None:
    """Let others see that a process called ``name`` lives, until :func:`leave` or its end, however sudden."""
    if engine().dialect.name != "postgresql" or name in _held:
        return
    connection = engine().connect().execution_options(isolation_level="AUTOCOMMIT")
    connection.detach()  # from the pool, which would lend it to others
    connection.execute(text("SELECT pg_advisory_lock_shared(hashtextextended(:name, 0))"), {"name": name})
    _held[name] = connection


def leave() -> None:
    """Take leave under every name that this process entered."""
    while _held:
        _held.popitem()[1].close()


def gone(names: Iterable[str]) -> list[str]:
    """Those of ``names`` under which no process lives. On SQLite all: whoever asks is the one that lives."""
    if engine().dialect.name != "postgresql":
        return list(names)
    with engine().begin() as connection:
        query = text("SELECT pg_try_advisory_xact_lock(hashtextextended(:name, 0))")
        return [name for name in names if connection.execute(query, {"name": name}).scalar()]
