"""Figures: one metric over a span, or a card with its change against 30 days before."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

import polars as pl

from lib.errors import BeforeFirstDay, UnknownBreakdown
from lib.ledger.build import Ledger
from lib.metrics import catalog
from lib.metrics.query import By, Query
from lib.metrics.registry import Good, Metric, Total, Unit
from lib.metrics.series import within
from lib.periods import ROLLING_DAYS, Interval, previous
from lib.reports import books

Value = int | float | None
"""Micros (money), a whole number (count), a fraction (percent), or None: n/a."""


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
    labels: dict[str, str]
    """Names for people of the groups: a price id's plan, a customer id's name."""
    notes: tuple[str, ...]
    """Sentences on what these figures can't show."""
    today: date

    @property
    def change(self) -> float | None:
        """Of money and counts the relative change against the span before; of percents the difference in points."""
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


def metric(account: str, slug: str, query: Query) -> Result:
    """The metric ``slug`` of an account; raises UnknownMetric, UnknownBreakdown, UnknownAccount, NotSyncedYet."""
    known = catalog.find(slug)
    if query.by is not None and query.by not in known.by:
        raise UnknownBreakdown(slug=slug, by=query.by, known=", ".join(known.by))
    ledger = books.ledger(account)
    plain = replace(query, by=None)
    whole = known(ledger, plain)
    return Result(
        account=account,
        metric=known,
        query=query,
        currency=ledger.base,
        frame=known(ledger, query) if query.by else whole,
        total=total(known, whole),
        previous=total(known, known(ledger, plain.before())),
        labels=_labels(ledger, query.by),
        notes=notes(ledger),
        today=ledger.today,
    )


def total(known: Metric, frame: pl.DataFrame) -> Value:
    """A span's one number: the last value that is there already, or the sum. Never a mean."""
    values = frame["value"].drop_nulls() if known.total is Total.SUM else _begun(frame)
    if known.total is Total.SUM:
        return int(values.sum()) if values.len() else None
    last: Value = values[-1] if values.len() else None
    return last


def _begun(frame: pl.DataFrame) -> pl.Series:
    """Values up to the unfinished period; n/a stays in."""
    now = frame.with_row_index().filter("unfinished")
    if now.height:
        frame = frame.head(now["index"][0] + 1)
    return frame["value"]


def _labels(ledger: Ledger, by: By | None) -> dict[str, str]:
    if by is By.PLAN:
        return dict(ledger.plans.select("plan", "label").iter_rows())
    if by is By.CUSTOMER:
        return customer_names(ledger)
    return {}


def customer_names(ledger: Ledger) -> dict[str, str]:
    """What people call each customer: the name, else the email, else the id."""
    return dict(ledger.customers.select("customer", pl.coalesce("name", "email", "customer")).iter_rows())


def notes(ledger: Ledger) -> tuple[str, ...]:
    """What the figures can't show, in sentences; empty most of the time."""
    said = []
    if ledger.hidden:
        count = len(ledger.hidden)
        whose = "1 subscription was" if count == 1 else f"{count} subscriptions were"
        said.append(
            f"{whose} changed without a proration, which Stripe's history does not date: "
            "the change is counted from the day we saw it until its next invoice tells."
        )
    said += [
        f"No exchange rate for {code.upper()} is known yet, so its amounts count as 0 in {ledger.base.upper()}."
        for code in ledger.unpriced
    ]
    return tuple(said)


def card(account: str, slug: str) -> Card:
    """A metric today against 30 days before. Flows are summed over the 30 days up to and including today."""
    known = catalog.find(slug)
    ledger = books.ledger(account)
    window = Query(ledger.today - timedelta(days=ROLLING_DAYS - 1), ledger.today)
    frame = known(ledger, window)
    if known.total is Total.SUM:
        start, end = previous(window.start, window.end)
        before = total(known, known(ledger, Query(start, end)))
    else:
        then = ledger.today - timedelta(days=ROLLING_DAYS)
        before = total(known, known(ledger, Query(then, then)))
    return Card(known, ledger.base, total(known, frame), before, tuple(frame["value"].to_list()))


def span(account: str) -> tuple[date, date]:
    """The first day with anything in it, and today."""
    ledger = books.ledger(account)
    return ledger.start, ledger.today


def movements(account: str, start: date | None = None, end: date | None = None) -> pl.DataFrame:
    """The MRR ledger's rows between two days, both included (micros); see lib.ledger.movements.MOVEMENTS."""
    ledger = books.ledger(account)
    if start is None and end is not None and end < ledger.start:
        raise BeforeFirstDay(start=ledger.start, end=end)
    first, last = start or ledger.start, end or max(ledger.today, start or ledger.today)
    Query(first, last)
    return ledger.movements.filter(pl.col("date").is_between(first, last))


def movement_totals(account: str, start: date, end: date, interval: Interval) -> pl.DataFrame:
    """(date, type, value, unfinished): each period's movements by type, signed micros of the reporting currency."""
    ledger = books.ledger(account)
    periods = Query(start, end, interval).frame(ledger.today).filter(~pl.col("future"))

    sums = within(periods, ledger.movements).group_by("date", "type").agg(value=pl.col("amount_base").sum())
    return periods.select("date", "unfinished").join(sums, on="date", how="inner").sort("date", "type")
