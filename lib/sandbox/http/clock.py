"""The stand-in's clock: real time plus what was skipped, and the thread that lets the worlds keep up with it."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Iterable

from lib.sandbox.http.errors import StripeError
from lib.sandbox.http.tenants import Tenant

log = logging.getLogger(__name__)

TICK = 2.0
"""Seconds between two looks at the clock."""
STEP = 86_400
"""Seconds of world time between two chances for requests to be answered."""


class Clock:
    """Epoch seconds, real time plus an offset that only grows."""

    def __init__(self, offset: int = 0) -> None:
        self.offset = offset
        self._stop = threading.Event()
        self._moving = threading.Lock()
        self._thread: threading.Thread | None = None

    def now(self) -> float:
        """The stand-in's time."""
        return time.time() + self.offset

    def skip_to(self, moment: float) -> None:
        """Set the clock forward; backward is ignored."""
        self.offset += max(0, math.ceil(moment - self.now()))

    def catch_up(self, tenants: Iterable[Tenant]) -> None:
        """Run every finished world up to now, a day at a time so that requests find their turn."""
        with self._moving:
            for each in tenants:
                while each.ready.is_set() and self._step(each, int(self.now())):
                    pass

    @staticmethod
    def _step(tenant: Tenant, target: int) -> bool:
        """Move one world on by a day at most; True while it is still behind."""
        with tenant.world() as (engine, _):
            if engine.now >= target:
                return False
            engine.advance(min(target, engine.now + STEP))
            return engine.now < target

    def start(self, tenants: tuple[Tenant, ...]) -> None:
        """Begin to tick in a thread."""
        self._thread = threading.Thread(target=self._tick, args=(tenants,), name="stand-in clock", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop ticking."""
        self._stop.set()
        if self._thread:
            self._thread.join(10)

    def _tick(self, tenants: tuple[Tenant, ...]) -> None:
        while not self._stop.wait(TICK):
            try:
                self.catch_up(tenants)
            except StripeError:
                log.debug("a world moved out while the clock ticked")
