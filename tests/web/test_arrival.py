"""How far a sync is, in words: the state stands in each test."""

from __future__ import annotations

import pytest

from lib.web import arrival
from lib.web.arrival import Arrival, Part

NOW = 1_000_020.0


def running(*parts: Part, started: float | None = 1_000_000.0) -> Arrival:
    return Arrival("running", "backfill", started, None, None, parts)


DONE = Part("customer", 2_000, 2_000, done=True)
HALF = Part("invoice", 10_000, 20_000, done=False)
UNKNOWN = Part("balance_transaction", 0, None, done=False)


def test_the_headline_says_what_how_far_how_fast_and_how_long() -> None:
    assert arrival.headline(running(DONE, HALF), NOW) == (
        "Reading invoices: 12,000 of about 22,000 objects, 600 a second, 17 seconds left"
    )


def test_nothing_is_promised_while_a_size_is_unknown() -> None:
    assert arrival.headline(running(DONE, HALF, UNKNOWN), NOW) == "Reading invoices: 12,000 objects, 600 a second"


def test_a_sync_in_the_queue_waits() -> None:
    queued = Arrival("queued", None, None, None, None, ())
    assert queued.running
    assert arrival.headline(queued, NOW) == "Waiting for its turn"


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("Customers: 2,000", DONE),
        ("Invoices: 10,000 of about 20,000", HALF),
        ("Balance transactions: not begun", UNKNOWN),
        ("Charges: 31,000 of about 31,000", Part("charge", 31_000, 30_000, done=False)),
    ],
)
def test_each_resource_in_a_line(line: str, part: Part) -> None:
    assert arrival.line(part) == line


def test_the_bar_is_full_only_when_all_is_done() -> None:
    assert running(DONE, Part("charge", 31_000, 30_000, done=False)).share == 0.99
    assert running(DONE).share == 1.0
    assert running().share == 0.0


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("1 second", 0),
        ("20 seconds", 19.2),
        ("90 seconds", 90),
        ("1 minute", 60),
        ("3 minutes", 121),
        ("2 hours", 7_200),
    ],
)
def test_times_are_rounded_up(said: str, seconds: float) -> None:
    assert arrival.duration(seconds) == said


def test_the_end_is_told_with_its_speed() -> None:
    done = Arrival("done", None, 1_000_000.0, 1_000_012.0, None, (Part("charge", 31_200, 31_200, done=True),))
    assert arrival.finished(done, NOW) == "31,200 objects in 12 seconds, 2,600 a second"
