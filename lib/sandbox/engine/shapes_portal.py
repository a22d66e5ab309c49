"""Stripe's billing portal: its configuration and its sessions."""

from __future__ import annotations

from lib.sandbox.engine.state import Object


def configuration(id_: str, now: int, sold: dict[str, list[str]]) -> Object:
    """Return the default configuration: card, invoices and cancelling. Changes of plan are off, as our page does them
    itself; switched on, they go among the prices of each product sold.
    """
    quantity = {"enabled": False, "maximum": None, "minimum": 1}
    products = [{"adjustable_quantity": quantity, "prices": prices, "product": id_} for id_, prices in sold.items()]
    reasons = ["too_expensive", "missing_features", "switched_service", "unused", "other"]
    return {
        "id": id_,
        "object": "billing_portal.configuration",
        "active": True,
        "application": None,
        "business_profile": {"headline": None, "privacy_policy_url": None, "terms_of_service_url": None},
        "created": now,
        "default_return_url": None,
        "features": {
            "customer_update": {"allowed_updates": [], "enabled": False},
            "invoice_history": {"enabled": True},
            "payment_method_update": {"enabled": True, "payment_method_configuration": None},
            "subscription_cancel": {
                "cancellation_reason": {"enabled": True, "options": reasons},
                "enabled": True,
                "mode": "at_period_end",
                "proration_behavior": "none",
            },
            "subscription_update": {
                "billing_cycle_anchor": None,
                "default_allowed_updates": ["price"],
                "enabled": False,
                "products": products,
                "proration_behavior": "always_invoice",
                "schedule_at_period_end": {"conditions": []},
                "trial_update_behavior": "continue_trial",
            },
        },
        "is_default": True,
        "livemode": False,
        "login_page": {"enabled": False, "url": None},
        "metadata": {},
        "name": None,
        "updated": now,
    }


def session(id_: str, now: int, url: str, fields: Object) -> Object:
    """Return a visit of a customer to the portal."""
    return {
        "id": id_,
        "object": "billing_portal.session",
        "created": now,
        "customer_account": None,
        "flow": None,
        "livemode": False,
        "locale": None,
        "on_behalf_of": None,
        "return_url": None,
        "url": url,
        **fields,
    }


def flow(kind: str, subscription: str | None, redirect: str | None) -> Object:
    """Return what a visit is for: payment_method_update, subscription_cancel or subscription_update."""
    after = {"hosted_confirmation": None, "redirect": {"return_url": redirect} if redirect else None}
    steps: Object = {
        "customer_update": None,
        "subscription_cancel": None,
        "subscription_update": None,
        "subscription_update_confirm": None,
    }
    if kind == "subscription_cancel":
        steps[kind] = {"retention": None, "subscription": subscription}
    elif kind == "subscription_update":
        steps[kind] = {"subscription": subscription}
    return {"after_completion": {**after, "type": "redirect" if redirect else "portal_homepage"}, **steps, "type": kind}
