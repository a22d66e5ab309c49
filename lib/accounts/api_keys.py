"""Keys to the HTTP API: shown once, kept as hashes, revocable. A key reads what its workspace may read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from lib.accounts import identifiers
from lib.errors import BadApiKey
from lib.store import people, tables
from lib.store.engine import reading, transaction
from lib.store.secrets import digest

LONGEST_NAME: Final = 100
PREFIX: Final = "plim_"
"""How a key begins, so that people and secret scanners know it."""


@dataclass(frozen=True)
class ApiKey:
    """A key as it is listed: its hash stands for it. ``created`` is epoch seconds."""

    hash: str
    name: str
    user: str
    workspace: str
    created: int


def create(user: str, workspace: str, name: str, *, now: int, allow: Callable[[], None] = lambda: None) -> str:
    """Make a key; what is returned is the key itself and is never seen again.

    ``allow`` is asked first: it raises where the workspace's plan has no keys (PlanNeeded).
    """
    allow()
    key = PREFIX + identifiers.token()
    with transaction() as db:
        label = name.strip()[:LONGEST_NAME] or "API key"
        people.add(db, tables.ApiKey(hash=digest(key), user=user, workspace=workspace, name=label, created=now))
    return key


def of(workspace: str) -> tuple[ApiKey, ...]:
    """The keys of ``workspace``, oldest first."""
    with reading() as db:
        return tuple(
            ApiKey(row.hash, row.name, row.user, row.workspace, row.created)
            for row in people.api_keys_of(db, workspace)
        )


def revoke(workspace: str, key_hash: str) -> None:
    """End a key of ``workspace`` at once. Unknown ones, and those of others, are left alone."""
    with transaction() as db:
        people.remove_api_key(db, workspace, key_hash)


def require(key: str | None) -> str:
    """The workspace that ``key`` opens. Raises BadApiKey."""
    if key and key.startswith(PREFIX):
        with reading() as db:
            if found := people.api_key(db, digest(key)):
                return found.workspace
    raise BadApiKey
