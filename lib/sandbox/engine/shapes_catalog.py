"""Stripe objects of the catalogue and its customers, with every key that Stripe's document requires."""

from __future__ import annotations

from lib.sandbox.engine.state import Object

_ADDRESS: Object = {"city": None, "country": None, "line1": None, "line2": None, "postal_code": None, "state": None}

_CUSTOMER: Object = {
    "object": "customer",
    "livemode": False,
    "address": None,
    "balance": 0,
    "currency": None,
    "customer_account": None,
    "default_source": None,
    "delinquent": False,
    "description": None,
    "discount": None,
    "metadata": {},
    "next_invoice_sequence": 1,
    "phone": None,
    "preferred_locales": [],
    "shipping": None,
    "tax_exempt": "none",
    "test_clock": None,
}

_PRODUCT: Object = {
    "object": "product",
    "livemode": False,
    "active": True,
    "default_price": None,
    "description": None,
    "images": [],
    "marketing_features": [],
    "metadata": {},
    "package_dimensions": None,
    "shippable": None,
    "statement_descriptor": None,
    "tax_code": None,
    "unit_label": None,
    "url": None,
}

_PRICE: Object = {
    "object": "price",
    "livemode": False,
    "active": True,
    "billing_scheme": "per_unit",
    "custom_unit_amount": None,
    "lookup_key": None,
    "metadata": {},
    "nickname": None,
    "recurring": None,
    "tax_behavior": "unspecified",
    "tiers_mode": None,
    "transform_quantity": None,
    "type": "one_time",
    "unit_amount": None,
    "unit_amount_decimal": None,
}

_COUPON: Object = {
    "object": "coupon",
    "livemode": False,
    "amount_off": None,
    "currency": None,
    "duration_in_months": None,
    "max_redemptions": None,
    "metadata": {},
    "percent_off": None,
    "redeem_by": None,
    "times_redeemed": 0,
    "valid": True,
}

_DISCOUNT: Object = {
    "object": "discount",
    "checkout_session": None,
    "customer": None,
    "customer_account": None,
    "end": None,
    "invoice": None,
    "invoice_item": None,
    "promotion_code": None,
    "subscription": None,
    "subscription_item": None,
}


def account(id_: str, name: str, created: int) -> Object:
    """Return a business's own account."""
    return {
        "id": id_,
        "object": "account",
        "business_profile": {
            "annual_revenue": None,
            "estimated_worker_count": None,
            "mcc": "5734",
            "minority_owned_business_designation": None,
            "name": name,
            "product_description": None,
            "support_address": None,
            "support_email": None,
            "support_phone": None,
            "support_url": None,
            "url": "https://halyard.example",
        },
        "business_type": "company",
        "capabilities": {"card_payments": "active", "transfers": "active"},
        "charges_enabled": True,
        "country": "US",
        "created": created,
        "default_currency": "usd",
        "details_submitted": True,
        "email": "owner@halyard.example",
        "metadata": {},
        "payouts_enabled": True,
        "type": "standard",
    }


def customer(  # noqa: PLR0913 - what Stripe wants to be told
    id_: str,
    created: int,
    *,
    name: str | None,
    email: str | None,
    country: str,
    prefix: str,
    method: str | None,
) -> Object:
    """Return a customer with a card on file, or with none."""
    settings = {"custom_fields": None, "default_payment_method": method, "footer": None, "rendering_options": None}
    return {
        **_CUSTOMER,
        "id": id_,
        "created": created,
        "name": name,
        "email": email,
        "address": {**_ADDRESS, "country": country},
        "invoice_prefix": prefix,
        "invoice_settings": settings,
    }


def product(id_: str, created: int, name: str, unit_label: str | None = None) -> Object:
    """Return something that is sold."""
    return {**_PRODUCT, "id": id_, "created": created, "updated": created, "name": name, "unit_label": unit_label}


def price(id_: str, created: int, product_id: str, currency: str, unit: str | None) -> Object:
    """Return a one-time price; `recurring` and `tiered` make others of it. The unit is decimal text in minor units."""
    amount = int(unit) if unit is not None and "." not in unit else None
    return {
        **_PRICE,
        "id": id_,
        "created": created,
        "product": product_id,
        "currency": currency,
        "unit_amount": amount,
        "unit_amount_decimal": unit,
    }


def recurring(made: Object, interval: str, count: int, meter: str | None = None) -> Object:
    """Return a price that comes again; with a meter it is billed by usage."""
    usage = "metered" if meter else "licensed"
    terms = {"interval": interval, "interval_count": count, "meter": meter, "usage_type": usage}
    return {**made, "type": "recurring", "recurring": terms}


def packaged(made: Object, size: int) -> Object:
    """Return a price for packages of a size: one that is begun costs as much as a whole one."""
    return {**made, "transform_quantity": {"divide_by": size, "round": "up"}}


def tiered(made: Object, mode: str, tiers: list[tuple[int | None, str]]) -> Object:
    """Return a price with tiers (up to how many, unit amount as decimal text); mode graduated or volume."""
    rows = [
        {
            "flat_amount": None,
            "flat_amount_decimal": None,
            "unit_amount": int(unit) if "." not in unit else None,
            "unit_amount_decimal": unit,
            "up_to": up_to,
        }
        for up_to, unit in tiers
    ]
    return {
        **made,
        "billing_scheme": "tiered",
        "tiers_mode": mode,
        "tiers": rows,
        "unit_amount": None,
        "unit_amount_decimal": None,
    }


def coupon(  # noqa: PLR0913 - a coupon has that many sides
    id_: str,
    created: int,
    name: str,
    *,
    percent_off: float | None = None,
    amount_off: int | None = None,
    currency: str | None = None,
    months: int | None = None,
    once: bool = False,
    products: list[str] | None = None,
) -> Object:
    """Return a coupon: for some months, once, or else forever; for some products, or else all."""
    return {
        **_COUPON,
        "id": id_,
        "created": created,
        "name": name,
        "percent_off": percent_off,
        "amount_off": amount_off,
        "currency": currency,
        "duration": "once" if once else "repeating" if months else "forever",
        "duration_in_months": months,
        **({"applies_to": {"products": products}} if products else {}),
    }


def promotion_code(id_: str, created: int, code: str, coupon_id: str) -> Object:
    """Return a code that customers type to get a coupon."""
    return {
        "id": id_,
        "object": "promotion_code",
        "active": True,
        "code": code,
        "created": created,
        "customer": None,
        "customer_account": None,
        "expires_at": None,
        "livemode": False,
        "max_redemptions": None,
        "metadata": {},
        "promotion": {"coupon": coupon_id, "type": "coupon"},
        "restrictions": {"first_time_transaction": False, "minimum_amount": None, "minimum_amount_currency": None},
        "times_redeemed": 0,
    }


def discount(id_: str, start: int, end: int | None, coupon_id: str, **holder: str | None) -> Object:
    """Return a coupon at work for a holder: subscription=…, customer=…, promotion_code=…."""
    return {
        **_DISCOUNT,
        "id": id_,
        "start": start,
        "end": end,
        "source": {"coupon": coupon_id, "type": "coupon"},
        **holder,
    }


def tax_rate(  # noqa: PLR0913 - what Stripe wants to be told
    id_: str,
    created: int,
    name: str,
    country: str,
    percentage: float,
    *,
    inclusive: bool = False,
) -> Object:
    """Return a tax rate in percent, on top of the price or, inclusive, within it."""
    return {
        "id": id_,
        "object": "tax_rate",
        "active": True,
        "country": country,
        "created": created,
        "description": None,
        "display_name": name,
        "effective_percentage": percentage,
        "flat_amount": None,
        "inclusive": inclusive,
        "jurisdiction": country,
        "jurisdiction_level": "country",
        "livemode": False,
        "metadata": {},
        "percentage": percentage,
        "rate_type": "percentage",
        "state": None,
        "tax_type": "vat",
    }
