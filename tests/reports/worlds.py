"""Little worlds for reports: the ledger's and the store's frames from text tables. Amounts in whole major units of usd.

A cell ``-`` is null; ``~`` is a space; a day in a column of seconds is its noon, UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TypeAlias
from zoneinfo import ZoneInfo

import polars as pl

from lib.ledger.build import Ledger
from lib.ledger.rules import Rules
from lib.store.frames import schema
from lib.store.tables import MIRROR, core
from tests.ledger.shop import at

Type: TypeAlias = type[pl.DataType] | pl.DataType
TEXT, INT, DAY, YES = pl.String, pl.Int64, pl.Date, pl.Boolean
_MOVED: dict[str, Type] = {
    "date": DAY, "type": TEXT, "customer": TEXT, "subscription": TEXT, "plan": TEXT, "currency": TEXT,
    "amount": INT, "amount_base": INT,
}  # fmt: skip
LEDGER: dict[str, dict[str, Type]] = {
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
TABLES = {core(table).name: schema(table) for table in MIRROR}
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


def _frame(schema: Mapping[str, Type], text: str, unit: int) -> pl.DataFrame:
    head, *lines = [line.split() for line in text.strip().splitlines()] or [[]]
    rows = [{k: _cell(k, v, schema[k], unit) for k, v in zip(head, line, strict=True)} for line in lines]
    defaults = {name: value for name, value in DEFAULTS.items() if name in schema}
    full = [dict.fromkeys(schema) | defaults | _own_amount(row, schema) | row for row in rows]
    return pl.DataFrame(full, schema=schema)


def _own_amount(row: dict[str, object], schema: Mapping[str, Type]) -> dict[str, object]:
    return {"amount": row["amount_base"]} if "amount_base" in row and "amount" in schema else {}


def _cell(column: str, text: str, kind: Type, unit: int) -> object:
    if text == "-":
        return None
    if kind == DAY:
        return date.fromisoformat(text)
    if kind == YES:
        return text == "yes"
    if kind == INT:
        if text.count("-") >= 2:  # an ISO day or moment
            return at(text)
        money = column.startswith(("amount", "total"))
        return round(float(text) * unit) if money else int(text)
    return text.replace("~", " ")
