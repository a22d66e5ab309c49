"""Customers: how many pay, come and go."""

from __future__ import annotations

import polars as pl

from lib.ledger.build import Ledger
from lib.metrics import series
from lib.metrics.query import Query
from lib.metrics.registry import Chart, Good, Total, Unit, metric

GROUP = "Customers"


@metric(name="Active customers", unit=Unit.COUNT, good=Good.UP, chart=Chart.AREA, group=GROUP, total=Total.LAST)
def active_customers(ledger: Ledger, query: Query) -> pl.DataFrame:
    """Customers with MRR above zero at the end of the day. Trials, free plans and 100 % discounts do not count."""
    return series.level(ledger, query, series.presence_changes(series.presence(ledger, query.by)))


def _counted(ledger: Ledger, query: Query, kind: str) -> pl.DataFrame:
    days = pl.struct("customer", "day").n_unique().cast(pl.Int64)
    rows = series.moved(ledger, [kind]).with_columns(day=pl.col("date"))
    return series.flow(ledger, query, rows, days)


@metric(name="New customers", unit=Unit.COUNT, good=Good.UP, chart=Chart.BAR, group=GROUP, total=Total.SUM)
def new_customers(ledger: Ledger, query: Query) -> pl.DataFrame:
    """Customers who pay for the first time."""
    return _counted(ledger, query, "new")


@metric(name="Churned customers", unit=Unit.COUNT, good=Good.DOWN, chart=Chart.BAR, group=GROUP, total=Total.SUM)
def churned_customers(ledger: Ledger, query: Query) -> pl.DataFrame:
    """Customers whose MRR fell to zero. One who leaves, returns and leaves again counts twice."""
    return _counted(ledger, query, "churn")
