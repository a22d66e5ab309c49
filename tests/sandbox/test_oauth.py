"""Connect OAuth as an owner and a platform see it: the page, the codes, the tokens, the end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.sandbox.fake_world import Client, FakeWorld, Object, serving

BACK = "http://localhost:8501/oauth/callback"


@pytest.fixture
def client() -> Iterator[Client]:
    world = FakeWorld()
    world.put("customer", "cus_1")
    with serving(world) as made:
        yield made


def asked(client: Client, **changes: str) -> dict[str, str]:
    usual = {"response_type": "code", "client_id": client.standin.connections.client_id, "scope": "read_write"}
    return usual | {"redirect_uri": BACK, "state": "s&1"} | changes


def answer_of(response: httpx.Response) -> dict[str, str]:
    """What the owner's browser is sent back with."""
    assert response.status_code == 303, response.text
    location = response.headers["location"]
    assert location.startswith(f"{BACK}?")
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


def decide(client: Client, decision: str, account: str | None = None, **changes: str) -> httpx.Response:
    form = asked(client, **changes) | {"decision": decision, "account": account or client.standin.cast.demo.id}
    return client.post("/oauth/authorize", data=form)


def code_for(client: Client, account: str | None = None) -> str:
    return answer_of(decide(client, "allow", account))["code"]


def token(client: Client, key: str | None = None, **form: str) -> tuple[int, Object]:
    headers = {"Authorization": f"Bearer {key or client.standin.access.secret_key}"}
    answer = client.post("/oauth/token", data=form, headers=headers)
    return answer.status_code, answer.json()


def exchange(client: Client, code: str) -> tuple[int, Object]:
    return token(client, grant_type="authorization_code", code=code)


def deauthorize(client: Client, account: str, client_id: str | None = None) -> tuple[int, Object]:
    headers = {"Authorization": f"Bearer {client.standin.access.secret_key}"}
    form = {"client_id": client_id or client.standin.connections.client_id, "stripe_user_id": account}
    answer = client.post("/oauth/deauthorize", data=form, headers=headers)
    return answer.status_code, answer.json()


def platform(client: Client, account: str) -> Client:
    return Client(str(client.base_url), client.standin, client.standin.access.secret_key, account)


# --- The page ---------------------------------------------------------------------------------------------------------


def test_the_page_is_honest_and_offers_every_way_on(client: Client) -> None:
    page = client.get("/oauth/authorize", params=asked(client))
    assert page.status_code == 200
    for words in (
        "nothing here is real",
        "Development mode",
        "Skip this account form",
        "Deny",
        "Halyard",
        "Brand New Ltd",
    ):
        assert words in page.text
    assert page.text.count('type="radio"') == 4
    assert 'name="viewport"' in page.text
    assert "prefers-color-scheme: dark" in page.text


def test_what_is_asked_for_is_said_in_words(client: Client) -> None:
    assert "can’t change anything" in client.get("/oauth/authorize", params=asked(client, scope="read_only")).text
    assert "read and change" in client.get("/oauth/authorize", params=asked(client)).text


def test_parameters_are_escaped(client: Client) -> None:
    page = client.get("/oauth/authorize", params=asked(client, state='"><script>alert(1)</script>'))
    assert "<script>" not in page.text


def test_allow_deny_and_skip_send_the_owner_back_with_the_state(client: Client) -> None:
    allowed = answer_of(decide(client, "allow"))
    assert (allowed["scope"], allowed["state"], allowed["code"][:3]) == ("read_write", "s&1", "ac_")
    assert answer_of(decide(client, "deny")) == {
        "error": "access_denied",
        "error_description": "The user denied your request",
        "state": "s&1",
    }
    page = client.get("/oauth/authorize", params=asked(client)).text
    link = re.search(r'href="([^"]+)">Skip this account form', page)
    assert link
    code = answer_of(client.get(unescape(link[1])))["code"]
    assert exchange(client, code)[1]["stripe_user_id"] == client.standin.cast.demo.id


@pytest.mark.parametrize(
    ("words", "changes"),
    [
        ("No application matches", {"client_id": "ca_invented"}),
        ("is not registered", {"redirect_uri": "https://elsewhere.example/oauth/callback"}),
        ("is not registered", {"redirect_uri": "http://localhost:8501/oauth/callback/more"}),
        ("is not registered", {"redirect_uri": "http://localhost:8501/oauth/callback?next=1"}),
        ("is not registered", {"redirect_uri": "http://localhost@elsewhere.example/oauth/callback"}),
        ("is not registered", {"redirect_uri": "javascript://localhost/oauth/callback"}),
        ("is not registered", {"redirect_uri": ""}),
    ],
)
def test_an_untrusted_request_never_leaves_the_page(client: Client, words: str, changes: dict[str, str]) -> None:
    for answer in (client.get("/oauth/authorize", params=asked(client, **changes)), decide(client, "allow", **changes)):
        assert answer.status_code == 400
        assert words in answer.text
        assert "location" not in answer.headers


def test_other_mistakes_go_back_to_the_platform(client: Client) -> None:
    assert answer_of(decide(client, "allow", scope="everything"))["error"] == "invalid_scope"
    wrong = client.get("/oauth/authorize", params=asked(client, response_type="token"))
    assert answer_of(wrong)["error"] == "unsupported_response_type"


def test_an_account_of_another_platform_is_refused_with_a_way_back(client: Client) -> None:
    page = decide(client, "allow", client.standin.cast.foreign.id)
    assert "already connected to another platform" in page.text
    assert "error=access_denied" in unescape(page.text)
    assert decide(client, "allow", "acct_invented").status_code == 400


def test_more_return_addresses_can_be_registered() -> None:
    other = "http://192.168.0.7:8501/oauth/callback"
    with serving(redirect_uris=(other,)) as client:
        assert client.get("/oauth/authorize", params=asked(client, redirect_uri=other)).status_code == 200


# --- Codes and tokens -------------------------------------------------------------------------------------------------


def test_a_code_gives_access_once(client: Client) -> None:
    account, code = client.standin.cast.demo.id, code_for(client)
    status, granted = exchange(client, code)
    assert status == 200
    assert granted | {"access_token": "", "refresh_token": "", "stripe_publishable_key": ""} == {
        "access_token": "",
        "livemode": False,
        "refresh_token": "",
        "token_type": "bearer",
        "stripe_publishable_key": "",
        "stripe_user_id": account,
        "scope": "read_write",
    }
    with platform(client, account) as ours:
        assert ours.ids("/v1/customers") == ["cus_1"]
        assert ours.get("/v1/account").json()["id"] == account
    with Client(str(client.base_url), client.standin, granted["access_token"]) as owner:
        assert owner.ids("/v1/customers") == ["cus_1"]
    refused = {"error": "invalid_grant", "error_description": f"Authorization code does not exist: {code}"}
    assert exchange(client, code) == (400, refused)


def test_a_code_lives_five_minutes(client: Client) -> None:
    young, old = code_for(client), code_for(client)
    client.post("/_sandbox/advance", json={"seconds": 290})
    assert exchange(client, young)[0] == 200
    client.post("/_sandbox/advance", json={"seconds": 11})
    assert exchange(client, old)[1]["error"] == "invalid_grant"


def test_a_code_of_another_platform_or_of_nobody_is_refused(client: Client) -> None:
    foreign = client.post("/_sandbox/codes", json={"client_id": "ca_other"}).json()["code"]
    assert exchange(client, foreign)[1]["error"] == "invalid_grant"
    assert exchange(client, "ac_invented")[1]["error"] == "invalid_grant"
    assert not client.standin.connections.accounts


@pytest.mark.parametrize(
    ("status", "error", "form"),
    [
        (400, "invalid_request", {}),
        (400, "invalid_request", {"grant_type": "authorization_code"}),
        (400, "unsupported_grant_type", {"grant_type": "password"}),
        (400, "invalid_grant", {"grant_type": "refresh_token", "refresh_token": "rt_invented"}),
        (401, "invalid_client", {"grant_type": "authorization_code", "code": "ac_x", "_key": "sk_test_invented123456"}),
    ],
)
def test_a_bad_exchange_is_told_as_oauth_tells_it(
    client: Client, status: int, error: str, form: dict[str, str]
) -> None:
    key = form.pop("_key", None)
    got, body = token(client, key, **form)
    assert (got, body["error"], set(body)) == (status, error, {"error", "error_description"})


def test_a_refresh_token_gives_access_again(client: Client) -> None:
    granted = exchange(client, code_for(client))[1]
    again = token(client, grant_type="refresh_token", refresh_token=granted["refresh_token"])
    assert again == (200, granted)


# --- The accounts -----------------------------------------------------------------------------------------------------


def test_a_new_business_can_be_connected_and_has_nothing(client: Client) -> None:
    account = client.standin.cast.empty.id
    assert exchange(client, code_for(client, account))[0] == 200
    with platform(client, account) as ours:
        for path in ("customers", "subscriptions", "invoices", "balance_transactions", "events"):
            assert ours.ids(f"/v1/{path}") == []
        assert ours.get("/v1/balance").json()["available"][0]["amount"] == 0


# --- The end ----------------------------------------------------------------------------------------------------------


def test_after_deauthorize_the_account_is_closed_to_us(client: Client) -> None:
    account = client.standin.cast.demo.id
    granted = exchange(client, code_for(client))[1]
    assert deauthorize(client, account) == (200, {"stripe_user_id": account})
    with platform(client, account) as ours:
        status, error = ours.error("/v1/customers")
        assert (status, error["code"]) == (403, "account_invalid")
    with Client(str(client.base_url), client.standin, granted["access_token"]) as owner:
        assert owner.error("/v1/customers")[0] == 401
    gone = f"This application is not connected to stripe account {account}, or that account does not exist."
    assert deauthorize(client, account) == (401, {"error": "invalid_client", "error_description": gone})
    assert exchange(client, code_for(client))[0] == 200  # and it can be connected again


def test_another_platform_cannot_end_our_connection(client: Client) -> None:
    account = client.standin.cast.demo.id
    exchange(client, code_for(client))
    assert deauthorize(client, account, "ca_other")[0] == 401
    assert client.standin.connections.holds(account)


def test_an_owner_withdraws_access_in_the_dashboard(client: Client) -> None:
    account = client.standin.cast.demo.id
    exchange(client, code_for(client))
    assert client.post("/_sandbox/revoke", json={"account": account}).json() == {"account": account, "revoked": True}
    assert client.post("/_sandbox/revoke", json={"account": account}).json()["revoked"] is False
    assert not client.standin.connections.holds(account)
