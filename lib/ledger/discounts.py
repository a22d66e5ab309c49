"""Coupons that run on a subscription: when they start and stop, and what they take off each month."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from lib.ledger.rules import Rules


@dataclass(frozen=True, slots=True)
class Coupon:
    """What a coupon takes off: a share, or an amount (minor units of ``currency``) of each invoice."""

    id: str
    duration: str
    percent: Fraction | None = None
    amount: int | None = None
    currency: str | None = None
    products: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Discount:
    """A coupon at work on a subscription, or on one of its items, from ``start`` until ``end`` (UTC epoch seconds)."""

    id: str
    coupon: Coupon
    start: int
    end: int | None
    item: str | None = None

    def runs(self, at: int) -> bool:
        """Whether it is at work at that instant."""
        return self.start <= at and (self.end is None or at < self.end)


@dataclass(frozen=True, slots=True)
class ItemAmount:
    """One item's part of a subscription: minor units a month, and the months of its billing interval."""

    item: str
    product: str
    currency: str
    monthly: Fraction
    months: Fraction


def discounted(
    items: Sequence[ItemAmount], discounts: Iterable[Discount], at: int, rules: Rules
) -> dict[str, Fraction]:
    """Each item's minor units a month after the discounts at work at ``at`` (UTC epoch seconds), never below 0."""
    left = {item.item: item.monthly for item in items}
    for discount in discounts:
        if discount.coupon.duration in rules.deducted_coupons and discount.runs(at):
            _apply(left, [i for i in items if _covers(discount, i)], discount.coupon)
    return left


def _covers(discount: Discount, item: ItemAmount) -> bool:
    if discount.item is not None and discount.item != item.item:
        return False
    products = discount.coupon.products
    return products is None or item.product in products


def _apply(left: dict[str, Fraction], items: Sequence[ItemAmount], coupon: Coupon) -> None:
    """Takes the coupon off ``left`` in place; an amount is shared among the items by what they cost."""
    if coupon.percent is not None:
        for item in items:
            left[item.item] *= 1 - coupon.percent / 100
        return
    items = [i for i in items if i.currency == coupon.currency]
    total = sum((left[i.item] * i.months for i in items), Fraction(0))
    if coupon.amount is None or total <= 0:
        return
    share = max(Fraction(0), 1 - coupon.amount / total)
    for item in items:
        left[item.item] *= share


def coupon_of(row: Mapping[str, object], products: list[str] | None) -> Coupon:
    """A row of the ``coupon`` frame as a Coupon."""
    percent = row["percent_off"]
    amount = row["amount_off"]
    return Coupon(
        id=str(row["id"]),
        duration=str(row["duration"]),
        percent=None if percent is None else Fraction(str(percent)),
        amount=amount if isinstance(amount, int) else None,
        currency=str(row["currency"]) if row["currency"] else None,
        products=None if products is None else frozenset(products),
    )
