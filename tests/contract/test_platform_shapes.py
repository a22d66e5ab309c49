"""What the stand-in serves of the platform's own billing is as Stripe's OpenAPI document says: shapes, parameters."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import pytest

from lib.sandbox.http.app import WRITES
from lib.sandbox.http.unserved import UNSERVED
from lib.sandbox.http.writing import Write
from tests.contract.test_openapi import SPEC, complaints
from tests.sandbox.fake_world import DAY
from tests.sandbox.shop_front import FAILS, GOOD, MONTH, Front, selling

pytestmark = pytest.mark.skipif(not SPEC.exists(), reason="Stripe's OpenAPI document is not beside this project")
NAMES = {
    "/v1/customers/{id}": "/v1/customers/{customer}",
    "/v1/subscriptions/{id}": "/v1/subscriptions/{subscription_exposed_id}",
    "/v1/checkout/sessions/{id}/expire": "/v1/checkout/sessions/{session}/expire",
    "/v1/webhook_endpoints/{id}": "/v1/webhook_endpoints/{webhook_endpoint}",
}
LISTS = {
    "customers": "customer", "products": "product", "prices": "price", "coupons": "coupon",
    "promotion_codes": "promotion_code", "subscriptions": "subscription", "invoices": "invoice",
    "invoiceitems": "invoiceitem", "invoice_payments": "invoice_payment", "charges": "charge",
    "payment_intents": "payment_intent", "payment_methods": "payment_method", "balance_transactions":
    "balance_transaction", "checkout/sessions": "checkout.session", "webhook_endpoints": "webhook_endpoint",
    "billing_portal/configurations": "billing_portal.configuration", "events": "event",
}  # fmt: skip


@lru_cache(maxsize=1)
def paths() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(gzip.decompress(SPEC.read_bytes()))["paths"]
    return loaded


@pytest.fixture(scope="module")
def lived() -> Iterator[Front]:
    """A platform whose users bought, changed, failed, paid late and left."""
    with selling(deliver_to=("http://127.0.0.1:9/c",), deliver_platform_to=("http://127.0.0.1:9/p",)) as front:
        promotion = front.all("/v1/promotion_codes", code="LAUNCH20")[0]["id"]
        tried = front.bought(number=FAILS, **{"subscription_data[trial_period_days]": "14"})
        changed = front.bought(**{"discounts[0][promotion_code]": promotion})
        front.session(allow_promotion_codes="true", customer_email="open@example.com")
        front.form(f"/v1/checkout/sessions/{front.session()['id']}/expire", {})
        front.wait(10 * DAY)
        form = {"items[0][id]": changed["items"]["data"][0]["id"], "items[0][price]": front.price("business_yearly")}
        front.form(f"/v1/subscriptions/{changed['id']}", form)
        front.wait(MONTH)
        front.do("attach_card", customer=tried["customer"], number=GOOD)
        front.form(f"/v1/subscriptions/{tried['id']}", {"cancel_at_period_end": "true"})
        yield front


@pytest.mark.parametrize("path", LISTS)
def test_every_object_is_shaped_as_stripe_says(lived: Front, path: str) -> None:
    found = lived.all(f"/v1/{path}")
    assert found
    assert not [line for each in found for line in complaints(LISTS[path], each)]
    if path == "events":
        inside = [each["data"]["object"] for each in found]
        assert not [line for each in inside for line in complaints(each["object"], each)]


def test_what_is_made_is_shaped_as_stripe_says(lived: Front) -> None:
    sub = lived.bought()
    portal = {"customer": sub["customer"], "flow_data[type]": "subscription_cancel"}
    portal["flow_data[subscription_cancel][subscription]"] = sub["id"]
    change = {
        "subscription": sub["id"],
        "subscription_details[items][0][id]": sub["items"]["data"][0]["id"],
        "subscription_details[items][0][price]": lived.price("pro_yearly"),
    }
    hook = {"url": "https://example.com/hook", "enabled_events[]": "*", "connect": "true"}
    session = lived.session(
        **{"automatic_tax[enabled]": "true", "customer_update[address]": "auto"}, customer=sub["customer"]
    )
    made = {
        "billing_portal.session": lived.form("/v1/billing_portal/sessions", portal),
        "invoice": lived.form("/v1/invoices/create_preview", change | {"expand[]": "discounts"}),
        "webhook_endpoint": lived.form("/v1/webhook_endpoints", hook),
        "checkout.session": lived.one(f"/v1/checkout/sessions/{session['id']}", **{"expand[]": "line_items"}),
        "account": lived.one("/v1/account"),
        "customer": lived.form("/v1/customers", {"address[country]": "DE", "phone": "1"}),
    }
    assert not [line for kind, each in made.items() for line in complaints(kind, each)]
    lived.delete(f"/v1/webhook_endpoints/{made['webhook_endpoint']['id']}")


def test_expanded_objects_are_shaped_as_stripe_says(lived: Front) -> None:
    expand = ["data.default_payment_method", "data.latest_invoice", "data.customer"]
    found = lived.all("/v1/subscriptions", status="all", **{"expand[]": expand})
    assert not [line for each in found for line in complaints("subscription", each)]
    assert any(each["default_payment_method"]["card"]["last4"] == "4242" for each in found)


def parameters(write: Write) -> dict[str, Any]:
    """What Stripe takes at an address."""
    operation = paths()[NAMES.get(write.path, write.path)][write.method.lower()]
    body = operation.get("requestBody", {}).get("content", {}).get("application/x-www-form-urlencoded", {})
    query = {each["name"]: each["schema"] for each in operation.get("parameters", ()) if each["in"] == "query"}
    return {**body.get("schema", {}).get("properties", {}), **query}


def inside(schema: dict[str, Any]) -> dict[str, Any]:
    """The fields of a parameter that is an object, or a list of them."""
    for each in (schema, *schema.get("anyOf", ())):
        if "properties" in each:
            return dict(each["properties"])
        if each.get("type") == "array":
            return inside(each["items"])
    return {}


def unknown(shape: Mapping[str, Any], known: Mapping[str, Any], path: str) -> Iterator[str]:
    for name, field in shape.items():
        if name not in known:
            yield f"{path}.{name}"
            continue
        nested = field[0] if isinstance(field, list) else field
        if isinstance(nested, Mapping):
            yield from unknown(nested, inside(known[name]), f"{path}.{name}")


@pytest.mark.parametrize("write", WRITES, ids=lambda write: f"{write.method} {write.path}")
def test_no_parameter_is_taken_that_stripe_does_not_know(write: Write) -> None:
    assert not list(unknown(write.shape, parameters(write), write.path))


@pytest.mark.parametrize("write", WRITES, ids=lambda write: f"{write.method} {write.path}")
def test_every_parameter_that_is_not_served_is_told_apart_from_an_unknown_one(write: Write) -> None:
    served = {*write.shape, "expand"}
    assert parameters(write).keys() - served == UNSERVED.get((write.method, write.path), frozenset())


def test_an_unknown_parameter_would_be_seen() -> None:
    assert list(unknown({"surprise": None}, {}, "x")) == ["x.surprise"]
