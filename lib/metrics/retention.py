"""Retention over 12 months: what the customers of a year ago pay today."""

from __future__ import annotations

import polars as pl

from lib.ledger.build import Ledger
from lib.metrics import series
from lib.metrics.breakdowns import grouped
from lib.metrics.query import Query
from lib.metrics.registry import Chart, Good, Rows, Total, Unit, metric

GROUP = "Churn"


@metric(
    name="Gross revenue retention",
    unit=Unit.PERCENT,
    good=Good.UP,
    chart=Chart.LINE,
    group=GROUP,
    total=Total.LAST,
    rows=Rows.RATIO,
    parts=("mrr", "mrr"),
)
def gross_revenue_retention(ledger: Ledger, query: Query) -> pl.DataFrame:
    """Of the MRR of 12 months before, the share that the same customers still pay. Each counts with no more than what
    they paid then, so expansion makes nothing good; n/a in an account's first 12 months.
    """
    return _retained(ledger, query, pl.min_horizontal("now", "then"))


@metric(
    name="Net revenue retention",
    unit=Unit.PERCENT,
    good=Good.UP,
    chart=Chart.LINE,
    group=GROUP,
    total=Total.LAST,
    rows=Rows.RATIO,
    parts=("mrr", "mrr"),
)
def net_revenue_retention(ledger: Ledger, query: Query) -> pl.DataFrame:
    """What the customers who paid 12 months before pay now, expansion included, divided by what they paid then. Nobody
    who joined since is counted; n/a in an account's first 12 months.
    """
    return _retained(ledger, query, pl.when(pl.col("then") > 0).then("now").otherwise(0))


def _retained(ledger: Ledger, query: Query, kept: pl.Expr) -> pl.DataFrame:
    """``kept`` of ``now`` and ``then`` (each customer's MRR today and 12 months before), summed, over ``then``."""
    periods = query.frame(ledger.today)
    held = _now_and_then(ledger, query)
    over, under = (series.level_at(_changes(held, value), periods, "at") for value in (kept, pl.col("then")))
    return series.ratio(query, periods, over, under)


def _now_and_then(ledger: Ledger, query: Query) -> pl.DataFrame:
    """(group, customer, date, now, then): each customer's MRR whenever it or the one of 12 months before changes.

    Micros. A movement comes up as ``then`` on the first day whose day 12 months before is not earlier than it.
    """
    rows = grouped(ledger, ledger.movements, query).select("group", "customer", "date", "amount_base")
    leap_day = (pl.col("date").dt.month() == 2) & (pl.col("date").dt.day() == 29)  # noqa: PLR2004 - 29 February
    year_on = pl.col("date").dt.offset_by("1y") + pl.when(leap_day).then(pl.duration(days=1)).otherwise(pl.duration())
    zero = pl.lit(0, pl.Int64)
    both = pl.concat(
        [
            rows.select("group", "customer", "date", now="amount_base", then=zero),
            rows.select("group", "customer", date=year_on, now=zero, then="amount_base"),
        ]
    )
    daily = both.group_by("group", "customer", "date").agg(pl.col("now", "then").sum()).sort("date")
    return daily.with_columns(pl.col("now", "then").cum_sum().over("group", "customer"))


def _changes(held: pl.DataFrame, value: pl.Expr) -> pl.DataFrame:
    """(date, group, value): by how much ``value`` changes, customer by customer."""
    found = held.with_columns(value=value.cast(pl.Int64))
    before = pl.col("value").shift(fill_value=0).over("group", "customer")
    return found.select("date", "group", value=pl.col("value") - before)
