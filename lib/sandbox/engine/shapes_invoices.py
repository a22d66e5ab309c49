"""Stripe's invoices, their lines, and invoice items."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lib.sandbox.engine.calendar import day_name
from lib.sandbox.engine.shapes_billing import NO_LIABILITY, SELF
from lib.sandbox.engine.state import Item, Object, Sub

if TYPE_CHECKING:
    from lib.sandbox.engine.discounts import Given

FIRST_PAGE = 10

_INVOICE: Object = {
    "object": "invoice",
    "livemode": False,
    "account_country": "US",
    "account_name": "Halyard",
    "account_tax_ids": None,
    "amount_overpaid": 0,
    "amount_paid": 0,
    "amount_paid_off_stripe": 0,
    "amount_shipping": 0,
    "application": None,
    "attempt_count": 0,
    "attempted": False,
    "auto_advance": True,
    "automatic_tax": {**NO_LIABILITY, "provider": None, "status": None},
    "automatically_finalizes_at": None,
    "confirmation_secret": None,
    "custom_fields": None,
    "customer_account": None,
    "customer_phone": None,
    "customer_shipping": None,
    "customer_tax_exempt": "none",
    "customer_tax_ids": [],
    "default_payment_method": None,
    "default_source": None,
    "description": None,
    "due_date": None,
    "effective_at": None,
    "ending_balance": None,
    "footer": None,
    "from_invoice": None,
    "hosted_invoice_url": None,
    "invoice_pdf": None,
    "issuer": SELF,
    "last_finalization_error": None,
    "latest_revision": None,
    "metadata": {},
    "next_payment_attempt": None,
    "number": None,
    "on_behalf_of": None,
    "payment_settings": {
        "default_mandate": None,
        "payment_method_options": None,
        "payment_method_types": None,
    },
    "post_payment_credit_notes_amount": 0,
    "pre_payment_credit_notes_amount": 0,
    "receipt_number": None,
    "rendering": None,
    "shipping_cost": None,
    "shipping_details": None,
    "starting_balance": 0,
    "statement_descriptor": None,
    "status": "draft",
    "status_transitions": {
        "finalized_at": None,
        "marked_uncollectible_at": None,
        "paid_at": None,
        "voided_at": None,
    },
    "test_clock": None,
    "webhooks_delivered_at": None,
}

AUTOMATIC_TAX: Object = {
    "automatic_tax": {**NO_LIABILITY, "enabled": True, "liability": SELF, "provider": "stripe", "status": "complete"}
}
"""What an invoice shows whose tax was worked out by itself."""

_LINE: Object = {"object": "line_item", "livemode": False, "metadata": {}}
_NOTHING_CREDITED: Object = {"credited_items": None}

_INVOICE_ITEM: Object = {
    "object": "invoiceitem",
    "livemode": False,
    "customer_account": None,
    "discounts": [],
    "frozen_fields": ["pricing", "quantity", "discounts"],
    "invoice": None,
    "metadata": {},
    "tax_rates": [],
    "test_clock": None,
}


def pricing(price: Object, unit: str | None) -> Object:
    """Return how a line was priced; prorations name no unit amount."""
    details = {"price": price["id"], "product": price["product"]}
    return {"price_details": details, "type": "price_details", "unit_amount_decimal": unit}


def subscription_parent(
    sub: Sub,
    item: Item,
    invoice_item: str | None = None,
    credited: Object | None = None,
) -> Object:
    """Return where a subscription's line comes from; credited: the lines that a proration gives back."""
    return {
        "invoice_item_details": None,
        "subscription_item_details": {
            "invoice_item": invoice_item,
            "proration": invoice_item is not None,
            "proration_details": {"credited_items": credited} if credited else _NOTHING_CREDITED,
            "subscription": sub.id,
            "subscription_item": item.id,
        },
        "type": "subscription_item_details",
    }


def item_parent(invoice_item: str) -> Object:
    """Return where a one-off line comes from."""
    return {
        "invoice_item_details": {
            "invoice_item": invoice_item,
            "proration": False,
            "proration_details": _NOTHING_CREDITED,
            "subscription": None,
        },
        "subscription_item_details": None,
        "type": "invoice_item_details",
    }


def credits_of(given: list[Given]) -> tuple[list[Object], list[Object]]:
    """Return discounts given as `discount_amounts` and as `pretax_credit_amounts`."""
    amounts: list[Object] = [{"amount": each.amount, "discount": each.discount} for each in given]
    return amounts, [{**amount, "type": "discount"} for amount in amounts]


def tax(rate: Object, amount: int, net: int) -> Object:
    """Return a rate's tax on an amount after discounts, or within it where the rate is inclusive; minor units."""
    return {
        "amount": amount,
        "tax_behavior": "inclusive" if rate["inclusive"] else "exclusive",
        "tax_rate_details": {"tax_rate": rate["id"]},
        "taxability_reason": "not_available",
        "taxable_amount": net - amount if rate["inclusive"] else net,
        "type": "tax_rate_details",
    }


def line(id_: str, invoice_id: str, currency: str, fields: Object) -> Object:
    """Return an invoice line of the given values."""
    return {**_LINE, "id": id_, "invoice": invoice_id, "currency": currency, **fields}


def invoice(id_: str, created: int, customer: Object, fields: Object) -> Object:
    """Return a draft invoice to a customer."""
    return {
        **_INVOICE,
        "id": id_,
        "created": created,
        "customer": customer["id"],
        "customer_address": customer["address"],
        "customer_email": customer["email"],
        "customer_name": customer["name"],
        **fields,
    }


def invoice_lines(invoice_id: str, lines: list[Object]) -> Object:
    """Return the first page of an invoice's lines."""
    return {
        "object": "list",
        "data": lines[:FIRST_PAGE],
        "has_more": len(lines) > FIRST_PAGE,
        "url": f"/v1/invoices/{invoice_id}/lines",
    }


def invoice_parent(sub: Sub) -> Object:
    """Return the subscription that an invoice is for."""
    details = {"metadata": dict(sub.metadata), "subscription": sub.id}
    return {"quote_details": None, "subscription_details": details, "type": "subscription_details"}


def finalized(invoice_id: str, number: str, now: int, base: str) -> Object:
    """Return the values that an invoice gets when it is finalised; base is where its page is served."""
    url = f"{base or 'https://invoice.stripe.example'}/i/{invoice_id}"
    return {
        "number": number,
        "effective_at": now,
        "hosted_invoice_url": url,
        "invoice_pdf": f"{url}/pdf",
        "automatically_finalizes_at": None,
        "webhooks_delivered_at": now,
    }


def invoice_item(id_: str, now: int, customer: str, currency: str, fields: Object) -> Object:
    """Return a pending invoice item."""
    return {
        **_INVOICE_ITEM,
        "id": id_,
        "date": now,
        "customer": customer,
        "currency": currency,
        "net_amount": fields["amount"],
        "quantity_decimal": str(fields["quantity"]),
        **fields,
    }


def proration_text(credit: bool, name: str, quantity: int, now: int) -> str:  # noqa: FBT001 - two wordings of one line
    """Return Stripe's words on a proration."""
    what = name if quantity == 1 else f"{quantity} × {name}"
    return f"{'Unused' if credit else 'Remaining'} time on {what} after {day_name(now)}"
