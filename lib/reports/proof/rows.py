"""The rows behind one point of a metric, read from the ledger by what the registry says of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final

import polars as pl

from lib.ledger.build import Ledger
from lib.metrics import series
from lib.metrics.breakdowns import grouped
from lib.metrics.query import Query
from lib.metrics.registry import Metric, Rows, Total, Unit

ROWS: Final = pl.Schema(
    {
        "date": pl.Date,
        "type": pl.String,
        "customer": pl.String,
        "subscription": pl.String,
        "plan": pl.String,
        "currency": pl.String,
        "amount": pl.Int64,
        "amount_base": pl.Int64,
        "value": pl.Int64,
        "source": pl.String,
    }
)
"""One row behind a figure. ``date``: the day of the movement or payment; of a state, the day it last changed. Amounts
in micros, in ``currency`` and in the reporting currency. ``value``: what the row adds to the figure, in micros or as a
count. ``source``: the Stripe object that shows it; null where the ledger alone does not know it."""


@dataclass(frozen=True, slots=True)
class Point:
    """One period of a query, and one of its groups (None: the whole). ``at``: its last day that has begun; ``base``:
    the day on which a rolling window that ends ``at`` starts. ``locale``: how titles write days and months.
    """

    query: Query
    start: date
    end: date
    at: date
    base: date
    group: str | None = None
    locale: str = "en_US"

    def pick(self, ledger: Ledger, frame: pl.DataFrame) -> pl.DataFrame:
        """The rows of ``frame`` that belong to the group."""
        if self.group is None:
            return frame
        return grouped(ledger, frame, self.query).filter(pl.col("group") == self.group)

    def within(self, frame: pl.DataFrame, column: str = "date") -> pl.DataFrame:
        """The rows of ``frame`` dated in the period."""
        return frame.filter(pl.col(column).is_between(self.start, self.at))


def rows(ledger: Ledger, metric: Metric, point: Point) -> pl.DataFrame:
    """The ROWS frame whose ``value`` adds up to the metric at ``point``; not for Rows.RATIO, which has parts."""
    where = metric.rows or (Rows.MOVEMENTS if metric.unit is Unit.MONEY else Rows.CUSTOMERS)
    found = _READERS[where](ledger, metric, point)
    value = pl.col("value") if "value" in found.columns else pl.col("amount_base")
    return filled(found.with_columns(value=(value * metric.factor).cast(pl.Int64)))


def filled(frame: pl.DataFrame) -> pl.DataFrame:
    """``frame`` with the columns of ROWS, those it lacks null, sorted."""
    missing = [pl.lit(None, dtype).alias(name) for name, dtype in ROWS.items() if name not in frame.columns]
    order = ("date", "customer", "subscription", "plan")
    return frame.with_columns(missing).select(*ROWS).cast(ROWS).sort(*order, nulls_last=True)


def standing(ledger: Ledger, frame: pl.DataFrame, point: Point) -> pl.DataFrame:
    """What each subscription and plan held at the period's end: the running sum of its movements, fx included."""
    upto = point.pick(ledger, frame.filter(pl.col("date") <= point.at))
    acted = pl.col("date").filter(pl.col("type") != "fx").max()
    return (
        upto.group_by("customer", "subscription", "plan", "currency")
        .agg(pl.col("amount", "amount_base").sum(), date=acted, type=pl.lit("active"))
        .filter((pl.col("amount") != 0) | (pl.col("amount_base") != 0))
    )


def _states(ledger: Ledger, metric: Metric, point: Point) -> pl.DataFrame:
    held = standing(ledger, ledger.movements, point)
    if metric.unit is Unit.MONEY:
        return held
    spans = series.presence(ledger, point.query, "subscription")
    if metric.kinds:
        return _turned(ledger, spans, metric, point)
    spans = present(spans, point)
    amounts = held.group_by("subscription").agg(
        pl.col("customer", "plan", "currency", "type").first(),
        pl.col("date").max(),
        pl.col("amount", "amount_base").sum(),
    )
    return (
        spans.select("subscription", "since")
        .join(amounts, on="subscription", how="left")
        .with_columns(date=pl.coalesce("date", "since"), value=pl.lit(1))
    )


def _turned(ledger: Ledger, spans: pl.DataFrame, metric: Metric, point: Point) -> pl.DataFrame:
    """The subscriptions that began (kind new) or ended (kind churn) in the period."""
    day = "since" if "new" in metric.kinds else "until"
    own = spans if point.group is None else spans.filter(pl.col("group") == point.group)
    turned = point.within(own, day).select("subscription", date=day)
    whose = ledger.subscriptions.select("subscription", "customer")
    moved = ledger.movements.filter(pl.col("type") != "fx")
    sums = moved.group_by("subscription", "date").agg(
        pl.col("plan", "currency").first(), pl.col("amount", "amount_base").sum()
    )
    return (
        turned.join(whose, on="subscription", how="left")
        .join(sums, on=("subscription", "date"), how="left")
        .with_columns(type=pl.lit(metric.kinds[0]), value=pl.lit(1))
    )


def _committed(ledger: Ledger, _: Metric, point: Point) -> pl.DataFrame:
    return standing(ledger, ledger.committed, point)


def _trials(ledger: Ledger, metric: Metric, point: Point) -> pl.DataFrame:
    if metric.unit is Unit.MONEY:
        return standing(ledger, ledger.trialing, point).with_columns(type=pl.lit("trial"))
    trials = point.pick(ledger, ledger.trials).with_columns(type=pl.lit("trial"), value=pl.lit(1))
    if metric.total is Total.LAST:
        running = (pl.col("start") <= point.at) & (pl.col("end") > point.at)
        return trials.filter(running).with_columns(date="start")
    day = metric.kinds[0] if metric.kinds else "start"
    return point.within(trials, day).with_columns(date=day)


def _movements(ledger: Ledger, metric: Metric, point: Point) -> pl.DataFrame:
    moved = point.pick(ledger, point.within(_of_kinds(ledger.movements, metric, "type")))
    return moved if metric.unit is Unit.MONEY else _each(moved, "customer")


def _customers(ledger: Ledger, metric: Metric, point: Point) -> pl.DataFrame:
    if metric.kinds:
        return _movements(ledger, metric, point)
    spans = present(series.presence(ledger, point.query), point)
    held = standing(ledger, ledger.movements, point)
    several = pl.when(pl.len() == 1)
    amounts = held.group_by("customer").agg(
        pl.col("date").max(),
        pl.col("amount_base").sum(),
        amount=several.then(pl.col("amount").sum()),
        currency=several.then(pl.col("currency").first()),
        subscription=several.then(pl.col("subscription").first()),
        plan=several.then(pl.col("plan").first()),
    )
    return (
        spans.select("customer", "since")
        .join(amounts, on="customer", how="left")
        .with_columns(date=pl.coalesce("date", "since"), type=pl.lit("active"), value=pl.lit(1))
    )


def _cash(ledger: Ledger, metric: Metric, point: Point) -> pl.DataFrame:
    kept = _of_kinds(ledger.cash, metric, "kind")
    if metric.recurring is not None:
        kept = kept.filter(pl.col("recurring") == metric.recurring)
    level = metric.total is Total.LAST
    kept = kept.filter(pl.col("date") <= point.at) if level else point.within(kept)
    paid = point.pick(ledger, kept).rename({"kind": "type"})
    return paid if metric.unit is Unit.MONEY else paid.with_columns(value=pl.lit(1))


def _of_kinds(frame: pl.DataFrame, metric: Metric, column: str) -> pl.DataFrame:
    return frame.filter(pl.col(column).is_in(metric.kinds)) if metric.kinds else frame


def _each(moved: pl.DataFrame, key: str) -> pl.DataFrame:
    """One row, counted as 1, for each ``key`` and day of movements."""
    acts = moved.filter(pl.col("type") != "fx")
    return acts.group_by(key, "date").agg(
        pl.col("type", "subscription", "plan", "currency").first(),
        pl.col("amount", "amount_base").sum(),
        value=pl.lit(1),
    )


def present(spans: pl.DataFrame, point: Point) -> pl.DataFrame:
    """The spans of ``series.presence`` that cover the period's end, of the point's group."""
    here = spans.filter(pl.col("since") <= point.at, pl.col("until").is_null() | (pl.col("until") > point.at))
    return here if point.group is None else here.filter(pl.col("group") == point.group)


Reader = Callable[[Ledger, Metric, Point], pl.DataFrame]
_READERS: Final[Mapping[Rows, Reader]] = MappingProxyType(
    {
        Rows.STATES: _states,
        Rows.COMMITTED: _committed,
        Rows.TRIALS: _trials,
        Rows.MOVEMENTS: _movements,
        Rows.CUSTOMERS: _customers,
        Rows.CASH: _cash,
    }
)
