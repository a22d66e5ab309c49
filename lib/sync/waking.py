"""Waking the work on an inbox at once, but not for every delivery of a flood: a burst is worked on together.

The first delivery is passed on in the moment it came; what comes within the next PAUSE is passed on after it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Final

log = logging.getLogger(__name__)

PAUSE: Final = 0.2
"""Seconds between two wakings of one account."""


class Waker:
    """Calls ``wake`` for accounts, in a thread of its own, each at most once in PAUSE."""

    def __init__(self, wake: Callable[[str], None]) -> None:
        self._wake = wake
        self._asked: set[str] = set()
        self._last: dict[str, float] = {}
        self._changed = threading.Condition()
        self._over = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin; again, after an end."""
        self._over = False
        self._thread = threading.Thread(target=self._work, name="waker", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End, once what is being passed on is. What was asked for since is found at the next launch."""
        with self._changed:
            self._over = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()

    def ask(self, account: str) -> None:
        """Let ``wake`` be called for the account soon. Returns at once."""
        with self._changed:
            self._asked.add(account)
            self._changed.notify()

    def _work(self) -> None:
        while (account := self._next()) is not None:
            try:
                self._wake(account)
            except Exception:
                # whatever it was, other accounts must be woken still; this one's deliveries are in the inbox, and the
                # schedule comes round
                log.exception("An inbox could not be woken")

    def _next(self) -> str | None:
        """The next account whose time has come; None at the end."""
        with self._changed:
            while not self._over:
                now = time.monotonic()
                self._last = {account: at for account, at in self._last.items() if at + PAUSE > now}
                due = {account: self._last.get(account, 0.0) + PAUSE for account in self._asked}
                account = min(due, key=lambda each: due[each], default=None)
                if account is not None and due[account] <= now:
                    self._asked.discard(account)
                    self._last[account] = now
                    return account
                self._changed.wait(None if account is None else due[account] - now)
        return None
