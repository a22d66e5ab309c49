"""Our active subscriptions beside Stripe's list: each that only one side counts, with the rule that causes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, Final

import polars as pl

from lib.ledger.build import Ledger
from lib.ledger.pricing import Price, price_of
from lib.ledger.rules import Rules
from lib.money import rounded
from lib.periods import local_date
from lib.reports import books
from lib.reports.reconcile.findings import Check, findings
from lib.reports.switched import Rebuild, Turned, by_subscription, turns

Row = Mapping[str, Any]
Tables = Mapping[str, pl.DataFrame]
COUNTED: Final = ("active", "past_due")
"""Statuses that Stripe counts: https://docs.stripe.com/billing/subscriptions/analytics."""


def subscriptions(account: str) -> Check:
    """Stripe's active and past due subscriptions against those with MRR here today.

    Raises UnknownAccount, NotSyncedYet, LedgerBroken. Where a rule causes a difference, the ledger is built again with
    that one switch turned: a switch is only named if the difference goes away with it.
    """
    own = books.ledger(account)
    return of(own, books.tables(account), lambda rules: books.ledger(account, rules))


def of(own: Ledger, tables: Tables, rebuild: Rebuild) -> Check:
    """The same of a ledger, its tables and a way to build it anew."""
    worth = by_subscription(own)
    rows = {row["id"]: row for row in tables["subscription"].iter_rows(named=True)}
    counted = {id_ for id_, row in rows.items() if row["status"] in COUNTED}
    items = _items(tables)
    missing = [_Case(rows[id_], items.get(id_, []), 0) for id_ in sorted(counted - worth.keys())]
    extra = [_Case(rows[id_], items.get(id_, []), worth[id_]) for id_ in sorted(worth.keys() - counted)]
    frame = findings([*_missing(own, tables, rebuild, missing), *_extra(own, tables, extra)])
    return Check("Subscriptions", len(worth), len(counted), len(counted & worth.keys()), frame)


@dataclass(frozen=True, slots=True)
class _Case:
    """A subscription that only one side counts; ``worth`` in micros of its currency."""

    row: Row
    items: list[tuple[Price, int]]
    worth: int

    @property
    def id(self) -> str:
        return str(self.row["id"])

    @property
    def listed(self) -> int:
        """What its items come to a month by their list prices, in minor units."""
        return round(sum((price.monthly(quantity) for price, quantity in self.items), Fraction(0)))

    def finding(self, today: date, cause: str, sentence: str, *, explained: bool = True) -> dict[str, Any]:
        return {
            "object": self.id,
            "customer": self.row["customer"],
            "day": today,
            "currency": self.row["currency"],
            "ours": rounded(self.worth),
            "theirs": self.listed if self.row["status"] in COUNTED else 0,
            "cause": cause,
            "sentence": sentence,
            "explained": explained,
        }


def _items(tables: Tables) -> dict[str, list[tuple[Price, int]]]:
    """The recurring prices and quantities of each subscription as Stripe shows them today."""
    prices = {price.id: price for row in tables["price"].iter_rows(named=True) if (price := price_of(row))}
    found: dict[str, list[tuple[Price, int]]] = {}
    for row in tables["subscription_item"].iter_rows(named=True):
        if row["price"] in prices and not row.get("deleted"):
            quantity = 1 if row["quantity"] is None else row["quantity"]
            found.setdefault(row["subscription"], []).append((prices[row["price"]], quantity))
    return found


def _missing(own: Ledger, tables: Tables, rebuild: Rebuild, cases: list[_Case]) -> Iterator[dict[str, Any]]:
    """What Stripe counts and we don't: by what it bills, else by the switch that brings it back."""
    open_cases = []
    for case in cases:
        if said := _by_its_items(case, own.rules):
            yield case.finding(own.today, *said)
        else:
            open_cases.append(case)
    for turned in turns(own.rules):
        if not open_cases:
            return
        back = by_subscription(rebuild(turned.rules))
        for case in [case for case in open_cases if case.id in back]:
            open_cases.remove(case)
            yield case.finding(own.today, *_by_rule(case, turned, own, tables))
    for case in open_cases:
        yield case.finding(own.today, *_otherwise(case, own), explained=case.id in own.hidden)


def _by_its_items(case: _Case, rules: Rules) -> tuple[str, str] | None:
    """The causes that its items alone show."""
    if not case.items:
        return "Nothing recurring", "It has no recurring price, so there is nothing to count by the month."
    if not any(quantity for _, quantity in case.items):
        return "No quantity", "Its quantity is 0."
    if all(price.metered for price, _ in case.items):
        if rules.count_metered:
            return "Metered only", "It has only metered prices, and no usage was billed in the last three months."
        return "Metered only", "It has only metered prices, and metered usage is left out."
    if not case.listed:
        return "Free plan", "Its prices come to 0 a month."
    return None


def _by_rule(case: _Case, turned: Turned, own: Ledger, tables: Tables) -> tuple[str, str]:
    """The sentence of a rule that was found to be the cause."""
    match turned.cause:
        case "Past due":
            limit = own.rules.past_due_days
            days = (own.today - _due_since(case, own, tables)).days
            return "Past due", f"Past due for {days} days: counted as churned after {limit} days."
        case "Coupons":
            return "100% off", "A coupon takes off the whole price, so its MRR is 0."
        case "Paused":
            return "Paused", "Its collection is paused, and paused subscriptions are left out."
        case "Churn on cancellation":
            return "Cancelled", "It is cancelled and runs until its period ends: here it left when it was cancelled."
        case _:
            return turned.cause, f"Stripe {turned.means}; we do not."


def _due_since(case: _Case, own: Ledger, tables: Tables) -> date:
    """The day on which its oldest open invoice became due."""
    unpaid = tables["invoice"].filter(
        pl.col("subscription") == case.id,
        pl.all_horizontal(pl.col("paid_at", "voided_at", "marked_uncollectible_at").is_null()),
        pl.col("amount_due") > 0,
        pl.col("status") != "draft",
    )
    due = pl.when(pl.col("collection_method") == "send_invoice").then("due_date").otherwise("finalized_at")
    oldest = unpaid.select(due.min()).item()
    return own.today if oldest is None else local_date(oldest, own.tz)


def _otherwise(case: _Case, own: Ledger) -> tuple[str, str]:
    if case.id in own.hidden:
        return "Hidden change", "It was changed without a proration: no invoice shows since when it stands so."
    return "Not explained", f"Stripe says {_said(case)}, here it is worth nothing, and no rule accounts for it."


def _said(case: _Case) -> str:
    return str(case.row["status"]).replace("_", " ")


def _extra(own: Ledger, tables: Tables, cases: list[_Case]) -> Iterator[dict[str, Any]]:
    """What we count and Stripe doesn't."""
    for case in cases:
        started = case.row.get("trial_start")
        if case.row["status"] == "trialing" and started and _paid_before(case, tables, started):
            sentence = (
                "On trial at Stripe, but it had been paid for before: giving free time does not end a subscription."
            )
            yield case.finding(own.today, "Free time", sentence)
        elif case.row["status"] == "canceled" and (ended := case.row["ended_at"]) and _later(own, ended):
            yield case.finding(own.today, "Ends later", "It ends on a day that has not come yet.")
        else:
            sentence = f"Stripe says {_said(case)}, here it still counts, and no rule accounts for it."
            yield case.finding(own.today, "Not explained", sentence, explained=False)


def _later(own: Ledger, epoch: int) -> bool:
    return local_date(epoch, own.tz) > own.today


def _paid_before(case: _Case, tables: Tables, at: int) -> bool:
    lines = tables["invoice_line"].filter(pl.col("subscription") == case.id, pl.col("period_start") < at)
    return lines.filter(pl.col("amount") > 0).height > 0
