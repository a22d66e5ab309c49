"""Whether an account's history is still arriving: figures that come of it are marked partial wherever they go."""

from __future__ import annotations

from typing import Final

from lib.accounts import connections
from lib.reports import rush
from lib.store import together
from lib.sync.progress import snapshot

NOTE: Final = "Data is still arriving from Stripe, so the figures are partial."
HEADER: Final = "X-Plimsoll-Partial"
"""Goes with every answer and file whose figures are partial."""


def partial(account: str) -> bool:
    """Whether a sync of ``account`` is at work, or of any of a workspace's where all are meant; or a flood of changes
    waits to be read.
    """
    if together.is_one(account):
        return any(partial(each.account) for each in connections.own(connections.of(account)))
    return snapshot(account).running or rush.waiting(account) > 0


def headers(account: str) -> dict[str, str]:
    """The header of a partial answer; none otherwise."""
    return {HEADER: "1"} if partial(account) else {}
