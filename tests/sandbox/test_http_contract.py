"""What the HTTP half makes by itself is shaped as Stripe's own OpenAPI document says."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from lib.sandbox.http.server import running
from lib.sandbox.http.state import Options
from tests.sandbox.fake_world import Client, FakeWorld, Object, serving

SPEC = Path(__file__).resolve().parents[2].parent / "shared" / "stripe-openapi" / "spec3.json.gz"

pytestmark = pytest.mark.skipif(not SPEC.exists(), reason="Stripe's OpenAPI document is not beside this project")


@pytest.fixture(scope="module")
def spec() -> Object:
    loaded: Object = json.loads(gzip.decompress(SPEC.read_bytes()))
    return strict(loaded)


def strict(node: Any) -> Any:  # noqa: ANN401 - any JSON value
    """OpenAPI 3.0 as JSON Schema: ``nullable`` becomes a type, and an object takes no key it does not name."""
    if isinstance(node, list):
        return [strict(each) for each in node]
    if not isinstance(node, dict):
        return node
    made = {name: strict(value) for name, value in node.items() if name != "nullable"}
    if isinstance(made.get("properties"), dict) and "additionalProperties" not in made:
        made["additionalProperties"] = False
    return {"anyOf": [made, {"type": "null"}]} if node.get("nullable") is True else made


LISTS = (
    ("customers", "customer", ()),
    ("products", "product", ()),
    ("prices", "price", ("tiers", "product")),
    ("coupons", "coupon", ("applies_to",)),
    ("promotion_codes", "promotion_code", ("promotion.coupon",)),
    ("subscriptions", "subscription", ("discounts", "items.data.discounts", "customer")),
    ("invoices", "invoice", ("payments", "discounts", "lines.data.discounts")),
    ("invoiceitems", "invoiceitem", ("discounts",)),
    ("invoice_payments", "invoice_payment", ("payment.payment_intent",)),
    ("charges", "charge", ("balance_transaction", "refunds")),
    ("refunds", "refund", ("balance_transaction", "charge")),
    ("disputes", "dispute", ("charge",)),
    ("balance_transactions", "balance_transaction", ("source",)),
    ("payouts", "payout", ("balance_transaction",)),
    ("credit_notes", "credit_note", ("invoice",)),
    ("tax_rates", "tax_rate", ()),
    ("payment_intents", "payment_intent", ("latest_charge",)),
    ("events", "event", ()),
)


@pytest.fixture(scope="module")
def business() -> Iterator[Client]:
    """A small business made by the engine, with enough of everything."""
    with running(Options(months=10, customers=150)) as (base, standin):
        assert standin.cast.demo.ready.wait(120)
        with Client(base, standin, standin.cast.demo.restricted_key) as made:
            paid = next(each for each in made.get("/v1/charges?limit=100").json()["data"] if each["paid"])
            disputed = made.post("/_sandbox/do", json={"operation": "dispute", "charge": paid["id"]})
            assert disputed.json()["result"]["object"] == "dispute"
            yield made


@pytest.mark.parametrize(("path", "schema", "expand"), LISTS)
def test_every_list_plain_and_expanded(
    business: Client, spec: Object, path: str, schema: str, expand: tuple[str, ...]
) -> None:
    validator = jsonschema.Draft7Validator({"$ref": f"#/components/schemas/{schema}", **spec})
    for paths in ((), expand):
        answer = business.get(f"/v1/{path}", params={"limit": 60, "expand[]": [f"data.{each}" for each in paths]})
        found = answer.json()["data"]
        assert found, f"the business has no {schema}"
        for each in found:
            validator.validate(each)


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    world = FakeWorld()
    world.put("balance_transaction", "txn_1", net=5, currency="usd", available_on=0)
    with serving(world) as made:
        yield made


@pytest.mark.parametrize(("path", "schema"), [("/v1/account", "account"), ("/v1/balance", "balance")])
def test_the_account_and_its_balance(client: Client, spec: Object, path: str, schema: str) -> None:
    found = client.get(path).json()
    jsonschema.Draft7Validator({"$ref": f"#/components/schemas/{schema}", **spec}).validate(found)


def test_an_unknown_key_would_be_seen(client: Client, spec: Object) -> None:
    found = client.get("/v1/balance").json() | {"surprise": 1}
    with pytest.raises(jsonschema.ValidationError, match="surprise"):
        jsonschema.Draft7Validator({"$ref": "#/components/schemas/balance", **spec}).validate(found)
