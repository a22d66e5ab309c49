"""Stripe's payment methods of the kind card."""

from __future__ import annotations

from lib.sandbox.engine.state import Card, Object

_NO_ADDRESS: Object = {"city": None, "line1": None, "line2": None, "postal_code": None, "state": None}


def payment_method(  # noqa: PLR0913, PLR0917 - all that a card tells of
    id_: str,
    now: int,
    customer: Object,
    card: Card,
    country: str,
    name: str | None,
) -> Object:
    """Return a card that is on file for a customer; name is the one on the card."""
    return {
        "id": id_,
        "object": "payment_method",
        "allow_redisplay": "limited",
        "billing_details": {
            "address": {**_NO_ADDRESS, "country": country},
            "email": customer["email"],
            "name": name or customer["name"],
            "phone": None,
            "tax_id": None,
        },
        "card": {
            "brand": card.brand,
            "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
            "country": country,
            "display_brand": card.brand,
            "exp_month": card.exp_month,
            "exp_year": card.exp_year,
            "fingerprint": id_[-16:],
            "funding": "credit",
            "generated_from": None,
            "last4": card.last4,
            "networks": {"available": [card.brand], "preferred": None},
            "regulated_status": "unregulated",
            "three_d_secure_usage": {"supported": True},
            "wallet": None,
        },
        "created": now,
        "customer": customer["id"],
        "customer_account": None,
        "livemode": False,
        "metadata": {},
        "type": "card",
    }
