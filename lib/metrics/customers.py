"""Customers and subscriptions: how many pay, come, go and change."""

from __future__ import annotations

import polars as pl

from lib.ledger.build import Ledger
from lib.metrics import series
from lib.metrics.query import Query
from lib.metrics.registry import Chart, Good, Of, Rows, Total, Unit, metric

GROUP = "Customers"


@metric(
    name="Active customers",
    unit=Unit.COUNT,
    good=Good.UP,
    chart=Chart.AREA,
    group=GROUP,
    total=Total.LAST,
    rows=Rows.CUSTOMERS,
    of=Of.CUSTOMERS,
    rules=("full_discount_active",),
)
def active_customers(ledger: Ledger, query: Query) -> pl.DataFrame:
    """Customers with MRR above zero at the end of the day. Trials, free plans and 100 % discounts do not count."""
    return series.level(ledger, query, series.presence_changes(series.presence(ledger, query)))


def _counted(ledger: Ledger, query: Query, kind: str, *, changed: bool = False) -> pl.DataFrame:
    """Customers and days with movements of this kind; ``changed``: only where they do not cancel each other out, as
    when somebody moves to another plan of the same price.
    """
    rows = series.moved(ledger, [kind]).with_columns(day=pl.col("date"))
    if changed:
        rows = rows.filter(pl.col("amount_base").sum().over("customer", "date") != 0)
    return series.flow(ledger, query, rows, pl.struct("customer", "day").n_unique().cast(pl.Int64))


@metric(
    name="New customers",
    unit=Unit.COUNT,
    good=Good.UP,
    chart=Chart.BAR,
    group=GROUP,
    total=Total.SUM,
    rows=Rows.CUSTOMERS,
    kinds=("new",),
    of=Of.CUSTOMERS,
)
def new_customers(ledger: Ledger, query: Query) -> pl.DataFrame:
    """Customers who pay for the first time."""
    return _counted(ledger, query, "new")


@metric(
    name="Churned customers",
    unit=Unit.COUNT,
    good=Good.DOWN,
    chart=Chart.BAR,
    group=GROUP,
    total=Total.SUM,
    rows=Rows.CUSTOMERS,
    kinds=("churn",),
    of=Of.CUSTOMERS,
)
def churned_customers(ledger: Ledger, query: Query) -> pl.DataFrame:
    """Customers whose MRR fell to zero. One who leaves, returns and leaves again counts twice."""
    return _counted(ledger, query, "churn")


@metric(
    name="Reactivated customers",
    unit=Unit.COUNT,
    good=Good.UP,
    chart=Chart.BAR,
    group=GROUP,
    total=Total.SUM,
    rows=Rows.CUSTOMERS,
    kinds=("reactivation",),
    of=Of.CUSTOMERS,
)
def reactivated_customers(ledger: Ledger, query: Query) -> pl.DataFrame:
    """Customers who had left and came back after at least a day. One who does so twice counts twice."""
    return _counted(ledger, query, "reactivation")


@metric(
    name="Active subscriptions",
    unit=Unit.COUNT,
    good=Good.UP,
    chart=Chart.AREA,
    group=GROUP,
    total=Total.LAST,
    rows=Rows.STATES,
    of=Of.SUBSCRIPTIONS,
    rules=("full_discount_active",),
)
def active_subscriptions(ledger: Ledger, query: Query) -> pl.DataFrame:
    """Subscriptions with MRR above zero at the end of the day. A customer may have several."""
    return series.level(ledger, query, series.presence_changes(_subscribed(ledger, query)))


def _subscribed(ledger: Ledger, query: Query) -> pl.DataFrame:
    return series.presence(ledger, query, "subscription")


@metric(
    name="New subscriptions",
    unit=Unit.COUNT,
    good=Good.UP,
    chart=Chart.BAR,
    group=GROUP,
    total=Total.SUM,
    rows=Rows.STATES,
    kinds=("new",),
    of=Of.SUBSCRIPTIONS,
    rules=("full_discount_active",),
)
def new_subscriptions(ledger: Ledger, query: Query) -> pl.DataFrame:
    """Subscriptions whose MRR rose from zero, second ones of the same customer and those that return included."""
    begun = _subscribed(ledger, query).select("group", date="since")
    return _tallied(ledger, query, begun)


@metric(
    name="Churned subscriptions",
    unit=Unit.COUNT,
    good=Good.DOWN,
    chart=Chart.BAR,
    group=GROUP,
    total=Total.SUM,
    rows=Rows.STATES,
    kinds=("churn",),
    of=Of.SUBSCRIPTIONS,
    rules=("full_discount_active",),
)
def churned_subscriptions(ledger: Ledger, query: Query) -> pl.DataFrame:
    """Subscriptions whose MRR fell to zero, one of several of the same customer included."""
    ended = _subscribed(ledger, query).filter(pl.col("until").is_not_null()).select("group", date="until")
    return _tallied(ledger, query, ended)


def _tallied(ledger: Ledger, query: Query, rows: pl.DataFrame) -> pl.DataFrame:
    """How many of ``rows`` (date, group) fall into each period."""
    periods = query.frame(ledger.today)
    found = series.within(periods, rows).group_by("date", "group").agg(value=pl.len().cast(pl.Int64))
    return series.finish(query, periods, found)


@metric(
    name="Upgrades",
    unit=Unit.COUNT,
    good=Good.UP,
    chart=Chart.BAR,
    group=GROUP,
    total=Total.SUM,
    rows=Rows.CUSTOMERS,
    kinds=("expansion",),
    of=Of.CUSTOMERS,
)
def upgrades(ledger: Ledger, query: Query) -> pl.DataFrame:
    """Customers whose MRR rose on a day on which they already paid, for whatever reason. One whose MRR rises on two
    days counts twice.
    """
    return _counted(ledger, query, "expansion", changed=True)


@metric(
    name="Downgrades",
    unit=Unit.COUNT,
    good=Good.DOWN,
    chart=Chart.BAR,
    group=GROUP,
    total=Total.SUM,
    rows=Rows.CUSTOMERS,
    kinds=("contraction",),
    of=Of.CUSTOMERS,
)
def downgrades(ledger: Ledger, query: Query) -> pl.DataFrame:
    """Customers whose MRR fell on a day and who still pay, for whatever reason. One whose MRR falls on two days counts
    twice.
    """
    return _counted(ledger, query, "contraction", changed=True)
