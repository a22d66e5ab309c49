"""What the HTTP half makes by itself is shaped as Stripe's own OpenAPI document says."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

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
