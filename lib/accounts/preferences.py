"""What one user chose for the workspace they look at: which cards, how files are written, what was dismissed.

A value is anything that JSON can hold. Nobody else sees it, so every role may keep one. What comes back may have been
kept by an older version: whoever asks checks what it is.
"""

from __future__ import annotations

from typing import Any

from lib.accounts.sessions import SignedIn
from lib.store import preferences
from lib.store.engine import reading, transaction


def get(user: SignedIn, name: str, default: Any = None) -> Any:  # noqa: ANN401 - any JSON value
    """What ``user`` kept under ``name`` in this workspace; ``default`` when they kept nothing."""
    with reading() as db:
        found = preferences.value(db, user.id, user.workspace, name)
    return default if found is None else found


def put(user: SignedIn, name: str, value: Any) -> None:  # noqa: ANN401 - any JSON value
    """Keep ``value`` under ``name`` in place of what was there; None forgets it."""
    with transaction() as db:
        if value is None:
            preferences.remove(db, user.id, user.workspace, name)
        else:
            preferences.keep(db, user.id, user.workspace, name, value)
