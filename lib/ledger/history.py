"""The life of one subscription, rebuilt from its invoice lines and pending invoice items.

Stripe gives no history of a subscription's items. But every change that is billed leaves lines: a *snapshot* (the
plain lines of a renewal name each item), and around a change in mid-period a *credit* for the old state and a *debit*
for the new. Each is a mark: from this instant, this item stands so. A mark holds until the next one of its item or the
end of the subscription. Why this is exact, and what it can't see: docs/decisions/0001-mrr-from-invoices.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from fractions import Fraction
from typing import Any

from lib.ledger.discounts import Discount, ItemAmount, discounted
from lib.ledger.pricing import Price
from lib.ledger.rules import Rules
from lib.ledger.tax import Taxes

Row = Mapping[str, Any]


class Kind(IntEnum):
    """What a mark tells, in the order in which marks of one instant apply."""

    CREDIT = 0
    """Unused time was given back: unless a debit or snapshot of the same instant follows, the item is gone."""
    TRIAL = 1
    """A free line for a price that costs something: a trial, unless the item was already paid for."""
    DEBIT = 2
    """The item's remaining time was billed in its new state."""
    SNAPSHOT = 3
    """A whole period was billed: a renewal, or the start."""


@dataclass(frozen=True, slots=True)
class Mark:
    """From ``at`` (UTC epoch seconds) the item stands at this price and quantity."""

    at: int
    kind: Kind
    order: tuple[int, int]
    item: str
    price: Price
    quantity: int
    source: str
    usage: Fraction | None = None
    """Of metered items: what they come to in a month, in minor units."""
    untaxed: Fraction | None = None
    """The part of the price that is not tax; None: its source doesn't say."""

    @property
    def monthly(self) -> Fraction:
        """Minor units a month before discounts, with the tax that the price includes."""
        return self.price.monthly(self.quantity) if self.usage is None else self.usage


@dataclass(frozen=True, slots=True)
class Gap:
    """From ``start`` to before ``end`` (None: still) the subscription counts for nothing: unpaid for too long."""

    start: int
    end: int | None

    def holds(self, at: int) -> bool:
        """Whether the gap covers that instant."""
        return self.start <= at and (self.end is None or at < self.end)


@dataclass(frozen=True, slots=True)
class Life:
    """All that decides a subscription's MRR at any instant. ``begin`` None: it never began."""

    id: str
    customer: str
    currency: str
    begin: int | None
    end: int | None
    marks: tuple[Mark, ...] = ()
    discounts: tuple[Discount, ...] = ()
    gaps: tuple[Gap, ...] = ()
    click: int | None = None
    """When it was cancelled, even if it runs to the end of its period."""
    undone: tuple[Gap, ...] = ()
    """Cancellations that were taken back."""
    trial: tuple[int, int] | None = None
    """A trial before anything was paid: its start and its end, or the day it was cancelled."""
    offered: tuple[Mark, ...] = ()
    """What stood on trial."""
    hidden: tuple[str, ...] = field(default=())
    """Items whose present state no invoice line explains: changed with ``proration_behavior=none``."""

    def instants(self) -> set[int]:
        """Every instant (UTC epoch seconds) at which the MRR may change."""
        if self.begin is None:
            return set()
        times = {self.begin, *(m.at for m in self.marks)}
        times |= {t for d in self.discounts for t in (d.start, d.end) if t is not None}
        times |= {t for g in self.gaps for t in (g.start, g.end) if t is not None}
        if self.end is not None:
            times = {t for t in times if t < self.end} | {self.end}
        return {max(t, self.begin) for t in times}

    def alive(self, at: int) -> bool:
        """Whether it counts at all at that instant."""
        begun = self.begin is not None and self.begin <= at
        return begun and (self.end is None or at < self.end) and not any(g.holds(at) for g in self.gaps)


@dataclass(frozen=True, slots=True)
class Worth:
    """A plan's part of a subscription: minor units a month, and whether it would cost something without discounts."""

    monthly: Fraction = Fraction(0)
    priced: bool = False

    def __add__(self, other: Worth) -> Worth:
        """Two items on one plan."""
        return Worth(self.monthly + other.monthly, self.priced or other.priced)


def amounts(life: Life, standing: Mapping[str, Mark], at: int, rules: Rules) -> dict[str, Worth]:
    """What each price comes to at instant ``at``, by price id, for the items as they stand in ``standing``.

    Discounts come off first, then the tax that the rest includes.
    """
    if not life.alive(at):
        return {}
    items = [
        ItemAmount(m.item, m.price.product, life.currency, m.monthly, m.price.months)
        for m in standing.values()
        if m.monthly
    ]
    result: dict[str, Worth] = {}
    for item, monthly in discounted(items, life.discounts, at, rules).items():
        mark = standing[item]
        result[mark.price.id] = result.get(mark.price.id, Worth()) + Worth(monthly * (mark.untaxed or 1), priced=True)
    return result


def ordered(marks: Iterable[Mark]) -> tuple[Mark, ...]:
    """Marks in the order in which they take effect; credits answered at the same instant fall away."""
    kept = sorted(marks, key=lambda m: (m.at, m.order, m.kind))
    answered = {(m.at, m.item) for m in kept if m.kind in {Kind.DEBIT, Kind.SNAPSHOT, Kind.TRIAL}}
    return tuple(m for m in kept if m.kind is not Kind.CREDIT or (m.at, m.item) not in answered)


def advance(standing: dict[str, Mark], mark: Mark) -> None:
    """Apply one mark to the items as they stand, in place.

    A free line for an item that was paid for is a free month given to a customer, not the end of his subscription.
    """
    before = standing.get(mark.item)
    if mark.kind is Kind.TRIAL and before is not None and before.monthly > 0:
        return
    if mark.kind in {Kind.CREDIT, Kind.TRIAL}:
        standing.pop(mark.item, None)
    else:
        standing[mark.item] = mark


def line_marks(lines: Sequence[Row], prices: Mapping[str, Price], taxes: Taxes) -> list[Mark]:
    """Marks of one subscription's invoice lines and pending items; metered ones left out.

    Each row has ``at_order`` (a pair that sorts lines of one instant as they were written), ``subscription_item``,
    ``price``, ``currency``, ``amount``, ``quantity``, ``unit_amount_decimal``, ``proration``, ``period_start``, ``id``.
    """
    marks = [mark for line in _whole(lines, prices) if (mark := _mark(line, prices, taxes)) is not None]
    return marks + _absences(lines, marks)


def _whole(lines: Sequence[Row], prices: Mapping[str, Price]) -> Iterable[Row]:
    """The lines, those of a tiered price put together again: Stripe bills each tier in a line of its own."""
    tiers: dict[tuple[object, ...], dict[str, Any]] = {}
    for line in lines:
        price = prices.get(line["price"] or "")
        if price is None or not price.tiers or line["proration"]:
            yield line
            continue
        key = (line["invoice"], line["subscription_item"], line["period_start"])
        if key in tiers:
            tiers[key]["quantity"] += line["quantity"] or 0
            tiers[key]["amount"] += line["amount"]
        else:
            tiers[key] = {**line, "quantity": line["quantity"] or 0}
    yield from tiers.values()


def _mark(line: Row, prices: Mapping[str, Price], taxes: Taxes) -> Mark | None:
    price = _price(line, prices)
    if price is None or price.metered:
        return None
    quantity = line["quantity"] if line["quantity"] is not None else 1
    return Mark(
        at=line["period_start"],
        kind=_kind(line, price, quantity),
        order=line["at_order"],
        item=line["subscription_item"] or price.id,
        price=price,
        quantity=quantity,
        source=line["id"],
        untaxed=taxes.untaxed(line),
    )


def _kind(line: Row, price: Price, quantity: int) -> Kind:
    if line["proration"]:
        return Kind.CREDIT if line["amount"] < 0 else Kind.DEBIT
    free = line["amount"] == 0 and price.charge(quantity) != 0
    return Kind.TRIAL if free else Kind.SNAPSHOT


def _price(line: Row, prices: Mapping[str, Price]) -> Price | None:
    """The line's price; in a currency other than its own (``currency_options``) the line's unit amount counts."""
    price = prices.get(line["price"] or "")
    unit = line["unit_amount_decimal"]
    if price is None or price.currency == line["currency"] or unit is None:
        return price
    return Price(price.id, price.product, line["currency"], Fraction(unit), price.months, metered=price.metered)


def _absences(lines: Sequence[Row], marks: Sequence[Mark]) -> list[Mark]:
    """A renewal that no longer names an item of the same interval shows that the item was taken away unbilled."""
    renewals: dict[str, list[Mark]] = {}
    of_line = {line["id"]: line["invoice"] for line in lines if not line["proration"] and line["invoice"]}
    for mark in marks:
        if mark.source in of_line and mark.kind is Kind.SNAPSHOT:
            renewals.setdefault(of_line[mark.source], []).append(mark)
    latest = {m.item: m for m in sorted(marks, key=lambda m: m.at, reverse=True)}  # the first of each item
    gone = []
    for named in renewals.values():
        at, months = named[0].at, named[0].price.months
        items = {m.item for m in named}
        gone += [
            Mark(at, Kind.CREDIT, named[0].order, m.item, m.price, 0, named[0].source)
            for m in latest.values()
            if m.item not in items and m.at < at and m.price.months == months
        ]
    return gone
