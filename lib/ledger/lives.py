"""From store frames to the lives of subscriptions: joins, and who ever began, stopped or went unpaid."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

import orjson
import polars as pl

from lib.ledger import gaps, history, versions
from lib.ledger.discounts import Coupon, Discount, coupon_of
from lib.ledger.gaps import Traces
from lib.ledger.history import Kind, Life, Mark
from lib.ledger.pricing import Price, price_of
from lib.ledger.rules import Rules
from lib.ledger.tax import Taxes
from lib.ledger.usage import usage_marks
from lib.ledger.versions import Version

Row = Mapping[str, Any]
Tables = Mapping[str, pl.DataFrame]

STANDING_STILL = frozenset({"canceled", "trialing", "paused"})
"""Statuses in which the items as they are now say nothing of what is paid."""
NEVER_BEGAN = frozenset({"incomplete", "incomplete_expired"})
ONCE = "once"
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
    taxes: Taxes
    coupons: dict[str, Coupon]
    discounts: dict[str, Row]
    items: dict[str, list[Row]]
    lines: dict[str, list[Row]]
    pending: dict[str, list[Row]]
    invoices: dict[str, list[Row]]
    last_failure: dict[str, int]
    customer_discounts: dict[str, list[str]]
    """Discounts of customers: they apply to subscriptions that have none of their own."""
    versions: dict[str, list[Version]]

    @classmethod
    def of(cls, tables: Tables) -> Sources:
        """Index the frames. Rows come out oldest first, ties by id, so that the order of input rows never matters."""
        prices = (price_of(r) for r in tables["price"].iter_rows(named=True))
        coupons = {
            r["id"]: coupon_of(r, listed(r["applies_to"]) or None) for r in tables["coupon"].iter_rows(named=True)
        }
        lines = tables["invoice_line"].join(
            tables["invoice"].select("billing_reason", invoice="id", invoice_created="created"),
            on="invoice",
            how="left",
        )
        return cls(
            prices={p.id: p for p in prices if p is not None},
            taxes=Taxes.of(tables),
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
            versions=versions.versions(tables),
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
    known = versions.with_present(src.versions.get(sub["id"], ()), sub, _held(sub, src), as_of)
    rows = [_ordered_line(r, r["invoice_created"] or 0, r["position"] or 0) for r in src.lines.get(sub["id"], [])]
    pending = [_ordered_line(r, as_of, n) for n, r in enumerate(src.pending.get(sub["id"], []))]
    billed = history.ordered(_same_tax(history.line_marks([*rows, *pending], src.prices, src.taxes)))
    dated = versions.marks(versions.paid_for(known), billed, src.prices, begin)
    marks = sorted([*billed, *dated], key=lambda m: m.at)  # a stable sort: of one instant, versions come last
    hidden: list[Mark] = []
    if sub["status"] not in STANDING_STILL:
        hidden = _unexplained(sub, marks, src, as_of if marks else begin)
    metered = usage_marks(rows, src.prices, src.taxes) if rules.count_metered else []
    ended = sub["ended_at"] if sub["status"] == "canceled" else None
    click = _click(sub, known, ended)
    trial, offered = _trial(sub, known, billed, src)
    return Life(
        id=sub["id"],
        customer=sub["customer"],
        currency=sub["currency"],
        begin=begin,
        end=click if rules.churn_at_click else ended,
        marks=tuple(sorted([*marks, *_same_tax(hidden, marks), *metered], key=lambda m: m.at)),
        discounts=tuple(sorted(_discounts(sub, known, invoices, src, as_of), key=lambda d: d.start)),
        gaps=tuple(gaps.gaps(sub, Traces(invoices, src.last_failure, known), rules, as_of)),
        click=click,
        undone=versions.undone(known),
        trial=trial,
        offered=offered,
        hidden=tuple(m.item for m in hidden) if marks else (),
    )


def _click(sub: Row, known: Sequence[Version], ended: int | None) -> int | None:
    """When a subscription that has ended, or will end with its period, was cancelled."""
    if ended is None and not sub["cancel_at_period_end"] and not sub["cancel_at"]:
        return None
    asked = [gap.start for gap in versions.clicks(known) if gap.end is None]
    return min((t for t in (*asked, sub["canceled_at"], ended) if t is not None), default=None)


def _trial(
    sub: Row, known: Sequence[Version], marks: Sequence[Mark], src: Sources
) -> tuple[tuple[int, int] | None, tuple[Mark, ...]]:
    """When the subscription was on trial before anything was paid, and with what."""
    start, end = sub["trial_start"], sub["trial_end"]
    if start is None or end is None:
        return None, ()
    free = [replace(m, kind=Kind.SNAPSHOT) for m in marks if m.kind is Kind.TRIAL and m.at < end]
    if any(m.at < start and m.monthly for m in marks if m.kind in {Kind.SNAPSHOT, Kind.DEBIT}):
        return None, ()
    stop = min(t for t in (end, sub["ended_at"]) if t is not None)
    tried = versions.tried(known)
    offered = free or ([] if tried else [*_present(sub, src, start)])
    return (start, max(start, stop)), tuple(
        sorted([*offered, *versions.marks(tried, offered, src.prices, start)], key=lambda m: m.at)
    )


def _present(sub: Row, src: Sources, at: int) -> Iterable[Mark]:
    """The items as they are now, as if they had stood so since ``at``."""
    for item in src.items.get(sub["id"], []):
        price = src.prices.get(item["price"])
        if price is not None and not price.metered and not item["deleted"]:
            quantity = item["quantity"] if item["quantity"] is not None else 1
            yield Mark(at, Kind.SNAPSHOT, (at, 0), item["id"], price, quantity, sub["id"])


def _same_tax(marks: Sequence[Mark], known: Sequence[Mark] = ()) -> list[Mark]:
    """Marks of pending items and present states tell no tax: it is that of the bills before them."""
    told = [m for m in (*known, *marks) if m.untaxed is not None]
    last = max(told, key=lambda m: m.order).untaxed if told else Fraction(1)
    return [m if m.untaxed is not None else replace(m, untaxed=last) for m in marks]


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
    present = {mark.item: mark for mark in _present(sub, src, at)}
    found = [mark for mark in present.values() if not _same_state(mark, standing.get(mark.item))]
    gone = [m for m in standing.values() if m.item not in present and m.monthly]
    return [m for m in found if m.monthly or m.item in standing] + [
        Mark(at, Kind.CREDIT, (at, 0), m.item, m.price, 0, sub["id"]) for m in gone
    ]


def _same_state(mark: Mark, other: Mark | None) -> bool:
    return other is not None and (mark.price.id, mark.quantity) == (other.price.id, other.quantity)


def _discounts(sub: Row, known: Sequence[Version], invoices: list[Row], src: Sources, as_of: int) -> Iterable[Discount]:
    """Each discount that ever showed on the subscription, its items or its invoices, with the time it ran.

    Those of one start come in the order in which they come off.
    """
    seen: dict[str, str | None] = {}
    for version in known:
        seen |= version.discounts
    shown: list[tuple[int, list[str]]] = []
    for invoice in invoices:
        ids = listed(invoice["discounts"])
        if invoice["billing_reason"] in REGULAR and invoice["subtotal"]:
            shown.append((invoice["period_end"] or invoice["created"], ids))
        seen |= {id_: seen.get(id_) for id_ in ids}
    own = listed(sub["discounts"]) or src.customer_discounts.get(sub["customer"], [])
    if sub["status"] not in {"canceled", "trialing"} and (own or shown):
        shown.append((as_of, own))
    seen |= dict.fromkeys(own) | _held(sub, src)
    for id_, item_id in seen.items():
        row = src.discounts.get(id_)
        coupon = src.coupons.get(row["coupon"]) if row else None
        if row is not None and coupon is not None:
            start = row["start"] or sub["created"]
            once = coupon.duration == ONCE
            end = row["end"] if once or item_id else _removed(id_, start, row["end"], shown, src)
            end = (_spent(id_, sub, invoices, src) if once else None) or versions.dropped(known, row, end)
            yield Discount(id_, coupon, start, end, item_id)


def _held(sub: Row, src: Sources) -> dict[str, str | None]:
    """The discounts that the subscription and its items have now, and the items that they are for."""
    found: dict[str, str | None] = dict.fromkeys(listed(sub["discounts"]))
    for item in src.items.get(sub["id"], ()):
        found |= dict.fromkeys(listed(item["discounts"]), item["id"])
    return found


def _spent(id_: str, sub: Row, invoices: list[Row], src: Sources) -> int | None:
    """When the period ended that a once coupon was given on; None while no invoice has it."""
    for invoice in invoices:
        if invoice["subtotal"] and id_ in listed(invoice["discounts"]):
            lines = src.lines.get(sub["id"], [])
            ends: list[int] = [e["period_end"] for e in lines if e["invoice"] == invoice["id"] and e["period_end"]]
            begins: list[int] = [line["period_start"] for line in lines if _begins_after(line, invoice, src)]
            return min([*begins, *([max(ends)] if ends else [])], default=None)
    return None


def _begins_after(line: Row, invoice: Row, src: Sources) -> bool:
    """Whether a line of a later invoice is for a whole period, which ends the one before wherever it would have.

    Metered usage is billed after its period, so its lines tell of the period before.
    """
    price = src.prices.get(line["price"] or "")
    if line["proration"] or line["period_start"] is None or (price is not None and price.metered):
        return False
    later: bool = (line["invoice_created"] or 0) > invoice["created"]
    return later


def _removed(id_: str, start: int, end: int | None, shown: list[tuple[int, list[str]]], src: Sources) -> int | None:
    """When a discount stopped: its own end, or its first absence after it was shown, or what replaced it before."""
    for (_, before), (at, ids) in pairwise(shown):
        if at < start or (end is not None and at >= end):
            continue
        if id_ in before and id_ not in ids:
            newer: list[int] = [s for i in ids if i not in before and (s := (src.discounts.get(i) or {}).get("start"))]
            return min([at, *(s for s in newer if s > start)])
    return end
