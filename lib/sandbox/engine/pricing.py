"""What a price comes to for a quantity: exactly, and as the lines of an invoice. Minor units."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from lib.sandbox.engine.calendar import months_in
from lib.sandbox.engine.state import Object


class Part(NamedTuple):
    """One line's worth of a price: a graduated price has one for each tier it reaches."""

    amount: int
    quantity: int
    unit: str
    """The unit amount as decimal text."""


def half_up(value: Fraction) -> int:
    """Round to the nearest minor unit, halves away from zero, as Stripe does."""
    doubled = 2 * abs(value.numerator) // value.denominator
    rounded = (doubled + 1) // 2
    return rounded if value >= 0 else -rounded


def metered(price: Object) -> bool:
    """Tell whether a price is billed by usage, afterwards."""
    return bool(price["recurring"]) and price["recurring"]["usage_type"] == "metered"


def packages(price: Object, quantity: int) -> int:
    """Return how many times a price is billed for a quantity: packages, those begun included, or just as many."""
    transform = price["transform_quantity"]
    return -(-quantity // transform["divide_by"]) if transform else quantity


def parts(price: Object, quantity: int) -> list[Part]:
    """Split a price for a quantity into what the invoice lists."""
    if price["billing_scheme"] == "tiered":
        return _volume(price, quantity) if price["tiers_mode"] == "volume" else _graduated(price, quantity)
    if price["unit_amount"] is not None:
        return [Part(price["unit_amount"] * packages(price, quantity), quantity, price["unit_amount_decimal"])]
    return [_part(price["unit_amount_decimal"], quantity)]


def _part(unit: str, quantity: int) -> Part:
    return Part(half_up(Fraction(unit) * quantity), quantity, unit)


def _volume(price: Object, quantity: int) -> list[Part]:
    tier = next(t for t in price["tiers"] if t["up_to"] is None or quantity <= t["up_to"])
    return [_part(tier["unit_amount_decimal"], quantity)]


def _graduated(price: Object, quantity: int) -> list[Part]:
    made = []
    below = 0
    for tier in price["tiers"]:
        top = quantity if tier["up_to"] is None else min(quantity, tier["up_to"])
        if top > below:
            made.append(_part(tier["unit_amount_decimal"], top - below))
        below = max(below, top)
    return made


def exact(price: Object, quantity: int) -> Fraction:
    """Return the unrounded price of a quantity for one period."""
    if price["unit_amount"] is not None:
        return Fraction(price["unit_amount"] * packages(price, quantity))
    return sum((Fraction(part.unit) * part.quantity for part in parts(price, quantity)), Fraction(0))


def monthly(price: Object, quantity: int) -> Fraction:
    """Return the exact monthly value of a price for a quantity; metered prices have none."""
    if metered(price):
        return Fraction(0)
    recurring = price["recurring"]
    return exact(price, quantity) / months_in(recurring["interval"], recurring["interval_count"])


def rounded(price: Object, quantity: int) -> int:
    """Return what one period of a quantity is billed."""
    return sum(part.amount for part in parts(price, quantity))
