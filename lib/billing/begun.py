"""Who was here before this server began to sell plans keeps everything for a while: nothing locks at an upgrade.

The beginning is noted when somebody is first asked about while plans are sold. In sandbox mode, where all is made up,
there is none. Times are epoch seconds.
"""

from __future__ import annotations

from typing import Final

from lib.settings import settings
from lib.store import begun
from lib.store.engine import reading, transaction

GRACE: Final = 14 * 86_400
"""Seconds that everything goes on for who was here before."""


def since(now: int) -> int | None:
    """Since when plans are sold here: since ``now``, where nobody has asked before. None where none are, or made up."""
    if settings().sandbox_mode or not settings().charging:
        return None
    with reading() as db:
        found = begun.at(db)
    if found is not None:
        return found
    with transaction() as db:
        begun.note(db, now)
        return begun.at(db)


def until(began: int | None, connected: int | None, now: int) -> int | None:
    """Until when everything goes on for a workspace whose first account was ``connected`` then; None: it does not."""
    if began is None or connected is None or connected >= began or now >= began + GRACE:
        return None
    return began + GRACE


def welcomes(now: int) -> dict[str, int]:
    """Until when everything goes on for each workspace for which it does."""
    began = since(now)
    if until(began, 0, now) is None:
        return {}
    with reading() as db:
        found = begun.first_connected(db)
    return {each: end for each, first in found.items() if (end := until(began, first, now)) is not None}


def welcome(workspace: str, now: int) -> int | None:
    """The same for one workspace, asked of the database."""
    began = since(now)
    if until(began, 0, now) is None:
        return None
    with reading() as db:
        return until(began, begun.connected(db, workspace), now)
