"""``POST /v1/checkout/sessions`` and ``…/expire``."""

from __future__ import annotations

from lib.sandbox.engine import checkout
from lib.sandbox.engine.calendar import DAY, MINUTE
from lib.sandbox.engine.state import Deal, Object
from lib.sandbox.http import errors
from lib.sandbox.http.errors import StripeError
from lib.sandbox.http.forms import Form, email, flag, labels, merged, now_or_time, one_of, text, url, whole
from lib.sandbox.http.terms import (
    DISCOUNT,
    LONGEST_TRIAL,
    MOST,
    TRIAL_SETTINGS,
    chosen,
    coupons_of,
    trial_of,
    without_card,
)
from lib.sandbox.http.writing import Ask, Write

_PERMISSION = "rak_checkout_session_write"
_PATH = "/v1/checkout/sessions"
_SHORTEST, _LONGEST, _TRIAL_AHEAD = 30 * MINUTE, DAY, 2 * DAY
_SHAPE = {
    "mode": one_of("payment", "setup", "subscription"),
    "customer": text,
    "customer_email": email,
    "client_reference_id": text,
    "metadata": labels,
    "line_items": [{"price": text, "quantity": whole(1, MOST)}],
    "success_url": url,
    "cancel_url": url,
    "subscription_data": {
        "trial_period_days": whole(1, LONGEST_TRIAL),
        "trial_end": now_or_time,
        "trial_settings": TRIAL_SETTINGS,
        "metadata": labels,
        "description": text,
    },
    "allow_promotion_codes": flag,
    "discounts": [DISCOUNT],
    "automatic_tax": {"enabled": flag},
    "tax_id_collection": {"enabled": flag, "required": one_of("if_supported", "never")},
    "customer_update": dict.fromkeys(("address", "name", "shipping"), one_of("auto", "never")),
    "billing_address_collection": one_of("auto", "required"),
    "payment_method_collection": one_of("always", "if_required"),
    "payment_method_types": [one_of("card")],
    "locale": text,
    "expires_at": whole(),
    "ui_mode": one_of("hosted_page", "hosted"),
}
_SHOWN = (
    "allow_promotion_codes",
    "billing_address_collection",
    "cancel_url",
    "client_reference_id",
    "customer",
    "customer_email",
    "locale",
    "payment_method_collection",
    "success_url",
)


def create(ask: Ask) -> Object:
    """Open a session whose page sells a subscription."""
    given, state = ask.given, ask.state
    ask.need("mode")
    if given["mode"] != "subscription":
        raise errors.invalid_value("mode", "The stand-in Stripe serves mode=subscription alone.")
    ask.need("success_url", "line_items")
    _check(ask)
    items = tuple(chosen(state, given["line_items"], "line_items"))
    coupons, code = coupons_of(state, given.get("discounts", []))
    discounts = [{"coupon": None if code else each, "promotion_code": code} for each in coupons]
    fields: Object = {name: given[name] for name in _SHOWN if name in given}
    fields |= {"metadata": merged({}, given.get("metadata", {})), "discounts": discounts, "automatic_tax": _tax(given)}
    numbers: Form = given.get("tax_id_collection") or {}
    fields["tax_id_collection"] = {
        "enabled": bool(numbers.get("enabled")),
        "required": numbers.get("required", "never"),
    }
    if "expires_at" in given:
        fields["expires_at"] = given["expires_at"]
    if not given.get("customer"):
        fields["customer_creation"] = "always"
    return checkout.begin(state, _deal(ask, items), fields)


def _deal(ask: Ask, items: tuple[tuple[str, int], ...]) -> Deal:
    data: Form = ask.given.get("subscription_data") or {}
    trial = trial_of(data, ask.state.now, "subscription_data[trial_end]")
    if trial["trial_end"] and trial["trial_end"] < ask.state.now + _TRIAL_AHEAD:
        sentence = "The `trial_end` date has to be at least 2 days in the future."
        raise errors.invalid_value("subscription_data[trial_end]", sentence)
    wanted: Form = ask.given.get("customer_update") or {}
    return Deal(
        items,
        **trial,
        without_card=without_card(data) or "create_invoice",
        metadata=merged({}, data.get("metadata", {})),
        description=data.get("description"),
        saves=frozenset(name for name, how in wanted.items() if how == "auto"),
    )


def _check(ask: Ask) -> None:
    """Raise Stripe's sentences for parameters that exclude each other, or lack one another."""
    given, now = ask.given, ask.state.now
    if given.get("customer"):
        ask.named("customer", "customer")
        if given.get("customer_email"):
            raise StripeError(400, "You may only specify one of these parameters: customer, customer_email.")
    elif given.get("customer_update"):
        raise errors.invalid_value("customer_update", "`customer_update` can only be used with `customer`.")
    if "allow_promotion_codes" in given and given.get("discounts"):
        raise StripeError(400, "You may only specify one of these parameters: allow_promotion_codes, discounts.")
    if not now + _SHORTEST <= given.get("expires_at", now + _LONGEST) <= now + _LONGEST:
        sentence = "The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout Session creation."
        raise errors.invalid_value("expires_at", sentence)
    _check_tax(ask)


def _check_tax(ask: Ask) -> None:
    """Automatic tax needs to know where a known customer is, and a tax number changes how they are called."""
    given = ask.given
    numbered = (given.get("tax_id_collection") or {}).get("enabled") and given.get("customer")
    if numbered and (given.get("customer_update") or {}).get("name") != "auto":
        raise errors.invalid_value(
            "tax_id_collection",
            "Tax ID collection requires updating business name on the customer. To enable tax ID collection for an "
            "existing customer, please set `customer_update[name]` to `auto`.",
        )
    if not (given.get("automatic_tax") or {}).get("enabled") or not given.get("customer"):
        return
    saves = (given.get("customer_update") or {}).get("address") == "auto"
    if not saves and not ask.named("customer", "customer")["address"]:
        raise StripeError(
            400,
            "Automatic tax calculation in Checkout requires a valid address on the Customer. Add a valid address to "
            "the Customer or set either `customer_update[address]` to 'auto' or `customer_update[shipping]` to 'auto' "
            "to save the address entered in Checkout to the Customer.",
            code="customer_tax_location_invalid",
        )


def _tax(given: Form) -> Object:
    enabled = bool((given.get("automatic_tax") or {}).get("enabled"))
    liability = {"type": "self"} if enabled else None
    status = "requires_location_inputs" if enabled else None
    return {"enabled": enabled, "liability": liability, "provider": "stripe" if enabled else None, "status": status}


def expire(ask: Ask) -> Object:
    """Close an open session."""
    session = ask.named("checkout.session")
    if session["status"] != "open":
        raise StripeError(
            400,
            f"Only Checkout Sessions with a status in ['open'] can be expired. This Checkout Session has a status of "
            f"{session['status']}.",
        )
    checkout.expire(ask.state, session["id"])
    return ask.state.of("checkout.session")[session["id"]]


WRITES = (
    Write(_PATH, "checkout.session", _PERMISSION, _SHAPE, create, ours=True),
    Write(f"{_PATH}/{{id}}/expire", "checkout.session", _PERMISSION, {}, expire, ours=True),
)
