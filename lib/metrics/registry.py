"""The decorator that turns one function into a metric with everything that pages, CSV, API and docs need."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import polars as pl

from lib.ledger.build import Ledger
from lib.metrics.query import By, Query

Compute = Callable[[Ledger, Query], pl.DataFrame]

RECURRING = (By.PLAN, By.PRODUCT, By.CURRENCY, By.COUNTRY, By.CUSTOMER)
CASH = (By.CURRENCY, By.COUNTRY, By.CUSTOMER)


class Unit(StrEnum):
    """What a value is: micros of the reporting currency, a fraction, or a whole number."""

    MONEY = "money"
    PERCENT = "percent"
    COUNT = "count"


class Good(StrEnum):
    """Which direction is good news."""

    UP = "up"
    DOWN = "down"


class Chart(StrEnum):
    """How a series is drawn."""

    AREA = "area"
    LINE = "line"
    BAR = "bar"


class Total(StrEnum):
    """How a span collapses to one number. Never a mean: a ratio over a span is the ratio at its end."""

    LAST = "last"
    SUM = "sum"


@dataclass(frozen=True)
class Metric:
    """One metric. Calling it gives a frame: ``date`` (first day of the period), ``value`` (null: n/a), ``unfinished``,
    and ``group`` when the query splits; one row for every period, and for every group that has anything to show.
    """

    slug: str
    name: str
    formula: str
    unit: Unit
    good: Good
    chart: Chart
    group: str
    total: Total
    by: tuple[By, ...]
    compute: Compute

    def __call__(self, ledger: Ledger, query: Query) -> pl.DataFrame:
        """The series. Money in micros of ``ledger.base`` (Int64), counts Int64, percents as fractions (Float64)."""
        return self.compute(ledger, query)


def metric(  # noqa: PLR0913 - each is a fact about the metric, all by keyword
    *, name: str, unit: Unit, good: Good, chart: Chart, group: str, total: Total, by: tuple[By, ...] = RECURRING
) -> Callable[[Compute], Metric]:
    """Declare a metric: the function's name is its slug, its docstring the formula shown to users."""

    def declare(compute: Compute) -> Metric:
        formula = " ".join(inspect.cleandoc(compute.__doc__ or "").split())
        slug = compute.__name__
        return Metric(slug, name, formula, unit, good, chart, group, total, by, compute)

    return declare
