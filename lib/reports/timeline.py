"""A customer's history, newest first: what they subscribed to, what they were asked for, paid and got back."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Final

import polars as pl

from lib.ledger.build import Ledger
from lib.metrics import recurring
from lib.metrics.query import Query
from lib.periods import day_end
from lib.reports import books, timeline_money
from lib.reports.customers import Tables
from lib.reports.timeline_entry import ORDER, Entry, Kind, Teller
from lib.reports.timeline_terms import Term, terms

Row = Mapping[str, Any]
Causes = Mapping[tuple[date, str, bool], str]
"""Why MRR changed, by day, subscription and whether it rose."""


def of(account: str, customer: str, locale: str = "en_US") -> list[Entry]:
    """The history of a customer of a connected account, from the first day on that the plan shows.

    Raises UnknownAccount, NotSyncedYet, LedgerBroken.
    """
    ledger = books.ledger(account)
    told = timeline(ledger, books.tables(account), customer, locale, as_of=int(time.time()))
    first = books.first_day(account, ledger.today)
    return told if first is None else [entry for entry in told if entry.date >= first]


def mrr_of(account: str, customer: str) -> pl.DataFrame:
    """A customer's MRR by day from the first movement on, or from the first day that the plan shows."""
    ledger = books.ledger(account)
    return books.shown(account, ledger, mrr(ledger, customer))


def mrr(ledger: Ledger, customer: str) -> pl.DataFrame:
    """A customer's MRR by day from the first movement on, as the metric of that name draws it; empty without any."""
    mine = ledger.movements.filter(pl.col("customer") == customer)
    first = mine["date"].min()
    start = first if isinstance(first, date) else ledger.today
    frame = recurring.mrr(replace(ledger, movements=mine), Query(start, ledger.today))
    return frame if mine.height else frame.clear()


def timeline(
    ledger: Ledger, tables: Tables, customer: str, locale: str = "en_US", *, as_of: int | None = None
) -> list[Entry]:
    """Everything known of ``customer`` at ``as_of`` (UTC epoch seconds; the end of the ledger's today without it),
    newest first; within a day what came last stands first.

    Exchange rates are no act of a customer's: movements of type fx are left out.
    """
    teller = Teller(ledger, locale, dict(ledger.plans.select("plan", "name").iter_rows()))
    plans = _plans(tables, customer)
    now = day_end(ledger.today, ledger.tz) if as_of is None else as_of
    changed = list(terms(teller, tables, customer, plans, now))
    entries = [
        *_movements(teller, customer, _causes(changed)),
        *_trials(teller, customer),
        *(term.entry for term in changed),
        *_cancellations(teller, _rows(tables["subscription"], customer), plans),
        *timeline_money.invoices(teller, _rows(tables["invoice"], customer)),
        *timeline_money.credit_notes(teller, tables, customer),
        *timeline_money.payments(teller, tables, customer),
    ]
    return sorted(entries, key=lambda e: (e.date, ORDER[e.kind], e.at, e.object or ""), reverse=True)


def _rows(frame: pl.DataFrame, customer: str) -> list[dict[str, Any]]:
    return frame.filter(pl.col("customer") == customer).to_dicts()


# --- Subscriptions ----------------------------------------------------------------------------------------------------

_VERBS: Final = {
    "new": "Became a customer on {plan}",
    "expansion": "Pays more for {plan}",
    "contraction": "Pays less for {old}",
    "churn": "Left {old}",
    "reactivation": "Came back to {plan}",
}
_MOVED: Final = {"expansion": "Upgraded from {old} to {plan}", "contraction": "Downgraded from {old} to {plan}"}


def _causes(changed: list[Term]) -> Causes:
    return {(term.entry.date, term.entry.object or "", term.up): term.cause for term in changed}


_FALLS: Final = {"churn", "contraction"}


def _movements(teller: Teller, customer: str, causes: Causes) -> Iterator[Entry]:
    """One entry for each day on which the customer's MRR moved: its rows net to one change."""
    rows = teller.ledger.movements.filter(pl.col("customer") == customer, pl.col("type") != "fx")
    days = rows.group_by("date", "type").agg(
        pl.col("amount_base").sum(), pl.struct("plan", "subscription", "amount").alias("parts")
    )
    for day, kind, mrr, parts in days.iter_rows():
        verb, subscription = moved(teller, kind, parts)
        on = sorted({part["subscription"] for part in parts})
        why = [cause for each in on if (cause := causes.get((day, each, kind not in _FALLS))) and kind != "new"]
        sentence = ": ".join([verb, *why[:1]])
        yield Entry(day, Kind.MOVEMENT, sentence, subscription, mrr=mrr, bad=kind in _FALLS)


def moved(teller: Teller, kind: str, parts: list[Row]) -> tuple[str, str]:
    """What a customer's movements of one day and type come to as a sentence (``parts``: plan, subscription, amount),
    and the subscription on which most of it happened.
    """
    up = [part["plan"] for part in parts if part["amount"] > 0]
    down = [part["plan"] for part in parts if part["amount"] < 0]
    every = [part["plan"] for part in parts]
    plan, old = teller.listed(up or every), teller.listed(down or every)
    verbs = _MOVED if kind in _MOVED and up and down and plan != old else _VERBS
    most = max(parts, key=lambda part: (abs(part["amount"]), part["subscription"]))
    return verbs[kind].format(plan=plan, old=old), most["subscription"]


def _trials(teller: Teller, customer: str) -> Iterator[Entry]:
    """The start of each trial, and how it ended, if it did."""
    for row in _rows(teller.ledger.trials, customer):
        plan, subscription = teller.plan(row["plan"]), row["subscription"]
        until = f", planned until {teller.date(row['end'])}" if row["end"] and not row["over"] else ""
        yield Entry(row["start"], Kind.TRIAL, f"Started a trial of {plan}{until}", subscription)
        if row["converted"]:
            yield Entry(row["converted"], Kind.TRIAL, f"The trial of {plan} became a subscription", subscription)
        elif row["over"] and row["end"]:
            yield Entry(row["end"], Kind.TRIAL, f"The trial of {plan} ended without a subscription", subscription)


def _plans(tables: Tables, customer: str) -> dict[str, list[str]]:
    """The price ids of each of the customer's subscriptions, as they stand or last stood."""
    mine = tables["subscription"].filter(pl.col("customer") == customer).select(subscription="id")
    items = tables["subscription_item"].join(mine, on="subscription").sort("position", "id")
    return dict(items.group_by("subscription").agg("price").iter_rows())


_FEEDBACK: Final = {
    "customer_service": "the customer service was not good enough",
    "low_quality": "the quality was not good enough",
    "missing_features": "features were missing",
    "switched_service": "switched to another service",
    "too_complex": "too complex to use",
    "too_expensive": "too expensive",
    "unused": "not used enough",
}
"""What customers may answer: https://docs.stripe.com/api/subscriptions/object, ``cancellation_details.feedback``."""


def _cancellations(teller: Teller, subscriptions: list[dict[str, Any]], plans: dict[str, list[str]]) -> Iterator[Entry]:
    """The click on cancel."""
    for row in subscriptions:
        plan = teller.listed(plans.get(row["id"], ()))
        if row["canceled_at"] and (sentence := cancelled(teller, row, plan)):
            day = teller.day(row["canceled_at"])
            yield Entry(day, Kind.CANCEL, sentence, row["id"], bad=True, at=row["canceled_at"])


def cancelled(teller: Teller, row: Row, plan: str) -> str:
    """What a row of subscriptions tells of the click on cancel, of ``plan``."""
    if row["cancellation_reason"] == "payment_failed":
        return f"Stripe cancelled {plan}, because the payment kept failing"
    if row["cancellation_reason"] == "payment_disputed":
        return f"Stripe cancelled {plan}, because a payment was disputed"
    end = row["ended_at"] or row["cancel_at"] or row["current_period_end"]
    when = f", to end on {teller.written(end)}" if end and teller.day(end) != teller.day(row["canceled_at"]) else ""
    why = _FEEDBACK.get(row["cancellation_feedback"] or "", "")
    comment = f" (“{row['cancellation_comment'].strip()}”)" if (row["cancellation_comment"] or "").strip() else ""
    return f"Cancelled {plan}{when}" + (f": {why}" if why else "") + comment
