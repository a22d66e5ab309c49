"""The first delivery wakes the work at once; those of a flood wake it together, and none is forgotten."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import Queue

import pytest

from lib.sync import waking
from lib.sync.waking import Waker

PATIENTLY = 10


@contextmanager
def waking_by(wake: Callable[[str], None]) -> Iterator[Waker]:
    waker = Waker(wake)
    waker.start()
    try:
        yield waker
    finally:
        waker.stop()


def test_each_account_is_woken_once_for_a_burst_and_again_for_what_came_after() -> None:
    woken: Queue[str] = Queue()
    with waking_by(woken.put) as waker:
        for _ in range(50):
            waker.ask("acct_1")
        waker.ask("acct_2")
        first = {woken.get(timeout=PATIENTLY), woken.get(timeout=PATIENTLY)}
        assert first == {"acct_1", "acct_2"}
        waker.ask("acct_2")
        later = woken.get(timeout=PATIENTLY)
        assert later in {"acct_1", "acct_2"}
    assert woken.qsize() <= 1


def test_a_flood_is_passed_on_by_the_pause_and_its_last_one_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waking, "PAUSE", 0.05)
    waiting, seen, done = 0, [], threading.Event()

    def wake(_account: str) -> None:
        seen.append(waiting)
        if waiting == 200:
            done.set()

    with waking_by(wake) as waker:
        for number in range(1, 201):
            waiting = number
            waker.ask("acct_1")
        assert done.wait(PATIENTLY), "the last delivery is passed on as well"
    assert len(seen) < 200


def test_one_that_can_not_be_woken_holds_up_no_other(caplog: pytest.LogCaptureFixture) -> None:
    woken: Queue[str] = Queue()

    def wake(account: str) -> None:
        if account == "acct_1":
            raise OSError("the database is away")
        woken.put(account)

    with waking_by(wake) as waker:
        waker.ask("acct_1")
        waker.ask("acct_2")
        assert woken.get(timeout=PATIENTLY) == "acct_2"
    assert "could not be woken" in caplog.text


def test_a_waker_that_was_stopped_starts_again() -> None:
    woken: Queue[str] = Queue()
    waker = Waker(woken.put)
    for _ in range(2):
        waker.start()
        waker.ask("acct_1")
        assert woken.get(timeout=PATIENTLY) == "acct_1"
        waker.stop()
