"""Keeping deliveries as fast as they come: one thread writes all that wait in one transaction, then answers them all.

Nobody hears that a delivery was received before the transaction that holds it is committed. A process that is killed
loses none that it answered; what a power cut takes (SQLite, at most the last moments) is read from Stripe's list of
events at the next catch-up.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from lib.accounts.deliveries import Delivery, keep
from lib.errors import AppError, InboxFull, InboxUnavailable
from lib.store import syncing

log = logging.getLogger(__name__)

TOGETHER: Final = 500
"""Most deliveries written in one transaction."""
MOST: Final = 4_000
"""Most deliveries that may wait, at some kilobytes each: then Stripe is asked to come again later."""

Keep = Callable[[Sequence[Delivery]], list[str | None]]


@dataclass
class _Waiting:
    delivery: Delivery
    answer: asyncio.Future[str | None]


class Intake:
    """A queue of verified deliveries and the thread that keeps them. ``write`` is for tests."""

    def __init__(self, write: Keep = keep) -> None:
        self._write = write
        self._queue: deque[_Waiting] = deque()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    async def keep(self, delivery: Delivery) -> str | None:
        """Keep ``delivery``; once it is safe, the account to wake, or None when it does not concern us.

        Raises InboxFull (too many wait), InboxUnavailable (the database does not take it now).
        """
        waiting = _Waiting(delivery, asyncio.get_running_loop().create_future())
        with self._changed:
            if len(self._queue) >= MOST:
                raise InboxFull
            self._queue.append(waiting)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="intake", daemon=True)
                self._thread.start()
            self._changed.notify()
        return await waiting.answer

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._queue:
                    self._changed.wait()
                batch = [self._queue.popleft() for _ in range(min(len(self._queue), TOGETHER))]
            self._answer(batch, self._kept(batch))

    def _kept(self, batch: Sequence[_Waiting]) -> list[str | AppError | None]:
        """How each of the batch went. Where one can't be kept, each is tried alone; not where the database is away."""
        try:
            return list(self._write([each.delivery for each in batch]))
        except (AppError, syncing.Unwilling):
            log.exception("The database takes no deliveries")
            return [InboxUnavailable()] * len(batch)
        except Exception:
            # whatever the database has against it: those who wait must be answered, and the thread must live on
            log.exception("Deliveries could not be kept")
        return [InboxUnavailable()] if len(batch) == 1 else [self._kept([each])[0] for each in batch]

    @staticmethod
    def _answer(batch: Sequence[_Waiting], outcomes: Sequence[str | AppError | None]) -> None:
        def tell(answers: list[tuple[asyncio.Future[str | None], str | AppError | None]]) -> None:
            for future, outcome in answers:
                if future.done():  # who asked has gone
                    continue
                if isinstance(outcome, AppError):
                    future.set_exception(outcome)
                else:
                    future.set_result(outcome)

        loops: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[str | None], str | AppError | None]]] = {}
        for each, outcome in zip(batch, outcomes, strict=True):
            loops.setdefault(each.answer.get_loop(), []).append((each.answer, outcome))
        for loop, answers in loops.items():
            if not loop.is_closed():
                loop.call_soon_threadsafe(tell, answers)
