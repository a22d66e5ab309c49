"""The reports' answers, kept for as long as the account's data and its day are the same.

What is kept is shared by all sessions and never changed: frames and frozen records.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

from lib.billing import access
from lib.billing.plans import EVERYTHING, Limits
from lib.charts import breakdown
from lib.charts.style import Frame
from lib.metrics import breakdowns
from lib.metrics import segments as matching
from lib.metrics.query import Query
from lib.metrics.segments import Condition, Segment
from lib.periods import Interval
from lib.reports import activity, books, cash_flow, door, segments
from lib.reports import feed as reports_feed
from lib.reports import labels as names
from lib.reports.activity import Activity, Change, PlanRow
from lib.reports.cash_flow import CashFlow
from lib.reports.door import Card, Result
from lib.reports.feed import Item


@dataclass(frozen=True, slots=True)
class Book:
    """An account's figures in one state, of all its customers or of a segment: the key of everything kept here.

    ``first``: the first day that is shown; ``hidden``: the first of all, where the plan hides it; ``allowed``: what the
    plan allowed, so that an answer that was made under another plan is not given again.
    """

    account: str
    version: int
    first: date
    today: date
    currency: str
    segment: Segment | None = None
    hidden: date | None = None
    allowed: Limits = EVERYTHING.limits
    unpriced: tuple[str, ...] = ()
    """The currencies whose amounts are in no figure, as no exchange rate for them is known."""

    @property
    def shown(self) -> date | None:
        """The first day that the plan shows, where it hides earlier ones."""
        return self.first if self.hidden else None

    @property
    def all_days(self) -> Book:
        """The same with every day in it: of what no plan hides."""
        return replace(self, first=self.hidden, hidden=None) if self.hidden else self


def book(account: str) -> Book:
    """The present state of an account. Raises UnknownAccount, NotSyncedYet, LedgerBroken, AccountLocked."""
    ledger = books.ledger(account)
    first = books.first_day(account, ledger.today) or ledger.start
    return Book(
        account,
        books.version(account),
        max(first, ledger.start),
        ledger.today,
        ledger.base,
        hidden=ledger.start if ledger.start < first else None,
        allowed=access.of_account(account).plan.limits,
        unpriced=ledger.unpriced,
    )


@lru_cache(maxsize=512)
def metric(key: Book, slug: str, query: Query) -> Result:
    """As reports.door.metric; raises UnknownMetric, UnknownBreakdown."""
    return door.metric(key.account, slug, query, key.segment)


def labels(result: Result, locale: str) -> dict[str, str]:
    """What people call the groups of a split metric, as ``locale`` writes them."""
    return names.in_locale(result.query.by, result.labels, locale)


@lru_cache(maxsize=64)
def largest(key: Book, slug: str, query: Query) -> tuple[Frame, int]:
    """A breakdown's groups that a chart has room for, and how many others there are; see charts.breakdown.fold."""
    result = metric(key, slug, query)
    return breakdown.fold(result.frame, additive=additive(result))


def additive(result: Result) -> bool:
    """Whether a breakdown's groups add up to the whole, so that small ones may be drawn as one."""
    by = result.query.by
    return by is not None and result.metric.adds_up(by)


@lru_cache(maxsize=256)
def card(key: Book, slug: str) -> Card:
    """As reports.door.card."""
    return door.card(key.account, slug, key.segment)


@lru_cache(maxsize=32)
def cash(key: Book, query: Query) -> CashFlow:
    """As reports.cash_flow.of."""
    return cash_flow.of(key.account, query)


@lru_cache(maxsize=64)
def movement_totals(key: Book, start: date, end: date, interval: Interval) -> Frame:
    """As reports.door.movement_totals."""
    return door.movement_totals(key.account, start, end, interval, key.segment)


@lru_cache(maxsize=64)
def newest(key: Book, limit: int) -> tuple[Activity, ...]:
    """As reports.activity.newest."""
    return tuple(activity.newest(key.account, limit, key.segment))


@lru_cache(maxsize=16)
def feed(key: Book, days: int, locale: str, *, payments: bool = False) -> tuple[Item, ...]:
    """As reports.feed.newest."""
    return reports_feed.newest(key.account, days, locale, key.segment, payments=payments)


@lru_cache(maxsize=64)
def changes(key: Book, start: date, end: date) -> tuple[Change, ...]:
    """As reports.activity.changes."""
    return tuple(activity.changes(key.account, start, end, key.segment))


@lru_cache(maxsize=64)
def plans(key: Book) -> tuple[PlanRow, ...]:
    """As reports.activity.plans."""
    return tuple(activity.plans(key.account, key.segment))


@lru_cache(maxsize=64)
def empty(key: Book) -> bool:
    """Whether Stripe knows nothing of this account that a figure could be made of."""
    if key.hidden or newest(key, 1):
        return False
    revenue = metric(key, "gross_revenue", Query(key.first, key.today, Interval.MONTH))
    return not revenue.total


@lru_cache(maxsize=64)
def recurring(key: Book) -> bool:
    """Whether this business ever had MRR; where it never did but money came, cash leads."""
    return not segments.ledger(key.account, key.segment).movements.is_empty()


# --- Customers: who is in a segment, and what they can be told apart by -----------------------------------------------


@lru_cache(maxsize=64)
def people(key: Book) -> int:
    """How many customers the figures are about, whether they ever paid or not."""
    return segments.ledger(key.account, key.segment).customers.height


@lru_cache(maxsize=64)
def matching_count(key: Book, conditions: tuple[Condition, ...]) -> int:
    """For how many of all customers of the account every condition holds."""
    return matching.members(books.ledger(key.account), Segment("matching", conditions)).height


@lru_cache(maxsize=64)
def choices(key: Book, field: str) -> tuple[str, ...]:
    """As metrics.segments.choices: the values that a field has among all customers of the account."""
    return tuple(matching.choices(books.ledger(key.account), field))


@lru_cache(maxsize=16)
def metadata_keys(key: Book) -> dict[str, int]:
    """As metrics.breakdowns.metadata_keys, of all customers of the account."""
    return breakdowns.metadata_keys(books.ledger(key.account))
