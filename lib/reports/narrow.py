"""The store's frames cut down to a few customers, so that their history is read or counted anew in no time."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

import polars as pl

_OWN: Final = ("subscription", "invoice", "charge", "credit_note")
"""Tables that name the customer."""
_PARTS: Final = {
    "subscription_item": "subscription",
    "invoice_line": "invoice",
    "invoice_item": "subscription",
    "invoice_payment": "invoice",
    "refund": "charge",
    "dispute": "charge",
}
"""Tables whose rows belong to one of those."""


def of_customers(tables: Mapping[str, pl.DataFrame], customers: Collection[str]) -> dict[str, pl.DataFrame]:
    """The frames with what belongs to ``customers`` alone; what belongs to no customer (prices, rates) stays whole."""
    wanted = list(customers)
    found = dict(tables)
    found["customer"] = tables["customer"].filter(pl.col("id").is_in(wanted))
    for name in _OWN:
        if name in tables:
            found[name] = tables[name].filter(pl.col("customer").is_in(wanted))
    for name, parent in _PARTS.items():
        found[name] = tables[name].filter(pl.col(parent).is_in(found[parent]["id"].implode()))
    return found
