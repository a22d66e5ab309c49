"""How many requests this process sent to Stripe, for each account and day: kept in memory until somebody takes them.

Noting one is a dictionary's increment: it can't slow or fail the read that it counts.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime

Counts = Mapping[tuple[str, str], int]
"""By account and day (ISO, UTC)."""

_counts: Counter[tuple[str, str]] = Counter()
_lock = threading.Lock()


def note(account: str) -> None:
    """Count one request of now."""
    day = datetime.now(UTC).date().isoformat()
    with _lock:
        _counts[account, day] += 1


def take(*, at_least: int = 1) -> Counts:
    """What was counted since it was last taken, which is forgotten here; nothing while it is below ``at_least``."""
    with _lock:
        if _counts.total() < at_least:
            return {}
        taken = dict(_counts)
        _counts.clear()
    return taken


def give_back(counts: Counts) -> None:
    """Count again what could not be kept."""
    with _lock:
        _counts.update(counts)
