"""What happened in a span of days against the one before, as facts for a few sentences: MRR and why, who left, what
failed, which trials end, the biggest payment, the best and worst day.

Amounts are micros of the reporting currency; days are those of the account's time zone, both ends included.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, NamedTuple

import polars as pl

from lib.ledger.build import Ledger
from lib.metrics import catalog
from lib.metrics.query import Query
from lib.metrics.segments import Segment
from lib.periods import add_months
from lib.reports import door, failed, segments
from lib.reports.labels import customer_names

DAYS: Final = 7
"""A week's days, and how far trials are looked ahead."""
_ONE: Final = timedelta(days=1)
_FX: Final = "fx"


class Span(NamedTuple):
    """A first and a last day."""

    start: date
    end: date


@dataclass(frozen=True, slots=True)
class Move:
    """One customer's movement of one type: net, signed."""

    kind: str
    customer: str
    name: str
    amount: int


@dataclass(frozen=True, slots=True)
class Cause:
    """All movements of one type: net, signed; on which product most of it was and how much (empty and 0 where the
    product is not known), and whose was the largest.
    """

    kind: str
    amount: int
    customers: int
    product: str
    on_product: int
    largest: Move | None


@dataclass(frozen=True, slots=True)
class Mrr:
    """MRR at the end of the span and before it, and why it moved, the largest cause first.

    ``record``: it ended higher than on any day before the span, and on no day of the span was it higher.
    """

    before: int
    now: int
    causes: tuple[Cause, ...]
    record: bool


@dataclass(frozen=True, slots=True)
class Flow:
    """A sum over the span and over the one before."""

    now: int
    before: int


@dataclass(frozen=True, slots=True)
class Owed:
    """Invoices whose last payment failed, as of today: how many, of how many customers, what they come to, and whose is
    the largest.

    ``unrated``: what no exchange rate is known for, as (currency, micros of it); it is not in ``amount``, and of
    several the largest is not known then: ``name`` is None and ``largest`` 0.
    """

    invoices: int
    customers: int
    amount: int
    name: str | None
    largest: int
    unrated: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Ending:
    """Trials that end in the next DAYS days: how many, what they would come to, and the first of them."""

    trials: int
    mrr: int
    name: str
    day: date


@dataclass(frozen=True, slots=True)
class Payment:
    """One payment that went well; ``recurring``: for a subscription."""

    customer: str
    name: str
    amount: int
    day: date
    recurring: bool


@dataclass(frozen=True, slots=True)
class Day:
    """One day's net movement of MRR."""

    day: date
    amount: int


@dataclass(frozen=True, slots=True)
class Digest:
    """Everything that there is to say; None or empty where nothing happened. ``first``: the ledger's first day."""

    first: date
    span: Span
    before: Span
    mrr: Mrr | None
    left: Cause | None
    left_before: int
    owed: Owed | None
    ending: Ending | None
    payment: Payment | None
    revenue: Flow | None
    best: Day | None
    worst: Day | None


def week(today: date) -> tuple[Span, Span]:
    """The 7 days that end today, and the 7 before."""
    start = today - timedelta(days=DAYS - 1)
    return Span(start, today), Span(start - timedelta(days=DAYS), start - _ONE)


def month(today: date) -> tuple[Span, Span]:
    """This month up to today, and the last one up to the same day."""
    first = today.replace(day=1)
    return Span(first, today), Span(add_months(first, -1), add_months(today, -1))


def of(account: str, spans: tuple[Span, Span], segment: Segment | None = None) -> Digest:
    """The digest of a connected account, or of a segment of its customers.

    Raises UnknownAccount, NotSyncedYet, LedgerBroken.
    """
    ledger = segments.ledger(account, segment, since=min(spans).start)
    unresolved = failed.of(account).unresolved
    if segment is not None:
        unresolved = unresolved.filter(pl.col("customer").is_in(ledger.customers["customer"].implode()))
    return digest(ledger, unresolved, *spans)


def digest(ledger: Ledger, unresolved: pl.DataFrame, span: Span, before: Span) -> Digest:
    """The same, of a ledger and its unresolved invoices (lib.reports.failed.UNRESOLVED)."""
    names = customer_names(ledger)
    moved = _within(ledger.movements, span)
    causes = _causes(ledger, moved, names)
    best, worst = _days(moved)
    left_before = _within(ledger.movements, before).filter(pl.col("type") == "churn")
    return Digest(
        first=ledger.start,
        span=span,
        before=before,
        mrr=_mrr(ledger, span, causes) if causes else None,
        left=next((each for each in causes if each.kind == "churn"), None),
        left_before=left_before["customer"].n_unique(),
        owed=_owed(unresolved),
        ending=_ending(ledger, names),
        payment=_payment(ledger, span, names),
        revenue=_revenue(ledger, span, before),
        best=best,
        worst=worst,
    )


def _within(rows: pl.DataFrame, span: Span) -> pl.DataFrame:
    return rows.filter(pl.col("date").is_between(*span))


def _mrr(ledger: Ledger, span: Span, causes: tuple[Cause, ...]) -> Mrr:
    """From the movements' running sum, which is MRR on every day."""
    daily = ledger.movements.group_by("date").agg(pl.col("amount_base").sum()).sort("date")
    running = daily.with_columns(mrr=pl.col("amount_base").cum_sum())
    earlier = running.filter(pl.col("date") < span.start)["mrr"]
    until = running.filter(pl.col("date") <= span.end)["mrr"]
    now, highest = int(until.tail(1).sum()), earlier.max()
    record = isinstance(highest, int) and now > highest and now == until.max()
    return Mrr(int(earlier.tail(1).sum()), now, causes, record)


def _causes(ledger: Ledger, moved: pl.DataFrame, names: dict[str, str]) -> tuple[Cause, ...]:
    """By type, the largest first; types that come to nothing are left out.

    With a currency among them that no exchange rate is known for, nobody's is known to be the largest.
    """
    rows = moved.join(ledger.plans.select("plan", "product"), on="plan", how="left")
    found = [
        _cause(str(kind), rows.filter(pl.col("type") == kind), names, ledger.unpriced)
        for kind in sorted(set(rows["type"]))
    ]
    return tuple(sorted((each for each in found if each.amount), key=lambda each: (-abs(each.amount), each.kind)))


def _cause(kind: str, rows: pl.DataFrame, names: dict[str, str], unpriced: tuple[str, ...]) -> Cause:
    total = int(rows["amount_base"].sum())
    product, on_product = _largest(rows, "product") or ("", 0)
    largest = None
    if kind != _FX and not _any(rows, unpriced) and (top := _largest(rows, "customer")):
        customer, amount = top
        largest = Move(kind, customer, names.get(customer, customer), amount)
    return Cause(kind, total, rows["customer"].n_unique(), product, on_product, largest)


def _any(rows: pl.DataFrame, currencies: tuple[str, ...]) -> bool:
    return rows["currency"].is_in(currencies).any()


def _largest(rows: pl.DataFrame, by: str) -> tuple[str, int] | None:
    """The group with the largest sum, whatever its sign; of equals the first by name."""
    sums = rows.drop_nulls(by).group_by(by).agg(pl.col("amount_base").sum())
    top = sums.sort(pl.col("amount_base").abs(), by, descending=[True, False]).row(0) if sums.height else None
    return (str(top[0]), int(top[1])) if top else None


def _days(moved: pl.DataFrame) -> tuple[Day | None, Day | None]:
    """The day that added most and the one that cost most; none where MRR moved on one day only, exchange rates aside.

    The first of equals.
    """
    net = moved.filter(pl.col("type") != _FX).group_by("date").agg(pl.col("amount_base").sum())
    days = [Day(day, amount) for day, amount in net.sort("date").iter_rows() if amount]
    if len(days) < 2:  # noqa: PLR2004 - the best of one is no news
        return None, None
    best, worst = max(days, key=lambda each: each.amount), min(days, key=lambda each: each.amount)
    return best if best.amount > 0 else None, worst if worst.amount < 0 else None


def _owed(unresolved: pl.DataFrame) -> Owed | None:
    if unresolved.is_empty():
        return None
    top = unresolved.sort("amount_base", "invoice", descending=[True, False]).row(0, named=True)
    name = top["name"] or top["email"] or top["customer"] or "somebody"
    amount, unrated = int(unresolved["amount_base"].sum()), failed.unrated(unresolved)
    many = (unresolved.height, unresolved["customer"].n_unique())
    if unrated:
        return Owed(*many, amount, name if unresolved.height == 1 else None, 0, unrated)
    return Owed(*many, amount, name, int(top["amount_base"]))


def _ending(ledger: Ledger, names: dict[str, str]) -> Ending | None:
    until = ledger.today + timedelta(days=DAYS)
    soon = ledger.trials.filter(~pl.col("over"), pl.col("end").is_between(ledger.today, until)).sort(
        "end", "subscription"
    )
    if soon.is_empty():
        return None
    held = ledger.trialing.filter(pl.col("subscription").is_in(soon["subscription"].implode()))
    first = soon.row(0, named=True)
    name = names.get(first["customer"], first["customer"])
    return Ending(soon.height, int(held["amount_base"].sum()), name, first["end"])


def _payment(ledger: Ledger, span: Span, names: dict[str, str]) -> Payment | None:
    """The biggest; None where it is not known, because one was in a currency without any exchange rate."""
    charges = _within(ledger.cash, span).filter(pl.col("kind") == "charge")
    paid = charges.filter(pl.col("amount_base") > 0)
    if paid.is_empty() or _any(charges, ledger.unpriced):
        return None
    top = paid.sort("amount_base", "date", "source", descending=[True, False, False]).row(0, named=True)
    customer = top["customer"] or ""
    return Payment(
        customer, names.get(customer, customer or "somebody"), top["amount_base"], top["date"], top["recurring"]
    )


def _revenue(ledger: Ledger, span: Span, before: Span) -> Flow | None:
    known = catalog.find("net_revenue")
    now, then = (int(door.total(known, ledger, Query(*each)) or 0) for each in (span, before))
    return Flow(now, then) if now or then else None
