"""``POST`` and ``DELETE /v1/subscriptions``: started, changed and ended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lib.sandbox.engine import cards, changes, pending, preview, subscriptions, waiting
from lib.sandbox.engine.calendar import DAY
from lib.sandbox.engine.changes import Edit
from lib.sandbox.engine.lifecycle import ENDED, publish
from lib.sandbox.engine.state import Object, State, Sub
from lib.sandbox.engine.subscriptions import Terms
from lib.sandbox.engine.taxes import rate_for
from lib.sandbox.http import errors
from lib.sandbox.http.errors import StripeError
from lib.sandbox.http.forms import Form, flag, labels, merged, no_time, now_or_time, one_of, percent, text, whole
from lib.sandbox.http.terms import (
    DISCOUNT,
    ITEM,
    LONGEST_TRIAL,
    MOST,
    PRORATION,
    TRIAL_SETTINGS,
    chosen,
    coupons_of,
    cut_at,
    edits_of,
    trial_of,
    without_card,
)
from lib.sandbox.http.writing import Ask, Write

_PERMISSION = "rak_subscription_write"
_LEAVING = {"comment": text, "feedback": text}
_COMMON = {
    "application_fee_percent": percent,
    "automatic_tax": {"enabled": flag},
    "cancel_at_period_end": flag,
    "default_payment_method": text,
    "description": text,
    "metadata": labels,
    "off_session": flag,
    "trial_end": now_or_time,
    "trial_settings": TRIAL_SETTINGS,
}
_CREATED = {
    **_COMMON,
    "customer": text,
    "items": [{"price": text, "quantity": whole(0, MOST)}],
    "trial_period_days": whole(0, LONGEST_TRIAL),
    "payment_behavior": one_of("allow_incomplete", "default_incomplete", "error_if_incomplete"),
    "collection_method": one_of("charge_automatically", "send_invoice"),
    "days_until_due": whole(0, 365),
    "discounts": [DISCOUNT],
    "proration_behavior": PRORATION,
}
_UPDATED = {
    **_COMMON,
    "cancel_at": no_time,
    "items": [ITEM],
    "discounts": [DISCOUNT],
    "proration_behavior": PRORATION,
    "proration_date": whole(),
    "payment_behavior": one_of("allow_incomplete", "error_if_incomplete", "pending_if_incomplete"),
    "cancellation_details": _LEAVING,
}


_PENDING = frozenset({"items", "metadata", "payment_behavior", "proration_behavior", "proration_date", "trial_end"})
"""What can wait for a payment."""


def _check_fee(ask: Ask) -> None:
    if ask.given.get("application_fee_percent") is not None and not ask.caller.connected:
        raise errors.invalid_value(
            "application_fee_percent",
            "Can only apply an application_fee_percent when the request is made on behalf of another account (using an "
            "OAuth key or the Stripe-Account header).",
        )


def _check_method(ask: Ask, customer: str) -> None:
    method = ask.given.get("default_payment_method")
    if method is not None and not cards.owns(ask.state, customer, method):
        raise errors.no_such("payment_method", method, param="default_payment_method", status=400)


def _options(ask: Ask) -> dict[str, Any]:
    given, state = ask.given, ask.state
    sent = given.get("collection_method") == "send_invoice"
    if sent and not given.get("days_until_due"):
        raise errors.missing_parameter("days_until_due")
    coupons, code = coupons_of(state, given.get("discounts", []))
    fee = given.get("application_fee_percent")
    ends = without_card(given)
    return {
        **trial_of(given, state.now),
        "coupons": coupons,
        "promotion_code": code,
        "days_until_due": given.get("days_until_due") if sent else None,
        "without_card": ends or "create_invoice",
        "terms": Terms(
            metadata=merged({}, given.get("metadata", {})),
            fee=fee,
            application=ask.standin.connections.client_id if ask.caller.connected else None,
            waits=given.get("payment_behavior") == "default_incomplete",
            automatic_tax=bool((given.get("automatic_tax") or {}).get("enabled")),
        ),
    }


def create(ask: Ask) -> Object:
    """Start a subscription, and collect its first invoice as the payment behaviour says."""
    ask.need("customer", "items")
    given, state, customer = ask.given, ask.state, ask.named("customer", "customer")["id"]
    _check_fee(ask)
    _check_method(ask, customer)
    items, options = chosen(state, given["items"]), _options(ask)
    due = preview.of_new(state, customer, lambda at: subscriptions.create(at, customer, items, **options).id)[0]
    payer = state.payer(customer)
    pays_now = due["amount_due"] > 0 and not options["days_until_due"] and not options["terms"].waits
    if pays_now and payer.cardless and not given.get("default_payment_method"):
        raise StripeError(
            400,
            "This customer has no attached payment source or default payment method. Please consider adding a default "
            "payment method. For more information, visit https://stripe.com/docs/billing/subscriptions/"
            "payment-methods-setting#payment-method-priority.",
            code="resource_missing",
        )
    if given.get("default_payment_method"):
        cards.use(state, customer, given["default_payment_method"])
    if pays_now and payer.failing and given.get("payment_behavior") == "error_if_incomplete":
        raise _unpaid(state, customer)
    sub = subscriptions.create(state, customer, items, **options)
    _also(ask, sub, given)
    if given.get("cancel_at_period_end"):
        subscriptions.cancel(state, sub.id, at_period_end=True)
    return state.of("subscription")[sub.id]


def _also(ask: Ask, sub: Sub, given: Form) -> None:
    """Set what only shows in the object."""
    kept = ask.state.of("subscription")[sub.id]
    changed: Object = {name: given[name] for name in ("description", "default_payment_method") if name in given}
    if "automatic_tax" in given:
        sub.automatic = (given["automatic_tax"] or {}).get("enabled", False)
        sub.tax = rate_for(ask.state, sub.customer) if sub.automatic else sub.tax
        liability = {"type": "self"} if sub.automatic else None
        changed["automatic_tax"] = {"disabled_reason": None, "enabled": sub.automatic, "liability": liability}
    if any(kept[name] != value for name, value in changed.items()):
        ask.state.change("subscription", sub.id, "customer.subscription.updated", **changed)


def update(ask: Ask) -> Object:
    """Change a subscription."""
    given, state = ask.given, ask.state
    sub = state.subs[ask.named("subscription")["id"]]
    _check_fee(ask)
    _check_method(ask, sub.customer)
    if sub.status in ENDED and given.keys() - {"metadata", "cancellation_details"}:
        raise StripeError(400, "A canceled subscription can only update its cancellation_details and metadata.")
    edits = edits_of(state, sub, given.get("items", []))
    at = cut_at(state, sub, given.get("proration_date"), "proration_date")
    behavior = given.get("proration_behavior", "create_prorations")
    _check_trial(state, sub, given.get("trial_end"))
    coupons, code = coupons_of(state, given.get("discounts", []))
    unpaid = _is_unpaid(state, sub, edits, behavior, at, trial_ends=given.get("trial_end") == "now")
    if given.get("payment_behavior") == "error_if_incomplete" and unpaid:
        raise _unpaid(state, sub.customer)
    if edits:
        waiting.drop(state, sub)
    if given.get("payment_behavior") == "pending_if_incomplete":
        _check_pending(given)
        if unpaid:
            pending.begin(state, sub.id, edits, at, merged({}, given.get("metadata", {})))
            return state.of("subscription")[sub.id]
    if given.get("default_payment_method"):
        cards.use(state, sub.customer, given["default_payment_method"])
    _set_terms(ask, sub)
    if "discounts" in given:
        subscriptions.set_discounts(state, sub.id, coupons, code)
    if edits:
        changes.update(state, sub.id, edits, behavior, at)
    _end_or_keep(ask, sub)
    if "trial_end" in given:
        _move_trial(state, sub, given["trial_end"])
    _also(ask, sub, given)
    return state.of("subscription")[sub.id]


def _check_pending(given: Form) -> None:
    """Raise Stripe's sentence for what can't wait for a payment."""
    if other := sorted(given.keys() - _PENDING):
        raise errors.invalid_value(
            other[0],
            "When using `pending_if_incomplete`, you can only pass supported params. For more details on pending "
            "updates, see https://stripe.com/docs/billing/subscriptions/pending-updates.",
        )


def _unpaid(state: State, customer: str) -> StripeError:
    """Why a payment that had to succeed does not."""
    return errors.needs_action() if cards.must_ask(state, customer) else errors.card_declined()


def _is_unpaid(  # noqa: PLR0913 - the sides of a change
    state: State,
    sub: Sub,
    edits: Sequence[Edit],
    behavior: str,
    at: int,
    *,
    trial_ends: bool,
) -> bool:
    """Whether a change bills at once and the card will not pay."""
    payer = state.payer(sub.customer)
    if not (edits or trial_ends) or not (payer.failing or payer.cardless):
        return False
    billed = preview.of_change(state, sub.id, edits, behavior, at, trial_ends=trial_ends)
    return bool(billed and billed[0]["next_payment_attempt"] <= state.now and billed[0]["amount_due"] > 0)


def _set_terms(ask: Ask, sub: Sub) -> None:
    given = ask.given
    if "metadata" in given:
        sub.metadata = merged(sub.metadata, given["metadata"])
        ask.state.change("subscription", sub.id, "customer.subscription.updated", metadata=dict(sub.metadata))
    if "application_fee_percent" in given:
        sub.fee = given["application_fee_percent"]
        sub.application = ask.standin.connections.client_id
        shown = {"application_fee_percent": float(sub.fee) if sub.fee else None, "application": sub.application}
        ask.state.change("subscription", sub.id, "customer.subscription.updated", **shown)
    ends = without_card(given)
    if ends:
        sub.without_card = ends
        settings = {"end_behavior": {"missing_payment_method": ends}}
        ask.state.change("subscription", sub.id, "customer.subscription.updated", trial_settings=settings)


def _end_or_keep(ask: Ask, sub: Sub) -> None:
    wanted, details = ask.given.get("cancel_at_period_end"), ask.given.get("cancellation_details") or {}
    if wanted and not sub.cancel_at_period_end:
        subscriptions.cancel(ask.state, sub.id, at_period_end=True)
    elif (wanted is False and sub.cancel_at_period_end and not sub.dated) or ("cancel_at" in ask.given and sub.dated):
        subscriptions.keep(ask.state, sub.id)
    if details:
        sub.comment, sub.feedback = details.get("comment", sub.comment), details.get("feedback", sub.feedback)
        publish(ask.state, sub)


def _check_trial(state: State, sub: Sub, end: int | str | None) -> None:
    if isinstance(end, int) and (sub.status != "trialing" or end <= state.now):
        raise errors.invalid_value("trial_end", "The stand-in Stripe moves the end of a running trial alone.")


def _move_trial(state: State, sub: Sub, end: int | str) -> None:
    """End a trial now, or let it end at another time."""
    if isinstance(end, str):
        subscriptions.end_trial(state, sub.id)
    else:
        sub.trial_end = sub.anchor = sub.end = end
        state.schedule(end, "period_end", sub.id, end)
        state.schedule(max(end - 3 * DAY, state.now), "trial_will_end", sub.id)
        publish(state, sub)


def cancel(ask: Ask) -> Object:
    """End a subscription now."""
    given, state = ask.given, ask.state
    sub = state.subs[ask.named("subscription")["id"]]
    if sub.status in ENDED:
        raise errors.no_such("subscription", sub.id)
    details = given.get("cancellation_details") or {}
    if given.get("prorate") and sub.status != "trialing":
        changes.give_back(state, sub.id)
    subscriptions.cancel(
        state,
        sub.id,
        invoice_now=given.get("invoice_now", False),
        feedback=details.get("feedback"),
        comment=details.get("comment"),
    )
    return state.of("subscription")[sub.id]


_ENDED = {"cancellation_details": _LEAVING, "invoice_now": flag, "prorate": flag}
WRITES = (
    Write("/v1/subscriptions", "subscription", _PERMISSION, _CREATED, create),
    Write("/v1/subscriptions/{id}", "subscription", _PERMISSION, _UPDATED, update),
    Write("/v1/subscriptions/{id}", "subscription", _PERMISSION, _ENDED, cancel, method="DELETE"),
)
