"""The door to a proof: a metric's figure for one period, and the rows that add up to it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Final

import polars as pl

from lib.errors import NoSuchPeriod
from lib.ledger.build import Ledger
from lib.metrics import catalog
from lib.metrics.churn import customer_churn_rate
from lib.metrics.query import Query
from lib.metrics.registry import Metric, Rows, Unit
from lib.metrics.segments import Segment
from lib.reports import books, labels, segments
from lib.reports.proof import rolling, sources
from lib.reports.proof.rolling import Part
from lib.reports.proof.rows import Point, filled, rows

Value = int | float | None


class How(StrEnum):
    """How a figure comes of what is behind it."""

    SUM = "sum"
    """Its rows add up to it."""
    RATIO = "ratio"
    """The first of its two parts divided by the second."""
    MEAN = "mean"
    """The mean of its parts; those that are n/a left out."""


@dataclass(frozen=True)
class Proof:
    """A figure with what it is made of: rows that add up to it, or (for a ratio) the proofs of its two parts."""

    title: str
    unit: Unit
    point: Point
    currency: str
    value: Value
    """The figure as the metric itself computes it."""
    how: How
    frame: pl.DataFrame
    """See lib.reports.proof.rows.ROWS; empty for what has parts."""
    parts: tuple[Proof, ...] = ()
    """Of a ratio: numerator and denominator."""

    @property
    def total(self) -> Value:
        """What the rows (micros or a count) or the parts come to; None (n/a) where there is nothing to divide by."""
        values = [part.value for part in self.parts]
        match self.how:
            case How.SUM:
                return int(self.frame["value"].sum())
            case How.RATIO:
                over, under = values
                return None if over is None or under is None or under <= 0 else over / under
            case How.MEAN:
                known = [value for value in values if value is not None]
                return sum(known) / len(known) if known else None

    @property
    def holds(self) -> bool:
        """Whether rows and parts come to the figure: sums to the micro, quotients but for their one rounding."""
        if not all(part.holds for part in self.parts):
            return False
        if self.how is How.SUM or self.value is None or self.total is None:
            return self.value == self.total
        return abs(self.value - self.total) <= (1.0 if self.unit is Unit.MONEY else _ROUNDING)


_ROUNDING: Final = 1e-9


def behind(  # noqa: PLR0913 - what a figure on a page is asked by
    account: str,
    slug: str,
    query: Query,
    day: date,
    group: str | None = None,
    *,
    segment: Segment | None = None,
    locale: str = "en_US",
) -> Proof:
    """What makes the metric ``slug`` in the period of ``query`` that starts on ``day``, of ``group`` if it is split.

    ``segment``: the customers that it is about; None: all. ``locale``: how titles write days and months.

    Raises UnknownMetric, NoSuchPeriod, UnknownAccount, NotSyncedYet.
    """
    ledger = segments.ledger(account, segment, since=query.start)
    found = of(ledger, catalog.find(slug), query, day, group, locale)
    return _sourced(found, books.tables(account), ledger)


def of(  # noqa: PLR0913, PLR0917 - as above
    ledger: Ledger, metric: Metric, query: Query, day: date, group: str | None = None, locale: str = "en_US"
) -> Proof:
    """The same of a ledger at hand, without the Stripe objects; raises NoSuchPeriod."""
    point = _point(ledger, query if group is not None else query.whole(), day, group)
    return _proof(ledger, metric, replace(point, locale=locale))


def _proof(ledger: Ledger, metric: Metric, point: Point) -> Proof:
    value = _figure(ledger, metric, point)
    parts = _parts(ledger, metric, point)
    frame = NOTHING if parts else rows(ledger, metric, point)
    how = How.RATIO if parts else How.SUM
    return Proof(metric.name, metric.unit, point, ledger.base, value, how, frame, parts)


def _parts(ledger: Ledger, metric: Metric, point: Point) -> tuple[Proof, ...]:
    """Numerator and denominator of a ratio; none of anything else."""
    if read := rolling.PARTS.get(metric.slug):
        return tuple(_part(part, point, ledger) for part in read(ledger, point))
    if metric.rows is not Rows.RATIO or not metric.parts:
        return ()
    over, under = (catalog.find(slug) for slug in metric.parts)
    if under is customer_churn_rate and ledger.rules.ltv_months:
        return _proof(ledger, over, point), _mean_churn(ledger, point)
    return _proof(ledger, over, point), _proof(ledger, under, point)


def _part(part: Part, point: Point, ledger: Ledger) -> Proof:
    total = int(part.frame["value"].sum())
    return Proof(part.title, part.unit, point, ledger.base, total, How.SUM, part.frame)


def _mean_churn(ledger: Ledger, point: Point) -> Proof:
    """The churn rate that LTV divides by where ``rules.ltv_months`` asks for the mean of full months."""
    months = []
    for month in rolling.full_months(ledger, point):
        parts = tuple(_part(part, month, ledger) for part in rolling.gone_and_there(ledger, month))
        title = labels.month(month.start, point.locale)
        blank = Proof(title, Unit.PERCENT, month, ledger.base, None, How.RATIO, NOTHING, parts)
        months.append(replace(blank, value=blank.total))
    title = f"Mean customer churn of {len(months)} full months"
    blank = Proof(title, Unit.PERCENT, point, ledger.base, None, How.MEAN, NOTHING, tuple(months))
    return replace(blank, value=blank.total)


NOTHING: Final = filled(pl.DataFrame())


def _point(ledger: Ledger, query: Query, day: date, group: str | None) -> Point:
    periods = query.frame(ledger.today).filter(pl.col("date") == day, ~pl.col("future"))
    if periods.is_empty():
        raise NoSuchPeriod(day=day)
    row = periods.row(0, named=True)
    return Point(query, row["date"], row["end"], row["at"], row["base"], group)


def _figure(ledger: Ledger, metric: Metric, point: Point) -> Value:
    """The metric at the point. A group without a row has nothing to show: 0 of what rows add up to, else n/a."""
    found = metric(ledger, replace(point.query, start=point.start, end=point.end))
    if point.group is not None:
        found = found.filter(pl.col("group") == point.group)
    if found.is_empty():
        return 0 if metric.additive else None
    value: Value = found["value"][0]
    return value


def _sourced(proof: Proof, tables: dict[str, pl.DataFrame], ledger: Ledger) -> Proof:
    parts = tuple(_sourced(part, tables, ledger) for part in proof.parts)
    return replace(proof, frame=sources.named(proof.frame, tables, ledger), parts=parts)
