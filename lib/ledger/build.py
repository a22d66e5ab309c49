"""One account's whole ledger from the store's frames: the door of this room."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from lib.ledger import cash as cash_ledger
from lib.ledger import fx, movements, states
from lib.ledger.history import Life
from lib.ledger.lives import lives
from lib.ledger.rules import Rules
from lib.periods import local_date

_EMPTY_DIMENSIONS = {"plan": pl.String, "label": pl.String, "product": pl.String}


@dataclass(frozen=True)
class Ledger:
    """Everything that metrics read. Amounts in micros; days in ``tz``; ``today`` is the last day and unfinished."""

    base: str
    today: date
    tz: ZoneInfo
    states: pl.DataFrame
    movements: pl.DataFrame
    rates: pl.DataFrame
    cash: pl.DataFrame
    plans: pl.DataFrame
    """(plan, label, product): a price id, its name for people, its product's name."""
    customers: pl.DataFrame
    """(customer, name, email, country)."""
    hidden: tuple[str, ...] = ()
    """Subscriptions whose present state no invoice line explains yet (``proration_behavior=none``)."""
    unpriced: tuple[str, ...] = ()
    """Currencies without any known rate: their amounts count as 0 in the reporting currency, and we say so."""

    @property
    def start(self) -> date:
        """The first day with anything in it."""
        firsts = [d for d in (self.movements["date"].min(), self.cash["date"].min()) if isinstance(d, date)]
        return min(firsts, default=self.today)


def build(
    tables: dict[str, pl.DataFrame], *, base: str, as_of: int, tz: ZoneInfo, rules: Rules | None = None
) -> Ledger:
    """The ledger as known at ``as_of`` (UTC epoch seconds); raises LedgerBroken if the identity does not hold."""
    rules = rules or Rules()
    today = local_date(as_of, tz)
    found = lives(tables, rules, as_of)
    held = states.states(found, rules, tz, as_of)
    rates = fx.rates(tables, base, tz)
    moved = movements.movements(held, rates, base, today)
    movements.check(moved, held, rates, base, today)
    cash = cash_ledger.cash(tables, rates, base, tz)
    return Ledger(
        base=base,
        today=today,
        tz=tz,
        states=held,
        movements=moved,
        rates=rates,
        cash=cash,
        plans=_plans(tables),
        customers=_customers(tables, held, cash),
        hidden=_hidden(found),
        unpriced=_unpriced(held, cash, rates, base),
    )


def _hidden(found: list[Life]) -> tuple[str, ...]:
    return tuple(life.id for life in found if life.hidden)


def _unpriced(held: pl.DataFrame, cash: pl.DataFrame, rates: pl.DataFrame, base: str) -> tuple[str, ...]:
    used = set(held["currency"]) | set(cash["currency"])
    return tuple(sorted(used - set(rates["currency"]) - {base}))


def _plans(tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    names: dict[str, str] = dict(tables["product"].select("id", "name").iter_rows())
    rows = []
    for price in tables["price"].sort("id").iter_rows(named=True):
        product = names.get(price["product"]) or price["product"]
        rows.append((price["id"], price["nickname"] or _label(product, price), product, price["currency"].upper()))
    frame = pl.DataFrame(rows, schema={**_EMPTY_DIMENSIONS, "code": pl.String}, orient="row")
    shared = pl.len().over("label") > 1
    named = pl.when(shared).then(pl.format("{}, {}", "label", "code")).otherwise("label")
    return frame.with_columns(label=named).drop("code")


def _label(product: str, price: Mapping[str, Any]) -> str:
    """``Pro, monthly``: the product and how often it bills. The currency is added where two plans would look alike."""
    count, interval = price["interval_count"] or 1, price["interval"]
    if interval is None:
        return product
    known = {("month", 1): "monthly", ("month", 3): "quarterly", ("year", 1): "yearly", ("week", 1): "weekly"}
    often = known.get((interval, count), f"every {count} {interval}s" if count > 1 else f"every {interval}")
    return f"{product}, {often}"


def _customers(tables: dict[str, pl.DataFrame], held: pl.DataFrame, cash: pl.DataFrame) -> pl.DataFrame:
    """Every customer that has a row in the ledgers, named or not (Stripe forgets deleted ones)."""
    ids = pl.concat([held.select("customer"), cash.select("customer")]).drop_nulls().unique().sort("customer")
    named = tables["customer"].select("name", "email", "country", customer="id")
    return ids.join(named, on="customer", how="left").select("customer", "name", "email", "country")
