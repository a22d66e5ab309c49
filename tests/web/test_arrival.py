"""How far a sync is, in words: the state stands in each test."""

from __future__ import annotations

import pytest

from lib.sync.progress import Part, Snapshot
from lib.web import arrival


def running(*parts: Part, state: str = "running") -> Snapshot:
    return Snapshot("acct_1", state, None, started=1_000_000.0, parts=parts, now=1_000_020.0)


DONE = Part("customer", "Customers", 2_000, 2_000, done=True)
HALF = Part("invoice", "Invoices", 10_000, 20_000)
UNKNOWN = Part("balance_transaction", "Balance transactions")


def test_the_headline_says_what_how_far_how_fast_and_how_long() -> None:
    assert arrival.headline(running(DONE, HALF)) == (
        "Reading invoices: 12,000 of about 22,000 objects, 600 a second, 17 seconds left"
    )


def test_nothing_is_promised_while_a_size_is_unknown() -> None:
    assert arrival.headline(running(DONE, HALF, UNKNOWN)) == "Reading invoices: 12,000 objects, 600 a second"


@pytest.mark.parametrize(
    ("named", "parts"),
    [
        # Nothing is believed to be left of the customers, though an empty span is still to be asked for.
        ("invoices", [Part("customer", "Customers", 2_000, 2_000), HALF]),
        # What most is left of takes most of the reads.
        ("charges", [HALF, Part("charge", "Charges", 100, 30_000)]),
        # What is begun is read to its end; only then comes what follows.
        ("balance transactions", [Part("customer", "Customers", 2_000, 2_000), UNKNOWN]),
        ("customers", [Part("customer", "Customers", 2_000, 2_000), DONE]),
    ],
)
def test_the_headline_names_what_is_read_now(named: str, parts: list[Part]) -> None:
    assert arrival.headline(running(*parts)).startswith(f"Reading {named}: ")


def test_before_the_first_object_nothing_is_named() -> None:
    assert arrival.headline(running(UNKNOWN)) == "Reading your history: 0 objects"


def test_a_sync_in_the_queue_waits() -> None:
    assert arrival.headline(running(state="queued")) == "Waiting for its turn"


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("Customers: 2,000", DONE),
        ("Invoices: 10,000 of about 20,000", HALF),
        ("Balance transactions: not begun", UNKNOWN),
        ("Charges: 31,000 of about 31,000", Part("charge", "Charges", 31_000, 30_000)),
    ],
)
def test_each_resource_in_a_line(line: str, part: Part) -> None:
    assert arrival.line(part) == line


def test_the_bar_is_full_only_when_all_is_done() -> None:
    assert arrival.share(running(DONE, Part("charge", "Charges", 31_000, 30_000))) == 0.99
    assert arrival.share(running(DONE)) == 1.0
    assert arrival.share(running(DONE, UNKNOWN)) == 0.5
    assert arrival.share(running()) == 0.0


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


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("just now", 59), ("1 minute ago", 119), ("3 minutes ago", 200), ("2 hours ago", 7_300), ("1 day ago", 90_000)],
)
def test_how_long_since_is_rounded_down(said: str, seconds: float) -> None:
    assert arrival.ago(seconds) == said


def test_the_end_is_told_with_its_speed() -> None:
    part = Part("charge", "Charges", 31_200, 31_200, done=True)
    done = Snapshot("acct_1", "done", started=1_000_000.0, finished=1_000_012.0, parts=(part,), now=2_000_000.0)
    assert arrival.finished(done) == "31,200 objects in 12 seconds, 2,600 a second"
