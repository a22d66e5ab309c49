"""A flood of changes: very many deliveries of Stripe's wait, so figures are on the way to a state that means something.

They are marked partial until what waits is read.
"""

from __future__ import annotations

import time
from typing import Final

from lib.settings import settings
from lib.store import syncing
from lib.store.engine import reading

MANY: Final = 500
"""Deliveries that wait, above which it is a flood: more than the sync applies at once."""
_LOOK: Final = 0.5
"""Seconds for which an answer about what waits is good."""

_looked: dict[tuple[str, str], tuple[float, int]] = {}
_flooded: set[tuple[str, str]] = set()
"""Accounts, each with its database, that a flood came over and that have not been read to the end since."""


def waiting(account: str) -> int:
    """How many of an account's deliveries wait while that is a flood, which lasts until none does; else 0."""
    key, now = (settings().database, account), time.monotonic()
    looked, found = _looked.get(key, (-_LOOK, 0))
    if now - looked >= _LOOK:
        with reading() as db:
            found = syncing.waiting(db, account)
        _looked[key] = now, found
        if found > MANY:
            _flooded.add(key)
        elif not found:
            _flooded.discard(key)
    return found if key in _flooded else 0


def forget() -> None:
    """Look again at the next question: the database was changed by hand."""
    _looked.clear()
    _flooded.clear()
