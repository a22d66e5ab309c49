"""``POST /v1/customers`` and ``/v1/customers/{id}``."""

from __future__ import annotations

from lib.sandbox.engine import cards
from lib.sandbox.engine.customers import create_customer
from lib.sandbox.engine.state import Object
from lib.sandbox.http import errors
from lib.sandbox.http.forms import Form, email, labels, merged, text
from lib.sandbox.http.writing import Ask, Write

_ADDRESS = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"), text)
_PERMISSION = "rak_customer_write"
_PLAIN = ("name", "email", "description", "phone")
_SHAPE = {
    "name": text,
    "email": email,
    "description": text,
    "phone": text,
    "metadata": labels,
    "address": _ADDRESS,
    "preferred_locales": [text],
}
_UPDATED = {**_SHAPE, "invoice_settings": {"default_payment_method": text}}


def _changes(given: Form) -> Object:
    changed: Object = {name: given[name] for name in (*_PLAIN, "preferred_locales") if name in given}
    if "address" in given:
        changed["address"] = {**dict.fromkeys(_ADDRESS), **given["address"]} if given["address"] else None
    return changed


def create(ask: Ask) -> Object:
    """Make a customer without a card."""
    given = ask.given
    further = {"address": None, **_changes(given), "metadata": merged({}, given.get("metadata", {}))}
    return create_customer(ask.state, given.get("name"), given.get("email"), card=None, further=further)


def update(ask: Ask) -> Object:
    """Change a customer; another default card pays from now on."""
    given, kept = ask.given, ask.named("customer")
    changed = _changes(given)
    if "metadata" in given:
        changed["metadata"] = merged(kept["metadata"], given["metadata"])
    method = (given.get("invoice_settings") or {}).get("default_payment_method")
    if method is not None:
        if not cards.owns(ask.state, kept["id"], method):
            param = "invoice_settings[default_payment_method]"
            raise errors.no_such("payment_method", method, param=param, status=400)
        cards.use(ask.state, kept["id"], method)
        changed["invoice_settings"] = {**kept["invoice_settings"], "default_payment_method": method}
    return ask.state.change("customer", kept["id"], "customer.updated", **changed)


WRITES = (
    Write("/v1/customers", "customer", _PERMISSION, _SHAPE, create),
    Write("/v1/customers/{id}", "customer", _PERMISSION, _UPDATED, update),
)
