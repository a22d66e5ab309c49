"""Recurring revenue: MRR, what moves it, and what is made of it."""

from __future__ import annotations

import polars as pl

from lib.ledger.build import Ledger
from lib.metrics import customers, series
from lib.metrics.query import Query
from lib.metrics.registry import Chart, Good, Rows, Total, Unit, metric

GROUP = "Recurring revenue"
YEAR = 12


@metric(name="MRR", unit=Unit.MONEY, good=Good.UP, chart=Chart.AREA, group=GROUP, total=Total.LAST, rows=Rows.STATES)
def mrr(ledger: Ledger, query: Query) -> pl.DataFrame:
    """Monthly recurring revenue: what all paying subscriptions come to in a month at the end of the day, discounts
    that run taken off, tax and trials left out. Yearly prices count a twelfth, weekly ones 52/12.
    """
    return series.level(ledger, query, series.mrr_changes(ledger, query))


@metric(
    name="ARR",
    unit=Unit.MONEY,
    good=Good.UP,
    chart=Chart.AREA,
    group=GROUP,
    total=Total.LAST,
    rows=Rows.STATES,
    factor=YEAR,
)
def arr(ledger: Ledger, query: Query) -> pl.DataFrame:
    """Annual recurring revenue: MRR times 12."""
    return mrr(ledger, query).with_columns(pl.col("value") * YEAR)


@metric(
    name="MRR growth rate",
    unit=Unit.PERCENT,
    good=Good.UP,
    chart=Chart.LINE,
    group=GROUP,
    total=Total.LAST,
    rows=Rows.RATIO,
    parts=("mrr", "mrr"),
)
def mrr_growth_rate(ledger: Ledger, query: Query) -> pl.DataFrame:
    """MRR divided by MRR 30 days before, minus 1; n/a while there was none 30 days before."""
    periods = query.frame(ledger.today)
    changes = series.mrr_changes(ledger, query)
    now, before = (series.level_at(changes, periods.select("date", at), at) for at in ("at", "base"))
    return series.ratio(query, periods, series.added(now, before.with_columns(-pl.col("value"))), before)


@metric(
    name="Committed MRR",
    unit=Unit.MONEY,
    good=Good.UP,
    chart=Chart.AREA,
    group=GROUP,
    total=Total.LAST,
    rows=Rows.COMMITTED,
)
def committed_mrr(ledger: Ledger, query: Query) -> pl.DataFrame:
    """MRR without the subscriptions that are cancelled already and only run until the end of what was paid for."""
    return series.level(ledger, query, series.mrr_changes(ledger, query, ledger.committed))


@metric(
    name="Trial MRR", unit=Unit.MONEY, good=Good.UP, chart=Chart.AREA, group=GROUP, total=Total.LAST, rows=Rows.TRIALS
)
def trial_mrr(ledger: Ledger, query: Query) -> pl.DataFrame:
    """What the trials that run at the end of the day would come to in MRR if all of them became paying."""
    return series.level(ledger, query, series.mrr_changes(ledger, query, ledger.trialing))


def _movement(ledger: Ledger, query: Query, kind: str, sign: int) -> pl.DataFrame:
    return series.flow(ledger, query, series.moved(ledger, [kind]), sign * pl.col("amount_base").sum())


@metric(
    name="New MRR",
    unit=Unit.MONEY,
    good=Good.UP,
    chart=Chart.BAR,
    group=GROUP,
    total=Total.SUM,
    rows=Rows.MOVEMENTS,
    kinds=("new",),
)
def new_mrr(ledger: Ledger, query: Query) -> pl.DataFrame:
    """MRR of customers who pay for the first time."""
    return _movement(ledger, query, "new", 1)


@metric(
    name="Expansion MRR",
    unit=Unit.MONEY,
    good=Good.UP,
    chart=Chart.BAR,
    group=GROUP,
    total=Total.SUM,
    rows=Rows.MOVEMENTS,
    kinds=("expansion",),
)
def expansion_mrr(ledger: Ledger, query: Query) -> pl.DataFrame:
    """MRR added by customers who already pay: upgrades, more seats, second subscriptions, discounts that end."""
    return _movement(ledger, query, "expansion", 1)


@metric(
    name="Contraction MRR",
    unit=Unit.MONEY,
    good=Good.DOWN,
    chart=Chart.BAR,
    group=GROUP,
    total=Total.SUM,
    rows=Rows.MOVEMENTS,
    kinds=("contraction",),
    factor=-1,
)
def contraction_mrr(ledger: Ledger, query: Query) -> pl.DataFrame:
    """MRR lost from customers who stay: downgrades, fewer seats, one of several subscriptions cancelled, new
    discounts. Shown as a positive amount.
    """
    return _movement(ledger, query, "contraction", -1)


@metric(
    name="Churned MRR",
    unit=Unit.MONEY,
    good=Good.DOWN,
    chart=Chart.BAR,
    group=GROUP,
    total=Total.SUM,
    rows=Rows.MOVEMENTS,
    kinds=("churn",),
    factor=-1,
)
def churned_mrr(ledger: Ledger, query: Query) -> pl.DataFrame:
    """MRR lost from customers who leave altogether. Shown as a positive amount."""
    return _movement(ledger, query, "churn", -1)


@metric(
    name="Reactivation MRR",
    unit=Unit.MONEY,
    good=Good.UP,
    chart=Chart.BAR,
    group=GROUP,
    total=Total.SUM,
    rows=Rows.MOVEMENTS,
    kinds=("reactivation",),
)
def reactivation_mrr(ledger: Ledger, query: Query) -> pl.DataFrame:
    """MRR of customers who had left and came back after at least a day."""
    return _movement(ledger, query, "reactivation", 1)


@metric(
    name="Net new MRR",
    unit=Unit.MONEY,
    good=Good.UP,
    chart=Chart.BAR,
    group=GROUP,
    total=Total.SUM,
    rows=Rows.MOVEMENTS,
    kinds=series.MOVED,
)
def net_new_mrr(ledger: Ledger, query: Query) -> pl.DataFrame:
    """New, expansion and reactivation MRR less contraction and churned MRR. What exchange rates add or take is no part
    of it.
    """
    return series.flow(ledger, query, series.moved(ledger, series.MOVED), pl.col("amount_base").sum())


@metric(
    name="ARPU",
    unit=Unit.MONEY,
    good=Good.UP,
    chart=Chart.LINE,
    group=GROUP,
    total=Total.LAST,
    rows=Rows.RATIO,
    parts=("mrr", "active_customers"),
)
def arpu(ledger: Ledger, query: Query) -> pl.DataFrame:
    """Average revenue per user: MRR divided by active customers; n/a while there are none."""
    return series.divided(mrr(ledger, query), customers.active_customers(ledger, query))


@metric(
    name="Average sale price",
    unit=Unit.MONEY,
    good=Good.UP,
    chart=Chart.LINE,
    group=GROUP,
    total=Total.RATIO,
    rows=Rows.RATIO,
    parts=("new_mrr", "new_customers"),
)
def asp(ledger: Ledger, query: Query) -> pl.DataFrame:
    """New MRR of the period divided by its new customers; n/a where nobody was new."""
    return series.divided(new_mrr(ledger, query), customers.new_customers(ledger, query))


@metric(
    name="Quick ratio",
    unit=Unit.RATIO,
    good=Good.UP,
    chart=Chart.LINE,
    group=GROUP,
    total=Total.RATIO,
    rows=Rows.MOVEMENTS,
    kinds=("new", "expansion", *series.LOST),
)
def quick_ratio(ledger: Ledger, query: Query) -> pl.DataFrame:
    """New and expansion MRR of the period divided by its contraction and churned MRR; n/a where nothing was lost."""
    gained = series.summed(ledger, query, series.moved(ledger, ("new", "expansion")), pl.col("amount_base").sum())
    lost = series.summed(ledger, query, series.moved(ledger, series.LOST), -pl.col("amount_base").sum())
    return series.ratio(query, query.frame(ledger.today), gained, lost)
