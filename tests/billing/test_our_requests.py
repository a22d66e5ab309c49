"""What we send to Stripe about our own plans, our set-up, and for owners, is as Stripe's document says.

Every request is taken down as it leaves for the stand-in, over real HTTP; queries and bodies are held against the
document's schemas: names, what must be there, choices, and the kinds of values. The document lies beside the
project and is no part of it: without it the test skips.
"""

from __future__ import annotations

import gzip
import json
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from lib import settings as settings_module
from lib.accounts import connections, team
from lib.billing import change, checkout, ending, portal, prices, selling, setup, truth
from lib.billing.plans import BUSINESS, PRO, Every
from lib.billing.setup import hooks
from lib.cli import doctor
from lib.gateway import Gateway, client, platform
from lib.sync import backfill
from lib.sync.announcements import EVENT_TYPES
from tests import paying
from tests.billing.buying import Buyer
from tests.billing.test_owing import with_owners

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


def tree(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """A form as what it says: ``a[b][0]=1`` is ``{"a": {"b": {"0": "1"}}}``."""
    made: dict[str, Any] = {}
    for name, value in pairs:
        *path, last = re.findall(r"[^\[\]]+", name)
        place = made
        for step in path:
            place = place.setdefault(step, {})
        place[last] = value
    return made


SCALARS = {"integer": r"-?\d+", "number": r"-?\d+(\.\d+)?", "boolean": "true|false", "string": r"(?s).*"}


def complaints(schema: dict[str, Any], value: Any, at: str) -> list[str]:  # noqa: ANN401 - a form's tree
    """What a form's schema has against ``value`` at ``at``: unknown names, lacking ones, values of another kind."""
    if ways := schema.get("anyOf"):
        return min((complaints(way, value, at) for way in ways), key=len)
    kind = schema.get("type", "string")
    if kind == "object":
        return _of_object(schema, value, at)
    if kind == "array":
        if not isinstance(value, dict) or [*value] != [str(place) for place in range(len(value))]:
            return [f"{at} is no list"]
        return [each for place, one in value.items() for each in complaints(schema["items"], one, f"{at}[{place}]")]
    return _of_scalar(schema, value, at)


def _of_scalar(schema: dict[str, Any], value: Any, at: str) -> list[str]:  # noqa: ANN401 - a form's tree
    kind = schema.get("type", "string")
    if not isinstance(value, str) or not re.fullmatch(SCALARS[kind], value):
        return [f"{at} is no {kind}"]
    if "enum" in schema and value not in schema["enum"]:
        return [f"{at} is none of what there is"]
    return [f"{at} is too long"] if len(value) > schema.get("maxLength", len(value)) else []


def _of_object(schema: dict[str, Any], value: Any, at: str) -> list[str]:  # noqa: ANN401 - a form's tree
    if not isinstance(value, dict):
        return [f"{at} is no object"]
    known, more = schema.get("properties", {}), schema.get("additionalProperties")
    found = [f"{_below(at, name)} is missing" for name in schema.get("required", ()) if name not in value]
    for name, one in value.items():
        if name in known:
            found += complaints(known[name], one, _below(at, name))
        elif isinstance(more, dict):
            found += complaints(more, one, _below(at, name))
        else:
            found.append(f"{_below(at, name)} is unknown")
    return found


def _below(at: str, name: str) -> str:
    return f"{at}[{name}]" if at else name


NEWER = {"post /v1/webhook_endpoints: api_version is none of what there is"}
"""Stripe's document beside us is older than the version that we pin."""


def wrong(method: str, url: str, body: str | None) -> list[str]:
    """What Stripe's document has against a request; the request itself when there is no such one."""
    parts = urlsplit(url)
    known = operation(method, parts.path)
    if known is None:
        return [f"{method} {parts.path}"]
    asked = [each for each in known.get("parameters", ()) if each["in"] == "query"]
    query = {
        "type": "object",
        "properties": {each["name"]: each["schema"] for each in asked},
        "required": [each["name"] for each in asked if each.get("required")],
    }
    content = known.get("requestBody", {}).get("content", {})
    form = content.get("application/x-www-form-urlencoded", {}).get("schema", {"type": "object"})
    found = complaints(query, tree(parse_qsl(parts.query, keep_blank_values=True)), "")
    found += complaints(form, tree(parse_qsl(body or "", keep_blank_values=True)), "")
    return [line for each in found if (line := f"{method} {parts.path}: {each}") not in NEWER]


@dataclass
class Sent:
    """Every request, as it left."""

    requests: list[tuple[str, str, str | None]] = field(default_factory=list)

    @property
    def kinds(self) -> set[str]:
        """``post /v1/subscriptions/{id}``: which requests there were."""
        shapes = [
            (method, re.sub(r"/(sub|cus|cs|in|price|we)_[^/]+", "/{id}", urlsplit(u).path))
            for method, u, _ in self.requests
        ]
        return {f"{method} {path}" for method, path in shapes}


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    """All that leaves by our HTTP clients while the test runs; it still reaches the stand-in."""
    taken = Sent()
    for http in (client.HTTP, client.QUICK_HTTP):
        leave = http.request

        def request(method: str, url: str, *rest: Any, _leave: Any = leave) -> Any:  # noqa: ANN401 - passed on as it is
            taken.requests.append((method, url, rest[1] if len(rest) > 1 else None))
            return _leave(method, url, *rest)

        monkeypatch.setattr(http, "request", request)
    return taken


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("post", "customers", "name=A&metadata[any]=1", []),
        ("post", "customers", "nmae=A", ["nmae is unknown"]),
        (
            "post",
            "checkout/sessions",
            "line_items[0][price]=p&line_items[0][qty]=1",
            ["line_items[0][qty] is unknown"],
        ),
        ("get", "subscriptions?customer=c&sattus=all", None, ["sattus is unknown"]),
        ("get", "subscriptions?status=al", None, ["status is none of what there is"]),
        ("get", "subscriptions?limit=ten&expand[0]=data.x", None, ["limit is no integer"]),
        ("get", "prices?lookup_keys=a", None, ["lookup_keys is no list"]),
        ("post", "webhook_endpoints", "enabled_events[0]=invoice.paid", ["url is missing"]),
        ("post", "webhook_endpoints", "url=x&enabled_events[0]=a.b", ["enabled_events[0] is none of what there is"]),
        ("post", "webhook_endpoints", "url=x&enabled_events[0]=*&connect=True", ["connect is no boolean"]),
        ("post", "subscriptions", "customer=c&items[1][price]=p", ["items is no list"]),
        ("post", "subscriptions", "customer=c&items[0][quantity]=1.5", ["items[0][quantity] is no integer"]),
        ("post", "subscriptions", "customer=c&trial_end=now&application_fee_percent=1.5", []),
        ("post", "subscriptions", "customer=c&metadata=x", ["metadata is no object"]),
    ],
)
def test_the_checker_finds_what_stripe_would_refuse(
    method: str, path: str, body: str | None, expected: list[str]
) -> None:
    plain = path.split("?", maxsplit=1)[0]
    assert wrong(method, f"https://x/v1/{path}", body) == [f"{method} /v1/{plain}: {each}" for each in expected]


def test_a_request_that_there_is_not_is_found() -> None:
    assert wrong("post", "https://x/v1/nothing", None) == ["post /v1/nothing"]


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
    assert [name for request in sent.requests for name in wrong(*request)] == []


def test_with_tax_too(buyer: Buyer, sent: Sent, use_settings: Callable[..., object]) -> None:
    use_settings(billing=True, billing_tax=True)
    buyer.rebind()
    checkout.begin(buyer.user, PRO.slug, Every.MONTH, now=int(time.time()))
    bodies = [body or "" for _, url, body in sent.requests if url.endswith("/v1/checkout/sessions")]
    form = tree(parse_qsl(bodies[0]))
    assert (form["automatic_tax"], form["tax_id_collection"]) == ({"enabled": "true"}, {"enabled": "true"})
    assert form["customer_update"] == {"address": "auto", "name": "auto"}
    assert [name for request in sent.requests for name in wrong(*request)] == []


def test_what_is_put_right_in_stripes_records_is_known_to_stripe(buyer: Buyer, sent: Sent) -> None:
    buyer.buy(PRO, Every.MONTH)
    paying.connect(buyer.user.workspace, "acct_1shop")
    (bob,) = with_owners(buyer, "Bob")
    team.remove(bob, buyer.user.id, now=int(time.time()))
    sent.requests.clear()
    truth.tell_connected(buyer.user.workspace)
    assert sent.kinds >= {"post /v1/customers/{id}", "post /v1/subscriptions/{id}"}
    assert any("email=" in (body or "") for _, _, body in sent.requests)
    assert [name for request in sent.requests for name in wrong(*request)] == []


def test_a_subscription_made_for_an_owner_is_known_to_stripe(buyer: Buyer, sent: Sent) -> None:
    account = connections.connect_demo(buyer.user.workspace, now=int(time.time()))
    backfill.run(account, Gateway(connections.credential(account)))
    price = next(each for each in selling.prices(buyer.user, account) if each.currency == "usd")
    customer = next(each for each in selling.customers(buyer.user, account) if each.currency in {None, "usd"})
    buyer.door("do", account=account, operation="attach_card", customer=customer.id)
    sent.requests.clear()
    agreed = selling.offer(buyer.user, account, customer.id, price.id, 2, 14)
    selling.create(buyer.user, agreed, once="once")
    assert sent.kinds == {"post /v1/subscriptions"}
    assert "application_fee_percent" in (sent.requests[0][2] or "")
    selling.create(buyer.user, selling.offer(buyer.user, account, customer.id, price.id, 2, 0), once="now")
    assert sent.kinds == {"post /v1/subscriptions", "post /v1/invoices/create_preview"}
    assert [name for request in sent.requests for name in wrong(*request)] == []


def test_what_the_platform_page_and_doctor_ask_is_known_to_stripe(
    buyer: Buyer, sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BILLING_TAX", "true")
    settings_module.replace(None)
    buyer.rebind()
    setup.forget()
    assert not [each.name for each in setup.look(EVENT_TYPES).checks if each.state is setup.State.WRONG]
    for path in (hooks.CONNECTED_PATH, hooks.OWN_PATH):
        setup.create(path, EVENT_TYPES, once=path)
    assert len(platform.endpoints(next(each for each in setup.both() if each.main).keys)) >= 2
    assert sent.kinds >= {
        "get /v1/account", "get /v1/webhook_endpoints", "post /v1/webhook_endpoints", "get /v1/prices",
        "get /v1/billing_portal/configurations", "get /v1/tax/settings",
    }  # fmt: skip
    assert [name for request in sent.requests if _is_api(request) for name in wrong(*request)] == []
    sent.requests.clear()
    setup.forget()
    assert not [each for each in doctor.findings() if not each.ok]
    assert sent.kinds >= {"get /v1/account", "get /v1/billing_portal/configurations"}
    assert [name for request in sent.requests if _is_api(request) for name in wrong(*request)] == []


def _is_api(request: tuple[str, str, str | None]) -> bool:
    """Not Connect's own sign-in, which the document does not tell of."""
    return not urlsplit(request[1]).path.startswith("/oauth/")
