"""``POST /v1/invoices/create_preview``: what would be billed, computed and not kept."""

from __future__ import annotations

from lib.sandbox.engine import preview, subscriptions
from lib.sandbox.engine.cards import live_subs
from lib.sandbox.engine.lifecycle import ENDED
from lib.sandbox.engine.state import Object, Sub
from lib.sandbox.engine.subscriptions import Terms
from lib.sandbox.http import errors
from lib.sandbox.http.forms import Form, flag, no_time, now_or_time, text, whole
from lib.sandbox.http.terms import DISCOUNT, ITEM, PRORATION, chosen, coupons_of, cut_at, edits_of, trial_of
from lib.sandbox.http.writing import Ask, Write

_DETAILS = {
    "items": [ITEM],
    "proration_behavior": PRORATION,
    "proration_date": whole(),
    "cancel_at": no_time,
    "cancel_at_period_end": flag,
    "trial_end": now_or_time,
}
_SHAPE = {
    "customer": text,
    "subscription": text,
    "subscription_details": _DETAILS,
    "discounts": [DISCOUNT],
    "automatic_tax": {"enabled": flag},
}
_IN = "subscription_details"


def create(ask: Ask) -> Object:
    """The invoice that a change, a new subscription, or the next renewal would make."""
    details: Form = ask.given.get(_IN) or {}
    if not ask.given.get("customer") and not ask.given.get("subscription"):
        raise errors.missing_parameter("customer")
    if not ask.given.get("subscription") and details.get("items"):
        return _of_new(ask, details)
    sub = _meant(ask)
    if sub is None or sub.status in ENDED:
        raise errors.no_upcoming(ask.given.get("customer") or (sub.customer if sub else ""))
    edits = edits_of(ask.state, sub, details.get("items", []), f"{_IN}[items]")
    found = preview.of_change(
        ask.state,
        sub.id,
        edits,
        details.get("proration_behavior", "create_prorations"),
        cut_at(ask.state, sub, details.get("proration_date"), f"{_IN}[proration_date]"),
        leaves=False if "cancel_at" in details and sub.dated else _leaves(details, sub),
        trial_ends=details.get("trial_end") == "now",
    )
    if found is None:
        raise errors.no_upcoming(sub.customer)
    return found[0]


def _leaves(details: Form, sub: Sub) -> bool | None:
    """Whether it is to end with its period; a flag that is off takes no date away."""
    wanted: bool | None = details.get("cancel_at_period_end")
    return None if wanted is False and sub.dated else wanted


def _meant(ask: Ask) -> Sub | None:
    """The subscription that is named, or the customer's next one to renew."""
    if ask.given.get("subscription"):
        sub = ask.state.subs[ask.named("subscription", "subscription")["id"]]
        if ask.given.get("customer") not in {None, sub.customer}:
            raise errors.no_such("subscription", sub.id, param="subscription", status=400)
        return sub
    held = live_subs(ask.state, ask.named("customer", "customer")["id"])
    return min(held, key=lambda sub: sub.end, default=None)


def _of_new(ask: Ask, details: Form) -> Object:
    state, customer = ask.state, ask.named("customer", "customer")["id"]
    items = chosen(state, details["items"], f"{_IN}[items]")
    coupons, code = coupons_of(state, ask.given.get("discounts", []))
    terms = {**trial_of(details, state.now, f"{_IN}[trial_end]"), "coupons": coupons, "promotion_code": code}
    terms["terms"] = Terms(automatic_tax=bool((ask.given.get("automatic_tax") or {}).get("enabled")))
    return preview.of_new(state, customer, lambda at: subscriptions.create(at, customer, items, **terms).id)[0]


WRITES = (Write("/v1/invoices/create_preview", "invoice", "rak_invoice_write", _SHAPE, create, dry=True),)
