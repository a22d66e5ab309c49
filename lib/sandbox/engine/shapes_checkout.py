"""Stripe's Checkout sessions, and what they list."""

from __future__ import annotations

from lib.sandbox.engine.state import Object

_SESSION: Object = {
    "object": "checkout.session",
    "livemode": False,
    "adaptive_pricing": {"enabled": False},
    "after_expiration": None,
    "allow_promotion_codes": None,
    "billing_address_collection": None,
    "cancel_url": None,
    "client_reference_id": None,
    "client_secret": None,
    "collected_information": None,
    "consent": None,
    "consent_collection": None,
    "currency_conversion": None,
    "custom_fields": [],
    "custom_text": {
        "after_submit": None,
        "shipping_address": None,
        "submit": None,
        "terms_of_service_acceptance": None,
    },
    "customer": None,
    "customer_account": None,
    "customer_creation": None,
    "customer_details": None,
    "customer_email": None,
    "invoice": None,
    "invoice_creation": None,
    "locale": None,
    "metadata": {},
    "mode": "subscription",
    "origin_context": None,
    "payment_intent": None,
    "payment_link": None,
    "payment_method_collection": "always",
    "payment_method_configuration_details": None,
    "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
    "payment_method_types": ["card"],
    "payment_status": "unpaid",
    "permissions": None,
    "phone_number_collection": {"enabled": False},
    "recovered_from": None,
    "saved_payment_method_options": {
        "allow_redisplay_filters": ["always"],
        "payment_method_remove": "disabled",
        "payment_method_save": None,
    },
    "setup_intent": None,
    "shipping_address_collection": None,
    "shipping_cost": None,
    "shipping_options": [],
    "status": "open",
    "submit_type": None,
    "subscription": None,
    "tax_id_collection": {"enabled": False, "required": "never"},
    "ui_mode": "hosted_page",
    "wallet_options": None,
}

NO_DETAILS: Object = {
    "address": None,
    "business_name": None,
    "email": None,
    "individual_name": None,
    "name": None,
    "phone": None,
    "tax_exempt": "none",
    "tax_ids": None,
}


def session(id_: str, now: int, base: str, fields: Object) -> Object:
    """Return an open Checkout session for a subscription; base is where its page is served."""
    return {**_SESSION, "id": id_, "created": now, "url": f"{base}/c/pay/{id_}", **fields}


def item(id_: str, price: Object, name: str, quantity: int, amounts: tuple[int, int, int]) -> Object:
    """Return a line of a session; amounts are its subtotal, what is taken off it, and tax, in minor units."""
    subtotal, off, tax = amounts
    return {
        "id": id_,
        "object": "item",
        "adjustable_quantity": None,
        "amount_discount": off,
        "amount_subtotal": subtotal,
        "amount_tax": tax,
        "amount_total": subtotal - off + tax,
        "currency": price["currency"],
        "description": name,
        "metadata": {},
        "price": price,
        "quantity": quantity,
    }


def items(session_id: str, lines: list[Object]) -> Object:
    """Return the lines of a session as a list."""
    url = f"/v1/checkout/sessions/{session_id}/line_items"
    return {"object": "list", "data": lines, "has_more": False, "url": url}
