"""Cohorts: what became of the customers who first paid in the same week, month or quarter.

A table, not a series: one row for each cohort and age. A customer belongs to the cohort of the first day with MRR for
good, also after leaving and coming back. Ages count periods: age 0 is the cohort's own period.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

import polars as pl

from lib.ledger.build import Ledger


class Of(StrEnum):
    """What is followed: how many customers, or their MRR."""

    CUSTOMERS = "customers"
    REVENUE = "revenue"


class Show(StrEnum):
    """What is left of a cohort, or what it has lost since its start."""

    RETENTION = "retention"
    CHURN = "churn"


class Measure(StrEnum):
    """As a share of what the cohort started with, or as it is: a number of customers, or micros."""

    PERCENT = "percent"
    COUNT = "count"


class Every(StrEnum):
    """How long a period is. Weeks start on Monday."""

    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"

    @property
    def step(self) -> str:
        """The period as Polars writes a duration."""
        return _STEPS[self]


@dataclass(frozen=True, slots=True)
class Choice:
    """Which table of cohorts is asked for."""

    of: Of = Of.CUSTOMERS
    show: Show = Show.RETENTION
    measure: Measure = Measure.PERCENT
    every: Every = Every.MONTH


_STEPS: Final = {Every.WEEK: "1w", Every.MONTH: "1mo", Every.QUARTER: "1q"}

COHORTS = pl.Schema(
    {
        "cohort": pl.Date,
        "age": pl.Int64,
        "end": pl.Date,
        "size": pl.Int64,
        "value": pl.Int64,
        "unfinished": pl.Boolean,
    }
)
"""``cohort``: the first day of the period in which its customers first paid. ``size``: how many they are, or the MRR of
each on the first paid day, added up. ``value``: how many of them are active at the end of the day ``end``, or their MRR
then. Revenue in micros of the reporting currency at that day's rate. ``end`` is the period's last day, or today in the
``unfinished`` one. Periods that have not begun have no row; periods in which nobody first paid have no cohort."""


def cohorts(ledger: Ledger, of: Of, every: Every) -> pl.DataFrame:
    """A COHORTS frame, oldest cohort first, each from age 0 to the period that runs today."""
    members = _members(ledger, every)
    changes = _presence(ledger) if of is Of.CUSTOMERS else ledger.movements.select("customer", "date", "amount_base")
    changes = changes.rename({"amount_base": "change"}, strict=False).join(members, on="customer")
    starts = _sizes(ledger, members) if of is Of.REVENUE else members.group_by("cohort").agg(size=pl.len())
    moved = changes.group_by("cohort", pl.max_horizontal("cohort", _start("date", every)).alias("period")).agg(
        pl.col("change").sum()
    )
    return (
        _grid(members, ledger.today, every)
        .join(starts, on="cohort")
        .join(moved, on=("cohort", "period"), how="left")
        .sort("cohort", "age")
        .with_columns(value=pl.col("change").fill_null(0).cum_sum().over("cohort"))
        .select(pl.col(name).cast(dtype) for name, dtype in COHORTS.items())
    )


def overall(frame: pl.DataFrame) -> pl.DataFrame:
    """(age, cohorts, size, value, unfinished) of a COHORTS frame: all cohorts that have reached each age, added up.

    So ``value / size`` weighs each cohort by its size; a mean of the cohorts' shares would not.
    """
    return (
        frame.group_by("age")
        .agg(pl.len().alias("cohorts"), pl.col("size", "value").sum(), pl.col("unfinished").any())
        .sort("age")
        .cast({"cohorts": pl.Int64})
    )


def shown(frame: pl.DataFrame, show: Show, measure: Measure) -> pl.DataFrame:
    """``frame`` (size, value, …) with the column ``shown``: Float64 shares for percents, null without a size; else
    Int64 as ``value`` is. Churn is what was lost since the start, below zero where a cohort's revenue has grown.
    """
    value = pl.col("value") if show is Show.RETENTION else pl.col("size") - pl.col("value")
    if measure is Measure.PERCENT:
        value = pl.when(pl.col("size") > 0).then(value / pl.col("size"))
    return frame.with_columns(shown=value)


def _start(day: str, every: Every) -> pl.Expr:
    return pl.col(day).dt.truncate(every.step)


def _members(ledger: Ledger, every: Every) -> pl.DataFrame:
    """(customer, first, cohort): each customer's first paid day and the first day of its period."""
    first = ledger.customers.filter(pl.col("cohort").is_not_null()).select("customer", first="cohort")
    return first.with_columns(cohort=_start("first", every))


def _sizes(ledger: Ledger, members: pl.DataFrame) -> pl.DataFrame:
    """(cohort, size): the MRR that the customers of each cohort had at the end of their first paid day."""
    opening = ledger.movements.join(members, on="customer").filter(pl.col("date") <= pl.col("first"))
    return opening.group_by("cohort").agg(size=pl.col("amount_base").sum())


def _presence(ledger: Ledger) -> pl.DataFrame:
    """(customer, date, change): +1 on each day at whose end a customer became active, -1 where it stopped being so."""
    key = ("subscription", "plan")
    on = pl.col("active").cast(pl.Int64)
    steps = ledger.states.sort(*key, "date").with_columns(step=on - on.shift(fill_value=0).over(key))
    held = (
        steps.group_by("customer", "date")
        .agg(pl.col("step").sum())
        .sort("customer", "date")
        .with_columns(here=(pl.col("step").cum_sum().over("customer") > 0).cast(pl.Int64))
    )
    change = pl.col("here") - pl.col("here").shift(fill_value=0).over("customer")
    return held.select("customer", "date", change=change).filter(pl.col("change") != 0)


def _grid(members: pl.DataFrame, today: date, every: Every) -> pl.DataFrame:
    """(cohort, age, period, end, unfinished): every cohort with every period from its own to today's."""
    known = members.select("cohort").unique()
    first = known["cohort"].min()
    if not isinstance(first, date):
        first = today
    starts = pl.date_range(first, today, every.step, eager=True, closed="both")
    periods = pl.DataFrame({"period": starts}).with_row_index("nth")
    nth = periods.select(cohort="period", born="nth")
    last = pl.col("period").dt.offset_by(every.step) - timedelta(days=1)
    return (
        known.join(nth, on="cohort")
        .join(periods, how="cross")
        .filter(pl.col("nth") >= pl.col("born"))
        .with_columns(age=pl.col("nth") - pl.col("born"), unfinished=last >= today, last=last)
        .with_columns(end=pl.min_horizontal("last", pl.lit(today)))
    )
