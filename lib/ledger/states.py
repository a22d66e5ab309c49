"""What each subscription and plan is worth at the end of each day on which it changes."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

import polars as pl

from lib.ledger import history
from lib.ledger.history import Life, Mark, Worth
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
        "active": pl.Boolean,
    }
)
"""One row for each day, subscription and plan whose MRR changed; ``amount`` is the new MRR in micros. ``active``: it
makes its customer an active one, by an amount above zero or, if the rules say so, in spite of a discount of 100 %."""


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
        for day, plan, state in _changes(life, days, instants, rules):
            rows.append((day, life.customer, life.id, plan, life.currency, *state))
    return pl.DataFrame(rows, schema=STATES, orient="row").sort("subscription", "plan", "date")


_State = tuple[int, bool]
_NOTHING: Final[_State] = (0, False)


def _changes(life: Life, days: list[date], instants: list[int], rules: Rules) -> Iterator[tuple[date, str, _State]]:
    """(day, plan, (MRR in micros, active)) whenever a plan's state at the day's end differs from before."""
    before: dict[str, _State] = {}
    for day, at, standing in zip(days, instants, _standings(life, instants), strict=True):
        now = {plan: _state(worth, rules) for plan, worth in history.amounts(life, standing, at, rules).items()}
        for plan in now.keys() | before.keys():
            if now.get(plan, _NOTHING) != before.get(plan, _NOTHING):
                yield day, plan, now.get(plan, _NOTHING)
        before = now


def _state(worth: Worth, rules: Rules) -> _State:
    micros = to_micros(worth.monthly)
    return micros, micros > 0 or (rules.full_discount_active and worth.priced)


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


def replaced(held: pl.DataFrame, other: pl.DataFrame, lives: Iterable[Life]) -> pl.DataFrame:
    """A STATES frame in which ``lives`` have the states of ``other``."""
    return exchanged(held, other, [life.id for life in lives])


def exchanged(held: pl.DataFrame, other: pl.DataFrame, subscriptions: Iterable[str]) -> pl.DataFrame:
    """A STATES frame in which these subscriptions have the states of ``other``, which holds no others."""
    theirs = pl.Series(list(subscriptions), dtype=pl.String).implode()
    return pl.concat([held.filter(~pl.col("subscription").is_in(theirs)), other]).sort("subscription", "plan", "date")


def counted(held: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """What is left of a STATES frame when the rules leave whole customers out."""
    return without_short_stays(held) if rules.drop_short_stays else held


def without_short_stays(held: pl.DataFrame) -> pl.DataFrame:
    """A STATES frame without the stays of customers who came and were gone again within one calendar month."""
    key = ("subscription", "plan")
    step = pl.col("active").cast(pl.Int64)
    active = (
        held.sort(*key, "date")
        .with_columns(step=step - step.shift(fill_value=0).over(key))
        .group_by("customer", "date")
        .agg(pl.col("step").sum())
        .sort("customer", "date")
        .with_columns(now=pl.col("step").cum_sum().over("customer") > 0)
        .filter(pl.col("now") != pl.col("now").shift(fill_value=False).over("customer"))
        .with_columns(until=pl.col("date").shift(-1).over("customer"))
    )
    month = pl.col("date").dt.truncate("1mo") == pl.col("until").dt.truncate("1mo")
    short = active.filter(pl.col("now"), month).select("customer", since="date", until="until")
    stayed = held.sort("date").join_asof(
        short.sort("since"), left_on="date", right_on="since", by="customer", check_sortedness=False
    )
    inside = pl.col("until").is_not_null() & (pl.col("date") <= pl.col("until"))
    return stayed.filter(~inside.fill_null(value=False)).select(*STATES).sort(*key, "date")
