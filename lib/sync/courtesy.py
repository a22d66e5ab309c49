"""Pages first: while somebody waits for a page of this process, the work in its background goes slowly.

One process runs one line of Python at a time. Where thousands of changes are read, a page would get a few of these
moments only, and take ten times as long; the reading is nobody's wait.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

SHORT: Final = 0.05
"""Seconds that an object waits to be read, at most."""
LONG: Final = 0.5
"""Seconds that a part of many objects waits to be worked on, at most: the work never stands still."""

_changed = threading.Condition()
_waiting = 0
"""Pages that are being drawn."""


@contextmanager
def page() -> Iterator[None]:
    """While it lasts, somebody waits for a page."""
    _count(1)
    try:
        yield
    finally:
        _count(-1)


def _count(more: int) -> None:
    global _waiting  # noqa: PLW0603 - one count for the process
    with _changed:
        _waiting += more
        _changed.notify_all()


def give_way(seconds: float) -> None:
    """Wait until no page is being drawn, but so many seconds at most."""
    with _changed:
        _changed.wait_for(lambda: not _waiting, seconds)
