"""The demo business beside real accounts, over HTTP: its secret signs nothing here, and it is asked for by name."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from lib.accounts import api_keys, connections
from lib.api import answers
from lib.settings import Settings, Standin
from lib.store import upserts
from tests.accounts.members import Member
from tests.api.test_metrics import ask, connect
from tests.sampling import ON_SQLITE, Server, beside_real_accounts

pytestmark = pytest.mark.sqlite(reason=ON_SQLITE)


@pytest.fixture(params=[None, "whsec_real"], ids=["no secret set", "a secret set"])
def server(
    request: pytest.FixtureRequest,
    use_settings: Callable[..., Settings],
    data_dir: Path,
    world_cache: Path,
    standin: Standin,
) -> Iterator[Server]:
    """A server with real keys, with an endpoint's secret or without."""
    own = {"stripe_webhook_secret": request.param, "stripe_platform_webhook_secret": request.param}
    more = {name: value for name, value in own.items() if value}
    with beside_real_accounts(use_settings, data_dir, world_cache, standin, **more) as found:
        yield found


def test_what_the_sample_s_secrets_sign_is_refused(
    client: TestClient, ada: Member, server: Server, standin: Standin
) -> None:
    account = connections.connect_demo(ada.user.workspace, now=answers.now())
    event = {"id": "evt_1", "object": "event", "type": "invoice.paid", "account": account, "created": answers.now()}
    raw = json.dumps(event | {"livemode": False, "data": {"object": {"id": "in_1", "object": "invoice"}}}).encode()
    for path, name in (("stripe", "webhook_secret"), ("platform", "platform_webhook_secret")):
        secret, at = str(dict(standin)[name]), int(time.time())
        signature = hmac.new(secret.encode(), f"{at}.".encode() + raw, hashlib.sha256).hexdigest()
        answer = client.post(f"/webhooks/{path}", content=raw, headers={"Stripe-Signature": f"t={at},v1={signature}"})
        assert answer.json()["error"]["code"] in {"webhook_unset", "bad_signature"}
        assert answer.status_code >= 400


def test_connecting_goes_to_real_stripe(client: TestClient, ada: Member, server: Server) -> None:
    connections.connect_demo(ada.user.workspace, now=answers.now())
    client.cookies.update(ada.cookies)
    assert client.get("/oauth/start").headers["location"].startswith(server.stripe.base)


def test_figures_are_the_real_account_s_unless_the_sample_is_named(
    client: TestClient, ada: Member, server: Server
) -> None:
    sample = connections.connect_demo(ada.user.workspace, now=answers.now())
    upserts.bump(sample)
    key = api_keys.create(ada.user.id, ada.user.workspace, "test", now=answers.now())
    assert ask(client, key)[0] == 200  # it is the only one
    connect(ada, "acct_shop", 1000)
    assert "2026-01-01,10.00" in ask(client, key)[1]
    assert "2026-01-01,10.00" in ask(client, key, account="all")[1]
    assert "2026-01-01,0.00" in ask(client, key, account=sample)[1]
