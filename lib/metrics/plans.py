"""Plans as they stand: what each is worth, who is on it, and what came and went in the last 30 days.

A table, not a series. Every figure is the metric of the same name, split, so that this table and that page agree.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from enum import StrEnum
from typing import Final

import polars as pl

from lib.ledger.build import Ledger
from lib.ledger.dimensions import ONE_TIME
from lib.metrics import churn, customers, recurring
from lib.metrics.query import By, Query
from lib.metrics.registry import Metric, Total
from lib.periods import ROLLING_DAYS


class Level(StrEnum):
    """What a row of the table is."""

    PRODUCT = "product"
    PLAN = "plan"
    PRICE = "price"

    @property
    def by(self) -> By:
        """The split that makes these rows."""
        return By(self.value)


PLANS = pl.Schema(
    {
        "group": pl.String,
        "label": pl.String,
        "mrr": pl.Int64,
        "share": pl.Float64,
        "customers": pl.Int64,
        "arpu": pl.Int64,
        "new_customers": pl.Int64,
        "churned_customers": pl.Int64,
        "new_mrr": pl.Int64,
        "churned_mrr": pl.Int64,
        "churn_rate": pl.Float64,
    }
)
"""``group``: the product's or plan's name, or the price id; ``label`` says it to people. Money in micros of the
reporting currency. ``mrr``, ``share`` (of all MRR), ``customers`` and ``arpu`` are those of today; the others of the 30
days up to and including today; ``churn_rate``: of those who were on it 30 days ago, the share who have left for good
(moving to another plan is no churn). Null where there is nothing to divide by."""

_METRICS: Final[dict[str, Metric]] = {
    "mrr": recurring.mrr,
    "customers": customers.active_customers,
    "arpu": recurring.arpu,
    "new_customers": customers.new_customers,
    "churned_customers": customers.churned_customers,
    "new_mrr": recurring.new_mrr,
    "churned_mrr": recurring.churned_mrr,
    "churn_rate": churn.customer_churn_rate,
}


def plans(ledger: Ledger, level: Level) -> pl.DataFrame:
    """A PLANS frame: every recurring plan, by MRR, the largest first; those with nobody on them at the end, by name."""
    found = _known(ledger, level)
    for name, metric in _METRICS.items():
        found = found.join(
            _values(ledger, metric, level).rename({"value": name}), on="group", how="full", coalesce=True
        )
    return _finished(found).sort(pl.col("customers") > 0, "mrr", "label", descending=[True, True, False])


def total(ledger: Ledger) -> pl.DataFrame:
    """All plans together, as one row of PLANS. A customer of two plans counts once, so customers are no sum of rows."""
    found = pl.DataFrame({"group": [""], "label": ["All plans"]})
    for name, metric in _METRICS.items():
        found = found.join(_values(ledger, metric, None).rename({"value": name}), on="group")
    return _finished(found)


def _values(ledger: Ledger, metric: Metric, level: Level | None) -> pl.DataFrame:
    """(group, value) of a metric: at the end of today, or over the last 30 days."""
    start = ledger.today if metric.total is Total.LAST else ledger.today - timedelta(days=ROLLING_DAYS - 1)
    query = Query(start, ledger.today).as_one()
    if level is None:
        return metric(ledger, query).select(pl.lit("").alias("group"), "value")
    return metric(ledger, replace(query, by=level.by)).select("group", "value")


def _known(ledger: Ledger, level: Level) -> pl.DataFrame:
    """(group, label) of every plan that bills more than once."""
    group, label = {
        Level.PRODUCT: ("product", "product"),
        Level.PLAN: ("name", "name"),
        Level.PRICE: ("plan", "label"),
    }[level]
    recurring_ = ledger.plans.filter(pl.col("interval") != ONE_TIME)
    return recurring_.select(group=group, label=label).unique("group").sort("group")


def _finished(found: pl.DataFrame) -> pl.DataFrame:
    """Counts and sums of plans that no row tells of are 0; shares come last."""
    sums = [name for name in _METRICS if name not in {"arpu", "churn_rate"}]
    mrr = pl.col("mrr")
    return (
        found.with_columns(pl.col(sums).fill_null(0), pl.col("label").fill_null(pl.col("group")))
        .with_columns(share=pl.when(mrr.sum() > 0).then(mrr / mrr.sum()))
        .select(pl.col(name).cast(dtype) for name, dtype in PLANS.items())
    )
