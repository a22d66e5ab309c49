"""The platform's own business: what it sells to its users, and the codes that make it cheaper."""

from __future__ import annotations

from typing import NamedTuple

from lib.sandbox.engine import shapes_catalog as shapes
from lib.sandbox.engine import shapes_portal as portal
from lib.sandbox.engine.customers import add_price
from lib.sandbox.engine.state import State

NAME = "Plimsoll"


class Plan(NamedTuple):
    """A product with its prices in US cents, and the sentence that sells it."""

    key: str
    name: str
    about: str
    monthly: int
    yearly: int


PLANS = (
    Plan("pro", "Plimsoll Pro", "Every metric, every account of one business.", 2_900, 29_000),
    Plan("business", "Plimsoll Business", "For teams: more seats, API keys and longer history.", 9_900, 99_000),
)


def stock(state: State) -> None:
    """Put the plans and the codes on sale."""
    sold: dict[str, list[str]] = {}
    for plan in PLANS:
        made = shapes.product(state.id("prod"), state.now, plan.name)
        product = state.add({**made, "description": plan.about}, "product.created")["id"]
        sold[product] = []
        for interval, adverb, cents in (("month", "monthly", plan.monthly), ("year", "yearly", plan.yearly)):
            price = shapes.price(state.id("price"), state.now, product, "usd", str(cents))
            named = {"lookup_key": f"plimsoll_{plan.key}_{adverb}", "nickname": f"{plan.name} {adverb}"}
            sold[product].append(add_price(state, {**shapes.recurring(price, interval, 1), **named}))
    state.add(portal.configuration(state.id("bpc"), state.now, sold))
    _code(state, "LAUNCH20", "20% off for three months", percent=20.0, months=3)
    _code(state, "FREEMONTH", "The first invoice is free", percent=100.0, months=None)


def _code(state: State, code: str, name: str, *, percent: float, months: int | None) -> None:
    terms = shapes.coupon(code, state.now, name, percent_off=percent, months=months, once=months is None)
    state.add(terms, "coupon.created")
    state.add(shapes.promotion_code(state.id("promo"), state.now, code, code), "promotion_code.created")
