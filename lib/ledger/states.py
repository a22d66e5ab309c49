"""What each subscription and plan is worth at the end of each day on which it changes."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from datetime import date
from zoneinfo import ZoneInfo

import polars as pl

from lib.ledger import history
from lib.ledger.history import Life, Mark
from lib.ledger.rules import Rules
from lib.money import to_micros
from lib.periods import day_end, local_date

STATES = pl.Schema(
    {
        "date": pl.Date,
        "customer": pl.String,
        "subscription": pl.String,
        "plan": pl.String,
        "currency": pl.String,
        "amount": pl.Int64,
    }
)
"""One row for each day, subscription and plan whose MRR changed; ``amount`` is the new MRR in micros."""


def states(found: Iterable[Life], rules: Rules, tz: ZoneInfo, as_of: int) -> pl.DataFrame:
    """The change points of every life up to ``as_of`` (UTC epoch seconds), as a STATES frame sorted by its key."""
    ends: dict[date, int] = {}

    def end_of(day: date) -> int:
        if day not in ends:
            ends[day] = min(day_end(day, tz) - 1, as_of)
        return ends[day]

    rows = []
    for life in found:
        days = sorted({local_date(t, tz) for t in life.instants() if t <= as_of})
        instants = [end_of(day) for day in days]
        for day, plan, amount in _changes(life, days, instants, rules):
            rows.append((day, life.customer, life.id, plan, life.currency, amount))
    return pl.DataFrame(rows, schema=STATES, orient="row").sort("subscription", "plan", "date")


def _changes(life: Life, days: list[date], instants: list[int], rules: Rules) -> Iterator[tuple[date, str, int]]:
    """(day, plan, MRR in micros) whenever a plan's MRR at the day's end differs from before."""
    before: dict[str, int] = {}
    for day, at, standing in zip(days, instants, _standings(life, instants), strict=True):
        now = {plan: to_micros(v) for plan, v in history.amounts(life, standing, at, rules).items()}
        for plan in now.keys() | before.keys():
            if now.get(plan, 0) != before.get(plan, 0):
                yield day, plan, now.get(plan, 0)
        before = now


def _standings(life: Life, instants: list[int]) -> Iterator[dict[str, Mark]]:
    """The items as they stand at each instant (ascending)."""
    times = [mark.at for mark in life.marks]
    standing: dict[str, Mark] = {}
    done = 0
    for at in instants:
        upto = bisect_right(times, at)
        for mark in life.marks[done:upto]:
            history.advance(standing, mark)
        done = max(done, upto)
        yield standing
