"""Stripe's subscriptions and their items."""

from __future__ import annotations

from lib.sandbox.engine.state import Item, Object, State, Sub, Waiting

NO_LIABILITY: Object = {"disabled_reason": None, "enabled": False, "liability": None}
SELF: Object = {"type": "self"}

_SUBSCRIPTION: Object = {
    "object": "subscription",
    "livemode": False,
    "application": None,
    "application_fee_percent": None,
    "billing_cycle_anchor_config": None,
    "billing_schedules": [],
    "billing_thresholds": None,
    "customer_account": None,
    "default_source": None,
    "description": None,
    "invoice_settings": {
        "account_tax_ids": None,
        "custom_fields": None,
        "description": None,
        "footer": None,
        "issuer": SELF,
    },
    "managed_payments": None,
    "metadata": {},
    "next_pending_invoice_item_invoice": None,
    "on_behalf_of": None,
    "payment_settings": {
        "payment_method_options": None,
        "payment_method_types": None,
        "save_default_payment_method": "off",
    },
    "pending_invoice_item_interval": None,
    "pending_setup_intent": None,
    "schedule": None,
    "test_clock": None,
    "transfer_data": None,
}

_ITEM: Object = {"object": "subscription_item", "billing_thresholds": None, "metadata": {}, "discounts": []}


def subscription(state: State, sub: Sub) -> Object:
    """Draw a subscription from what the engine knows of it."""
    payer = state.payer(sub.customer)
    return {
        **_SUBSCRIPTION,
        "id": sub.id,
        "created": sub.created,
        "start_date": sub.created,
        "currency": sub.currency,
        "customer": sub.customer,
        "collection_method": "send_invoice" if sub.days_until_due else "charge_automatically",
        "days_until_due": sub.days_until_due,
        "default_payment_method": None if payer.cardless else payer.method,
        "application": sub.application,
        "application_fee_percent": float(sub.fee) if sub.fee is not None else None,
        "metadata": dict(sub.metadata),
        "automatic_tax": {**NO_LIABILITY, "enabled": True, "liability": SELF} if sub.automatic else NO_LIABILITY,
        "default_tax_rates": [state.of("tax_rate")[sub.tax]] if sub.tax and not sub.automatic else [],
        "trial_settings": {"end_behavior": {"missing_payment_method": sub.without_card}},
        "billing_mode": {"flexible": None, "type": "classic", "updated_at": sub.created},
        **subscription_changes(state, sub),
    }


def subscription_changes(state: State, sub: Sub) -> Object:
    """Draw the part of a subscription that changes during its life."""
    return {
        "status": sub.status,
        "items": {
            "object": "list",
            "data": [_item(state, sub, item) for item in sub.items],
            "has_more": False,
            "url": f"/v1/subscription_items?subscription={sub.id}",
        },
        "billing_cycle_anchor": sub.anchor,
        "cancel_at": sub.end if sub.cancel_at_period_end else None,
        "cancel_at_period_end": sub.cancel_at_period_end and not sub.dated,
        "canceled_at": sub.canceled_at,
        "cancellation_details": {
            "comment": sub.comment,
            "feedback": sub.feedback,
            "feedback_option": None,
            "reason": sub.reason,
        },
        "discounts": list(sub.discounts),
        "ended_at": sub.ended_at,
        "latest_invoice": sub.latest_invoice,
        "pending_update": _pending(state, sub.waiting) if sub.waiting else None,
        "pause_collection": sub.pause,
        "trial_end": sub.trial_end,
        "trial_start": sub.trial_start,
    }


def _pending(state: State, waiting: Waiting) -> Object:
    """Draw what a subscription becomes once its newest invoice is paid."""
    return {
        "billing_cycle_anchor": None,
        "discount": None,
        "discounts": None,
        "expires_at": waiting.expires,
        "metadata": dict(waiting.metadata) or None,
        "subscription_items": [_item(state, waiting.becomes, item) for item in waiting.becomes.items],
        "trial_end": None,
        "trial_from_plan": None,
    }


def _item(state: State, sub: Sub, item: Item) -> Object:
    price = state.shown_prices[item.price]
    made = {
        **_ITEM,
        "id": item.id,
        "created": item.created,
        "current_period_start": sub.start,
        "current_period_end": sub.end,
        "price": price,
        "subscription": sub.id,
        "tax_rates": [],
    }
    if price["recurring"]["usage_type"] == "licensed":
        made["quantity"] = item.quantity
    return made
