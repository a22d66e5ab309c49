"""Figures over HTTP: for the right key, of the right account, the same question as on the command line."""

from __future__ import annotations

from datetime import date, timedelta

import jsonschema
import pytest
from starlette.datastructures import QueryParams
from starlette.testclient import TestClient

from lib.accounts import api_keys
from lib.api import answers, metrics
from lib.errors import SpanTooLong
from lib.metrics.catalog import METRICS
from lib.metrics.segments import Condition, Op, Segment
from lib.reports import segments
from lib.store import people, tables, upserts
from lib.store.engine import transaction
from tests.accounts.members import Member

SPAN = {"from": "2026-01-01", "to": "2026-01-03"}
NEW_YEARS_NOON = 1_767_268_800


def connect(member: Member, account: str, *amounts: int) -> None:
    """Connect an account whose charges are ``amounts`` (cents), one a day from 1 January 2026."""
    with transaction() as db:
        about = tables.Account(id=account, default_currency="usd", created=1)
        link = tables.Connection(
            id=f"con_{account}", workspace=member.user.workspace, account=account, kind="oauth", created=1
        )
        people.add(db, about)
        people.add(db, link)
    rows = [
        (
            tables.BalanceTransaction,
            {
                "account": account,
                "id": f"txn_{day}",
                "observed_at": 1.0,
                "deleted": False,
                "created": NEW_YEARS_NOON + day * 86_400,
                "amount": amount,
                "fee": 0,
                "net": amount,
                "currency": "usd",
                "type": "charge",
                "reporting_category": "charge",
                "source": f"ch_{day}",
            },
        )
        for day, amount in enumerate(amounts)
    ]
    upserts.apply(account, rows)
    upserts.bump(account)


@pytest.fixture
def key(ada: Member) -> str:
    return api_keys.create(ada.user.id, ada.user.workspace, "test", now=answers.now())


def ask(client: TestClient, key: str, slug: str = "gross_revenue", **params: str) -> tuple[int, str]:
    """The status, and the CSV or the error's code."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    answer = client.get(f"/api/v1/metrics/{slug}", params=SPAN | {"format": "csv"} | params, headers=headers)
    return answer.status_code, answer.text if answer.status_code == 200 else answer.json()["error"]["code"]


def test_csv(client: TestClient, ada: Member, key: str) -> None:
    connect(ada, "acct_shop", 1000, 0, 25)
    assert ask(client, key) == (200, "date,value\n2026-01-01,10.00\n2026-01-02,0.00\n2026-01-03,0.25\n")
    assert ask(client, key, interval="month") == (200, "date,value\n2026-01-01,10.25\n")


def test_json(client: TestClient, ada: Member, key: str) -> None:
    connect(ada, "acct_shop", 1000, 0, 25)
    answer = client.get("/api/v1/metrics/gross_revenue", params=SPAN, headers={"Authorization": f"Bearer {key}"})
    body = answer.json()
    assert (body["total"], body["currency"], body["unit"], body["account"]) == (10.25, "usd", "money", "acct_shop")
    assert body["rows"][0] == {"date": "2026-01-01", "value": 10.0, "unfinished": False}
    assert answer.headers["cache-control"] == "private, no-store"


def test_a_breakdown(client: TestClient, ada: Member, key: str) -> None:
    connect(ada, "acct_shop", 1000)
    status, csv = ask(client, key, by="currency", interval="month")
    assert (status, csv) == (200, "date,currency,value\n2026-01-01,usd,10.00\n")


def test_a_segment(client: TestClient, ada: Member, key: str) -> None:
    connect(ada, "acct_shop", 1000)
    nobody = Segment("Germans", (Condition("country", Op.IS, ("DE",)),))
    segments.save(ada.user.workspace, nobody, now=answers.now())
    assert ask(client, key, segment="Germans", interval="month") == (200, "date,value\n2026-01-01,0.00\n")
    assert ask(client, key, segment="Martians") == (404, "unknown_segment")
    assert segments.find_for("acct_shop", "Germans") == nobody


def test_another_workspaces_segment_is_unknown(client: TestClient, ada: Member, eve: Member, key: str) -> None:
    connect(ada, "acct_shop", 1000)
    everyone = Segment("Secret plan", (Condition("country", Op.IS_NOT, ("DE",)),))
    segments.save(eve.user.workspace, everyone, now=answers.now())
    headers = {"Authorization": f"Bearer {key}"}
    answer = client.get("/api/v1/metrics/mrr", params=SPAN | {"segment": "Secret plan"}, headers=headers)
    assert answer.status_code == 404
    assert answer.json()["error"]["message"] == "There is no segment called “Secret plan”. Known: none yet."


def test_a_breakdown_by_what_the_metadata_say(client: TestClient, ada: Member, key: str) -> None:
    connect(ada, "acct_shop", 1000)
    assert ask(client, key, by="metadata:region", interval="month") == (
        200,
        "date,metadata,value\n2026-01-01,unknown,10.00\n",
    )
    assert ask(client, key, by="metadata") == (400, "unknown_breakdown")


def test_json_keeps_what_the_openapi_document_promises(client: TestClient, ada: Member, key: str) -> None:
    connect(ada, "acct_shop", 1000, 0, 25)
    for slug, by in (
        ("gross_revenue", "currency"),
        ("fees", None),
        ("gross_revenue", "metadata:region"),
        ("active_customers", None),
        ("customer_churn_rate", None),
    ):
        path = f"/api/v1/metrics/{slug}"
        document = client.get("/api/v1/openapi.json").json()["paths"][path]["get"]
        schema = document["responses"]["200"]["content"]["application/json"]["schema"]
        asked = SPAN | ({"by": by} if by else {})
        body = client.get(path, params=asked, headers={"Authorization": f"Bearer {key}"}).json()
        jsonschema.validate(body, schema)
        assert body.keys() == schema["properties"].keys()
        assert body["rows"][0].keys() <= schema["properties"]["rows"]["items"]["properties"].keys()


@pytest.mark.parametrize(
    ("params", "answer"),
    [
        ({"slug": "happiness"}, (404, "unknown_metric")),
        ({"from": "New Year"}, (400, "bad_date")),
        ({"from": "2026-02-01"}, (400, "bad_range")),
        ({"from": "1970-01-01", "to": "2199-12-31"}, (400, "span_too_long")),
        ({"interval": "fortnight"}, (400, "bad_interval")),
        ({"by": "mood"}, (400, "unknown_breakdown")),
        ({"format": "pdf"}, (400, "unknown_format")),
        ({"account": "acct_nobody"}, (404, "unknown_account")),
    ],
)
def test_bad_questions(
    client: TestClient, ada: Member, key: str, params: dict[str, str], answer: tuple[int, str]
) -> None:
    connect(ada, "acct_shop", 1000)
    assert ask(client, key, **params) == answer


@pytest.mark.parametrize(
    ("refused", "days", "interval"),
    [
        (False, metrics.MOST, "day"),
        (True, metrics.MOST + 1, "day"),
        (False, metrics.MOST + 1, "week"),
        (False, 80_000, "month"),
    ],
)
def test_a_span_has_no_more_periods_than_one_answer_can_have(refused: bool, days: int, interval: str) -> None:
    start = date(1970, 1, 1)
    end = start + timedelta(days=days - 1)
    asked = QueryParams({"from": start.isoformat(), "to": end.isoformat(), "interval": interval})
    if not refused:
        assert (metrics.query("mrr", asked).start, metrics.query("mrr", asked).end) == (start, end)
        return
    with pytest.raises(SpanTooLong) as error:
        metrics.query("mrr", asked)
    assert error.value.message == (
        f"From 1970-01-01 to {end} there are more than 5,000 days. Ask for fewer days at once, or for longer periods."
    )


def test_another_workspaces_account_is_unknown(client: TestClient, ada: Member, eve: Member, key: str) -> None:
    connect(eve, "acct_eve", 1000)
    assert ask(client, key, account="acct_eve") == (404, "unknown_account")
    assert ask(client, key) == (400, "nothing_connected")


def test_of_several_accounts_one_must_be_named(client: TestClient, ada: Member, key: str) -> None:
    connect(ada, "acct_a", 1000)
    connect(ada, "acct_b", 2000)
    assert ask(client, key) == (400, "which_account")
    assert ask(client, key, account="acct_b", interval="month") == (200, "date,value\n2026-01-01,20.00\n")


@pytest.mark.parametrize("wrong", ["", "plim_made-up", "sk_live_123"])
def test_without_a_key_nothing_is_told(client: TestClient, ada: Member, wrong: str) -> None:
    connect(ada, "acct_shop", 1000)
    assert ask(client, wrong) == (401, "bad_api_key")
    assert client.get("/api/v1/metrics/mrr", cookies=ada.cookies).status_code == 401


def test_keys_are_listed_without_themselves_and_end_when_revoked(
    client: TestClient, ada: Member, eve: Member, key: str
) -> None:
    connect(ada, "acct_shop", 1000)
    (listed,) = api_keys.of(ada.user.workspace)
    assert key not in repr(listed)
    api_keys.revoke(eve.user.workspace, listed.hash)
    assert ask(client, key)[0] == 200
    api_keys.revoke(ada.user.workspace, listed.hash)
    assert ask(client, key) == (401, "bad_api_key")


def test_openapi_describes_every_metric_of_the_registry(client: TestClient) -> None:
    document = client.get("/api/v1/openapi.json").json()
    assert list(document["paths"]) == [f"/api/v1/metrics/{each.slug}" for each in METRICS]
    operation = document["paths"]["/api/v1/metrics/mrr"]["get"]
    assert {each["name"] for each in operation["parameters"]} == {
        "account",
        "from",
        "to",
        "interval",
        "by",
        "segment",
        "format",
    }
