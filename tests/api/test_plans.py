"""The API on plans that have it and on those that don't, and connecting accounts where there is no room for more."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from starlette.testclient import TestClient

from lib import settings
from lib.accounts import api_keys, connections
from lib.api import answers, oauth
from lib.billing import access
from lib.billing.plans import FREE
from lib.settings import Standin, bind_standin
from tests import paying
from tests.accounts.members import Member
from tests.api.test_metrics import connect
from tests.api.test_oauth import begin, come_back, consent

SPAN = {"from": "2026-01-01", "to": "2026-01-01", "format": "csv"}


@pytest.fixture
def key(ada: Member) -> str:
    return api_keys.create(ada.user.id, ada.user.workspace, "test", now=answers.now())


def ask(client: TestClient, key: str, **params: str) -> tuple[int, str]:
    """The status, and the CSV or the error's sentence."""
    headers = {"Authorization": f"Bearer {key}"}
    answer = client.get("/api/v1/metrics/gross_revenue", params=SPAN | params, headers=headers)
    return answer.status_code, answer.text if answer.status_code == 200 else answer.json()["error"]["message"]


FIGURES = (200, "date,value\n2026-01-01,10.00\n")
NO_KEYS = "Keys to the HTTP API are part of the Pro plan, $29.00 a month."
NEEDED = (402, f"{NO_KEYS} An owner of this workspace can upgrade in Settings, Your plan.")


def test_a_key_works_while_the_plan_has_the_api(
    client: TestClient, ada: Member, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(ada, "acct_shop", 1000)
    assert ask(client, key) == FIGURES
    paying.sell(monkeypatch)
    assert ask(client, key) == NEEDED
    paying.pay(ada.user.workspace, "pro")
    assert ask(client, key) == FIGURES
    paying.lapse(ada.user.workspace)
    assert ask(client, key) == NEEDED
    paying.pay(ada.user.workspace, "business")
    assert ask(client, key) == FIGURES


def test_an_unknown_key_is_told_nothing_of_plans(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    paying.sell(monkeypatch)
    assert ask(client, "plim_guessed")[0] == 401


def test_an_account_beyond_the_plan(client: TestClient, ada: Member, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(4):
        connect(ada, f"acct_{number}", 1000)
    paying.sell(monkeypatch)
    paying.pay(ada.user.workspace, "pro")
    assert ask(client, key, account="acct_0") == FIGURES
    status, said = ask(client, key, account="acct_3")
    assert (status, "The Pro plan shows 3 of your connected accounts" in said) == (402, True)
    assert ask(client, key, account="all")[0] == 402
    paying.pay(ada.user.workspace, "business")
    assert ask(client, key, account="all")[0] == 200


def test_the_document_names_402(client: TestClient) -> None:
    document = client.get("/api/v1/openapi.json").json()
    assert all("402" in path["get"]["responses"] for path in document["paths"].values())


def test_files_of_ones_own_data_are_there_for_every_account(
    client: TestClient, ada: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(ada, "acct_0", 1000)
    connect(ada, "acct_1", 1000)
    paying.sell(monkeypatch)

    def file(name: str, account: str, since: str) -> int:
        params = {"account": account, "from": since, "to": "2027-01-03"}
        return client.get(f"/download/{name}.csv", params=params, cookies=ada.cookies).status_code

    assert file("stripe-balance-transaction", "acct_1", "2011-01-01") == 200
    assert file("cash-flow", "acct_0", "2026-01-01") == 200
    assert file("cash-flow", "acct_0", "2011-01-01") == 200, "there is nothing before that would be hidden"
    assert file("cash-flow", "acct_1", "2026-01-01") == 402

    monkeypatch.setattr(access.plans, "FREE", replace(FREE, limits=replace(FREE.limits, history=1)))
    monkeypatch.setattr(access.plans, "PLANS", (access.plans.FREE, *access.plans.PLANS[1:]))
    access.forget()
    today = datetime.now(UTC).date()
    assert file("cash-flow", "acct_0", today.isoformat()) == 200
    assert file("cash-flow", "acct_0", "2011-01-01") == 402
    assert file("stripe-balance-transaction", "acct_0", "2011-01-01") == 200


# --- The trip to Stripe -----------------------------------------------------------------------------------------------


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    accounts: list[str] = []

    class Runtime:
        start = staticmethod(accounts.append)

    monkeypatch.setattr(oauth, "runtime", Runtime)
    return accounts


def test_nobody_leaves_for_stripe_without_room(
    client: TestClient, ada: Member, bound_standin: Standin, monkeypatch: pytest.MonkeyPatch
) -> None:
    _sell(monkeypatch, bound_standin)
    paying.connect(ada.user.workspace, "acct_0")
    assert begin(client, ada).headers["location"] == "/connect?status=too_many_accounts"
    paying.pay(ada.user.workspace, "pro")
    assert begin(client, ada).headers["location"].startswith(bound_standin["base"])


def test_who_comes_back_to_a_full_workspace_is_refused_and_the_access_given_back(
    client: TestClient, ada: Member, bound_standin: Standin, started: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _sell(monkeypatch, bound_standin)
    back = consent(client, ada, account=bound_standin["account"])
    paying.connect(ada.user.workspace, "acct_0")  # meanwhile, in another tab
    given_back: list[str] = []
    monkeypatch.setattr(connections.oauth, "deauthorize", given_back.append)
    assert come_back(client, ada, back) == "too_many_accounts"
    assert [each.account for each in connections.of(ada.user.workspace)] == ["acct_0"]
    assert (given_back, started) == ([bound_standin["account"]], [])


def _sell(monkeypatch: pytest.MonkeyPatch, standin: Standin) -> None:
    paying.sell(monkeypatch)
    assert settings.settings().charging
    bind_standin(standin)
