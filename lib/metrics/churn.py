"""Churn over a rolling window of 30 days, and lifetime value."""

from __future__ import annotations

import polars as pl

from lib.ledger.build import Ledger
from lib.metrics import recurring, series
from lib.metrics.query import By, Query
from lib.metrics.registry import Chart, Good, Total, Unit, metric

GROUP = "Churn"


@metric(name="Customer churn rate", unit=Unit.PERCENT, good=Good.DOWN, chart=Chart.LINE, group=GROUP, total=Total.LAST)
def customer_churn_rate(ledger: Ledger, query: Query) -> pl.DataFrame:
    """Of the customers who were active 30 days before, the share who are gone. Customers who joined in between are in
    neither number; one who left and came back is not gone.
    """
    periods = query.frame(ledger.today)
    spans = series.presence(ledger, query.by)
    opening = series.level_at(series.presence_changes(spans), periods.select("date", "base"), "base")
    return series.ratio(query, periods, _lost(periods, spans, series.presence(ledger, None)), opening)


def _lost(periods: pl.DataFrame, spans: pl.DataFrame, anywhere: pl.DataFrame) -> pl.DataFrame:
    """(date, group, value): how many who were present at the period's base are nowhere present at its end."""
    points = periods.select("date", "at", "base")
    left = points.join_where(
        spans.filter(pl.col("until").is_not_null()),
        pl.col("since") <= pl.col("base"),
        pl.col("until") > pl.col("base"),
        pl.col("until") <= pl.col("at"),
    ).select("date", "at", "group", "customer")
    back = (
        left.join(anywhere.select("customer", back="since", gone="until"), on="customer")
        .filter(pl.col("back") <= pl.col("at"), pl.col("gone").is_null() | (pl.col("gone") > pl.col("at")))
        .select("date", "customer")
        .unique()
    )
    gone = left.join(back, on=("date", "customer"), how="anti")
    return gone.group_by("date", "group").agg(value=pl.len().cast(pl.Int64))


@metric(name="Revenue churn rate", unit=Unit.PERCENT, good=Good.DOWN, chart=Chart.LINE, group=GROUP, total=Total.LAST)
def revenue_churn_rate(ledger: Ledger, query: Query) -> pl.DataFrame:
    """Of the MRR of 30 days before, the share lost to churn and contraction since. A customer can't lose more than
    what they paid 30 days before, and expansion makes nothing good.
    """
    periods = query.frame(ledger.today)
    points = periods.select("date", "at", "base")
    opening = series.level_at(series.mrr_changes(ledger, query.by), points, "base")
    return series.ratio(query, periods, _capped_losses(ledger, points, query.by), opening)


def _capped_losses(ledger: Ledger, points: pl.DataFrame, by: By | None) -> pl.DataFrame:
    """(date, group, value): micros lost in each window, each customer capped at the MRR of the window's base."""
    lost = series.grouped(ledger, series.moved(ledger, series.LOST), by).rename({"date": "on"})
    windows = (
        points.join_where(lost, pl.col("on") > pl.col("base"), pl.col("on") <= pl.col("at"))
        .group_by("date", "base", "group", "customer")
        .agg(loss=-pl.col("amount_base").sum())
    )
    held = (
        series.grouped(ledger, ledger.movements, by)
        .group_by("group", "customer", "date")
        .agg(pl.col("amount_base").sum())
        .sort("date")
        .with_columns(held=pl.col("amount_base").cum_sum().over("group", "customer"))
        .select("group", "customer", "held", since="date")
    )
    capped = windows.sort("base").join_asof(
        held, left_on="base", right_on="since", by=("group", "customer"), check_sortedness=False
    )
    loss = pl.min_horizontal("loss", pl.col("held").fill_null(0)).clip(lower_bound=0)
    return capped.group_by("date", "group").agg(value=loss.sum())


@metric(name="LTV", unit=Unit.MONEY, good=Good.UP, chart=Chart.LINE, group=GROUP, total=Total.LAST)
def ltv(ledger: Ledger, query: Query) -> pl.DataFrame:
    """Lifetime value: ARPU divided by the customer churn rate; n/a while nobody has left in the last 30 days, since
    then nothing can be said of how long a customer stays.
    """
    return recurring.divided(recurring.arpu(ledger, query), customer_churn_rate(ledger, query))
