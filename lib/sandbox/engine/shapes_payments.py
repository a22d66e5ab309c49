"""Stripe objects of payments: charges, payment intents, invoice payments."""

from __future__ import annotations

from lib.sandbox.engine.state import Object, Payer

_NO_ADDRESS: Object = {"city": None, "line1": None, "line2": None, "postal_code": None, "state": None}
_CARD_CHECKS: Object = {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"}
_UNAVAILABLE: Object = {"status": "unavailable"}
_DECLINES = {
    "card_declined": ("Your card was declined.", "generic_decline"),
    "insufficient_funds": ("Your card has insufficient funds.", "insufficient_funds"),
    "expired_card": ("Your card has expired.", "expired_card"),
    "authentication_required": (
        "Your card was declined. This transaction requires authentication.",
        "authentication_required",
    ),
}

_CARD: Object = {
    "authorization_code": None,
    "checks": _CARD_CHECKS,
    "extended_authorization": {"status": "disabled"},
    "funding": "credit",
    "incremental_authorization": _UNAVAILABLE,
    "installments": None,
    "mandate": None,
    "multicapture": _UNAVAILABLE,
    "network_token": {"used": False},
    "network_transaction_id": None,
    "regulated_status": "unregulated",
    "three_d_secure": None,
    "transaction_link_id": None,
    "wallet": None,
}

_CHARGE: Object = {
    "object": "charge",
    "livemode": False,
    "amount_refunded": 0,
    "application": None,
    "application_fee": None,
    "application_fee_amount": None,
    "balance_transaction": None,
    "calculated_statement_descriptor": "HALYARD",
    "captured": True,
    "disputed": False,
    "failure_balance_transaction": None,
    "failure_code": None,
    "failure_message": None,
    "fraud_details": {},
    "metadata": {},
    "on_behalf_of": None,
    "outcome": {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": "approved_by_network",
        "reason": None,
        "risk_level": "normal",
        "seller_message": "Payment complete.",
        "type": "authorized",
    },
    "paid": True,
    "radar_options": {},
    "receipt_email": None,
    "receipt_number": None,
    "receipt_url": None,
    "refunded": False,
    "review": None,
    "shipping": None,
    "source_transfer": None,
    "statement_descriptor": None,
    "statement_descriptor_suffix": None,
    "status": "succeeded",
    "transfer_data": None,
    "transfer_group": None,
}

_DECLINED: Object = {
    "advice_code": None,
    "network_advice_code": None,
    "network_decline_code": None,
    "network_status": "declined_by_network",
    "risk_level": "normal",
    "seller_message": "The bank did not return any further details with this decline.",
    "type": "issuer_declined",
}

_INTENT: Object = {
    "object": "payment_intent",
    "livemode": False,
    "allowed_payment_method_types": None,
    "amount_capturable": 0,
    "amount_details": {"tip": {}},
    "amount_received": 0,
    "application": None,
    "application_fee_amount": None,
    "automatic_payment_methods": None,
    "canceled_at": None,
    "cancellation_reason": None,
    "capture_method": "automatic_async",
    "confirmation_method": "automatic",
    "customer_account": None,
    "excluded_payment_method_types": None,
    "last_payment_error": None,
    "latest_charge": None,
    "managed_payments": None,
    "metadata": {},
    "next_action": None,
    "on_behalf_of": None,
    "payment_method_configuration_details": None,
    "payment_method_options": {
        "card": {
            "installments": None,
            "mandate_options": None,
            "network": None,
            "request_three_d_secure": "automatic",
        },
    },
    "payment_method_types": ["card"],
    "processing": None,
    "receipt_email": None,
    "review": None,
    "setup_future_usage": None,
    "shipping": None,
    "statement_descriptor": None,
    "statement_descriptor_suffix": None,
    "status": "requires_payment_method",
    "transfer_data": None,
    "transfer_group": None,
}


def _card(payer: Payer, amount: int, *, authorized: bool) -> Object:
    return {
        **_CARD,
        "amount_authorized": amount if authorized else None,
        "brand": payer.brand,
        "country": payer.country,
        "exp_month": payer.exp_month,
        "exp_year": payer.exp_year,
        "fingerprint": payer.fingerprint,
        "last4": payer.last4,
        "network": payer.brand,
        "overcapture": {"maximum_amount_capturable": amount, "status": "unavailable"},
    }


def charge(  # noqa: PLR0913, PLR0917 - all that a charge tells of
    id_: str,
    now: int,
    customer: Object,
    payer: Payer,
    intent: Object,
    code: str | None,
) -> Object:
    """Return a charge of an intent's amount: succeeded, or failed with a decline code."""
    amount = intent["amount"]
    made = {
        **_CHARGE,
        "id": id_,
        "created": now,
        "amount": amount,
        "amount_captured": amount,
        "currency": intent["currency"],
        "customer": payer.id,
        "description": intent["description"],
        "payment_intent": intent["id"],
        "payment_method": payer.method,
        "payment_method_details": {"card": _card(payer, amount, authorized=code is None), "type": "card"},
        "billing_details": {
            "address": {**_NO_ADDRESS, "country": payer.country},
            "email": customer["email"],
            "name": customer["name"],
            "phone": None,
            "tax_id": None,
        },
    }
    if code is None:
        return {**made, "receipt_url": f"https://pay.stripe.example/receipts/{id_}"}
    message, reason = _DECLINES[code]
    failed = {"captured": False, "paid": False, "status": "failed", "amount_captured": 0}
    why = {"failure_code": code, "failure_message": message, "outcome": {**_DECLINED, "reason": reason}}
    return {**made, **failed, **why}


def payment_intent(  # noqa: PLR0913, PLR0917 - all that an intent tells of
    id_: str,
    now: int,
    payer: Payer,
    amount: int,
    currency: str,
    description: str | None,
) -> Object:
    """Return an intent to pay that has not been tried yet."""
    return {
        **_INTENT,
        "id": id_,
        "created": now,
        "amount": amount,
        "currency": currency,
        "customer": payer.id,
        "description": description,
        "client_secret": f"{id_}_secret_{payer.fingerprint}",
        "payment_method": payer.method,
    }


def card_error(charge_id: str, code: str) -> Object:
    """Return why the last attempt of an intent failed."""
    message, reason = _DECLINES[code]
    return {"charge": charge_id, "code": code, "decline_code": reason, "message": message, "type": "card_error"}


def invoice_payment(id_: str, now: int, invoice: Object, intent_id: str) -> Object:
    """Return the open payment of an invoice."""
    return {
        "id": id_,
        "object": "invoice_payment",
        "amount_paid": None,
        "amount_requested": invoice["amount_due"],
        "created": now,
        "currency": invoice["currency"],
        "invoice": invoice["id"],
        "is_default": True,
        "livemode": False,
        "payment": {"payment_intent": intent_id, "type": "payment_intent"},
        "status": "open",
        "status_transitions": {"canceled_at": None, "paid_at": None},
    }
