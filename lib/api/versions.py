"""Watching the data versions of accounts: one question a TICK to the database, however many are waiting."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

from starlette.concurrency import run_in_threadpool

log = logging.getLogger(__name__)

TICK: Final = 0.1
"""Seconds between two questions, while anybody waits."""
PATIENCE: Final = 5.0
"""Seconds until the next question when the database did not answer one."""

Ask = Callable[[Sequence[str]], Mapping[str, int]]
"""The present versions of these accounts; those unknown may be left out."""


class Watched:
    """One account's version as last seen; 0 before it was. All in one event loop."""

    def __init__(self) -> None:
        self.version = 0
        self.watchers = 0
        self._changed = asyncio.Event()

    def tell(self, version: int) -> None:
        """Note a version, and let those who wait go on if it is another one."""
        if version != self.version:
            self.version = version
            self._changed.set()
            self._changed = asyncio.Event()

    async def wait(self, most: float) -> None:
        """Return when the version has changed, or after ``most`` seconds."""
        try:
            await asyncio.wait_for(self._changed.wait(), most)
        except TimeoutError:
            return


class Watch:
    """All accounts that somebody watches, and the task that asks for their versions while there are any."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._watched: dict[str, Watched] = {}
        self._task: asyncio.Task[None] | None = None

    @contextmanager
    def of(self, account: str) -> Iterator[Watched]:
        """The account's version, kept up to date while the block runs."""
        found = self._watched.setdefault(account, Watched())
        found.watchers += 1
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._work())
        try:
            yield found
        finally:
            found.watchers -= 1
            if not found.watchers:
                del self._watched[account]

    async def _work(self) -> None:
        while self._watched:
            pause = TICK
            try:
                versions = await run_in_threadpool(self._ask, sorted(self._watched))
            except Exception:  # the task must outlive a database that is restarted; what went wrong is in the log
                log.exception("The data versions could not be asked for")
                versions, pause = {}, PATIENCE
            for account, version in versions.items():
                if account in self._watched:
                    self._watched[account].tell(version)
            await asyncio.sleep(pause)
