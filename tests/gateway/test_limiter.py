"""One pace for all processes: what each takes of a shared bucket, and how it books it."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import pytest

from lib.gateway import limiter as limiter_module
from lib.gateway.limiter import Lease, Limiter


@dataclass
class Book:
    """A book whose clock the test moves."""

    now: float = 100.0
    free_at: dict[str, float] = field(default_factory=dict)
    booked: list[int] = field(default_factory=list)
    rests: list[tuple[str, float]] = field(default_factory=list)
    closed: bool = False

    def reserve(self, bucket: str, rate: float, count: int) -> float | None:
        self.booked.append(count)
        if self.closed:
            return None
        start = max(self.free_at.get(bucket, 0.0), self.now)
        self.free_at[bucket] = start + count / rate
        return start - self.now

    def pause(self, bucket: str, seconds: float) -> None:
        self.rests.append((bucket, seconds))

    def lease(self) -> Lease:
        return Lease("acct_1", 40.0, self, clock=lambda: self.now)


def test_two_processes_in_a_rush_never_have_the_same_moment() -> None:
    book = Book()
    processes = [book.lease(), book.lease(), book.lease()]
    moments = sorted(book.now + processes[turn % 3].reserve() for turn in range(300))
    steps = [later - earlier for earlier, later in pairwise(moments)]
    assert min(steps) >= 1 / 40 - 1e-9
    assert max(book.booked) == 4  # a tenth of a second of 40 a second
    assert len(book.booked) < 300 / 3


def test_who_reads_slowly_books_one_by_one_and_leaves_the_rest_to_others() -> None:
    book, waits = Book(), []
    slow = book.lease()
    for _ in range(20):
        waits.append(slow.reserve())
        book.now += 0.5
    assert (waits, book.booked) == ([0.0] * 20, [1] * 20)


def test_tokens_whose_time_went_by_are_not_saved_up() -> None:
    book = Book()
    lease = book.lease()
    for _ in range(7 + 1):  # 1 + 2 + 4, and the first of the next 4
        lease.reserve()
    book.now = book.free_at["acct_1"] + 10
    assert [round(lease.reserve(), 3) for _ in range(3)] == [0.0, 0.025, 0.05]


def test_a_book_that_cant_tell_holds_nobody_up() -> None:
    book = Book(closed=True)
    assert book.lease().reserve() == 0.0


def test_the_account_and_its_endpoint_are_booked_and_a_429_rests_all_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    book = Book()
    monkeypatch.setattr(limiter_module, "_book", book)
    Limiter(1e6, "acct_1").wait("/v1/invoices")
    assert sorted(book.free_at) == ["acct_1", "acct_1 /v1/invoices"]
    Limiter(1e6, "acct_1").pause(0.1)
    assert book.rests == [("acct_1", 0.1)]


def test_reads_that_no_account_is_known_for_stay_out_of_the_book(monkeypatch: pytest.MonkeyPatch) -> None:
    book = Book()
    monkeypatch.setattr(limiter_module, "_book", book)
    unnamed = Limiter(1e6)
    unnamed.wait("/v1/account")
    unnamed.pause(0.0)
    assert (book.booked, book.rests) == ([], [])
