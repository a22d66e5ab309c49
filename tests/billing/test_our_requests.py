"""What we send to Stripe about our own plans, and for owners, uses only parameters that Stripe's document knows.

Every request is taken down as it leaves for the stand-in, over real HTTP; bodies are held against the document's form
schemas, name by nested name. The document lies beside the project and is no part of it: without it the test skips.
"""

from __future__ import annotations

import gzip
import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from lib.accounts import connections
from lib.billing import change, checkout, ending, portal, prices, selling, truth
from lib.billing.plans import BUSINESS, PRO, Every
from lib.gateway import Gateway, client
from lib.sync import backfill
from tests.billing.buying import Buyer

SPEC = Path(__file__).resolve().parents[3] / "shared" / "stripe-openapi" / "spec3.json.gz"
pytestmark = pytest.mark.skipif(not SPEC.exists(), reason="Stripe's OpenAPI document is not beside this project")


@lru_cache(maxsize=1)
def paths() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(gzip.decompress(SPEC.read_bytes()))["paths"]
    return found


def operation(method: str, path: str) -> dict[str, Any] | None:
    """What Stripe's document says of a request; fixed paths come before those with an id."""
    for shape in sorted(paths(), key=lambda each: each.count("{")):
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", shape), path) and method in paths()[shape]:
            known: dict[str, Any] = paths()[shape][method]
            return known
    return None


def takes(schema: dict[str, Any], steps: list[str]) -> bool:
    """Whether a form's schema has a value at ``a[b][0]``, given as its steps."""
    if any(takes(each, steps) for each in schema.get("anyOf", ())):
        return True
    if not steps:
        return schema.get("type") != "object" or not schema.get("properties")
    step, rest = steps[0], steps[1:]
    if schema.get("type") == "array":
        return step.isdigit() and takes(schema["items"], rest)
    if step in schema.get("properties", {}):
        return takes(schema["properties"][step], rest)
    more = schema.get("additionalProperties")
    return isinstance(more, dict) and takes(more, rest)


def unknown(method: str, url: str, body: str | None) -> list[str]:
    """The names in a request that Stripe does not know; the request itself when there is no such one."""
    parts = urlsplit(url)
    known = operation(method, parts.path)
    if known is None:
        return [f"{method} {parts.path}"]
    queries = {each["name"] for each in known.get("parameters", ()) if each["in"] == "query"}
    found = [f"{parts.path}?{name}" for name, _ in parse_qsl(parts.query) if name.split("[")[0] not in queries]
    content = known.get("requestBody", {}).get("content", {})
    schema = content.get("application/x-www-form-urlencoded", {}).get("schema", {})
    for name, _ in parse_qsl(body or "", keep_blank_values=True):
        if not takes(schema, re.findall(r"[^\[\]]+", name)):
            found.append(f"{method} {parts.path}: {name}")
    return found


@dataclass
class Sent:
    """Every request, as it left."""

    requests: list[tuple[str, str, str | None]] = field(default_factory=list)

    @property
    def kinds(self) -> set[str]:
        """``post /v1/subscriptions/{id}``: which requests there were."""
        shapes = [
            (method, re.sub(r"/(sub|cus|cs|in|price)_[^/]+", "/{id}", urlsplit(u).path))
            for method, u, _ in self.requests
        ]
        return {f"{method} {path}" for method, path in shapes}


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sent]:
    """All that leaves by our HTTP clients while the test runs; it still reaches the stand-in."""
    taken = Sent()
    for http in (client.HTTP, client.QUICK_HTTP):
        leave = http.request

        def request(method: str, url: str, *rest: Any, _leave: Any = leave) -> Any:  # noqa: ANN401 - passed on as it is
            taken.requests.append((method, url, rest[1] if len(rest) > 1 else None))
            return _leave(method, url, *rest)

        monkeypatch.setattr(http, "request", request)
    return taken


def test_the_checker_finds_what_stripe_does_not_know() -> None:
    assert unknown("post", "https://x/v1/customers", "name=A&metadata[any]=1") == []
    assert unknown("post", "https://x/v1/customers", "nmae=A") == ["post /v1/customers: nmae"]
    assert unknown("post", "https://x/v1/checkout/sessions", "line_items[0][price]=p&line_items[0][qty]=1") == [
        "post /v1/checkout/sessions: line_items[0][qty]"
    ]
    assert unknown("get", "https://x/v1/subscriptions?customer=c&sattus=all", None) == ["/v1/subscriptions?sattus"]
    assert unknown("post", "https://x/v1/nothing", None) == ["post /v1/nothing"]


def test_all_we_ask_about_our_own_plans_is_known_to_stripe(buyer: Buyer, sent: Sent) -> None:
    user = buyer.user
    buyer.buy(PRO, Every.MONTH)
    seen = change.preview(user, BUSINESS.slug, Every.YEAR)
    change.confirm(user, seen)
    ending.at_period_end(user)
    ending.keep(user)
    portal.address(user)
    for plan, every in prices.all_of_them():
        prices.price_of(plan, every, truth.own_account())
    truth.reconcile()
    ending.at_once(user.workspace)
    checkout.begin(user, PRO.slug, Every.YEAR, now=int(time.time()))
    checkout.begin(user, PRO.slug, Every.MONTH, now=int(time.time()))
    assert sent.kinds >= {
        "post /v1/customers", "post /v1/checkout/sessions", "get /v1/checkout/sessions/{id}",
        "post /v1/checkout/sessions/{id}/expire", "post /v1/billing_portal/sessions",
        "post /v1/invoices/create_preview",
        "post /v1/subscriptions/{id}", "delete /v1/subscriptions/{id}", "get /v1/subscriptions", "get /v1/invoices",
        "get /v1/prices",
    }  # fmt: skip
    assert [name for request in sent.requests for name in unknown(*request)] == []


def test_with_tax_too(buyer: Buyer, sent: Sent, use_settings: Callable[..., object]) -> None:
    use_settings(billing=True, billing_tax=True)
    buyer.rebind()
    checkout.begin(buyer.user, PRO.slug, Every.MONTH, now=int(time.time()))
    bodies = [body or "" for _, url, body in sent.requests if url.endswith("/v1/checkout/sessions")]
    assert "automatic_tax" in bodies[0]
    assert [name for request in sent.requests for name in unknown(*request)] == []


def test_a_subscription_made_for_an_owner_is_known_to_stripe(buyer: Buyer, sent: Sent) -> None:
    account = connections.connect_demo(buyer.user.workspace, now=int(time.time()))
    backfill.run(account, Gateway(connections.credential(account)))
    price = next(each for each in selling.prices(buyer.user, account) if each.currency == "usd")
    customer = selling.customers(buyer.user, account, "Anchor Fitness")[0]
    sent.requests.clear()
    agreed = selling.offer(buyer.user, account, customer.id, price.id, 2, 14)
    selling.create(buyer.user, agreed, once="once")
    assert sent.kinds == {"post /v1/subscriptions"}
    assert "application_fee_percent" in (sent.requests[0][2] or "")
    assert [name for request in sent.requests for name in unknown(*request)] == []
