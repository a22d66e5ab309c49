"""The decorator that turns one function into a metric with everything that pages, CSV, API and docs need."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypedDict, Unpack

import polars as pl

from lib.ledger.build import Ledger
from lib.metrics.breakdowns import OF_CUSTOMER, OF_SUBSCRIPTION
from lib.metrics.query import By, Query

Compute = Callable[[Ledger, Query], pl.DataFrame]

RECURRING = tuple(By)
"""What can be split by where there are subscriptions."""
CASH = (By.CURRENCY, By.COUNTRY, By.COHORT, By.CUSTOMER, By.METADATA)
"""What can be split by where there are payments, which know their customer but no plan."""


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
    """What subscriptions were worth, and whether they were active, at the period's end; with ``kinds`` new or churn
    those that began or ended in the period."""
    COMMITTED = "committed"
    """The running sum of Ledger.committed at the period's end."""
    TRIALS = "trials"
    """The trials whose day ``kinds`` (``start`` or ``converted``) falls into the period; without kinds those that run
    at its end (money: Ledger.trialing)."""
    MOVEMENTS = "movements"
    """The movements of ``kinds`` in the period; all kinds when there are none."""
    CUSTOMERS = "customers"
    """The customers with movements of ``kinds`` in the period; without kinds those active at its end."""
    CASH = "cash"
    """The cash rows of ``kinds`` in the period."""
    RATIO = "ratio"
    """The metrics ``parts``: numerator and denominator."""


class Of(StrEnum):
    """What a value is a count or a sum of; it decides in which splits the parts add up to the whole."""

    AMOUNTS = "amounts"
    """Rows that each lie in one group, whatever the split."""
    CUSTOMERS = "customers"
    """Customers, each once a day: one with two plans counts in both."""
    SUBSCRIPTIONS = "subscriptions"
    """Subscriptions, each once a day: one with two plans counts in both."""


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
    compute: Compute
    by: tuple[By, ...] = RECURRING
    rows: Rows | None = None
    """Where the rows behind a point are."""
    kinds: tuple[str, ...] = ()
    """Movement types or cash kinds that count."""
    parts: tuple[str, str] | None = None
    """Slugs of numerator and denominator; a rolling one reads them over its window, or at its base."""
    factor: int = 1
    """What the rows add up to, times this, is the value: 12 of ARR, -1 where losses are shown as positive amounts."""
    of: Of = Of.AMOUNTS
    """What is counted or summed."""
    recurring: bool | None = None
    """Cash rows count only where ``recurring`` is so; None: all."""
    rules: tuple[str, ...] = ()
    """Switches of lib.ledger.rules that change this metric beside all that change MRR itself."""

    @property
    def additive(self) -> bool:
        """Whether it is a sum or a count at all, and no ratio."""
        return self.unit in {Unit.MONEY, Unit.COUNT} and self.rows is not Rows.RATIO

    def adds_up(self, by: By) -> bool:
        """Whether the groups of a split by ``by`` add up to the whole."""
        of = {Of.AMOUNTS: frozenset(By), Of.CUSTOMERS: OF_CUSTOMER, Of.SUBSCRIPTIONS: OF_SUBSCRIPTION}
        return self.additive and by in of[self.of]

    def __call__(self, ledger: Ledger, query: Query) -> pl.DataFrame:
        """The series. Money in micros of ``ledger.base`` (Int64), counts Int64, percents as fractions (Float64)."""
        return self.compute(ledger, query)


class _Facts(TypedDict, total=False):
    """What may be said of a metric beside what must be."""

    by: tuple[By, ...]
    rows: Rows
    kinds: tuple[str, ...]
    parts: tuple[str, str]
    factor: int
    of: Of
    recurring: bool
    rules: tuple[str, ...]


def metric(  # noqa: PLR0913 - each is a fact about the metric, all by keyword
    *, name: str, unit: Unit, good: Good, chart: Chart, group: str, total: Total, **facts: Unpack[_Facts]
) -> Callable[[Compute], Metric]:
    """Declare a metric: the function's name is its slug, its docstring the formula shown to users."""

    def declare(compute: Compute) -> Metric:
        formula = " ".join(inspect.cleandoc(compute.__doc__ or "").split())
        return Metric(
            slug=compute.__name__,
            name=name,
            formula=formula,
            unit=unit,
            good=good,
            chart=chart,
            group=group,
            total=total,
            compute=compute,
            **facts,
        )

    return declare
