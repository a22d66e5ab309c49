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

TRIALS = pl.Schema(
    {
        "customer": pl.String,
        "subscription": pl.String,
        "plan": pl.String,
        "currency": pl.String,
        "start": pl.Date,
        "end": pl.Date,
        "converted": pl.Date,
        "over": pl.Boolean,
    }
)
"""One row for each subscription that began with a trial. ``end``: the first day no longer on trial, planned while it
still runs (``over`` false); ``converted``: the day from which it counted in MRR; null: it never did, or not yet."""

_EMPTY_DIMENSIONS = {"plan": pl.String, "label": pl.String, "product": pl.String}


@dataclass(frozen=True)
class Ledger:
    """Everything that metrics read. Amounts in micros; days in ``tz``; ``today`` is the last day and unfinished."""

    base: str
    today: date
    tz: ZoneInfo
    rules: Rules
    states: pl.DataFrame
    """What each subscription and plan is worth, and whether it counts as active: see lib.ledger.states.STATES."""
    movements: pl.DataFrame
    """The MRR ledger: see lib.ledger.movements.MOVEMENTS."""
    committed: pl.DataFrame
    """The same ledger if everyone who has cancelled were gone at the click: its running sum is committed MRR."""
    trialing: pl.DataFrame
    """The same shape for what running trials would come to: its running sum is trial MRR."""
    trials: pl.DataFrame
    """One row for each trial: see TRIALS."""
    rates: pl.DataFrame
    """See lib.ledger.fx.RATES."""
    cash: pl.DataFrame
    """The cash ledger: see lib.ledger.cash.CASH."""
    plans: pl.DataFrame
    """(plan, label, name, product, product_id, interval): a price id, its label (``Pro, monthly, $29.00``), the name it
    shares with the other prices of its product and interval (``Pro, monthly``), its product's name and id, how often it
    bills (``monthly``)."""
    customers: pl.DataFrame
    """(customer, name, email, country, metadata, created, cohort): metadata as JSON text; ``created`` a day; ``cohort``
    the first day with MRR, null for one who never had any."""
    subscriptions: pl.DataFrame
    """(subscription, customer, coupon): the coupon it got first, by name; null where it never had one."""
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
