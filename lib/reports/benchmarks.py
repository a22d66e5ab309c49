"""Benchmarks against one's own past: this month beside the last, the same month a year ago, and the best there was.

What is not over is compared with the same days of a month before. Months before the account's first, or the first that
the plan shows, are n/a. Averages are told of levels and flows alone: a mean of ratios means nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import polars as pl

from lib.ledger.build import Ledger
from lib.ledger.rules import TrialConversion
from lib.metrics import catalog
from lib.metrics.query import Query
from lib.metrics.registry import Good, Metric, Total
from lib.metrics.segments import Segment
from lib.periods import Interval, add_months, period_end
from lib.reports import books, door, export, segments, tables
from lib.reports.door import Value

HEADLINES: Final = (
    "mrr",
    "net_new_mrr",
    "active_customers",
    "new_customers",
    "customer_churn_rate",
    "net_revenue_retention",
    "arpu",
    "ltv",
    "net_revenue",
    "failed_charges",
    "trial_conversion_rate",
)
SHARES: Final = frozenset({"trial_conversion_rate"})
"""Shares that can still be more than one: who converts this month may have begun in an earlier one, and is not in what
it is divided by. Such a month says when trials began, not how well they converted: it is no best month, and has no
place.
"""
_YEAR: Final = 12


@dataclass(frozen=True, slots=True)
class Row:
    """One metric, in raw units. ``now``: this month so far; ``last`` and ``year_ago``: the same days of last month and
    of the same month last year; ``month``: the whole of last month, ``rank`` its place (1: best) among ``months``
    finished ones; ``best`` and ``best_month``: the best of them; ``average``: of the last twelve; ``beyond``: the first
    days of finished months that have no place among them, see SHARES.
    """

    metric: Metric
    now: Value
    last: Value
    year_ago: Value
    month: Value
    average: Value
    best: Value
    best_month: date | None
    rank: int | None
    months: int
    beyond: tuple[date, ...] = ()

    @property
    def above_all(self) -> bool:
        """Whether any value of a share is more than all of what it is a share of."""
        told = (self.now, self.last, self.year_ago)
        return self.metric.slug in SHARES and (bool(self.beyond) or any(each > 1 for each in told if each is not None))


@dataclass(frozen=True)
class Benchmarks:
    """The rows, and the first day of the last finished month. Money in micros of ``base``. ``by_start``: whether trials
    are counted by the days on which they began (the rule trial_conversion), not in the 30 days up to a day.
    """

    base: str
    today: date
    last_month: date
    rows: tuple[Row, ...]
    by_start: bool = False

    @property
    def records(self) -> tuple[Row, ...]:
        """The metrics for which last month was the best ever, of at least three months."""
        return tuple(row for row in self.rows if row.rank == 1 and row.months >= 3)  # noqa: PLR2004 - two are no history


def of(account: str, segment: Segment | None = None) -> Benchmarks:
    """The benchmarks of an account, or of a segment. Raises UnknownAccount, NotSyncedYet, LedgerBroken."""
    ledger = segments.ledger(account, segment)
    first = ledger.today.replace(day=1)
    since = max(ledger.start, books.first_day(account, ledger.today) or ledger.start)
    rows = tuple(_row(ledger, catalog.find(slug), since) for slug in HEADLINES)
    by_start = ledger.rules.trial_conversion is TrialConversion.COHORT
    return Benchmarks(ledger.base, ledger.today, add_months(first, -1), rows, by_start)


def _row(ledger: Ledger, metric: Metric, since: date) -> Row:
    first = ledger.today.replace(day=1)
    whole = _months(ledger, metric, since)
    known = whole.drop_nulls("value").sort("value", "date", descending=[metric.good is Good.UP, False])
    beyond: tuple[date, ...] = ()
    if metric.slug in SHARES:
        beyond = tuple(known.filter(pl.col("value") > 1)["date"].sort())
        known = known.filter(pl.col("value") <= 1)
    month = next((value for day, value in whole.iter_rows() if day == add_months(first, -1)), None)
    places = known["date"].to_list()
    return Row(
        metric=metric,
        now=_to_date(ledger, metric, 0, since),
        last=_to_date(ledger, metric, 1, since),
        year_ago=_to_date(ledger, metric, _YEAR, since),
        month=month,
        average=_average(metric, whole),
        best=known["value"][0] if known.height else None,
        best_month=places[0] if places else None,
        rank=_rank(known, month, metric) if add_months(first, -1) in places else None,
        months=known.height,
        beyond=beyond,
    )


def _rank(known: pl.DataFrame, month: Value, metric: Metric) -> int:
    better = pl.col("value") > month if metric.good is Good.UP else pl.col("value") < month
    return known.filter(better).height + 1


def _months(ledger: Ledger, metric: Metric, since: date) -> pl.DataFrame:
    """(date, value) of every finished month from the first whole one on."""
    start = since if since.day == 1 else add_months(since.replace(day=1), 1)
    end = ledger.today.replace(day=1) - timedelta(days=1)
    if start > end:
        return pl.DataFrame(schema={"date": pl.Date, "value": pl.Int64})
    return metric(ledger, Query(start, end, Interval.MONTH)).select("date", "value")


def _to_date(ledger: Ledger, metric: Metric, ago: int, since: date) -> Value:
    """The month that was ``ago`` months ago, up to the same day of the month as today."""
    end = add_months(ledger.today, -ago)
    start = end.replace(day=1)
    if ago and ledger.today == period_end(ledger.today, Interval.MONTH):
        end = period_end(end, Interval.MONTH)
    return None if start < since.replace(day=1) else door.total(metric, ledger, Query(start, end))


def _average(metric: Metric, whole: pl.DataFrame) -> Value:
    values = whole.tail(_YEAR)["value"].drop_nulls()
    if metric.total is Total.RATIO or not metric.additive or not values.len():
        return None
    return round(int(values.sum()) / values.len())


def as_csv(found: Benchmarks) -> str:
    """One row a metric: money in major units, ratios as fractions, n/a empty, months like ``2026-10``."""
    return export.csv(written(found))


def written(found: Benchmarks) -> pl.DataFrame:
    """The same as a frame: figures are exact text, ranks and numbers of months whole numbers."""

    def told(row: Row) -> tuple[str | int | None, ...]:
        values = (row.now, row.last, row.year_ago, row.month, row.average, row.best)
        figures = [tables.plain(value, row.metric.unit, found.base) or None for value in values]
        best = row.best_month.strftime("%Y-%m") if row.best_month else None
        return (row.metric.slug, *figures, best, row.rank or None, row.months)

    return pl.DataFrame([told(row) for row in found.rows], schema=_WRITTEN, orient="row")


_WRITTEN: Final = {
    "metric": pl.String,
    "so_far": pl.String,
    "last_month_same_days": pl.String,
    "a_year_ago_same_days": pl.String,
    "last_month": pl.String,
    "average_of_12": pl.String,
    "best": pl.String,
    "best_month": pl.String,
    "rank_of_last_month": pl.Int64,
    "months": pl.Int64,
}
