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
    """What a value is: micros of the reporting currency, a fraction of one (percent), a whole number, a plain ratio
    like 3.5, or days or months with decimals.
    """

    MONEY = "money"
    PERCENT = "percent"
    COUNT = "count"
    RATIO = "ratio"
    DAYS = "days"
    MONTHS = "months"


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
    """How a span collapses to one number. Never a mean: a level is the one at the span's end, a flow the sum of its
    periods, and a ratio of flows is asked of the whole span as if it were one period.
    """

    LAST = "last"
    SUM = "sum"
    RATIO = "ratio"


class Rows(StrEnum):
    """Where the rows behind a point are to be found: a frame of the ledger, or two other metrics."""

    STATES = "states"
    """What subscriptions were worth, and whether they were active, at the period's end."""
    COMMITTED = "committed"
    """The running sum of Ledger.committed at the period's end."""
    TRIALS = "trials"
    """Ledger.trials (and Ledger.trialing for what they would come to)."""
    MOVEMENTS = "movements"
    """The movements of ``kinds`` in the period; all kinds when there are none."""
    CUSTOMERS = "customers"
    """The customers with movements of ``kinds`` in the period; without kinds those active at its end."""
    CASH = "cash"
    """The cash rows of ``kinds`` in the period."""
    RATIO = "ratio"
    """The metrics ``parts``: numerator and denominator."""


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
    rows: Rows | None = None
    """Where the rows behind a point are."""
    kinds: tuple[str, ...] = ()
    """Movement types or cash kinds that count."""
    parts: tuple[str, str] | None = None
    """Slugs of numerator and denominator."""
    factor: int = 1
    """The rows add up to the value when multiplied by this."""

    def __call__(self, ledger: Ledger, query: Query) -> pl.DataFrame:
        """The series. Money in micros of ``ledger.base`` (Int64), counts Int64, percents as fractions (Float64)."""
        return self.compute(ledger, query)


def metric(  # noqa: PLR0913 - each is a fact about the metric, all by keyword
    *,
    name: str,
    unit: Unit,
    good: Good,
    chart: Chart,
    group: str,
    total: Total,
    by: tuple[By, ...] = RECURRING,
    rows: Rows | None = None,
    kinds: tuple[str, ...] = (),
    parts: tuple[str, str] | None = None,
    factor: int = 1,
) -> Callable[[Compute], Metric]:
    """Declare a metric: the function's name is its slug, its docstring the formula shown to users."""

    def declare(compute: Compute) -> Metric:
        formula = " ".join(inspect.cleandoc(compute.__doc__ or "").split())
        slug = compute.__name__
        return Metric(slug, name, formula, unit, good, chart, group, total, by, compute, rows, kinds, parts, factor)

    return declare
