"""From store frames to the lives of subscriptions: joins, and who ever began, stopped or went unpaid."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import orjson
import polars as pl

from lib.ledger import history
from lib.ledger.discounts import Coupon, Discount, coupon_of
from lib.ledger.history import Gap, Kind, Life, Mark
from lib.ledger.pricing import Price, price_of
from lib.ledger.rules import Rules

Row = Mapping[str, Any]
Tables = Mapping[str, pl.DataFrame]

DAY = 86_400
NEVER_BEGAN = frozenset({"incomplete", "incomplete_expired"})
PROMPTLY = 60
"""Seconds within which a first payment counts as made at once."""
REGULAR = frozenset({"subscription_create", "subscription_cycle"})
"""Billing reasons of invoices that show every discount of the subscription."""


def by(rows: Iterable[Row], key: str) -> dict[str, list[Row]]:
    """Rows grouped by a column, in their order; rows without a value left out."""
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row[key] is not None:
            groups[row[key]].append(row)
    return groups


def listed(text: str | None) -> list[Any]:
    """A JSON column that holds a list."""
    loaded: list[Any] = orjson.loads(text) if text else []
    return loaded


@dataclass(frozen=True, slots=True)
class Sources:
    """The store's rows, indexed as the lives need them."""

    prices: dict[str, Price]
    coupons: dict[str, Coupon]
    discounts: dict[str, Row]
    items: dict[str, list[Row]]
    lines: dict[str, list[Row]]
    pending: dict[str, list[Row]]
    invoices: dict[str, list[Row]]
    last_failure: dict[str, int]
    customer_discounts: dict[str, list[str]]
    """Discounts of customers: they apply to subscriptions that have none of their own."""

    @classmethod
    def of(cls, tables: Tables) -> Sources:
        """Index the frames. Rows come out oldest first, ties by id, so that the order of input rows never matters."""
        prices = (price_of(r) for r in tables["price"].iter_rows(named=True))
        coupons = {
            r["id"]: coupon_of(r, listed(r["applies_to"]) or None) for r in tables["coupon"].iter_rows(named=True)
        }
        lines = tables["invoice_line"].join(
            tables["invoice"].select(invoice="id", invoice_created="created"), on="invoice", how="left"
        )
        return cls(
            prices={p.id: p for p in prices if p is not None},
            coupons=coupons,
            discounts={r["id"]: r for r in tables["discount"].iter_rows(named=True)},
            items=by(tables["subscription_item"].sort("position", "id").iter_rows(named=True), "subscription"),
            lines=by(lines.sort("invoice_created", "position", "id").iter_rows(named=True), "subscription"),
            pending=by(
                tables["invoice_item"].filter(pl.col("invoice").is_null()).sort("date", "id").iter_rows(named=True),
                "subscription",
            ),
            invoices=by(tables["invoice"].sort("created", "id").iter_rows(named=True), "subscription"),
            last_failure=_last_failures(tables),
            customer_discounts={
                c: [d] for c, d in tables["customer"].select("id", "discount").drop_nulls().iter_rows()
            },
        )


def _last_failures(tables: Tables) -> dict[str, int]:
    """The last failed payment attempt of each invoice, UTC epoch seconds."""
    paid_by = tables["invoice_payment"].filter(pl.col("payment_intent").is_not_null())
    failed = tables["charge"].filter(pl.col("status") == "failed")
    joined = failed.select("payment_intent", "created").join(
        paid_by.select("payment_intent", "invoice"), on="payment_intent"
    )
    frame = joined.group_by("invoice").agg(pl.col("created").max())
    return dict(frame.iter_rows())


def lives(tables: Tables, rules: Rules, as_of: int) -> list[Life]:
    """Every subscription's life as known at ``as_of`` (UTC epoch seconds), by id."""
    sources = Sources.of(tables)
    rows = tables["subscription"].sort("id").iter_rows(named=True)
    return [_life(row, sources, rules, as_of) for row in rows]


def _life(sub: Row, src: Sources, rules: Rules, as_of: int) -> Life:
    invoices = src.invoices.get(sub["id"], [])
    begin = _begin(sub, invoices)
    if begin is None:
        return Life(sub["id"], sub["customer"], sub["currency"], None, None)
    rows = [_ordered_line(r, r["invoice_created"] or 0, r["position"] or 0) for r in src.lines.get(sub["id"], [])]
    rows += [_ordered_line(r, as_of, n) for n, r in enumerate(src.pending.get(sub["id"], []))]
    marks = history.ordered(history.line_marks(rows, src.prices))
    hidden: list[Mark] = []
    if sub["status"] not in {"canceled", "trialing"}:
        hidden = _unexplained(sub, marks, src, begin if not marks else as_of)
    return Life(
        id=sub["id"],
        customer=sub["customer"],
        currency=sub["currency"],
        begin=begin,
        end=sub["ended_at"] if sub["status"] == "canceled" else None,
        marks=(*marks, *hidden),
        discounts=tuple(_discounts(sub, invoices, src, as_of)),
        gaps=tuple(_gaps(sub, invoices, src, rules)),
        hidden=tuple(m.item for m in hidden) if marks else (),
    )


def _ordered_line(row: Row, created: int, position: int) -> Row:
    return {**row, "at_order": (created, position)}


def _begin(sub: Row, invoices: list[Row]) -> int | None:
    """When the subscription first counted. One whose first payment never succeeded never began."""
    if sub["status"] in NEVER_BEGAN:
        return None
    first = next((i for i in invoices if i["billing_reason"] == "subscription_create"), None)
    start: int = sub["start_date"] or sub["created"]
    if first is None or first["collection_method"] != "charge_automatically" or not first["amount_due"]:
        return start
    if first["paid_at"] is not None:
        paid: int = first["paid_at"]
        return max(start, paid) if paid > first["created"] + PROMPTLY else start
    return None if sub["status"] == "canceled" else start


def _unexplained(sub: Row, marks: Iterable[Mark], src: Sources, at: int) -> list[Mark]:
    """Marks that bring the items to their present state, where the lines lead to another one."""
    standing: dict[str, Mark] = {}
    for mark in marks:
        history.advance(standing, mark)
    found, present = [], set()
    for item in src.items.get(sub["id"], []):
        price = src.prices.get(item["price"])
        if price is None or price.metered or item["deleted"]:
            continue
        quantity = item["quantity"] if item["quantity"] is not None else 1
        present.add(item["id"])
        known = standing.get(item["id"])
        if known is None or (known.price.id, known.quantity) != (price.id, quantity):
            found.append(Mark(at, Kind.SNAPSHOT, (at, 0), item["id"], price, quantity, sub["id"]))
    gone = [m for m in standing.values() if m.item not in present and m.price.monthly(m.quantity)]
    return [m for m in found if m.price.monthly(m.quantity) or m.item in standing] + [
        Mark(at, Kind.CREDIT, (at, 0), m.item, m.price, 0, sub["id"]) for m in gone
    ]


def _discounts(sub: Row, invoices: list[Row], src: Sources, as_of: int) -> Iterable[Discount]:
    """Each discount that ever showed on the subscription, its items or its invoices, with the time it ran."""
    seen: dict[str, str | None] = {}
    shown: list[tuple[int, list[str]]] = []
    for invoice in invoices:
        ids = listed(invoice["discounts"])
        if invoice["billing_reason"] in REGULAR and invoice["subtotal"]:
            shown.append((invoice["period_end"] or invoice["created"], ids))
        seen |= dict.fromkeys(ids)
    own = listed(sub["discounts"]) or src.customer_discounts.get(sub["customer"], [])
    seen |= dict.fromkeys(own)
    if sub["status"] not in {"canceled", "trialing"} and (own or shown):
        shown.append((as_of, own))
    for item in src.items.get(sub["id"], []):
        seen |= dict.fromkeys(listed(item["discounts"]), item["id"])
    for id_, item_id in seen.items():
        row = src.discounts.get(id_)
        coupon = src.coupons.get(row["coupon"]) if row else None
        if row is not None and coupon is not None:
            start = row["start"] or sub["created"]
            end = row["end"] if item_id else _removed(id_, start, row["end"], shown, src)
            yield Discount(id_, coupon, start, end, item_id)


def _removed(id_: str, start: int, end: int | None, shown: list[tuple[int, list[str]]], src: Sources) -> int | None:
    """When a discount stopped: its own end, or its first absence after it was shown, or what replaced it before."""
    for (_, before), (at, ids) in pairwise(shown):
        if at < start or (end is not None and at >= end):
            continue
        if id_ in before and id_ not in ids:
            newer: list[int] = [s for i in ids if i not in before and (s := (src.discounts.get(i) or {}).get("start"))]
            return min([at, *(s for s in newer if s > start)])
    return end


def _gaps(sub: Row, invoices: list[Row], src: Sources, rules: Rules) -> Iterable[Gap]:
    """The times in which a renewal stayed unpaid for longer than the rules allow, or collection was paused (if out)."""
    if not rules.count_paused and sub["pause_behavior"]:
        yield Gap(sub["current_period_start"] or sub["created"], None)
    for invoice in invoices:
        settled = min(
            (t for t in (invoice["paid_at"], invoice["voided_at"], invoice["marked_uncollectible_at"]) if t),
            default=None,
        )
        since = _due(invoice)
        if since is None or not invoice["amount_due"]:
            continue
        if rules.past_due_days is not None:
            start = since + rules.past_due_days * DAY
            if settled is None or settled > start:
                yield Gap(start, settled)
        failed = src.last_failure.get(invoice["id"])
        if failed is not None and _given_up(sub, invoices, failed, settled):
            yield Gap(failed, settled)


def _given_up(sub: Row, invoices: list[Row], failed: int, settled: int | None) -> bool:
    """Whether the subscription went ``unpaid`` with that failure: it stands so now, or its renewals stayed drafts."""
    if settled is None and sub["status"] == "unpaid":
        return True
    return any(
        invoice["status"] == "draft"
        and failed < invoice["created"]
        and (settled is None or invoice["created"] < settled)
        for invoice in invoices
    )


def _due(invoice: Row) -> int | None:
    """When the invoice became past due (UTC epoch seconds) should it be unpaid; None while it is a draft."""
    if invoice["status"] == "draft" or invoice["finalized_at"] is None:
        return None
    due: int | None = invoice["due_date"] if invoice["collection_method"] == "send_invoice" else invoice["finalized_at"]
    return due
