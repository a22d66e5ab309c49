"""The trip to Stripe and back, with the stand-in as a real process; each wrong way ends in a named sentence."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from starlette.testclient import TestClient

from lib import errors
from lib.accounts import connections, sessions, team, users
from lib.accounts.roles import Role
from lib.api import answers, oauth
from lib.billing import truth
from lib.settings import Settings, Standin
from lib.store import people, tables
from lib.store.engine import transaction
from lib.store.secrets import digest
from tests.accounts.members import RIGHT, Member, PlainHasher, enter


@pytest.fixture(autouse=True)
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The accounts whose sync was started: workflows are tests/sync's business."""
    accounts: list[str] = []

    class Runtime:
        start = staticmethod(accounts.append)

    monkeypatch.setattr(oauth, "runtime", Runtime)
    return accounts


def begin(client: TestClient, member: Member | None) -> httpx.Response:
    client.cookies.clear()
    return client.get("/oauth/start", cookies=member.cookies if member else {})


def consent(client: TestClient, member: Member, decision: str = "allow", account: str = "") -> dict[str, str]:
    """Leave for Stripe, decide there, and bring back the query of the answer."""
    page = urlsplit(begin(client, member).headers["location"])
    form = {name: values[0] for name, values in parse_qs(page.query).items()}
    form |= {"decision": decision, "account": account}
    answer = httpx.post(f"{page.scheme}://{page.netloc}{page.path}", data=form)
    back = urlsplit(answer.headers["location"])
    assert f"{back.scheme}://{back.netloc}{back.path}" == connections.redirect_uri()
    return {name: values[0] for name, values in parse_qs(back.query).items()}


def come_back(client: TestClient, member: Member | None, query: dict[str, str]) -> str:
    """Open the callback; what the Connect page is told in its address."""
    client.cookies.clear()
    answer = client.get("/oauth/callback", params=query, cookies=member.cookies if member else {})
    assert answer.status_code == 303
    there = urlsplit(answer.headers["location"])
    assert there.path == "/connect"
    assert not there.netloc
    status = parse_qs(there.query)["status"][0]
    assert status == "connected" or errors.by_code(status)
    return status


def connected(member: Member) -> list[str]:
    return [each.account for each in connections.of(member.user.workspace)]


def test_allowed(client: TestClient, ada: Member, bound_standin: Standin, started: list[str]) -> None:
    query = consent(client, ada, account=bound_standin["account"])
    assert come_back(client, ada, query) == "connected"
    assert connected(ada) == started == [bound_standin["account"]]
    assert connections.credential(bound_standin["account"]).stripe_account == bound_standin["account"]


def test_stripe_is_told_whose_customer_has_connected(
    client: TestClient, ada: Member, bound_standin: Standin, started: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(truth, "tell_connected", told.append)
    test_allowed(client, ada, bound_standin, started)
    assert told == [ada.user.workspace]


def test_denied(client: TestClient, ada: Member, bound_standin: Standin) -> None:
    assert come_back(client, ada, consent(client, ada, "deny")) == "connect_denied"
    assert connected(ada) == []


def test_replayed(client: TestClient, ada: Member, bound_standin: Standin, started: list[str]) -> None:
    query = consent(client, ada, account=bound_standin["account"])
    assert [come_back(client, ada, query) for _ in range(2)] == ["connected", "state_missing"]
    assert len(started) == 1


def test_a_code_used_twice_is_refused_by_stripe(client: TestClient, ada: Member, bound_standin: Standin) -> None:
    first = consent(client, ada, account=bound_standin["account"])
    second = consent(client, ada, account=bound_standin["account"])
    come_back(client, ada, first)
    assert come_back(client, ada, second | {"code": first["code"]}) == "code_refused"


def test_a_code_of_another_platform_is_refused(client: TestClient, ada: Member, bound_standin: Standin) -> None:
    query = consent(client, ada, account=bound_standin["account"])
    foreign = httpx.post(
        bound_standin["base"] + "/_sandbox/codes",
        json={"account": bound_standin["account"], "client_id": "ca_another"},
    ).json()
    assert come_back(client, ada, query | {"code": foreign["code"]}) == "code_refused"


@pytest.mark.parametrize("state", ["", "made-up", "x" * 5000])
def test_wrong_state(client: TestClient, ada: Member, bound_standin: Standin, state: str) -> None:
    query = consent(client, ada, account=bound_standin["account"])
    assert come_back(client, ada, query | {"state": state}) == "state_missing"
    assert connected(ada) == []


def test_started_by_somebody_else(client: TestClient, ada: Member, eve: Member, bound_standin: Standin) -> None:
    """Eve sends Ada her own link back: Ada must not get Eve's account, and the state is spent."""
    query = consent(client, eve, account=bound_standin["account"])
    assert come_back(client, ada, query) == "state_foreign"
    assert come_back(client, eve, query) == "state_missing"
    assert connected(ada) == connected(eve) == []


def test_signed_out_meanwhile(client: TestClient, ada: Member, bound_standin: Standin) -> None:
    query = consent(client, ada, account=bound_standin["account"])
    assert come_back(client, None, query) == "connect_signed_out"
    sessions.revoke(ada.user.session)
    assert come_back(client, ada, query) == "connect_signed_out"
    assert connected(ada) == []


def test_expired(client: TestClient, ada: Member) -> None:
    with transaction() as db:
        row = tables.OAuthState(
            hash=digest("old"),
            session_hash=ada.user.session,
            user=ada.user.id,
            workspace=ada.user.workspace,
            expires=answers.now() - 1,
        )
        people.add(db, row)
    assert come_back(client, ada, {"state": "old", "code": "ac_1"}) == "state_expired"


def test_connected_elsewhere_already(client: TestClient, ada: Member, eve: Member, bound_standin: Standin) -> None:
    come_back(client, ada, consent(client, ada, account=bound_standin["account"]))
    assert come_back(client, eve, consent(client, eve, account=bound_standin["account"])) == "already_connected"
    assert (connected(ada), connected(eve)) == ([bound_standin["account"]], [])


def test_connecting_again_renews_the_connection(client: TestClient, ada: Member, bound_standin: Standin) -> None:
    for _ in range(2):
        assert come_back(client, ada, consent(client, ada, account=bound_standin["account"])) == "connected"
    assert connected(ada) == [bound_standin["account"]]


def test_stripe_is_down(client: TestClient, ada: Member, use_settings: Callable[..., Settings]) -> None:
    use_settings(stripe_secret_key="sk_test_x", stripe_client_id="ca_x", stripe_connect_base="http://127.0.0.1:9")
    state = parse_qs(urlsplit(begin(client, ada).headers["location"]).query)["state"][0]
    assert come_back(client, ada, {"state": state, "code": "ac_1"}) == "connect_interrupted"


def test_stripe_reports_something_else(client: TestClient, ada: Member, bound_standin: Standin) -> None:
    query = consent(client, ada, "deny")
    answer = {"state": query["state"], "error": "server_error", "error_description": "<b>read me</b>"}
    assert come_back(client, ada, answer) == "connect_failed"


def test_starting_needs_a_sign_in(client: TestClient, bound_standin: Standin) -> None:
    assert begin(client, None).headers["location"] == "/connect?status=not_signed_in"


def test_starting_by_another_name_of_this_machine_leads_to_the_one_that_stripe_knows(
    client: TestClient, ada: Member, bound_standin: Standin
) -> None:
    answer = client.get("http://127.0.0.1:8501/oauth/start", cookies=ada.cookies)
    assert answer.headers["location"] == "http://localhost:8501/connect?status=other_address"


def test_starting_while_the_stand_in_is_not_up(client: TestClient, ada: Member) -> None:
    assert begin(client, ada).headers["location"] == "/connect?status=stripe_unavailable"


def test_starting_without_a_client_id(client: TestClient, ada: Member, use_settings: Callable[..., Settings]) -> None:
    use_settings(stripe_secret_key="sk_test_x")
    assert begin(client, ada).headers["location"] == "/connect?status=connect_unavailable"


def test_the_demo_business_needs_no_click(ada: Member, bound_standin: Standin) -> None:
    account = connections.connect_demo(ada.user.workspace, now=answers.now())
    assert connected(ada) == [account] == [bound_standin["account"]]
    assert connections.credential(account).kind == "demo"
    assert connections.of(ada.user.workspace)[0].name != account


def test_only_owners_connect(client: TestClient, ada: Member) -> None:
    """A viewer who knows the address of the way to Stripe is sent back with the sentence that says why."""
    token = team.invite(ada.user, Role.VIEWER, "", now=answers.now()).token
    grace = users.sign_up("g@x.example", "Grace", RIGHT, hasher=PlainHasher(), now=answers.now(), invite=token)
    viewer = enter(grace.id, now=answers.now())
    for address in ("/oauth/start", "/oauth/callback?state=x&code=ac_x"):
        answer = client.get(address, cookies=viewer.cookies)
        assert (answer.status_code, answer.headers["location"]) == (303, "/connect?status=not_your_role")
