"""What figures are split by: plans, customers and subscriptions, each with the names that people know."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any, Final
from zoneinfo import ZoneInfo

import polars as pl

from lib.ledger.days import local_day
from lib.ledger.history import Life
from lib.money import show

_PLANS: Final = ("plan", "label", "name", "product", "product_id", "interval")
_OFTEN: Final = {("month", 1): "monthly", ("month", 3): "quarterly", ("year", 1): "yearly", ("week", 1): "weekly"}
ONE_TIME: Final = "one-time"


def plans(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Every price as (plan, label, name, product, product_id, interval); see lib.ledger.build.Ledger."""
    names: dict[str, str] = dict(tables["product"].select("id", "name").iter_rows())
    rows = [_plan(price, names) for price in tables["price"].sort("id").iter_rows(named=True)]
    frame = pl.DataFrame(rows, schema=dict.fromkeys(_PLANS, pl.String), orient="row")
    shared = pl.len().over("label") > 1
    last = pl.col("plan").str.slice(-4)
    return frame.with_columns(label=pl.when(shared).then(pl.format("{} ({})", "label", last)).otherwise("label"))


def _plan(price: Mapping[str, Any], names: Mapping[str, str]) -> tuple[str, ...]:
    product = names.get(price["product"]) or price["product"]
    often = interval(price["interval"], price["interval_count"])
    name = price["nickname"] or (product if often == ONE_TIME else f"{product}, {often}")
    return price["id"], f"{name}, {_amount(price)}", name, product, price["product"], often


def interval(unit: str | None, count: int | None) -> str:
    """How often a price bills: ``monthly``, ``every 6 months``, ``one-time``."""
    if unit is None:
        return ONE_TIME
    return _OFTEN.get((unit, count or 1)) or (f"every {count} {unit}s" if (count or 1) > 1 else f"every {unit}")


def _amount(price: Mapping[str, Any]) -> str:
    if price["usage_type"] == "metered":
        return f"metered, {price['currency'].upper()}"
    if price["tiers"] or price["unit_amount_decimal"] is None:
        return f"tiered, {price['currency'].upper()}"
    return show(Fraction(price["unit_amount_decimal"]), price["currency"])


def customers(tables: Mapping[str, pl.DataFrame], held: pl.DataFrame, cash: pl.DataFrame, tz: ZoneInfo) -> pl.DataFrame:
    """Every customer that Stripe knows or that has a row in the ledgers (Stripe forgets deleted ones), by id."""
    ids = pl.concat([held.select("customer"), cash.select("customer"), tables["customer"].select(customer="id")])
    named = tables["customer"].select(
        "name", "email", "country", "metadata", customer="id", created=local_day("created", tz)
    )
    first = held.filter("active").group_by("customer").agg(cohort=pl.col("date").min())
    return (
        ids.drop_nulls()
        .unique()
        .sort("customer")
        .join(named, on="customer", how="left")
        .join(first, on="customer", how="left")
        .select("customer", "name", "email", "country", "metadata", "created", "cohort")
        .sort("customer")
    )


def subscriptions(tables: Mapping[str, pl.DataFrame], found: Iterable[Life]) -> pl.DataFrame:
    """(subscription, customer, coupon): the name of the coupon that each subscription got first."""
    names: dict[str, str | None] = dict(tables["coupon"].select("id", _coupon_name(tables["coupon"])).iter_rows())
    rows = []
    for life in found:
        first = min(life.discounts, key=lambda d: (d.start, d.id), default=None)
        rows.append((life.id, life.customer, first and (names.get(first.coupon.id) or first.coupon.id)))
    schema = dict.fromkeys(("subscription", "customer", "coupon"), pl.String)
    return pl.DataFrame(rows, schema=schema, orient="row")


def _coupon_name(coupons: pl.DataFrame) -> pl.Expr:
    return pl.col("name") if "name" in coupons.columns else pl.col("id").alias("name")
