"""What the demo business sells: plans in several currencies and intervals, coupons, codes and taxes."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from lib.sandbox.engine import shapes_catalog as shapes
from lib.sandbox.engine.customers import add_price
from lib.sandbox.engine.state import Object, State

NAME = "Halyard"
MONTH, QUARTER, YEAR, WEEK = ("month", 1), ("month", 3), ("year", 1), ("week", 1)
_WORTH = {"usd": Fraction(1), "eur": Fraction(9, 10), "gbp": Fraction(4, 5), "jpy": Fraction(3, 2), "kwd": Fraction(3)}
"""What a US cent costs in the minor unit of each currency on the price list."""

_FLAT: dict[str, dict[tuple[str, int], int]] = {
    "free": {MONTH: 0},
    "starter": {MONTH: 1_900, QUARTER: 5_400, YEAR: 19_000},
    "team": {MONTH: 1_500, QUARTER: 4_200, YEAR: 15_000},
    "growth": {MONTH: 9_900, QUARTER: 27_000, YEAR: 99_000},
    "scale": {MONTH: 29_900, QUARTER: 84_000, YEAR: 299_000},
    "crew": {WEEK: 900},
    "support": {MONTH: 4_900, QUARTER: 13_500, YEAR: 49_000},
}
_TIERS: dict[str, tuple[str, list[tuple[int | None, int]]]] = {
    "fleet": ("graduated", [(10, 1_200), (50, 1_000), (None, 800)]),
    "depot": ("volume", [(20, 1_100), (100, 900), (None, 700)]),
}
_PACKS = {"labels": (10, 1_500)}
"""Sold in packages: how many are in one, and what it costs a month."""
_ONCE = {"onboarding": 49_900, "pack": 9_900}
_LABELS = {
    "free": "Free",
    "starter": "Starter",
    "team": "Team",
    "growth": "Growth",
    "scale": "Scale",
    "crew": "Crew pass",
    "support": "Priority support",
    "fleet": "Fleet",
    "depot": "Depot",
    "labels": "Labels",
    "messages": "Text messages",
    "onboarding": "Onboarding",
    "pack": "Add-on pack",
}
_UNITS = {"team": "seat", "fleet": "vehicle", "depot": "bay", "labels": "label", "messages": "message"}
_ADVERBS = {MONTH: "monthly", QUARTER: "quarterly", YEAR: "yearly", WEEK: "weekly"}
_TAXES = {"DE": ("VAT", 19.0), "FR": ("VAT", 20.0), "GB": ("VAT", 20.0), "NL": ("VAT", 21.0)}
_INCLUSIVE = {**_TAXES, "FR": ("TVA", 5.5), "ES": ("IVA", 21.0)}


@dataclass(slots=True)
class Catalog:
    """The ids of what is on sale."""

    prices: dict[tuple[str, str, tuple[str, int]], str] = field(default_factory=dict)
    """By plan, currency and interval."""
    once: dict[tuple[str, str], str] = field(default_factory=dict)
    """One-time prices by name and currency."""
    plans: dict[str, str] = field(default_factory=dict)
    """Plan of each price."""
    coupons: dict[str, str] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)
    taxes: dict[str, str] = field(default_factory=dict)
    """Tax rates by country: on top of the price."""
    inclusive: dict[str, str] = field(default_factory=dict)
    """Tax rates by country: within the price."""

    def yearly(self, price: str) -> bool:
        """Tell whether a price is paid once a year."""
        return any(interval == YEAR for (_, _, interval), id_ in self.prices.items() if id_ == price)


def stock(state: State) -> Catalog:
    """Put everything on sale."""
    catalog = Catalog()
    products = {
        plan: state.add(
            shapes.product(state.id("prod"), state.now, label, _UNITS.get(plan)),
            "product.created",
        )["id"]
        for plan, label in _LABELS.items()
    }
    for currency, worth in _WORTH.items():
        _flat_prices(state, catalog, products, currency, worth)
        _tiered_prices(state, catalog, products, currency, worth)
        _other_prices(state, catalog, products, currency, worth)
    _coupons(state, catalog, products)
    for held, rates, inclusive in ((catalog.taxes, _TAXES, False), (catalog.inclusive, _INCLUSIVE, True)):
        for country, (name, percentage) in rates.items():
            made = shapes.tax_rate(state.id("txr"), state.now, name, country, percentage, inclusive=inclusive)
            held[country] = state.add(made, "tax_rate.created")["id"]
    return catalog


def _price(state: State, products: dict[str, str], plan: str, currency: str, unit: str | None) -> Object:
    return shapes.price(state.id("price"), state.now, products[plan], currency, unit)


def _sell(state: State, catalog: Catalog, plan: str, price: Object) -> None:
    recurring = price["recurring"]
    interval = (recurring["interval"], recurring["interval_count"])
    id_ = add_price(state, {**price, "nickname": f"{_LABELS[plan]} {_ADVERBS[interval]}"})
    catalog.prices[plan, price["currency"], interval] = id_
    catalog.plans[id_] = plan


def _flat_prices(state: State, catalog: Catalog, products: dict[str, str], currency: str, worth: Fraction) -> None:
    for plan, terms in _FLAT.items():
        for (interval, count), cents in terms.items():
            price = _price(state, products, plan, currency, str(int(cents * worth)))
            _sell(state, catalog, plan, shapes.recurring(price, interval, count))


def _tiered_prices(state: State, catalog: Catalog, products: dict[str, str], currency: str, worth: Fraction) -> None:
    for plan, (mode, tiers) in _TIERS.items():
        price = shapes.recurring(_price(state, products, plan, currency, None), *MONTH)
        rows = [(up_to, str(int(cents * worth))) for up_to, cents in tiers]
        _sell(state, catalog, plan, shapes.tiered(price, mode, rows))


def _other_prices(state: State, catalog: Catalog, products: dict[str, str], currency: str, worth: Fraction) -> None:
    for plan, (size, cents) in _PACKS.items():
        price = shapes.recurring(_price(state, products, plan, currency, str(int(cents * worth))), *MONTH)
        _sell(state, catalog, plan, shapes.packaged(price, size))
    if currency in {"usd", "eur"}:
        metered = _price(state, products, "messages", currency, "2.5")
        _sell(state, catalog, "messages", shapes.recurring(metered, *MONTH, meter=state.id("mtr")))
    for name, cents in _ONCE.items():
        price = _price(state, products, name, currency, str(int(cents * worth)))
        catalog.once[name, currency] = add_price(state, price)


def _coupons(state: State, catalog: Catalog, products: dict[str, str]) -> None:
    now = state.now
    made = {
        "welcome": shapes.coupon("WELCOME20", now, "20% off for three months", percent_off=20.0, months=3),
        "half": shapes.coupon("HALFYEAR", now, "50% off for six months", percent_off=50.0, months=6),
        "first": shapes.coupon("FIRST50", now, "Half off the first invoice", percent_off=50.0, once=True),
        "friend": shapes.coupon("FRIEND10", now, "10% off, always", percent_off=10.0),
        "charity": shapes.coupon("CHARITY", now, "A third off for charities", percent_off=33.3),
        "partner": shapes.coupon("PARTNER5", now, "$5 off every invoice", amount_off=500, currency="usd"),
        "sorry": shapes.coupon("SORRY15", now, "$15 off for four months", amount_off=1_500, currency="usd", months=4),
        "once15": shapes.coupon("ONCE15", now, "$15 off once", amount_off=1_500, currency="usd", once=True),
        "staff": shapes.coupon("STAFF", now, "Free for staff and friends", percent_off=100.0),
        "growth": shapes.coupon(
            "GROWTH25",
            now,
            "25% off Growth for a year",
            percent_off=25.0,
            months=12,
            products=[products["growth"]],
        ),
    }
    for key, coupon in made.items():
        catalog.coupons[key] = state.add(coupon, "coupon.created")["id"]
    for code, key in (("SPRING", "welcome"), ("HELLO", "first"), ("FRIENDS", "friend")):
        promotion = shapes.promotion_code(state.id("promo"), now, code, catalog.coupons[key])
        catalog.codes[key] = state.add(promotion, "promotion_code.created")["id"]
