"""Deliveries: only signed ones count, each once, and nothing that does not concern us reaches the sync."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Callable

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from lib.accounts import connections
from lib.api import webhooks
from lib.errors import AccessRevoked
from lib.gateway.webhooks import LARGEST
from lib.settings import Settings
from lib.store import people, tables
from lib.store.engine import reading, transaction
from tests.accounts.members import Member

CONNECT, PLATFORM = "whsec_connect", "whsec_platform"


@pytest.fixture(autouse=True)
def woken(monkeypatch: pytest.MonkeyPatch, use_settings: Callable[..., Settings]) -> list[str]:
    """Endpoint secrets, and the accounts whose sync was woken: workflows are tests/sync's business."""
    use_settings(
        stripe_secret_key="sk_test_x",
        stripe_client_id="ca_x",
        stripe_webhook_secret=CONNECT,
        stripe_platform_webhook_secret=PLATFORM,
    )
    accounts: list[str] = []

    class Runtime:
        wake = staticmethod(accounts.append)

    monkeypatch.setattr(webhooks, "runtime", Runtime)
    return accounts


@pytest.fixture
def shop(ada: Member) -> str:
    """A connected test-mode account."""
    with transaction() as db:
        row = tables.Connection(
            id="con_1", workspace=ada.user.workspace, account="acct_shop", kind="oauth", livemode=False, created=1
        )
        people.add(db, row)
    return "acct_shop"


def event(**changes: object) -> dict[str, object]:
    return {
        "id": "evt_1",
        "object": "event",
        "type": "invoice.paid",
        "account": "acct_shop",
        "created": 1_800_000_000,
        "livemode": False,
        "api_version": "2026-10-28.endive",
        "data": {"object": {"id": "in_1", "object": "invoice"}},
    } | changes


def deliver(
    client: TestClient, body: dict[str, object] | bytes, path: str = "stripe", secret: str = CONNECT, age: int = 0
) -> tuple[int, str]:
    """Post a signed delivery; the status, and what was said of it."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    at = int(time.time()) - age
    signature = hmac.new(secret.encode(), f"{at}.".encode() + raw, hashlib.sha256).hexdigest()
    answer = client.post(f"/webhooks/{path}", content=raw, headers={"Stripe-Signature": f"t={at},v1={signature}"})
    said = answer.json()
    return answer.status_code, said["error"]["code"] if "error" in said else f"ignored={said['ignored']}"


def inbox() -> list[tuple[str, str, str, str | None]]:
    with reading() as db:
        rows = db.exec(select(tables.EventInbox).order_by(tables.EventInbox.id)).all()
    return [(row.id, row.account, row.state, row.note) for row in rows]


def test_a_delivery_is_kept_and_the_sync_woken(client: TestClient, shop: str, woken: list[str]) -> None:
    assert deliver(client, event()) == (200, "ignored=False")
    assert inbox() == [("evt_1", "acct_shop", "pending", None)]
    assert woken == [shop]


def test_a_second_delivery_of_the_same_event_is_welcome_and_changes_nothing(client: TestClient, shop: str) -> None:
    assert [deliver(client, event())[0] for _ in range(3)] == [200, 200, 200]
    assert len(inbox()) == 1


@pytest.mark.parametrize(
    ("changes", "note"),
    [
        ({"account": "acct_stranger"}, "no such connection"),
        ({"livemode": True}, "other mode"),
        ({"type": "tax.form.filed"}, "type not read"),
    ],
)
def test_what_does_not_concern_us_is_accepted_counted_and_left(
    client: TestClient, shop: str, woken: list[str], changes: dict[str, object], note: str
) -> None:
    assert deliver(client, event(**changes)) == (200, "ignored=True")
    assert [row[2:] for row in inbox()] == [("ignored", note)]
    assert woken == []


def test_an_owner_who_takes_access_away_is_heard_at_once(client: TestClient, shop: str, woken: list[str]) -> None:
    gone = event(type="account.application.deauthorized", data={"object": {"id": "ca_x", "object": "application"}})
    assert deliver(client, gone) == (200, "ignored=True")
    with pytest.raises(AccessRevoked):
        connections.credential(shop)


def test_the_end_of_a_live_mode_access_does_not_end_a_test_mode_one(client: TestClient, shop: str) -> None:
    deliver(client, event(type="account.application.deauthorized", livemode=True))
    assert connections.credential(shop).stripe_account == shop


def test_a_late_word_of_an_earlier_end_does_not_end_a_new_connection(client: TestClient, shop: str) -> None:
    deliver(client, event(type="account.application.deauthorized", created=0))
    assert connections.credential(shop).stripe_account == shop


@pytest.mark.parametrize(
    ("body", "secret", "age", "answer"),
    [
        (event(), "whsec_wrong", 0, (400, "bad_signature")),
        (event(), PLATFORM, 0, (400, "bad_signature")),
        (event(), CONNECT, 600, (400, "bad_signature")),
        (event(), CONNECT, -600, (400, "bad_signature")),
        (b"\xff\xfe{}", CONNECT, 0, (400, "bad_payload")),
        (b"{", CONNECT, 0, (400, "bad_payload")),
        (b"[]", CONNECT, 0, (400, "bad_payload")),
        (event(account=None), CONNECT, 0, (400, "bad_payload")),
        (event(created="yesterday"), CONNECT, 0, (400, "bad_payload")),
        (b" " * (LARGEST + 1), CONNECT, 0, (413, "payload_too_large")),
    ],
    ids=[
        "forged",
        "other endpoint's",
        "old",
        "of the future",
        "no text",
        "cut",
        "list",
        "no account",
        "no time",
        "big",
    ],
)
def test_bad_deliveries_are_refused_and_leave_no_trace(
    client: TestClient,
    shop: str,
    body: dict[str, object] | bytes,
    secret: str,
    age: int,
    answer: tuple[int, str],
) -> None:
    assert deliver(client, body, secret=secret, age=age) == answer
    assert inbox() == []


def test_an_unsigned_delivery_is_refused(client: TestClient) -> None:
    assert client.post("/webhooks/stripe", json=event()).status_code == 400


def test_our_own_accounts_events_are_kept_apart_and_wake_who_reads_them(client: TestClient, woken: list[str]) -> None:
    assert deliver(client, event(account=None), "platform", PLATFORM) == (200, "ignored=False")
    assert deliver(client, event(account=None), "platform", PLATFORM) == (200, "ignored=False")
    assert inbox() == [("evt_1", "platform", "pending", None)]
    assert woken == ["platform", "platform"]


@pytest.mark.parametrize(
    ("note", "changes"),
    [("type not read", {"type": "charge.succeeded"}), ("other mode", {"livemode": True})],
)
def test_of_our_own_account_only_what_changes_a_plan_in_our_mode_is_read(
    client: TestClient, woken: list[str], note: str, changes: dict[str, object]
) -> None:
    assert deliver(client, event(account=None) | changes, "platform", PLATFORM) == (200, "ignored=True")
    assert inbox() == [("evt_1", "platform", "ignored", note)]
    assert woken == []


def test_a_connected_accounts_secret_opens_no_door_to_our_plans(client: TestClient, woken: list[str]) -> None:
    assert deliver(client, event(account=None), "platform", CONNECT)[0] == 400
    assert deliver(client, event(account="platform"))[0] == 400
    assert (inbox(), woken) == ([], [])


def test_an_endpoint_without_a_secret_says_so(client: TestClient, use_settings: Callable[..., Settings]) -> None:
    use_settings(stripe_secret_key="sk_test_x", stripe_client_id="ca_x")
    assert deliver(client, event()) == (503, "webhook_unset")
