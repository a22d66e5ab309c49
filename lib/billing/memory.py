"""Answers of the database that are kept for a moment: a page asks many times for what hardly ever changes."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock
from typing import Final, Generic, TypeVar

from lib.settings import settings

T = TypeVar("T")
_MANY: Final = 4096


class Memory(Generic[T]):
    """What ``ask`` answered in the last ``seconds``, by its question and by database: safe for threads."""

    def __init__(self, ask: Callable[[str], T], seconds: float) -> None:
        self._ask = ask
        self._seconds = seconds
        self._lock = Lock()
        self._kept: dict[tuple[str, str], tuple[float, T]] = {}

    def forget(self) -> None:
        """Ask anew at the next question."""
        with self._lock:
            self._kept.clear()

    def __call__(self, of: str) -> T:
        """The answer about ``of``."""
        name = settings().database, of
        with self._lock:
            found = self._kept.get(name)
        if found is not None and time.monotonic() < found[0]:
            return found[1]
        answer = self._ask(of)
        with self._lock:
            if len(self._kept) > _MANY:
                self._kept.clear()
            self._kept[name] = time.monotonic() + self._seconds, answer
        return answer
