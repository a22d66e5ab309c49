"""Every kind of object that the stand-in's engine makes is shaped as Stripe's own OpenAPI document says.

A small world is built, and of every kind each variety (status, type, billing reason, …) is checked, unknown keys
included. The document lies beside the project and is no part of it: without it the test skips.
"""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from functools import lru_cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from lib.sandbox.world import World

SPEC = Path(__file__).resolve().parents[3] / "shared" / "stripe-openapi" / "spec3.json.gz"
NOW = 1_795_000_000
OF_EACH = 3
KINDS = {
    "account", "balance_transaction", "charge", "coupon", "credit_note", "customer", "discount", "dispute", "event",
    "invoice", "invoice_payment", "invoiceitem", "payment_intent", "payout", "price", "product", "promotion_code",
    "refund", "subscription", "tax_rate",
}  # fmt: skip
VARIETY = (
    "status", "type", "billing_reason", "collection_method", "duration", "billing_scheme", "tiers_mode", "currency",
    "proration", "reporting_category", "refunded", "disputed", "cancel_at_period_end", "delinquent", "reason",
)  # fmt: skip
FILLED = (
    "pause_collection", "trial_end", "discounts", "default_tax_rates", "total_taxes", "total_discount_amounts",
    "parent", "exchange_rate", "discount", "percent_off", "applies_to", "next_payment_attempt", "due_date", "invoice",
    "last_payment_error",
)  # fmt: skip

pytestmark = pytest.mark.skipif(not SPEC.exists(), reason="Stripe's OpenAPI document is not beside this project")


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


@lru_cache(maxsize=1)
def schemas() -> dict[str, Any]:
    loaded = json.loads(gzip.decompress(SPEC.read_bytes()))["components"]["schemas"]
    made: dict[str, Any] = strict(loaded)
    return made


@lru_cache(maxsize=1)
def world() -> World:
    return World.build(seed=7, months=20, customers=400, now=NOW)


@lru_cache
def validator(kind: str) -> jsonschema.Draft7Validator:
    return jsonschema.Draft7Validator(
        {"$ref": f"#/components/schemas/{kind}", "components": {"schemas": schemas()}},
    )


def varieties(objects: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for each in objects:
        for name in VARIETY:
            found[name, str(each.get(name))].append(each)
        for name in FILLED:
            found[name, bool(each.get(name))].append(each)
    chosen = {each["id"]: each for group in found.values() for each in group[-OF_EACH:]}
    return list(chosen.values())


def complaints(kind: str, each: dict[str, Any]) -> list[str]:
    best = jsonschema.exceptions.best_match(validator(kind).iter_errors(each))
    return [f"{kind} {each['id']} at {best.json_path}: {best.message[:300]}"] if best else []


def test_every_kind_is_there() -> None:
    assert {kind for kind in KINDS if world().listing(kind)} == KINDS


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_variety_of_a_kind_is_shaped_as_stripe_says(kind: str) -> None:
    wrong = [line for each in varieties(world().listing(kind)) for line in complaints(kind, each)]
    assert not wrong, wrong[:5]


def test_objects_inside_events_are_shaped_as_stripe_says() -> None:
    by_type: dict[str, dict[str, Any]] = {event["type"]: event for event in world().listing("event")}
    assert len(by_type) > 20
    inside = [event["data"]["object"] for event in by_type.values()]
    assert not [line for each in inside for line in complaints(each["object"], each)]


def test_a_deleted_customer_leaves_a_stub() -> None:
    gone = [world().get("customer", sub["customer"]) for sub in world().listing("subscription")]
    stubs = [each for each in gone if each and each.get("deleted")]
    assert stubs
    assert not complaints("deleted_customer", stubs[0])


def test_an_unknown_key_anywhere_would_be_seen() -> None:
    invoice = world().listing("invoice")[-1]
    lines = {**invoice["lines"], "data": [{**invoice["lines"]["data"][0], "surprise": 1}]}
    assert "surprise" in complaints("invoice", {**invoice, "lines": lines})[0]
