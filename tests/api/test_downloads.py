"""Downloads over HTTP: streamed to whoever is signed in, of their own accounts alone, refused with a sentence."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path

import polars as pl
import pytest
from starlette.testclient import TestClient

from lib.api import server
from tests.accounts.members import Member
from tests.api.test_metrics import connect

DAYS = {"from": "2026-01-01", "to": "2026-01-03"}


@pytest.fixture
def shop(ada: Member) -> str:
    connect(ada, "acct_ada", 1000, 2050, 1)
    return "acct_ada"


def test_a_file_of_ones_own(client: TestClient, ada: Member, shop: str) -> None:
    answer = client.get(
        "/download/cash-flow.csv", params={"account": shop, "interval": "day", **DAYS}, cookies=ada.cookies
    )
    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == 'attachment; filename="cash-flow-2026-01-01-2026-01-03-day.csv"'
    assert (answer.headers["cache-control"], answer.headers["content-type"]) == ("no-store", "text/csv; charset=utf-8")
    rows = [line.split(",") for line in answer.text.splitlines()]
    assert [(row[0], row[2], row[9]) for row in rows] == [
        ("date", "charge", "balance"),
        ("2026-01-01", "10.00", "10.00"),
        ("2026-01-02", "20.50", "30.50"),
        ("2026-01-03", "0.01", "30.51"),
    ]


def test_stripes_objects_as_parquet_leave_nothing_behind(client: TestClient, ada: Member, shop: str) -> None:
    before = set(Path(tempfile.gettempdir()).glob("plimsoll-*"))
    answer = client.get(
        "/download/stripe-balance-transaction.parquet", params={"account": shop, **DAYS}, cookies=ada.cookies
    )
    assert pl.read_parquet(io.BytesIO(answer.content))["amount"].to_list() == [1000, 2050, 1]
    assert set(Path(tempfile.gettempdir()).glob("plimsoll-*")) <= before


def test_the_mark_for_excel(client: TestClient, ada: Member, shop: str) -> None:
    answer = client.get("/download/customers.csv", params={"account": shop, "bom": "1"}, cookies=ada.cookies)
    assert answer.content.startswith(b"\xef\xbb\xbfcustomer,")


def test_a_stranger_learns_nothing(client: TestClient, eve: Member, shop: str) -> None:
    theirs = client.get("/download/customers.csv", params={"account": shop}, cookies=eve.cookies)
    unknown = client.get("/download/customers.csv", params={"account": "acct_none"}, cookies=eve.cookies)
    assert theirs.status_code == unknown.status_code == 404
    assert theirs.json()["error"]["message"].replace(shop, "X") == unknown.json()["error"]["message"].replace(
        "acct_none", "X"
    )
    client.cookies.clear()
    anonymous = client.get("/download/customers.csv", params={"account": shop})
    assert (anonymous.status_code, anonymous.headers["location"]) == (303, "/")


@pytest.mark.parametrize(
    ("status", "file", "params", "said"),
    [
        (404, "everything.csv", {}, "to export"),
        (400, "customers.xlsx", {}, "csv, parquet"),
        (400, "customers", {}, "csv, parquet"),
        (400, "cash-flow.csv", {"from": "soon"}, "soon"),
        (400, "cash-flow.csv", {"from": "2026-02-01", "to": "2026-01-01"}, "2026-01-01"),
        (404, "customers.csv", {"segment": "Nobody"}, "Nobody"),
        (400, "cash-flow.csv", {"interval": "hour"}, "hour"),
    ],
)
def test_bad_questions_get_a_sentence(
    status: int, file: str, params: dict[str, str], said: str, client: TestClient, ada: Member, shop: str
) -> None:
    answer = client.get(f"/download/{file}", params={"account": shop, **params}, cookies=ada.cookies)
    assert answer.status_code == status
    assert said in answer.json()["error"]["message"]


def test_it_is_among_the_routes() -> None:
    assert "/download/{file}" in {route.path for route in server.ROUTES}
