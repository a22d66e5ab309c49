"""Little worlds for reports: the ledger's and the store's frames from text tables. Amounts in whole major units of usd.

A cell ``-`` is null; ``~`` is a space; a day in a column of seconds is its noon, UTC.
"""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import polars as pl

from lib.ledger.build import Ledger
from lib.ledger.rules import Rules
from tests.ledger.shop import at

TEXT, INT, DAY, YES = pl.String, pl.Int64, pl.Date, pl.Boolean
_MOVED = {
    "date": DAY, "type": TEXT, "customer": TEXT, "subscription": TEXT, "plan": TEXT, "currency": TEXT,
    "amount": INT, "amount_base": INT,
}  # fmt: skip
LEDGER: dict[str, dict[str, type[pl.DataType]]] = {
    "states": {
        "date": DAY, "customer": TEXT, "subscription": TEXT, "plan": TEXT, "currency": TEXT, "amount": INT,
        "active": YES,
    },
    "movements": _MOVED,
    "committed": _MOVED,
    "trialing": _MOVED,
    "trials": {
        "customer": TEXT, "subscription": TEXT, "plan": TEXT, "currency": TEXT, "start": DAY, "end": DAY,
        "converted": DAY, "over": YES,
    },
    "rates": {"currency": TEXT, "date": DAY, "rate": INT, "source": TEXT},
    "cash": {
        "date": DAY, "kind": TEXT, "customer": TEXT, "currency": TEXT, "amount": INT, "amount_base": INT,
        "source": TEXT, "recurring": YES,
    },
    "plans": {
        "plan": TEXT, "label": TEXT, "name": TEXT, "product": TEXT, "product_id": TEXT, "interval": TEXT,
    },
    "customers": {
        "customer": TEXT, "name": TEXT, "email": TEXT, "country": TEXT, "metadata": TEXT, "created": DAY,
        "cohort": DAY,
    },
    "subscriptions": {"subscription": TEXT, "customer": TEXT, "coupon": TEXT},
}  # fmt: skip
TABLES: dict[str, dict[str, type[pl.DataType]]] = {
    "customer": {"id": TEXT, "name": TEXT, "email": TEXT, "country": TEXT, "deleted": YES},
    "subscription": {
        "id": TEXT, "customer": TEXT, "status": TEXT, "pause_behavior": TEXT, "pause_resumes_at": INT, "created": INT,
        "cancel_at": INT, "cancel_at_period_end": YES, "canceled_at": INT, "ended_at": INT, "current_period_end": INT,
        "cancellation_reason": TEXT, "cancellation_feedback": TEXT, "cancellation_comment": TEXT,
    },
    "subscription_item": {"id": TEXT, "subscription": TEXT, "price": TEXT, "position": INT},
    "invoice": {
        "id": TEXT, "customer": TEXT, "subscription": TEXT, "status": TEXT, "currency": TEXT, "created": INT,
        "number": TEXT, "collection_method": TEXT, "total": INT, "amount_remaining": INT, "attempt_count": INT,
        "attempted": YES, "next_payment_attempt": INT, "finalized_at": INT, "paid_at": INT,
    },
    "invoice_payment": {"id": TEXT, "invoice": TEXT, "charge": TEXT, "payment_intent": TEXT},
    "charge": {
        "id": TEXT, "customer": TEXT, "invoice": TEXT, "payment_intent": TEXT, "created": INT, "status": TEXT,
        "amount": INT, "currency": TEXT, "captured": YES, "failure_code": TEXT, "failure_message": TEXT,
        "card_brand": TEXT, "card_last4": TEXT, "card_exp_month": INT, "card_exp_year": INT,
    },
    "refund": {
        "id": TEXT, "charge": TEXT, "amount": INT, "currency": TEXT, "created": INT, "status": TEXT, "reason": TEXT,
    },
    "dispute": {
        "id": TEXT, "charge": TEXT, "amount": INT, "currency": TEXT, "created": INT, "status": TEXT, "reason": TEXT,
        "evidence_due_by": INT,
    },
}  # fmt: skip
DEFAULTS: dict[str, object] = {"currency": "usd", "deleted": False}
MICROS = 100_000_000
"""Micros in one dollar."""


def ledger(today: str, **frames: str) -> Ledger:
    """A ledger in UTC with base usd; frames not given are empty. ``amount`` is filled from ``amount_base``."""
    made = {name: _frame(schema, frames.get(name, ""), MICROS) for name, schema in LEDGER.items()}
    return Ledger(base="usd", today=date.fromisoformat(today), tz=ZoneInfo("UTC"), rules=Rules(), **made)  # type: ignore[arg-type] # frames only


def tables(**frames: str) -> dict[str, pl.DataFrame]:
    """The store's frames; those not given are empty. Amounts are in whole dollars here and in cents there."""
    return {name: _frame(schema, frames.get(name, ""), 100) for name, schema in TABLES.items()}


def _frame(schema: dict[str, type[pl.DataType]], text: str, unit: int) -> pl.DataFrame:
    head, *lines = [line.split() for line in text.strip().splitlines()] or [[]]
    rows = [{k: _cell(k, v, schema[k], unit) for k, v in zip(head, line, strict=True)} for line in lines]
    defaults = {name: value for name, value in DEFAULTS.items() if name in schema}
    full = [dict.fromkeys(schema) | defaults | _own_amount(row, schema) | row for row in rows]
    return pl.DataFrame(full, schema=schema)


def _own_amount(row: dict[str, object], schema: dict[str, type[pl.DataType]]) -> dict[str, object]:
    return {"amount": row["amount_base"]} if "amount_base" in row and "amount" in schema else {}


def _cell(column: str, text: str, kind: type[pl.DataType], unit: int) -> object:
    if text == "-":
        return None
    if kind is DAY:
        return date.fromisoformat(text)
    if kind is YES:
        return text == "yes"
    if kind is INT:
        if text.count("-") >= 2:  # an ISO day or moment
            return at(text)
        money = column.startswith(("amount", "total"))
        return round(float(text) * unit) if money else int(text)
    return text.replace("~", " ")
