"""Recurring revenue: MRR and what moves it."""

from __future__ import annotations

import polars as pl

from lib.ledger.build import Ledger
from lib.metrics import customers, series
from lib.metrics.query import Query
from lib.metrics.registry import Chart, Good, Total, Unit, metric

GROUP = "Recurring revenue"
YEAR = 12


@metric(name="MRR", unit=Unit.MONEY, good=Good.UP, chart=Chart.AREA, group=GROUP, total=Total.LAST)
def mrr(ledger: Ledger, query: Query) -> pl.DataFrame:
    """Monthly recurring revenue: what all paying subscriptions come to in a month at the end of the day, discounts
    that run taken off, tax, trials and metered usage left out. Yearly prices count a twelfth, weekly ones 52/12.
    """
    return series.level(ledger, query, series.mrr_changes(ledger, query.by))


@metric(name="ARR", unit=Unit.MONEY, good=Good.UP, chart=Chart.AREA, group=GROUP, total=Total.LAST)
def arr(ledger: Ledger, query: Query) -> pl.DataFrame:
    """Annual recurring revenue: MRR times 12."""
    return mrr(ledger, query).with_columns(pl.col("value") * YEAR)


def _movement(ledger: Ledger, query: Query, kind: str, sign: int) -> pl.DataFrame:
    return series.flow(ledger, query, series.moved(ledger, [kind]), sign * pl.col("amount_base").sum())


@metric(name="New MRR", unit=Unit.MONEY, good=Good.UP, chart=Chart.BAR, group=GROUP, total=Total.SUM)
def new_mrr(ledger: Ledger, query: Query) -> pl.DataFrame:
    """MRR of customers who pay for the first time."""
    return _movement(ledger, query, "new", 1)


@metric(name="Expansion MRR", unit=Unit.MONEY, good=Good.UP, chart=Chart.BAR, group=GROUP, total=Total.SUM)
def expansion_mrr(ledger: Ledger, query: Query) -> pl.DataFrame:
    """MRR added by customers who already pay: upgrades, more seats, second subscriptions, discounts that end."""
    return _movement(ledger, query, "expansion", 1)


@metric(name="Contraction MRR", unit=Unit.MONEY, good=Good.DOWN, chart=Chart.BAR, group=GROUP, total=Total.SUM)
def contraction_mrr(ledger: Ledger, query: Query) -> pl.DataFrame:
    """MRR lost from customers who stay: downgrades, fewer seats, one of several subscriptions cancelled, new
    discounts. Shown as a positive amount.
    """
    return _movement(ledger, query, "contraction", -1)


@metric(name="Churned MRR", unit=Unit.MONEY, good=Good.DOWN, chart=Chart.BAR, group=GROUP, total=Total.SUM)
def churned_mrr(ledger: Ledger, query: Query) -> pl.DataFrame:
    """MRR lost from customers who leave altogether. Shown as a positive amount."""
    return _movement(ledger, query, "churn", -1)


@metric(name="Reactivation MRR", unit=Unit.MONEY, good=Good.UP, chart=Chart.BAR, group=GROUP, total=Total.SUM)
def reactivation_mrr(ledger: Ledger, query: Query) -> pl.DataFrame:
    """MRR of customers who had left and came back after at least a day."""
    return _movement(ledger, query, "reactivation", 1)


@metric(name="ARPU", unit=Unit.MONEY, good=Good.UP, chart=Chart.LINE, group=GROUP, total=Total.LAST)
def arpu(ledger: Ledger, query: Query) -> pl.DataFrame:
    """Average revenue per user: MRR divided by active customers; n/a while there are none."""
    return divided(mrr(ledger, query), customers.active_customers(ledger, query))


def divided(over: pl.DataFrame, under: pl.DataFrame) -> pl.DataFrame:
    """Money divided by a number, row by row, rounded to whole micros; n/a where the number is 0 or n/a."""
    below = pl.Series("below", under["value"])
    value = pl.when(below > 0).then((over["value"] / below).round())
    return over.with_columns(below).with_columns(value=value.cast(pl.Int64)).drop("below")
