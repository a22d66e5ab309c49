"""What a price and a quantity come to each month, exactly.

Source of the tier arithmetic: https://docs.stripe.com/products-prices/pricing-models#tiered-pricing
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import orjson

from lib.ledger.rules import MONTHS_OF


@dataclass(frozen=True, slots=True)
class Tier:
    """One step of a tiered price; ``up_to`` None is the last. Amounts in minor units."""

    up_to: int | None
    unit: Fraction
    flat: Fraction


@dataclass(frozen=True, slots=True)
class Price:
    """A recurring price. ``unit`` in minor units of ``currency``; ``months`` in one billing interval."""

    id: str
    product: str
    currency: str
    unit: Fraction | None
    months: Fraction
    metered: bool = False
    tiers: tuple[Tier, ...] = ()
    graduated: bool = False
    divide_by: int = 1
    round_up: bool = False
    _monthly: dict[int, Fraction] = field(default_factory=dict, repr=False, compare=False)
    """What was worked out already, by quantity: a ledger asks the same a hundred thousand times."""

    def monthly(self, quantity: int) -> Fraction:
        """Minor units a month for ``quantity`` units; 0 for metered prices."""
        if quantity not in self._monthly:
            self._monthly[quantity] = self.charge(quantity) / self.months
        return self._monthly[quantity]

    def charge(self, quantity: int) -> Fraction:
        """Minor units each billing interval for ``quantity`` units; 0 for metered prices."""
        if self.metered:
            return Fraction(0)
        if self.tiers:
            return self._graduated(quantity) if self.graduated else self._volume(quantity)
        packages = -(-quantity // self.divide_by) if self.round_up else quantity // self.divide_by
        return (self.unit or Fraction(0)) * packages

    def _volume(self, quantity: int) -> Fraction:
        tier = next(t for t in self.tiers if t.up_to is None or quantity <= t.up_to)
        return tier.flat + tier.unit * quantity

    def _graduated(self, quantity: int) -> Fraction:
        total, below = Fraction(0), 0
        for tier in self.tiers:
            if quantity <= below and below:
                break
            top = quantity if tier.up_to is None else min(quantity, tier.up_to)
            total += tier.flat + tier.unit * (top - below)
            below = top if tier.up_to is None else tier.up_to
        return total


def _fraction(text: object) -> Fraction:
    return Fraction(str(text)) if text is not None else Fraction(0)


def _tier(tier: Mapping[str, Any]) -> Tier:
    unit = tier.get("unit_amount_decimal")
    flat = tier.get("flat_amount_decimal")
    return Tier(
        up_to=tier.get("up_to"),
        unit=_fraction(unit if unit is not None else tier.get("unit_amount")),
        flat=_fraction(flat if flat is not None else tier.get("flat_amount")),
    )


def price_of(row: Mapping[str, Any]) -> Price | None:
    """A row of the ``price`` frame as a Price; None for one-time prices."""
    if row["interval"] is None:
        return None
    unit = row["unit_amount_decimal"]
    tiers = orjson.loads(row["tiers"]) if row["tiers"] else None
    return Price(
        id=row["id"],
        product=row["product"],
        currency=row["currency"],
        unit=None if unit is None else Fraction(unit),
        months=MONTHS_OF[row["interval"]] * (row["interval_count"] or 1),
        metered=row["usage_type"] == "metered",
        tiers=tuple(_tier(t) for t in tiers or ()),
        graduated=row["tiers_mode"] == "graduated",
        divide_by=row["transform_divide_by"] or 1,
        round_up=row["transform_round"] == "up",
    )
