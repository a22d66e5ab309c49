"""The plans we sell, declared once: prices, limits and the sentence that sells each.

Prices are integer minor units of CURRENCY. Stripe's price of a plan is the one that settings name
(``STRIPE_PRICE_ID_PRO``, ``STRIPE_PRICE_ID_PRO_YEARLY`` …), or else the active one with the plan's lookup key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from lib.errors import UnknownPlan
from lib.money import show
from lib.settings import settings

CURRENCY: Final = "usd"


class Every(StrEnum):
    """How often a plan is paid, as Stripe names it."""

    MONTH = "month"
    YEAR = "year"


class Feature(StrEnum):
    """What a plan may unlock. The value stands at the head of a sentence."""

    HISTORY = "Older figures"
    ACCOUNTS = "More connected accounts"
    SEATS = "More people in the team"
    API = "Keys to the HTTP API"
    FORECASTS = "Forecasts"
    EMAILS = "Weekly summaries by email"


@dataclass(frozen=True, slots=True)
class Limits:
    """What a plan includes; None: as much as you like."""

    history: int | None
    """Months of figures that are shown. Nothing is ever deleted."""
    accounts: int | None
    seats: int | None
    api: bool
    forecasts: bool
    emails: bool

    def has(self, feature: Feature) -> bool:
        """Whether a feature is included without limit, or at all."""
        return {
            Feature.HISTORY: self.history is None,
            Feature.ACCOUNTS: self.accounts is None,
            Feature.SEATS: self.seats is None,
            Feature.API: self.api,
            Feature.FORECASTS: self.forecasts,
            Feature.EMAILS: self.emails,
        }[feature]


@dataclass(frozen=True, slots=True)
class Plan:
    """One plan. ``month`` and ``year``: its price in minor units; 0 is free."""

    slug: str
    name: str
    sells: str
    """The sentence that sells it."""
    month: int
    year: int
    limits: Limits

    @property
    def free(self) -> bool:
        """Whether it costs nothing."""
        return self.month == 0

    def amount(self, every: Every) -> int:
        """Its price for a month or a year, minor units."""
        return self.month if every is Every.MONTH else self.year

    def lookup_key(self, every: Every) -> str:
        """The lookup key of its price at Stripe: ``plimsoll_pro_monthly``."""
        return f"plimsoll_{self.slug}_{every}ly"

    def price(self, locale: str = "en_US", every: Every = Every.MONTH) -> str:
        """Its price for people: ``$29.00 a month``."""
        return f"{show(self.amount(every), CURRENCY, locale)} a {every}"


FREE: Final = Plan(
    "free",
    "Free",
    "The whole dashboard for one Stripe account, with two years of figures.",
    0,
    0,
    Limits(history=24, accounts=1, seats=2, api=False, forecasts=False, emails=False),
)
PRO: Final = Plan(
    "pro",
    "Pro",
    "Your whole history, forecasts, weekly summaries and the API, for a growing team.",
    29_00,
    290_00,
    Limits(history=None, accounts=3, seats=5, api=True, forecasts=True, emails=True),
)
BUSINESS: Final = Plan(
    "business",
    "Business",
    "As many Stripe accounts and people as you like, in one view.",
    99_00,
    990_00,
    Limits(history=None, accounts=None, seats=None, api=True, forecasts=True, emails=True),
)
PLANS: Final = (FREE, PRO, BUSINESS)
"""Cheapest first."""
EVERYTHING: Final = Plan(
    "everything",
    "Everything",
    "You run this on your own server: everything is included, and there is nothing to pay.",
    0,
    0,
    Limits(history=None, accounts=None, seats=None, api=True, forecasts=True, emails=True),
)
"""What everybody has where BILLING is off."""


def find(slug: str) -> Plan:
    """The plan with this slug. Raises UnknownPlan."""
    for each in PLANS:
        if each.slug == slug:
            return each
    raise UnknownPlan


def with_feature(feature: Feature, more_than: Limits) -> Plan:
    """The cheapest plan that has more of a feature than these limits."""
    for each in PLANS:
        if each.limits != more_than and _more(feature, each.limits, more_than):
            return each
    return PLANS[-1]


def _more(feature: Feature, than: Limits, have: Limits) -> bool:
    counted = {
        Feature.HISTORY: (than.history, have.history),
        Feature.ACCOUNTS: (than.accounts, have.accounts),
        Feature.SEATS: (than.seats, have.seats),
    }
    if feature not in counted:
        return than.has(feature)
    new, old = counted[feature]
    return new is None or (old is not None and new > old)


def of_price(price: Mapping[str, Any]) -> tuple[Plan, Every] | None:
    """The plan and interval that a price of Stripe's is for; None when it is none of ours.

    A price that settings name counts, whatever its lookup key is.
    """
    for (slug, every), id_ in settings().price_ids.items():
        if id_ is not None and id_ == price["id"]:
            return find(slug), Every(every)
    for plan in PLANS[1:]:
        for each in Every:
            if price.get("lookup_key") == plan.lookup_key(each):
                return plan, each
    return None
