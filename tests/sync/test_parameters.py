"""Every filter we send is one that Stripe knows: it ignores others, and the answer only looks right."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from lib.sync import work
from tests.sync.conftest import Connected

SPEC = Path(__file__).resolve().parents[3] / "shared" / "stripe-openapi" / "spec3.json.gz"


def unknown(requests: list[tuple[str, str]], known: dict[str, set[str]]) -> set[tuple[str, str]]:
    """(path, parameter) of each that its path does not take; ``created[gte]`` is a part of ``created``."""
    found = set()
    for path, query in requests:
        takes = next((names for shape, names in known.items() if re.fullmatch(shape, path)), set())
        found |= {(path, name) for name, _ in parse_qsl(query) if name.split("[")[0] not in takes}
    return found


def reads(spec: dict[str, Any]) -> dict[str, set[str]]:
    """The query parameters of every GET, by its path as a pattern; fixed paths come before those with an id."""
    found = {
        re.sub(r"\{\w+\}", "[^/]+", path): {each["name"] for each in of["get"].get("parameters", [])}
        for path, of in sorted(spec["paths"].items(), key=lambda item: item[0].count("{"))
        if "get" in of
    }
    return {shape: names for shape, names in found.items() if shape.startswith("/v1/")}


@pytest.mark.skipif(not SPEC.exists(), reason="Stripe's OpenAPI document is not beside this project")
def test_every_parameter_of_every_read_is_known_to_stripe(connected: Connected) -> None:
    work.run(connected.account)
    known = reads(json.loads(gzip.decompress(SPEC.read_bytes())))
    asked = [each for each in connected.requests() if each[0].startswith("/v1/")]
    assert {path for path, query in asked if "created" in query} >= {"/v1/invoices", "/v1/charges"}
    assert unknown(asked, known) == set()
    assert unknown([("/v1/subscriptions", "canceled_at[gte]=1&status=all")], known) == {
        ("/v1/subscriptions", "canceled_at[gte]")
    }
