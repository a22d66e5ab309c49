"""Keeping below Stripe's rate limits: a token bucket for each account and for each endpoint of an account.

Stripe allows 100 reads a second for a live account, 25 in test mode, and 25 for one endpoint; we stay a fifth below.
Where several processes read the same account, each bucket also has a page in a book that they share (:func:`share`).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from lib.gateway import addresses
from lib.settings import settings

LIVE_READS, TEST_READS, ENDPOINT_READS = 80.0, 20.0, 20.0
LEASED_SECONDS = 0.1
"""Most that a batch of shared tokens lasts: in a rush an account asks the book ten times a second, not eighty."""


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


class Book(Protocol):
    """Where all processes book their reads (lib.store.pace)."""

    def reserve(self, bucket: str, rate: float, count: int) -> float | None:
        """Book the next ``count`` reads; seconds until the first may begin, None when the book can't tell."""

    def pause(self, bucket: str, seconds: float) -> None:
        """Let nobody begin a read of ``bucket`` for so many seconds."""


@dataclass
class Lease:
    """This process's part of a bucket that all share: booked in batches, which grow while they are used up."""

    name: str
    rate: float
    book: Book
    clock: Callable[[], float] = time.monotonic
    _next: float = 0.0
    _left: int = 0
    _size: int = 1
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def reserve(self) -> float:
        """Take one token, and return the seconds to wait until it is there; 0 when the book can't tell."""
        with self._lock:
            late = int(max(0.0, self.clock() - self._next) * self.rate)
            if late >= self._left:
                if not self._renew(in_a_rush=not late):
                    return 0.0
                late = 0
            at = self._next + late / self.rate
            self._next, self._left = at + 1 / self.rate, self._left - late - 1
            return max(0.0, at - self.clock())

    def _renew(self, *, in_a_rush: bool) -> bool:
        """Book the next batch: twice the last when that was used up in time, else a single token: none go to waste."""
        most = max(1, round(self.rate * LEASED_SECONDS))
        self._size = min(most, 2 * self._size) if in_a_rush else 1
        wait = self.book.reserve(self.name, self.rate, self._size)
        if wait is not None:
            self._next, self._left = self.clock() + wait, self._size
        return wait is not None


class Limiter:
    """The buckets of one account. Shared by all threads of this process that read the account.

    With an ``account`` the book is asked too, where there is one; without, other processes know nothing of our reads.
    """

    def __init__(self, reads_per_second: float, account: str | None = None) -> None:
        self._rate = reads_per_second
        self._name = account
        self._account = Bucket(reads_per_second)
        self._endpoints: dict[str, Bucket] = {}
        self._leases: dict[str, Lease] = {}
        self._lock = threading.Lock()

    def wait(self, endpoint: str) -> None:
        """Sleep until one more read of ``endpoint`` is allowed."""
        slower = min(self._rate, ENDPOINT_READS)
        with self._lock:
            bucket = self._endpoints.setdefault(endpoint, Bucket(slower))
        now = time.monotonic()
        delay = max(self._account.reserve(now), bucket.reserve(now))
        if _book and self._name:
            whole = self._lease(_book, self._name, self._rate)
            part = self._lease(_book, f"{self._name} {endpoint}", slower)
            delay = max(delay, whole.reserve(), part.reserve())
        if delay:
            time.sleep(delay)

    def pause(self, seconds: float) -> None:
        """Everybody who reads this account rests for ``seconds``: an answer 429 concerns them all."""
        self._account.pause(time.monotonic() + seconds)
        if _book and self._name:
            _book.pause(self._name, seconds)

    def _lease(self, book: Book, name: str, rate: float) -> Lease:
        with self._lock:
            return self._leases.setdefault(name, Lease(name, rate, book))


_book: Book | None = None
_limiters: dict[tuple[str, float], Limiter] = {}
_limiters_lock = threading.Lock()


def share(book: Book | None) -> None:
    """From now on book every read that is counted as an account's, so that all processes keep one pace together."""
    global _book  # noqa: PLW0603 - one for the process, like the limiters
    _book = book


def limiter(bucket: str, *, livemode: bool, base: str, account: str | None = None) -> Limiter | None:
    """The limiter for what Stripe counts as ``bucket``; None on a stand-in, unless the setting asks for one.

    ``bucket`` may be a key and stays in this process; ``account`` is the name that others know it by.
    """
    rate = settings().stripe_reads_per_second
    if rate is None:
        if not addresses.is_real_stripe(base):
            return None
        rate = LIVE_READS if livemode else TEST_READS
    with _limiters_lock:
        return _limiters.setdefault((f"{bucket} {account}", rate), Limiter(rate, account))
