"""``POST /v1/billing_portal/sessions``."""

from __future__ import annotations

import secrets

from lib.sandbox.engine import portal, shapes_portal
from lib.sandbox.engine.lifecycle import ENDED
from lib.sandbox.engine.state import Object
from lib.sandbox.http import errors
from lib.sandbox.http.errors import StripeError
from lib.sandbox.http.forms import Form, one_of, text, url
from lib.sandbox.http.writing import Ask, Write

_UNSAVED = (
    "No configuration provided and your test mode default configuration has not been created. Provide a configuration "
    "or create your default by saving your customer portal settings in test mode at "
    "https://dashboard.stripe.com/test/settings/billing/portal."
)
_FLOWS = ("payment_method_update", "subscription_cancel", "subscription_update")
_SHAPE = {
    "configuration": text,
    "customer": text,
    "flow_data": {
        "type": one_of(*_FLOWS),
        "after_completion": {"type": one_of("portal_homepage", "redirect"), "redirect": {"return_url": url}},
        "subscription_cancel": {"subscription": text},
        "subscription_update": {"subscription": text},
    },
    "locale": text,
    "return_url": url,
}


def create(ask: Ask) -> Object:
    """Let a customer into the portal for an hour."""
    ask.need("customer")
    given, state = ask.given, ask.state
    configuration = _configuration(ask)
    fields: Object = {"configuration": configuration, "customer": ask.named("customer", "customer")["id"]}
    fields |= {name: given[name] for name in ("locale", "return_url") if name in given}
    if given.get("flow_data"):
        fields["flow"] = _flow(ask, given["flow_data"])
    return portal.begin(state, secrets.token_urlsafe(24), fields)


def _configuration(ask: Ask) -> str:
    """The one that is named, or the default, which somebody must have saved."""
    if ask.given.get("configuration"):
        return str(ask.named("billing_portal.configuration", "configuration")["id"])
    found = portal.configured(ask.state)
    if found is None:
        raise StripeError(400, _UNSAVED)
    return str(found["id"])


def _flow(ask: Ask, data: Form) -> Object:
    kind = data.get("type")
    if not kind:
        raise errors.missing_parameter("flow_data[type]")
    if kind == "subscription_update" and not portal.changes_plans(ask.state):
        sentence = "This subscription cannot be updated because the subscription update feature in the portal "
        raise errors.invalid_value("flow_data[type]", f"{sentence}configuration is disabled.")
    sub_id = (data.get(kind) or {}).get("subscription")
    if kind != "payment_method_update":
        param = f"flow_data[{kind}][subscription]"
        if not sub_id:
            raise errors.missing_parameter(param)
        sub = ask.state.subs.get(sub_id)
        if sub is None or sub.customer != ask.given["customer"]:
            raise errors.no_such("subscription", sub_id, param=param, status=400)
        if sub.status in ENDED or (kind == "subscription_cancel" and sub.cancel_at_period_end):
            raise errors.invalid_value(param, "This subscription cannot be updated: it is already canceled or ending.")
    after = data.get("after_completion") or {}
    redirect = (after.get("redirect") or {}).get("return_url") if after.get("type") == "redirect" else None
    return shapes_portal.flow(str(kind), sub_id, redirect)


_PATH = "/v1/billing_portal/sessions"
WRITES = (Write(_PATH, "billing_portal.session", "rak_customer_portal_write", _SHAPE, create, ours=True),)
