"""Why subscriptions were cancelled, in words for people, and the CSV of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Final

import polars as pl

from lib.metrics import cancellations as metrics
from lib.metrics.registry import Unit
from lib.metrics.segments import Segment
from lib.reports import books, door, export, homes, segments, tables

NO_ANSWER: Final = "No answer"
REASONS: Final = {
    "cancellation_requested": "They asked for it",
    "payment_failed": "The payment failed",
    "payment_disputed": "They disputed a payment",
    None: "Stripe does not say",
}
"""Stripe's ``cancellation_details.reason``."""
FEEDBACK: Final = {
    "customer_service": "Customer service was not good enough",
    "low_quality": "Quality was not good enough",
    "missing_features": "Features are missing",
    "other": "Other",
    "switched_service": "Moved to another service",
    "too_complex": "Too hard to use",
    "too_expensive": "Too expensive",
    "unused": "Not used enough",
    None: NO_ANSWER,
}
"""Stripe's ``cancellation_details.feedback``: what customers pick when they cancel."""


@dataclass(frozen=True, slots=True)
class Cancellation:
    """One cancelled subscription: see lib.metrics.cancellations.CANCELLATIONS. Money in micros. ``account``: the name
    of its own, of all accounts together alone.
    """

    subscription: str
    customer: str
    name: str
    plan: str | None
    cancelled: date
    leaves: date | None
    gone: bool
    reason: str | None
    feedback: str | None
    comment: str | None
    lost: int
    at_stake: int
    account: str | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """How many subscriptions were cancelled for one reason, what was lost with them and what still may be (micros)."""

    label: str
    count: int
    lost: int
    at_stake: int


@dataclass(frozen=True, slots=True)
class Cancellations:
    """The answer: every cancellation of the span, newest first, and their sums."""

    currency: str
    rows: tuple[Cancellation, ...]
    reasons: tuple[Tally, ...]
    feedback: tuple[Tally, ...]
    notes: tuple[str, ...] = ()
    together: bool = False
    """Whether it is of all accounts together."""

    @property
    def total(self) -> Tally:
        """All of them together."""
        return Tally("All", len(self.rows), sum(r.lost for r in self.rows), sum(r.at_stake for r in self.rows))


def table(account: str, start: date, end: date, segment: Segment | None = None) -> Cancellations:
    """What was cancelled from ``start`` to ``end``, both included; ``segment``: by these customers alone.

    Raises as books.ledger does.
    """
    ledger = segments.ledger(account, segment, since=start)
    frame = metrics.cancellations(ledger, books.tables(account), start, end)
    if segment is not None:
        frame = frame.join(ledger.customers.select("customer"), on="customer", how="semi", maintain_order="left")
    names = ledger.customers.select("customer", name=pl.coalesce("name", "email", "customer"))
    named = frame.join(names, on="customer", how="left", maintain_order="left")
    named = homes.beside(named.with_columns(name=pl.coalesce("name", "customer")), account)
    named = named.select(f.name for f in fields(Cancellation) if f.name in named.columns)
    return Cancellations(
        currency=ledger.base,
        rows=tuple(Cancellation(**row) for row in named.iter_rows(named=True)),
        reasons=_tallies(frame, "reason", REASONS),
        feedback=_tallies(frame, "feedback", FEEDBACK),
        notes=door.notes(ledger),
        together=homes.COLUMN in named.columns,
    )


def _tallies(frame: pl.DataFrame, column: str, words: dict[str | None, str]) -> tuple[Tally, ...]:
    return tuple(
        Tally(said(key, words), count, lost, at_stake)
        for key, count, lost, at_stake in metrics.counted(frame, column).iter_rows()
    )


def said(key: str | None, words: dict[str | None, str]) -> str:
    """Stripe's word for people; one that Stripe has invented since is shown as it is, without underscores."""
    return words.get(key) or str(key).replace("_", " ").capitalize()


def as_csv(found: Cancellations) -> str:
    """One row for each cancellation: days ISO, Stripe's own words for reasons, money in major units. Of all accounts
    together with ``account`` last.
    """
    return export.csv(written(found))


def written(found: Cancellations) -> pl.DataFrame:
    """The same as a frame: days are dates, money is exact text, and no other text is altered."""

    def told(row: Cancellation) -> dict[str, object]:
        money = {name: tables.plain(getattr(row, name), Unit.MONEY, found.currency) for name in ("lost", "at_stake")}
        return asdict(row) | money | {"gone": "yes" if row.gone else "no"}

    rows = pl.DataFrame([told(row) for row in found.rows], schema=_WRITTEN)
    return rows if found.together else rows.drop(homes.COLUMN)


_DAYS: Final = frozenset({"cancelled", "leaves"})
_WRITTEN: Final = {each.name: pl.Date if each.name in _DAYS else pl.String for each in fields(Cancellation)}
