"""Failures: Stripe's statuses, codes and sentences; keys and permissions; faults on demand."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import httpx
import pytest

from tests.sandbox.fake_world import NOW, Client, FakeWorld, serving


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    world = FakeWorld()
    world.put("customer", "cus_1")
    world.put("coupon", "GONE")
    world.remove("coupon", "GONE")
    world.put("event", "evt_old", NOW - 31 * 86_400, type="x", data={"object": {}})
    with serving(world) as made:
        yield made


@pytest.mark.parametrize(
    ("status", "code", "param", "path"),
    [
        (400, "parameter_unknown", "nonsense", "/v1/customers?nonsense=1"),
        (400, "parameter_unknown", "status", "/v1/charges?status=paid"),
        (400, "parameter_invalid_integer", "limit", "/v1/customers?limit=ten"),
        (400, "parameter_invalid_integer", "limit", "/v1/customers?limit=0"),
        (400, "parameter_invalid_integer", "limit", "/v1/customers?limit=101"),
        (400, "parameter_invalid_integer", "created[gte]", "/v1/customers?created[gte]=yesterday"),
        (400, "resource_missing", "starting_after", "/v1/customers?starting_after=cus_9"),
        (400, "parameter_missing", "subscription", "/v1/subscription_items"),
        (400, None, "status", "/v1/subscriptions?status=happy"),
        (400, None, "ending_before", "/v1/customers?starting_after=cus_1&ending_before=cus_1"),
        (400, None, "expand", "/v1/charges?expand[]=data.nothing"),
        (400, None, "expand", "/v1/charges?expand[]=balance_transaction"),
        (400, None, "expand", "/v1/charges?expand[]=data.payment_intent.latest_charge.customer.discount"),
        (404, "resource_missing", "id", "/v1/customers/cus_9"),
        (404, "resource_missing", "id", "/v1/coupons/GONE"),
        (404, "resource_missing", "id", "/v1/events/evt_old"),
        (404, None, None, "/v1/unheard_of"),
    ],
)
def test_a_bad_request_is_told_as_stripe_tells_it(
    client: Client, status: int, code: str | None, param: str | None, path: str
) -> None:
    answer = client.get(path)
    error = answer.json()["error"]
    assert (answer.status_code, error.get("code"), error.get("param")) == (status, code, param)
    assert error["type"] == "invalid_request_error"


def test_every_answer_names_its_request_and_the_version(client: Client) -> None:
    plain, asked = client.get("/v1/customers"), client.get("/v1/none", headers={"Stripe-Version": "2024-06-20"})
    assert plain.headers["request-id"].startswith("req_")
    assert plain.headers["request-id"] != asked.headers["request-id"]
    assert (plain.headers["stripe-version"], asked.headers["stripe-version"]) == ("2026-10-28.endive", "2024-06-20")


@pytest.mark.parametrize(
    ("status", "words", "authorization"),
    [
        (401, "You did not provide an API key", ""),
        (401, "Invalid API Key provided: sk_test_****", "Bearer sk_test_invented1234567890"),
        (401, "Invalid API Key provided: sk_live_****", "Bearer sk_live_invented1234567890"),
        (403, "publishable API key", "Bearer pk_test_invented1234567890"),
        (401, "You did not provide an API key", "Basic !!!"),
    ],
)
def test_an_unknown_key_is_refused_and_never_repeated(
    client: Client, status: int, words: str, authorization: str
) -> None:
    answer = httpx.get(client.base_url.join("/v1/customers"), headers={"Authorization": authorization})
    assert answer.status_code == status
    assert words in answer.json()["error"]["message"]
    assert "invented123" not in answer.text


def test_the_key_may_also_come_as_a_user_name(client: Client) -> None:
    key = base64.b64encode(f"{client.standin.access.secret_key}:".encode()).decode()
    assert httpx.get(client.base_url.join("/v1/account"), headers={"Authorization": f"Basic {key}"}).status_code == 200


def test_an_account_that_did_not_connect_is_account_invalid(client: Client) -> None:
    for account in (client.standin.cast.demo.id, client.standin.cast.foreign.id, "acct_invented"):
        with Client(str(client.base_url), client.standin, client.standin.access.secret_key, account) as platform:
            status, error = platform.error("/v1/customers")
        assert (status, error["code"]) == (403, "account_invalid")
        assert f"does not have access to account '{account}'" in error["message"]


def test_a_restricted_key_opens_its_own_account_alone(client: Client) -> None:
    cast = client.standin.cast
    assert client.get("/v1/account").json()["id"] == cast.demo.id
    status, error = client.error(f"/v1/accounts/{cast.small.id}")
    assert (status, error["code"]) == (403, "account_invalid")


@pytest.mark.parametrize(
    ("suffix", "path", "permission"),
    [
        ("_without_customer", "customers", "rak_customer_read"),
        ("_without_rak_invoice_read", "invoices", "rak_invoice_read"),
        ("_without_invoice_and_charge", "refunds", "rak_charge_read"),
        ("_without_plan", "prices", "rak_plan_read"),
        ("_without_balance_transaction_source", "balance_transactions", "rak_balance_transaction_source_read"),
        ("_without_accounts_kyc_basic", "account", "rak_accounts_kyc_basic_read"),
        ("_without_everything", "events", "rak_event_read"),
    ],
)
def test_a_restricted_key_without_a_permission_is_told_which(
    client: Client, suffix: str, path: str, permission: str
) -> None:
    demo = client.standin.cast.demo
    with Client(str(client.base_url), client.standin, demo.restricted_key + suffix) as poor:
        status, error = poor.error(f"/v1/{path}")
        assert poor.get("/v1/tax_rates").status_code == (403 if suffix.endswith("everything") else 200)
    assert status == 403
    assert error["message"].endswith(
        f"does not have the required permissions for this endpoint on account '{demo.id}'. "
        f"Having the '{permission}' permission would allow this request to continue."
    )
    assert demo.restricted_key not in error["message"]


# --- Faults -----------------------------------------------------------------------------------------------------------


def plant(client: Client, **fault: object) -> None:
    assert client.post("/_sandbox/faults", json={"clear": True, **fault}).status_code == 200


def test_so_many_requests_are_limited_and_then_no_more(client: Client) -> None:
    plant(client, kind="429", path="/v1/customers", count=2, seconds=3)
    answers = [client.get("/v1/customers") for _ in range(3)]
    assert [each.status_code for each in answers] == [429, 429, 200]
    assert answers[0].headers["retry-after"] == "3"
    assert answers[0].headers["stripe-rate-limited-reason"] == "endpoint-rate"
    assert answers[0].json()["error"]["code"] == "rate_limit"


def test_a_fault_keeps_to_its_path_and_may_let_some_pass(client: Client) -> None:
    plant(client, kind="500", path="/v1/invoices", skip=1, count=1)
    assert client.get("/v1/customers").status_code == 200
    assert [client.get("/v1/invoices").status_code for _ in range(3)] == [200, 500, 200]


def test_a_probability_hits_some_and_spares_some(client: Client) -> None:
    plant(client, kind="500", probability=0.5)
    statuses = {client.get("/v1/customers").status_code for _ in range(40)}
    plant(client)
    assert statuses == {200, 500}
    assert client.get("/v1/customers").status_code == 200


def test_a_cut_connection_breaks_in_mid_answer(client: Client) -> None:
    plant(client, kind="cut", count=1)
    with pytest.raises(httpx.RemoteProtocolError):
        client.get("/v1/customers")
    assert client.get("/v1/customers").status_code == 200


def test_a_timeout_says_nothing_until_the_client_gives_up(client: Client) -> None:
    plant(client, kind="timeout", count=1)
    with pytest.raises(httpx.ReadTimeout):
        client.get("/v1/customers", timeout=0.3)
    assert client.get("/v1/customers").status_code == 200


def test_a_fault_that_makes_no_sense_is_refused(client: Client) -> None:
    for wrong in ({"kind": "flood"}, {"kind": "429", "speed": 1}, {"kind": "429", "count": "two"}):
        assert client.post("/_sandbox/faults", json=wrong).status_code == 400
    assert client.post("/_sandbox/faults", content=b"{").status_code == 400


def test_requests_are_counted_by_path_and_keys_are_not_kept(client: Client) -> None:
    client.delete("/_sandbox/requests")
    client.get("/v1/customers", params={"limit": 1})
    client.get("/v1/customers")
    client.get("/v1/none")
    report = client.get("/_sandbox/requests", params={"last": 3}).json()
    assert (report["total"], report["by_path"]) == (3, {"/v1/customers": 2, "/v1/none": 1})
    assert [(each["query"], each["status"]) for each in report["last"]] == [("limit=1", 200), ("", 200), ("", 404)]
    assert client.standin.cast.demo.restricted_key not in str(report)
