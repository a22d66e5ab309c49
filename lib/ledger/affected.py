"""Which subscriptions a change of Stripe's objects can concern, and the rows that tell of a few subscriptions alone.

A subscription's life follows from its own rows and from those of its customer, so when a few rows changed all other
lives are as they were. What is sold to everybody (prices, coupons, tax rates) concerns all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import polars as pl

Tables = Mapping[str, pl.DataFrame]
Changed = Mapping[str, frozenset[str]]

_OWN = ("subscription_item", "invoice", "invoice_line", "invoice_item")
"""Tables whose rows name the subscription they are of."""
_NO_LIFE = frozenset({"refund", "dispute", "payout", "balance_transaction", "credit_note"})
"""Tables that no life is made of."""
_FEW = frozenset(
    {*_OWN, *_NO_LIFE, "subscription", "invoice_payment", "charge", "customer", "discount"},
)


def differing(before: Tables, after: Tables, written: Changed) -> Changed:
    """Those of the ``written`` rows that differ between two states of the tables: many are written as they were."""
    found = {name: _differing(before[name], after[name], ids) for name, ids in written.items()}
    return {name: ids for name, ids in found.items() if ids}


def _differing(before: pl.DataFrame, after: pl.DataFrame, written: frozenset[str]) -> frozenset[str]:
    theirs = pl.col("id").is_in(list(written))
    rows = pl.concat([before.filter(theirs), after.filter(theirs)])
    return frozenset(rows.unique(keep="none")["id"])


def subscriptions(before: Tables, after: Tables, changed: Changed) -> frozenset[str] | None:
    """The subscriptions whose lives may differ between two states of the tables; None: any of them.

    ``changed`` are the ids of the rows that may differ, by table.
    """
    if not changed.keys() <= _FEW:
        return None
    found = set(changed.get("subscription", ()))
    for tables in (before, after):
        invoices = changed.get("invoice", frozenset()) | _billed(tables, changed)
        for name in _OWN:
            found |= _where(tables[name], "id", changed.get(name, ()), "subscription")
        found |= _where(tables["invoice_line"], "invoice", invoices, "subscription")
        found |= _where(tables["invoice"], "id", invoices, "subscription")
        customers = _holders(tables, changed.get("discount", frozenset())) | changed.get("customer", frozenset())
        found |= _where(tables["subscription"], "customer", customers, "id")
        found |= _where(tables["discount"], "id", changed.get("discount", ()), "subscription")
    return frozenset(found)


def _billed(tables: Tables, changed: Changed) -> set[str]:
    """Invoices that changed payments and charges were made towards."""
    payments, charges = tables["invoice_payment"], changed.get("charge", ())
    intents = _where(tables["charge"], "id", charges, "payment_intent")
    return (
        _where(payments, "id", changed.get("invoice_payment", ()), "invoice")
        | _where(payments, "charge", charges, "invoice")
        | _where(payments, "payment_intent", intents, "invoice")
    )


def _holders(tables: Tables, discounts: frozenset[str]) -> set[str]:
    """Customers who have one of these discounts, themselves or on a subscription or invoice."""
    if not discounts:
        return set()
    found = _where(tables["discount"], "id", discounts, "customer")
    found |= _where(tables["customer"], "discount", discounts, "id")
    for name in ("subscription", "invoice"):
        holding = pl.col("discounts").str.contains_any(sorted(discounts))
        found |= set(tables[name].filter(holding)["customer"].drop_nulls())
    items = tables["subscription_item"].filter(pl.col("discounts").str.contains_any(sorted(discounts)))
    return found | _where(tables["subscription"], "id", items["subscription"].drop_nulls(), "customer")


def _where(frame: pl.DataFrame, column: str, values: Iterable[str], wanted: str) -> set[str]:
    """What ``wanted`` holds in the rows whose ``column`` has one of the values; nulls left out."""
    values = list(values)
    return set(frame.filter(pl.col(column).is_in(values))[wanted].drop_nulls()) if values else set()


def only(tables: Tables, ids: Iterable[str]) -> dict[str, pl.DataFrame]:
    """The tables cut down to what tells of these subscriptions: :func:`lib.ledger.lives.lives` of both is the same."""
    ids = list(ids)
    held = tables["subscription"].filter(pl.col("id").is_in(ids))
    lines = tables["invoice_line"].filter(pl.col("subscription").is_in(ids))
    of_lines = pl.col("id").is_in(lines["invoice"].drop_nulls().unique().to_list())
    invoices = tables["invoice"].filter(pl.col("subscription").is_in(ids) | of_lines)
    payments = tables["invoice_payment"].filter(pl.col("invoice").is_in(invoices["id"].to_list()))
    intents = payments["payment_intent"].drop_nulls().to_list()
    cut = {
        "subscription": held,
        "invoice_line": lines,
        "invoice": invoices,
        "invoice_payment": payments,
        "charge": tables["charge"].filter(pl.col("payment_intent").is_in(intents)),
        "customer": tables["customer"].filter(pl.col("id").is_in(held["customer"].drop_nulls().to_list())),
    }
    for name in {"subscription_item", "invoice_item", "subscription_version"} & tables.keys():
        cut[name] = tables[name].filter(pl.col("subscription").is_in(ids))
    return {**tables, **cut}
