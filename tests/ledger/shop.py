"""A small shop for ledger tests: text tables in, the frames that the ledger reads out. A day is its noon, UTC."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl

INT, TEXT, BOOL = pl.Int64, pl.String, pl.Boolean

SCHEMAS: dict[str, dict[str, type[pl.DataType]]] = {
    "product": {"id": TEXT, "name": TEXT},
    "price": {
        "id": TEXT, "product": TEXT, "currency": TEXT, "interval": TEXT, "interval_count": INT, "nickname": TEXT,
        "unit_amount_decimal": TEXT, "usage_type": TEXT, "tiers": TEXT, "tiers_mode": TEXT,
        "transform_divide_by": INT, "transform_round": TEXT,
    },
    "coupon": {
        "id": TEXT, "duration": TEXT, "percent_off": TEXT, "amount_off": INT, "currency": TEXT, "applies_to": TEXT,
    },
    "discount": {"id": TEXT, "customer": TEXT, "subscription": TEXT, "coupon": TEXT, "start": INT, "end": INT},
    "customer": {
        "id": TEXT, "name": TEXT, "email": TEXT, "country": TEXT, "discount": TEXT, "metadata": TEXT, "created": INT,
    },
    "tax_rate": {"id": TEXT, "percentage": TEXT},
    "exchange_rate": {"currency": TEXT, "base": TEXT, "date": TEXT, "rate": TEXT},
    "subscription": {
        "id": TEXT, "customer": TEXT, "status": TEXT, "currency": TEXT, "created": INT, "start_date": INT,
        "ended_at": INT, "pause_behavior": TEXT, "current_period_start": INT, "discounts": TEXT, "canceled_at": INT,
        "cancel_at": INT, "cancel_at_period_end": BOOL, "trial_start": INT, "trial_end": INT,
    },
    "subscription_item": {
        "id": TEXT, "subscription": TEXT, "price": TEXT, "quantity": INT, "discounts": TEXT, "position": INT,
        "deleted": BOOL,
    },
    "invoice": {
        "id": TEXT, "subscription": TEXT, "customer": TEXT, "status": TEXT, "created": INT, "billing_reason": TEXT,
        "collection_method": TEXT, "period_end": INT, "subtotal": INT, "amount_due": INT, "due_date": INT,
        "finalized_at": INT, "paid_at": INT, "voided_at": INT, "marked_uncollectible_at": INT, "discounts": TEXT,
        "currency": TEXT, "total_discount": INT,
    },
    "invoice_line": {
        "id": TEXT, "invoice": TEXT, "subscription": TEXT, "subscription_item": TEXT, "price": TEXT, "currency": TEXT,
        "amount": INT, "quantity": INT, "unit_amount_decimal": TEXT, "proration": BOOL, "period_start": INT,
        "position": INT, "period_end": INT, "taxes": TEXT, "discount_amounts": TEXT,
    },
    "invoice_item": {
        "id": TEXT, "invoice": TEXT, "subscription": TEXT, "subscription_item": TEXT, "price": TEXT, "currency": TEXT,
        "amount": INT, "quantity": INT, "unit_amount_decimal": TEXT, "proration": BOOL, "period_start": INT,
        "date": INT,
    },
    "invoice_payment": {"id": TEXT, "invoice": TEXT, "payment_intent": TEXT, "charge": TEXT},
    "charge": {
        "id": TEXT, "customer": TEXT, "payment_intent": TEXT, "created": INT, "status": TEXT, "amount": INT,
        "currency": TEXT, "invoice": TEXT,
    },
    "refund": {"id": TEXT, "charge": TEXT, "amount": INT, "currency": TEXT},
    "dispute": {"id": TEXT, "charge": TEXT},
    "balance_transaction": {
        "id": TEXT, "created": INT, "amount": INT, "fee": INT, "currency": TEXT, "type": TEXT,
        "reporting_category": TEXT, "source": TEXT, "exchange_rate": TEXT,
    },
}  # fmt: skip

DEFAULTS: dict[str, dict[str, object]] = {
    "price": {"currency": "usd", "interval": "month", "interval_count": 1, "usage_type": "licensed"},
    "subscription": {"status": "active", "currency": "usd"},
    "subscription_item": {"quantity": 1, "position": 0, "deleted": False},
    "invoice": {
        "status": "paid", "billing_reason": "subscription_cycle", "collection_method": "charge_automatically",
        "amount_due": 0, "subtotal": 0, "currency": "usd", "total_discount": 0,
    },
    "invoice_line": {"currency": "usd", "quantity": 1, "proration": False, "position": 0},
    "invoice_item": {"currency": "usd", "quantity": 1, "proration": True},
    "charge": {"status": "succeeded", "currency": "usd"},
    "refund": {"currency": "usd"},
    "balance_transaction": {"currency": "usd", "fee": 0, "type": "charge"},
}  # fmt: skip


def at(day: str) -> int:
    """Noon UTC of an ISO day as epoch seconds; a full ISO time is taken as it is."""
    text = day if "T" in day else f"{day}T12:00:00"
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def frame(name: str, rows: list[dict[str, object]]) -> pl.DataFrame:
    """Rows (missing columns filled with the defaults above) as the store would give them."""
    schema = SCHEMAS[name]
    unknown = {key for row in rows for key in row} - set(schema)
    assert not unknown, f"{name} has no column {unknown}"
    full = [{**dict.fromkeys(schema), **DEFAULTS.get(name, {}), **row} for row in rows]
    return pl.DataFrame(full, schema=schema)


def table(text: str) -> list[dict[str, object]]:
    """Rows of a text table whose first line names the columns: ``-`` is null, ``=x`` is the text x, days become epoch
    seconds.
    """
    head, *lines = [line.split() for line in text.strip().splitlines()]
    return [{k: _cell(v) for k, v in zip(head, line, strict=True) if v != "-"} for line in lines]


def _cell(text: str) -> object:
    if text in {"yes", "no"}:
        return text == "yes"
    if text.startswith("="):
        return text[1:]
    if text.count("-") == 2 and text[:2] == "20":
        return at(text)
    return int(text) if text.lstrip("-").isdigit() else text


def shop(**tables: str) -> dict[str, pl.DataFrame]:
    """All frames of a shop; those not given are empty."""
    return {name: frame(name, table(tables[name]) if name in tables else []) for name in SCHEMAS}
