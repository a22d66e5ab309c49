"""Customers, products, prices, coupons and discounts as rows."""

from __future__ import annotations

from typing import Any

from lib.store.shapes.common import NOTHING, Obj, decimal, key, ref, unit_amount
from lib.store.tables import Coupon, Customer, Discount, Price, Product, Row, TaxRate


def customer(obj: Obj, account: str, at: float) -> list[Row]:
    """A customer and the discount on all it buys."""
    get = obj.get
    ids, rows = discounts(obj, account, at, customer=obj["id"])
    row = key(obj, account, at) | {
        "created": get("created"),
        "email": get("email"),
        "name": get("name"),
        "phone": get("phone"),
        "currency": get("currency"),
        "country": (get("address") or NOTHING).get("country"),
        "delinquent": get("delinquent"),
        "balance": get("balance"),
        "metadata": get("metadata"),
        "discount": ids[0] if ids else None,
    }
    return [(Customer, row), *rows]


def product(obj: Obj, account: str, at: float) -> list[Row]:
    """A product."""
    get = obj.get
    row = {"created": get("created"), "name": get("name"), "active": get("active"), "metadata": get("metadata")}
    return [(Product, key(obj, account, at) | row)]


def price(obj: Obj, account: str, at: float) -> list[Row]:
    """A price. Tiers are set only where they were asked for (``expand``): elsewhere they keep their value."""
    get = obj.get
    recurring = get("recurring") or NOTHING
    transform = get("transform_quantity") or NOTHING
    row = key(obj, account, at) | {
        "created": get("created"),
        "active": get("active"),
        "product": ref(get("product")),
        "currency": get("currency"),
        "type": get("type"),
        "billing_scheme": get("billing_scheme"),
        "unit_amount_decimal": unit_amount(obj),
        "interval": recurring.get("interval"),
        "interval_count": recurring.get("interval_count"),
        "usage_type": recurring.get("usage_type"),
        "tiers_mode": get("tiers_mode"),
        "transform_divide_by": transform.get("divide_by"),
        "transform_round": transform.get("round"),
        "tax_behavior": get("tax_behavior"),
        "nickname": get("nickname"),
        "metadata": get("metadata"),
    }
    if "tiers" in obj:
        row["tiers"] = obj["tiers"]
    return [(Price, row)]


def coupon(obj: Obj, account: str, at: float) -> list[Row]:
    """A coupon. ``applies_to`` is set only where it was asked for (``expand``): elsewhere it keeps its value."""
    get = obj.get
    row = key(obj, account, at) | {
        "created": get("created"),
        "name": get("name"),
        "percent_off": decimal(get("percent_off")),
        "amount_off": get("amount_off"),
        "currency": get("currency"),
        "duration": get("duration"),
        "duration_in_months": get("duration_in_months"),
        "valid": get("valid"),
    }
    if "applies_to" in obj:
        row["applies_to"] = (obj["applies_to"] or NOTHING).get("products")
    return [(Coupon, row)]


def discount(obj: Obj, account: str, at: float, **holder: Any) -> list[Row]:  # noqa: ANN401 - ids
    """A discount and its coupon. ``holder`` says what it was found on, for what the discount itself leaves out."""
    get = obj.get
    source = get("source") or NOTHING
    off = source.get("coupon") or get("coupon")
    row = key(obj, account, at) | {
        "coupon": ref(off),
        "customer": ref(get("customer")) or holder.get("customer"),
        "subscription": ref(get("subscription")) or holder.get("subscription"),
        "subscription_item": get("subscription_item") or holder.get("subscription_item"),
        "invoice": ref(get("invoice")),
        "invoice_item": ref(get("invoice_item")),
        "promotion_code": ref(get("promotion_code")),
        "start": get("start"),
        "end": get("end"),
    }
    return [(Discount, row), *(coupon(off, account, at) if isinstance(off, dict) else ())]


def tax_rate(obj: Obj, account: str, at: float) -> list[Row]:
    """A tax rate, manual or made by Stripe Tax."""
    get = obj.get
    row = key(obj, account, at) | {
        "created": get("created"),
        "display_name": get("display_name"),
        "percentage": decimal(get("percentage")),
        "inclusive": get("inclusive"),
        "active": get("active"),
        "country": get("country"),
    }
    return [(TaxRate, row)]


def discounts(obj: Obj, account: str, at: float, **holder: Any) -> tuple[list[str], list[Row]]:  # noqa: ANN401 - ids
    """The ids of an object's discounts (``discounts``, or ``discount`` of old) and rows for those that are expanded."""
    found = obj.get("discounts") or ([obj["discount"]] if obj.get("discount") else [])
    rows: list[Row] = []
    for one in found:
        if isinstance(one, dict):
            rows += discount(one, account, at, **holder)
    return [ref(one) for one in found], rows


def priced(obj: Obj, account: str, at: float) -> tuple[Any, Any, str | None, list[Row]]:
    """Of a line or an item: price id, product id, unit amount, and a row for the price where it is there whole.

    New shapes say ``pricing``, older ones ``price``, the oldest ``plan``.
    """
    new = obj.get("pricing")
    if new:
        details = new.get("price_details") or NOTHING
        return ref(details.get("price")), ref(details.get("product")), decimal(new.get("unit_amount_decimal")), []
    old = obj.get("price") or obj.get("plan")
    if not isinstance(old, dict):
        return old, None, None, []
    whole = old.get("object") == "price" and "currency" in old and not old.get("deleted")
    amount = decimal(old["amount_decimal"]) if "amount_decimal" in old else unit_amount(old)
    return old["id"], ref(old.get("product")), amount, price(old, account, at) if whole else []
