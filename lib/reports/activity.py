"""What happened, in sentences: the newest movements, the month so far, and the plans."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from lib.metrics.segments import Segment
from lib.money import show_micros
from lib.reports import books, segments
from lib.reports.labels import customer_names

_VERBS = {
    "new": "became a customer on {plan}",
    "expansion": "now pays more for {plan}",
    "contraction": "now pays less for {plan}",
    "churn": "left {plan}",
    "reactivation": "came back to {plan}",
}
_MOVED = {"expansion": "upgraded from {old} to {plan}", "contraction": "downgraded from {old} to {plan}"}


@dataclass(frozen=True)
class Activity:
    """One customer's day. ``amount`` is the net change in micros of ``currency``, signed."""

    date: date
    kind: str
    customer: str
    name: str
    sentence: str
    amount: int
    currency: str

    def shown(self, locale: str = "en_US") -> str:
        """The amount with its sign: ``+$70.00``."""
        return ("+" if self.amount > 0 else "") + show_micros(self.amount, self.currency, locale)


def newest(account: str, limit: int = 20, segment: Segment | None = None) -> list[Activity]:
    """The newest movements of customers (no fx), newest first, one for each customer and day; here and below of the
    customers of ``segment`` alone, if there is one.
    """
    ledger = segments.ledger(account, segment)
    days = (
        books.shown(account, ledger, ledger.movements)
        .filter(pl.col("type") != "fx")
        .group_by("date", "customer", "type")
        .agg(pl.col("amount_base").sum(), pl.struct("plan", "amount").alias("parts"))
        .sort("date", "customer", descending=[True, False])
        .head(limit)
    )
    names = customer_names(ledger)
    plans = dict(ledger.plans.select("plan", "product").iter_rows())
    return [_activity(row, names, plans, ledger.base) for row in days.iter_rows(named=True)]


def _activity(row: dict[str, Any], names: dict[str, str], plans: dict[str, str], base: str) -> Activity:
    kind, customer = row["type"], row["customer"]
    gained = [plans.get(part["plan"], "a plan") for part in row["parts"] if part["amount"] > 0]
    lost = [plans.get(part["plan"], "a plan") for part in row["parts"] if part["amount"] < 0]
    named = {"plan": (gained or lost or ["a plan"])[0], "old": (lost or ["a plan"])[0]}
    moved = kind in _MOVED and bool(gained) and bool(lost) and gained[0] != lost[0]
    verb = (_MOVED if moved else _VERBS)[kind]
    name = names.get(customer, customer)
    return Activity(row["date"], kind, customer, name, f"{name} {verb.format(**named)}", row["amount_base"], base)


@dataclass(frozen=True)
class Change:
    """One type's movements over a span: ``amount`` in signed micros of the reporting currency."""

    kind: str
    amount: int
    customers: int
    top_plan: str
    """The product on which most of it happened."""


def changes(account: str, start: date, end: date, segment: Segment | None = None) -> list[Change]:
    """What changed between two days, both included, by movement type in the ledger's order; empty types left out."""
    ledger = segments.ledger(account, segment, since=start)
    rows = ledger.movements.filter(pl.col("date").is_between(start, end)).join(
        ledger.plans.select("plan", "product"), on="plan", how="left"
    )
    found = []
    for kind in ("new", "expansion", "reactivation", "contraction", "churn", "fx"):
        part = rows.filter(pl.col("type") == kind)
        if part.height:
            by_plan = part.group_by("product").agg(pl.col("amount_base").sum().abs()).sort("amount_base", "product")
            top = str(by_plan["product"][-1])
            found.append(Change(kind, int(part["amount_base"].sum()), part["customer"].n_unique(), top))
    return found


@dataclass(frozen=True)
class PlanRow:
    """A product as it stands: MRR in micros of the reporting currency, and its customers."""

    plan: str
    mrr: int
    customers: int


def plans(account: str, segment: Segment | None = None) -> list[PlanRow]:
    """Every product with MRR today, largest first."""
    ledger = segments.ledger(account, segment)
    held = (
        ledger.movements.join(ledger.plans.select("plan", "product"), on="plan", how="left")
        .group_by("product", "customer")
        .agg(pl.col("amount").sum(), mrr=pl.col("amount_base").sum())
        .filter(pl.col("amount") > 0)
        .group_by("product")
        .agg(pl.col("mrr").sum(), customers=pl.len())
        .sort("mrr", "product", descending=[True, False])
    )
    return [PlanRow(str(p), m, c) for p, m, c in held.iter_rows()]
