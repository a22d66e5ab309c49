"""Small readers that every shape needs. All take what JSON gave and answer None for what is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from lib.store.tables import Row

Obj = Mapping[str, Any]
"""A Stripe object as JSON gave it."""
Reader = Callable[[Obj, str, float], list[Row]]
"""Reads an object of an account, observed at epoch seconds, into rows."""

NOTHING: Obj = {}


def ref(value: Any) -> Any:  # noqa: ANN401 - an id, an expanded object or null
    """The id behind a field that may be expanded."""
    return value["id"] if isinstance(value, dict) else value


def key(obj: Obj, account: str, at: float) -> dict[str, Any]:
    """The columns that every row begins with."""
    return {"account": account, "id": obj["id"], "observed_at": at, "deleted": bool(obj.get("deleted"))}


def data(listing: Any) -> list[Obj]:  # noqa: ANN401 - a list object, a bare list or null
    """The objects of a nested list."""
    if isinstance(listing, dict):
        listing = listing.get("data")
    return listing or []


def is_whole(listing: Any) -> bool:  # noqa: ANN401 - as above
    """Whether a nested list is there with all its objects, not just its first page."""
    return isinstance(listing, dict) and "data" in listing and not listing.get("has_more")


def total(parts: Iterable[Obj] | None) -> int:
    """The sum of ``amount`` over a list, in minor units."""
    return sum(part["amount"] for part in parts or ())


def decimal(value: Any) -> str | None:  # noqa: ANN401 - a JSON number, a decimal string or null
    """An exact decimal as plain text: ``12.5``, ``0.00001``. A float's shortest form is the very text Stripe sent."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, float):
        return f"{Decimal(repr(value)):f}".removesuffix(".0")
    return str(value)


def unit_amount(priced: Obj) -> str | None:
    """The price of one unit in minor units: ``unit_amount_decimal``, or ``unit_amount`` where that alone is given."""
    exact = priced.get("unit_amount_decimal")
    return decimal(priced.get("unit_amount") if exact is None else exact)
