"""Segments in words: what the fields, comparisons and values of a condition are called. Pure."""

from __future__ import annotations

from typing import Final

from lib.charts.scale import Scale
from lib.metrics.query import By
from lib.metrics.segments import Condition, Op, Segment, Status, Value
from lib.money import MICRO
from lib.reports import labels

METADATA: Final = "metadata."
FIELDS: Final = {
    "plan": "Plan",
    "product": "Product",
    "interval": "Billed",
    "status": "Status",
    "mrr": "MRR",
    "country": "Country",
    "currency": "Currency",
    "coupon": "Coupon",
    "cohort": "Month of first payment",
}
"""Every field but metadata, in the order in which a form offers them."""
OPS: Final = {Op.IS: "is", Op.IS_NOT: "is not", Op.BETWEEN: "is between"}
_STATUS: Final = {
    Status.ACTIVE: "Active",
    Status.TRIALING: "On trial",
    Status.CHURNED: "Left",
    Status.NEVER: "Never active",
}
_SPLITS: Final = {"country": By.COUNTRY, "currency": By.CURRENCY, "cohort": By.COHORT}
_SHOWN: Final = 3
"""Values named in a sentence; of more, it tells how many."""


def field(name: str) -> str:
    """``Country``, ``Metadata: region``."""
    return FIELDS.get(name) or f"Metadata: {name.removeprefix(METADATA)}"


def value(name: str, each: str, locale: str) -> str:
    """A value of the field ``name``: ``Germany``, ``March 2025``, ``On trial``."""
    if name == "status":
        return _STATUS[Status(each)]
    return labels.called(_SPLITS[name], each, locale) if name in _SPLITS else each


def condition(found: Condition, money: Scale) -> str:
    """``Country is Germany or Austria``, ``MRR is at least $100.00``. ``money``: the scale of the account's amounts."""
    if found.op is Op.BETWEEN:
        low, high = (None if each is None else _bound(found.field, each, money) for each in found.values)
        return f"{field(found.field)} {_between(low, high, *_OPEN.get(found.field, _OPEN_AMOUNT))}"
    said = [value(found.field, str(each), money.locale) for each in found.values]
    if len(said) > _SHOWN:
        said = [*said[: _SHOWN - 1], f"{len(said) - _SHOWN + 1} others"]
    return f"{field(found.field)} {OPS[found.op]} {' or '.join(said)}"


def _bound(name: str, each: Value, money: Scale) -> str:
    return money.text(each * MICRO) if isinstance(each, int) else value(name, str(each), money.locale)


_OPEN_AMOUNT: Final = ("is at most {}", "is at least {}")
_OPEN: Final = {"cohort": ("is {} or earlier", "is {} or later")}
"""How a range with one open end is told: without a lower and without an upper bound."""


def _between(low: str | None, high: str | None, upto: str, onward: str) -> str:
    if low is None:
        return upto.format(high)
    return onward.format(low) if high is None else f"is between {low} and {high}"


def segment(found: Segment, money: Scale) -> str:
    """All conditions in one line, without a full stop."""
    return "; ".join(condition(each, money) for each in found.conditions) or "all customers"
