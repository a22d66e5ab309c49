"""The terms of a customer's subscriptions as they changed: coupons that began and ended, collection that paused.

Stripe keeps no history of either. Both are read from what the invoices show, as the ledger does (lib.ledger.lives).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from lib.ledger.discounts import Coupon, Discount
from lib.ledger.gaps import pauses
from lib.ledger.history import Gap, Life
from lib.ledger.lives import lives
from lib.money import show
from lib.reports import narrow
from lib.reports.customers import Tables
from lib.reports.timeline_entry import Entry, Kind, Teller

Row = Mapping[str, Any]
Plans = Mapping[str, list[str]]
"""The price ids of each subscription."""


@dataclass(frozen=True, slots=True)
class Term:
    """An entry, and what to say of a change of MRR on its day and subscription in the direction ``up``."""

    entry: Entry
    cause: str
    up: bool


def terms(teller: Teller, tables: Tables, customer: str, plans: Plans, as_of: int) -> Iterator[Term]:
    """Every coupon and pause of ``customer`` as known at ``as_of`` (UTC epoch seconds)."""
    mine = narrow.of_customers(tables, [customer])
    names = dict(mine["coupon"].select("id", pl.coalesce("name", "id").alias("name")).iter_rows())
    for life in lives(mine, teller.ledger.rules, as_of):
        for discount in life.discounts:
            yield from _coupon(teller, life, discount, names[discount.coupon.id], plans)
    invoices = mine["invoice"].sort("created", "id")
    for row in mine["subscription"].sort("id").iter_rows(named=True):
        own = invoices.filter(pl.col("subscription") == row["id"]).to_dicts()
        yield from _paused(teller, row, list(pauses(row, own, as_of)), plans, as_of)


# --- Coupons ----------------------------------------------------------------------------------------------------------


def _coupon(teller: Teller, life: Life, discount: Discount, name: str, plans: Plans) -> Iterator[Term]:
    """When a coupon began, and when it ended if it has and the subscription outlived it."""
    plan, today = teller.listed(plans.get(life.id, ())), teller.ledger.today
    begins, end = teller.day(discount.start), discount.end
    if begins > today:
        return
    coming = f", until {teller.written(end)}" if end is not None and teller.day(end) > today else ""
    said = f"Coupon {name} on {plan}: {_off(discount.coupon, teller.locale)}{coming}"
    yield Term(Entry(begins, Kind.COUPON, said, life.id, at=discount.start), f"coupon {name} began", up=False)
    if end is not None and not coming and (life.end is None or end < life.end):
        ended = Entry(teller.day(end), Kind.COUPON, f"Coupon {name} on {plan} ended", life.id, at=end)
        yield Term(ended, f"coupon {name} ended", up=True)


def _off(coupon: Coupon, locale: str) -> str:
    """``20% off``, ``$5.00 off``; of a coupon for one invoice, that it is one."""
    once = " once" if coupon.duration == "once" else ""
    if coupon.percent is not None:
        return f"{float(coupon.percent):g}% off{once}"
    return f"{show(coupon.amount or 0, coupon.currency or 'usd', locale)} off{once}"


# --- Pauses -----------------------------------------------------------------------------------------------------------


def _paused(teller: Teller, row: Row, gaps: list[Gap], plans: Plans, as_of: int) -> Iterator[Term]:
    """Past pauses by the renewals that were put aside in them, and the one of now as Stripe tells it."""
    plan, id_ = teller.listed(plans.get(row["id"], ())), row["id"]
    for gap in gaps:
        if gap.start < as_of:
            said = f"Collection for {plan} was paused: this renewal was put aside"
            yield _pause(teller, gap.start, said, id_)
        if gap.end is not None and gap.end < as_of:
            said = f"Collection for {plan} resumed with this renewal"
            entry = Entry(teller.day(gap.end), Kind.CANCEL, said, id_, at=gap.end)
            yield Term(entry, "collection resumed", up=True)
    if row["ended_at"]:
        return
    if not row["pause_behavior"] and gaps and gaps[-1].end == as_of:
        entry = Entry(teller.ledger.today, Kind.CANCEL, f"Collection for {plan} is no longer paused", id_)
        yield Term(entry, "collection resumed", up=True)
    if row["pause_behavior"]:
        seen = gaps and gaps[-1].start < as_of and gaps[-1].end is None
        since = f", since {teller.written(gaps[-1].start)} or before" if seen else "; Stripe does not say since when"
        until = f" until {teller.written(row['pause_resumes_at'])}" if row["pause_resumes_at"] else ""
        entry = Entry(teller.ledger.today, Kind.CANCEL, f"Collection for {plan} is paused{until}{since}", id_, bad=True)
        yield Term(entry, "collection is paused", up=False)


def _pause(teller: Teller, at: int, said: str, id_: str) -> Term:
    return Term(Entry(teller.day(at), Kind.CANCEL, said, id_, bad=True, at=at), "collection was paused", up=False)
