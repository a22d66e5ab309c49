"""Why subscriptions were cancelled, in words for people, and the CSV of it."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, fields
from datetime import date
from typing import Final

import polars as pl

from lib.metrics import cancellations as metrics
from lib.metrics.registry import Unit
from lib.metrics.segments import Segment
from lib.reports import books, door, segments, tables

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
    """One cancelled subscription: see lib.metrics.cancellations.CANCELLATIONS. Money in micros."""

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
    named = named.with_columns(name=pl.coalesce("name", "customer")).select(f.name for f in fields(Cancellation))
    return Cancellations(
        currency=ledger.base,
        rows=tuple(Cancellation(**row) for row in named.iter_rows(named=True)),
        reasons=_tallies(frame, "reason", REASONS),
        feedback=_tallies(frame, "feedback", FEEDBACK),
        notes=door.notes(ledger),
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
    """One row for each cancellation: days ISO, Stripe's own words for reasons, money in major units."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(field.name for field in fields(Cancellation))
    for row in found.rows:
        texts = (row.reason, row.feedback, row.comment)
        writer.writerow(
            (
                *map(tables.safe, (row.subscription, row.customer, row.name, row.plan)),
                row.cancelled.isoformat(),
                row.leaves.isoformat() if row.leaves else "",
                "yes" if row.gone else "no",
                *map(tables.safe, texts),
                *(tables.plain(micros, Unit.MONEY, found.currency) for micros in (row.lost, row.at_stake)),
            )
        )
    return out.getvalue()
