"""Keeping below Stripe's rate limits: a token bucket for each account and for each endpoint of an account.

Stripe allows 100 reads a second for a live account, 25 in test mode, and 25 for one endpoint; we stay a fifth below.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

from lib.gateway import addresses
from lib.settings import settings

LIVE_READS, TEST_READS, ENDPOINT_READS = 80.0, 20.0, 20.0


@dataclass
class Bucket:
    """A token bucket: ``rate`` tokens a second, at most ``burst`` saved up. Times are seconds of any steady clock."""

    rate: float
    burst: float = 1.0
    _free_at: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def reserve(self, now: float) -> float:
        """Take one token, perhaps a future one, and return the seconds to wait until it is there."""
        with self._lock:
            earliest = now - self.burst / self.rate
            self._free_at = max(self._free_at, earliest) + 1 / self.rate
            return max(0.0, self._free_at - now)

    def pause(self, until: float) -> None:
        """Hand out nothing before ``until``: Stripe asked us to wait."""
        with self._lock:
            self._free_at = max(self._free_at, until)


class Limiter:
    """The buckets of one account. Shared by all threads of this process that read the account."""

    def __init__(self, reads_per_second: float) -> None:
        self._rate = reads_per_second
        self._account = Bucket(reads_per_second)
        self._endpoints: dict[str, Bucket] = {}
        self._lock = threading.Lock()

    def wait(self, endpoint: str) -> None:
        """Sleep until one more read of ``endpoint`` is allowed."""
        with self._lock:
            bucket = self._endpoints.setdefault(endpoint, Bucket(min(self._rate, ENDPOINT_READS)))
        now = time.monotonic()
        if delay := max(self._account.reserve(now), bucket.reserve(now)):
            time.sleep(delay)

    def pause(self, seconds: float) -> None:
        """All threads of this account rest for ``seconds``: an answer 429 concerns them all."""
        self._account.pause(time.monotonic() + seconds)


_limiters: dict[tuple[str, float], Limiter] = {}
_limiters_lock = threading.Lock()


def limiter(bucket: str, *, livemode: bool, base: str) -> Limiter | None:
    """The limiter for what Stripe counts as ``bucket``; None on a stand-in, unless the setting asks for one."""
    rate = settings().stripe_reads_per_second
    if rate is None:
        if not addresses.is_real_stripe(base):
            return None
        rate = LIVE_READS if livemode else TEST_READS
    with _limiters_lock:
        return _limiters.setdefault((bucket, rate), Limiter(rate))
