"""Deliveries that this process refused, so that a page can tell why none arrives. Nothing of them is kept but why."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass
from typing import Final

MOST: Final = 1000
"""Refusals remembered."""


@dataclass(frozen=True)
class Refusal:
    """When (epoch seconds) a delivery was refused, the sentence that its sender got, and the path it came to."""

    at: float
    why: str
    path: str = ""


_last: deque[Refusal] = deque(maxlen=MOST)


def note(why: str, path: str = "") -> None:
    """Remember a refusal of now."""
    _last.append(Refusal(time.time(), why, path))


def forget() -> None:
    """Forget all: for tests."""
    _last.clear()


def since(moment: float, path: str | None = None) -> tuple[Refusal, ...]:
    """The refusals since ``moment`` (epoch seconds), oldest first, at ``path`` (None: at any); those of other processes
    are not known here.
    """
    return tuple(each for each in tuple(_last) if each.at >= moment and path in {None, each.path})
