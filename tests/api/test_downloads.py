"""Downloads over HTTP: streamed to whoever is signed in, of their own accounts alone, refused with a sentence."""

from __future__ import annotations

import io
import tempfile
import zipfile
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from starlette.testclient import TestClient

from lib.accounts import connections, customer_notes
from lib.api import server
from lib.errors import UnknownAccount
from lib.gateway import oauth
from lib.metrics.query import Query
from lib.metrics.segments import Segment
from lib.periods import periods as cut
from lib.reports import books, door, everything, exports
from lib.reports.exports import Ask
from lib.store import people, tables
from lib.store.engine import transaction
from tests.accounts.members import Member
from tests.api.test_metrics import NEW_YEARS_NOON, connect

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


FAR = {"from": "2010-01-01", "to": "2100-12-31"}


@pytest.mark.parametrize(
    ("days", "rows", "asked"),
    [
        ("2026-01-01-2026-01-05", 5, {"interval": "day", **FAR}),
        ("2026-01-01-2026-01-05", 1, {"interval": "month", **FAR}),
        ("2025-12-29-2026-01-05", 2, {"interval": "week", **FAR}),
        ("2026-01-02-2026-01-03", 2, {"interval": "day", "from": "2026-01-02", "to": "2026-01-03"}),
        ("2010-01-01-2025-12-31", 0, {"interval": "day", "from": "2010-01-01", "to": "2025-12-31"}),
        ("2026-01-06-2100-12-31", 0, {"interval": "day", "from": "2026-01-06", "to": "2100-12-31"}),
    ],
)
@pytest.mark.parametrize("name", ["figures", "cash-flow"])
def test_a_file_is_of_the_days_that_there_are(
    name: str,
    days: str,
    rows: int,
    asked: dict[str, str],
    client: TestClient,
    ada: Member,
    shop: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The shop began on 1 January 2026; today is the 5th."""
    monkeypatch.setattr(books.time, "time", lambda: NEW_YEARS_NOON + 4 * 86_400)
    periods: list[int] = []

    def metric(account: str, slug: str, query: Query, segment: Segment | None = None) -> door.Result:
        periods.append(len(list(cut(query.start, query.end, query.interval))))
        return _metric(account, slug, query, segment)

    _metric = door.metric
    monkeypatch.setattr(door, "metric", metric)
    answer = client.get(f"/download/{name}.csv", params={"account": shop, **asked}, cookies=ada.cookies)
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}-{days}-{asked["interval"]}.csv"'
    assert len(answer.text.splitlines()) == 1 + rows
    assert max(periods, default=0) <= max(rows, 1), "what is asked of the metrics, however far the address goes"


@pytest.mark.parametrize("name", [each.name for each in exports.REPORTS if each.dated])
def test_no_report_asks_for_days_that_are_not_there(
    name: str, ada: Member, shop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(books.time, "time", lambda: NEW_YEARS_NOON + 4 * 86_400)
    chosen = exports.find(name)
    meant = exports.meant(chosen, Ask(shop, date(2010, 1, 1), date(2100, 12, 31), workspace=ada.user.workspace))
    there = (date(2010, 1, 1), date(2100, 12, 31)) if name in OF_ANY_DAY else (date(2026, 1, 1), date(2026, 1, 5))
    assert (meant.start, meant.end) == there


OF_ANY_DAY = {"annotations"}
"""What people wrote down, for days ahead too; the database looks it up."""


def test_a_file_has_the_newest_periods_where_there_are_too_many(
    client: TestClient, ada: Member, shop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "MOST_PERIODS", 2)
    asked = {"account": shop, "interval": "day", **DAYS}
    answer = client.get("/download/cash-flow.csv", params=asked, cookies=ada.cookies)
    assert 'filename="cash-flow-2026-01-02-2026-01-03-day.csv"' in answer.headers["content-disposition"]
    assert [line[:10] for line in answer.text.splitlines()[1:]] == ["2026-01-02", "2026-01-03"]


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
        (400, "everything.zip", {"format": "xlsx"}, "csv, parquet"),
    ],
)
def test_bad_questions_get_a_sentence(
    status: int, file: str, params: dict[str, str], said: str, client: TestClient, ada: Member, shop: str
) -> None:
    answer = client.get(f"/download/{file}", params={"account": shop, **params}, cookies=ada.cookies)
    assert answer.status_code == status
    assert said in answer.json()["error"]["message"]


# --- Of an account that is no longer read -----------------------------------------------------------------------------

OBJECTS, ALL, FIGURES = "stripe-balance-transaction.csv", "everything.zip", "customers.csv"


@pytest.fixture
def left(ada: Member, shop: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Ada's shop, disconnected, its data kept."""
    monkeypatch.setattr(oauth, "deauthorize", lambda _account: None)
    customer_notes.add(ada.user, shop, "cus_1", "Pays late", now=1)
    connections.disconnect(ada.user.workspace, shop, now=2)
    return shop


@pytest.mark.parametrize(
    ("status", "file", "who"),
    [
        (200, OBJECTS, "ada"),
        (200, ALL, "ada"),
        (404, FIGURES, "ada"),  # figures are of what is read; the objects behind them are hers
        (404, OBJECTS, "eve"),
        (404, ALL, "eve"),
        (303, OBJECTS, ""),
        (303, ALL, ""),
    ],
)
def test_kept_data_is_its_owners_alone(
    status: int, file: str, who: str, client: TestClient, ada: Member, eve: Member, left: str
) -> None:
    cookies = {"ada": ada.cookies, "eve": eve.cookies, "": {}}[who]
    answer = client.get(f"/download/{file}", params={"account": left, **DAYS}, cookies=cookies)
    assert answer.status_code == status
    if who == "eve":
        assert left in answer.json()["error"]["message"]
        assert "no longer" not in answer.text, "whether it ever was here is not told"


def test_everything_that_is_kept_in_one_file(client: TestClient, ada: Member, left: str) -> None:
    answer = client.get("/download/everything.zip", params={"account": left}, cookies=ada.cookies)
    assert answer.headers["content-disposition"] == 'attachment; filename="everything-acct-ada.zip"'
    found = zipfile.ZipFile(io.BytesIO(answer.content))
    assert found.testzip() is None
    assert found.namelist() == [f"{part.name}.csv" for part in everything.PARTS]
    paid = pl.read_csv(found.read("stripe-balance-transaction.csv"))
    assert paid["amount"].to_list() == [1000, 2050, 1]
    assert "cus_1,Pays late,Ada," in found.read("notes.csv").decode()


def test_everything_as_the_reader_has_files_written(client: TestClient, ada: Member, left: str) -> None:
    asked = {"account": left, "decimal": "comma", "bom": "1"}
    answer = client.get("/download/everything.zip", params=asked, cookies=ada.cookies)
    notes = zipfile.ZipFile(io.BytesIO(answer.content)).read("notes.csv").decode()
    assert notes.splitlines()[0] == f"{exports.BOM}customer;text;author;created"


def test_everything_as_parquet_leaves_nothing_behind(client: TestClient, ada: Member, shop: str) -> None:
    before = set(Path(tempfile.gettempdir()).glob("plimsoll-*"))
    asked = {"account": shop, "format": "parquet"}  # of a connected account as well
    answer = client.get("/download/everything.zip", params=asked, cookies=ada.cookies)
    found = zipfile.ZipFile(io.BytesIO(answer.content))
    assert pl.read_parquet(io.BytesIO(found.read("stripe-balance-transaction.parquet")))["amount"].sum() == 3051
    assert set(Path(tempfile.gettempdir()).glob("plimsoll-*")) <= before


@pytest.mark.parametrize("file", [OBJECTS, ALL])
def test_what_is_deleted_is_gone(file: str, client: TestClient, ada: Member, left: str) -> None:
    connections.forget(ada.user.workspace, left)
    assert client.get(f"/download/{file}", params={"account": left}, cookies=ada.cookies).status_code == 404


def test_what_somebody_else_connected_meanwhile_is_theirs(
    client: TestClient, ada: Member, eve: Member, left: str
) -> None:
    with transaction() as db:
        people.add(
            db, tables.Connection(id="con_2", workspace=eve.user.workspace, account=left, kind="oauth", created=3)
        )
    assert client.get(f"/download/{ALL}", params={"account": left}, cookies=ada.cookies).status_code == 404


def test_what_is_deleted_while_it_is_sent_is_sent_no_further(ada: Member, left: str) -> None:
    pieces = everything.zipped(ada.user.workspace, left)
    next(pieces)
    connections.forget(ada.user.workspace, left)
    with pytest.raises(UnknownAccount):
        list(pieces)


def test_it_is_among_the_routes() -> None:
    assert "/download/{file}" in {route.path for route in server.ROUTES}
