"""Figures: one metric over a span, or a card with its change against 30 days before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import polars as pl

from lib.errors import BeforeFirstDay, UnknownBreakdown
from lib.ledger.build import Ledger
from lib.metrics import catalog
from lib.metrics.query import Query, written
from lib.metrics.registry import Good, Metric, Total, Unit
from lib.metrics.segments import Segment
from lib.metrics.series import within
from lib.periods import ROLLING_DAYS, Interval
from lib.reports import books, segments
from lib.reports.labels import customer_names, labels

Value = int | float | None
"""Micros (money), a whole number (count), a fraction (percent), another number (ratio, days, months), or None: n/a."""


@dataclass(frozen=True)
class Result:
    """One metric over one span. ``frame``: date, value, unfinished, and group when the query splits."""

    account: str
    metric: Metric
    query: Query
    currency: str
    frame: pl.DataFrame
    total: Value
    previous: Value
    """The total of the span before, like with like: see periods.comparable. None: n/a."""
    labels: dict[str, str]
    """Names for people of the groups: a price id's label, a customer id's name; see lib.reports.labels."""
    notes: tuple[str, ...]
    """Sentences on what these figures can't show."""
    today: date
    segment: Segment | None = None
    """The customers that it is about; None: all."""

    @property
    def change(self) -> float | None:
        """Of money and counts the relative change against ``previous``; of percents the difference in points."""
        return change(self.metric.unit, self.total, self.previous)


@dataclass(frozen=True)
class Card:
    """One figure at a glance: now, 30 days before, and the days between for a sparkline."""

    metric: Metric
    currency: str
    value: Value
    before: Value
    sparkline: tuple[Value, ...]

    @property
    def change(self) -> float | None:
        """As in Result."""
        return change(self.metric.unit, self.value, self.before)

    @property
    def good(self) -> bool | None:
        """Whether the change is good news; None when there is none to judge."""
        if not self.change:
            return None
        return (self.change > 0) == (self.metric.good is Good.UP)


def change(unit: Unit, now: Value, before: Value) -> float | None:
    """Relative change of money and counts, difference of percents; None (n/a) where there is no base."""
    if now is None or before is None:
        return None
    if unit is Unit.PERCENT:
        return float(now - before)
    return None if before == 0 else float((now - before) / abs(before))


def metric(account: str, slug: str, query: Query, segment: Segment | None = None) -> Result:
    """The metric ``slug`` of an account, or of a segment of its customers.

    Raises UnknownMetric, UnknownBreakdown, UnknownAccount, NotSyncedYet, AccountLocked, HistoryLocked.
    """
    known = catalog.find(slug)
    if query.by is not None and query.by not in known.by:
        raise UnknownBreakdown(slug=slug, by=query.by, known=written(known.by))
    ledger = segments.ledger(account, segment, since=query.start)
    plain = query.whole()
    whole = known(ledger, plain)
    frame = known(ledger, query) if query.by else whole
    return Result(
        account=account,
        metric=known,
        query=query,
        currency=ledger.base,
        frame=frame,
        total=total(known, ledger, plain, whole),
        previous=_previous(account, known, ledger, plain.compared()),
        labels=labels(ledger, query.by, frame["group"].unique()) if query.by else {},
        notes=notes(ledger),
        today=ledger.today,
        segment=segment,
    )


def _previous(account: str, known: Metric, ledger: Ledger, query: Query) -> Value:
    """The total of the span that is compared with; n/a where the plan does not show all of it."""
    first = books.first_day(account, ledger.today)
    return None if first is not None and query.start < first else total(known, ledger, query)


def total(known: Metric, ledger: Ledger, query: Query, frame: pl.DataFrame | None = None) -> Value:
    """A span's one number, as the metric's Total says. Never a mean. ``frame``: the metric's answer, if it is there."""
    if known.total is Total.RATIO:
        only: Value = known(ledger, query.as_one())["value"][0]
        return only
    frame = known(ledger, query) if frame is None else frame
    if known.total is Total.SUM:
        values = frame["value"].drop_nulls()
        return int(values.sum()) if values.len() else None
    values = _begun(frame)
    last: Value = values[-1] if values.len() else None
    return last


def _begun(frame: pl.DataFrame) -> pl.Series:
    """Values up to the unfinished period; n/a stays in."""
    now = frame.with_row_index().filter("unfinished")
    if now.height:
        frame = frame.head(now["index"][0] + 1)
    return frame["value"]


def notes(ledger: Ledger) -> tuple[str, ...]:
    """What the figures can't show, in sentences; empty most of the time."""
    said = [_hidden(names)] if (names := _changed_without_a_date(ledger)) else []
    return (*said, *(unrated(code, ledger.base) for code in ledger.unpriced))


def unrated(code: str, base: str) -> str:
    """That amounts of a currency are in no figure, because no exchange rate for it is known."""
    return f"No exchange rate for {code.upper()} is known yet, so its amounts count as 0 in {base.upper()}."


_NAMED: Final = 3
"""Most customers that a note names."""


def _changed_without_a_date(ledger: Ledger) -> list[str]:
    """The customers, by name, of subscriptions whose present state no invoice dates."""
    ids = ledger.subscriptions.filter(pl.col("subscription").is_in(ledger.hidden))["customer"].unique().to_list()
    names = customer_names(ledger)
    return sorted(names.get(each) or each for each in ids)


def _hidden(names: list[str]) -> str:
    more = len(names) - _NAMED
    shown = [*names[:_NAMED], f"{more} more"] if more > 0 else names
    whose = " and ".join([*([", ".join(shown[:-1])] if shown[1:] else []), shown[-1]])
    what = f"Subscriptions of {whose} were" if names[1:] else f"A subscription of {whose} was"
    return (
        f"{what} changed without a proration, and Stripe does not say when: "
        "such a change counts from the day it was first seen until the next invoice dates it."
    )


def card(account: str, slug: str, segment: Segment | None = None) -> Card:
    """A metric today against 30 days before. Flows and their ratios are those of the 30 days that end today."""
    known = catalog.find(slug)
    ledger = segments.ledger(account, segment)
    window = Query(ledger.today - timedelta(days=ROLLING_DAYS - 1), ledger.today)
    frame = known(ledger, window)
    then = ledger.today - timedelta(days=ROLLING_DAYS)
    earlier = Query(then, then) if known.total is Total.LAST else window.before()
    return Card(
        metric=known,
        currency=ledger.base,
        value=total(known, ledger, window, frame),
        before=total(known, ledger, earlier),
        sparkline=tuple(frame["value"].to_list()),
    )


def span(account: str) -> tuple[date, date]:
    """The first day with anything in it that the plan shows, and today."""
    ledger = books.ledger(account)
    first = books.first_day(account, ledger.today)
    return max(ledger.start, first or ledger.start), ledger.today


def movements(account: str, start: date | None = None, end: date | None = None) -> pl.DataFrame:
    """The MRR ledger's rows between two days, both included (micros); see lib.ledger.movements.MOVEMENTS.

    Without a ``start`` from the first day on that the plan shows.
    """
    begin, today = span(account)
    ledger = books.ledger_from(account, start or end or today)
    if start is None and end is not None and end < begin:
        raise BeforeFirstDay(start=begin, end=end)
    first, last = start or begin, end or max(ledger.today, start or ledger.today)
    Query(first, last)
    return ledger.movements.filter(pl.col("date").is_between(first, last))


def movement_totals(
    account: str, start: date, end: date, interval: Interval, segment: Segment | None = None
) -> pl.DataFrame:
    """(date, type, value, unfinished): each period's movements by type, signed micros of the reporting currency.

    ``segment``: the customers that it is about; None: all.
    """
    ledger = segments.ledger(account, segment, since=start)
    periods = Query(start, end, interval).frame(ledger.today).filter(~pl.col("future"))

    sums = within(periods, ledger.movements).group_by("date", "type").agg(value=pl.col("amount_base").sum())
    return periods.select("date", "unfinished").join(sums, on="date", how="inner").sort("date", "type")
