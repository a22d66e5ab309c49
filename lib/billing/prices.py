"""Stripe's prices of our plans, found when somebody buys: named by settings, or by their lookup key."""

from __future__ import annotations

from typing import Any

from lib.billing import plans
from lib.billing.plans import CURRENCY, Every, Plan
from lib.errors import PriceDiffers, PriceMissing, ResourceMissing
from lib.gateway import Gateway
from lib.settings import settings


def price_of(plan: Plan, every: Every, gateway: Gateway) -> str:
    """The ``price_…`` id of a plan, once Stripe charges just what we say it costs.

    Raises PriceMissing when there is none, PriceDiffers, or like ``Gateway.get``.
    """
    found = find(plan, every, gateway)
    if found is None:
        raise PriceMissing(plan=plan.name, setting=setting_of(plan, every), key=plan.lookup_key(every))
    if not fits(found, plan, every):
        raise PriceDiffers(plan=plan.name)
    return str(found["id"])


def find(plan: Plan, every: Every, gateway: Gateway) -> dict[str, Any] | None:
    """Stripe's price object of a plan, or None. Raises like ``Gateway.get``."""
    named = settings().price_ids[plan.slug, every.value]
    if named is not None:
        try:
            return gateway.get(f"/v1/prices/{named}")
        except ResourceMissing:
            return None
    page = gateway.page("/v1/prices", lookup_keys=[plan.lookup_key(every)], active=True, limit=1)
    return page.data[0] if page.data else None


def fits(price: dict[str, Any], plan: Plan, every: Every) -> bool:
    """Whether Stripe's price is active and costs what the plan says: amount, currency and interval."""
    recurring = price.get("recurring") or {}
    asked = (plan.amount(every), CURRENCY, every.value, 1)
    told = (price.get("unit_amount"), price.get("currency"), recurring.get("interval"), recurring.get("interval_count"))
    return bool(price.get("active", True)) and asked == told


def setting_of(plan: Plan, every: Every) -> str:
    """The name of the setting that names a plan's price: ``STRIPE_PRICE_ID_PRO_YEARLY``."""
    return f"STRIPE_PRICE_ID_{plan.slug.upper()}" + ("_YEARLY" if every is Every.YEAR else "")


def all_of_them() -> list[tuple[Plan, Every]]:
    """Every plan and interval that has a price at Stripe."""
    return [(plan, every) for plan in plans.PLANS if not plan.free for every in Every]
