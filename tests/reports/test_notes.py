"""Notes: what a figure can't show, with the names of those it is about."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from lib.ledger.build import build
from lib.reports import door
from tests.ledger.shop import at, shop


@pytest.mark.parametrize(
    ("whose", "hidden"),
    [
        ("A subscription of Acme was", ["s1"]),
        ("Subscriptions of Acme and [Bo](x) were", ["s1", "s2"]),
        ("Subscriptions of Acme, [Bo](x) and c3 were", ["s1", "s2", "s3"]),
        ("Subscriptions of Acme, Di, [Bo](x) and 1 more were", ["s1", "s2", "s3", "s4"]),
        (None, ["s9"]),
        (None, []),
    ],
)
def test_a_change_without_a_date_names_whose_it_is(whose: str | None, hidden: list[str]) -> None:
    """``s9`` belongs to nobody here: the ledger is cut down to a segment."""
    ledger = build(shop(), base="usd", as_of=at("2024-01-06"), tz=ZoneInfo("UTC"))
    ids = ["c1", "c2", "c3", "c4"]
    people = pl.DataFrame({"customer": ids, "name": ["Acme", "[Bo](x)", None, "Di"], "email": [None] * 4})
    subs = pl.DataFrame({"subscription": ["s1", "s2", "s3", "s4"], "customer": ids})
    notes = door.notes(replace(ledger, hidden=tuple(hidden), customers=people, subscriptions=subs))
    assert [note[: len(whose)] for note in notes] == [whose] if whose else notes == ()
