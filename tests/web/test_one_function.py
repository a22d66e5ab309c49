"""ONE function added to the registry is on a card, a page, a chart, in CSV, API, command line and documents at once.

The same function as in tests/metrics/test_registry.py, here before a whole business and from outside: what a reader of
the pages, a caller of the API and somebody at a terminal see.
"""

from __future__ import annotations

import csv
import io
import json
import re
import sys

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from lib.accounts import api_keys
from lib.api import answers, server
from lib.cli import documents
from lib.cli.main import main
from lib.metrics import catalog
from lib.metrics.query import Query
from lib.periods import Interval
from lib.reports import door, tables
from lib.web import cards, metric_page
from lib.web.figures import book
from lib.web.reader import Reader
from tests.metrics.test_registry import moves
from tests.web.conftest import Business, Open


@pytest.fixture(autouse=True)
def added(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one edit."""
    monkeypatch.setattr(catalog, "METRICS", (*catalog.METRICS, moves))


@pytest.fixture
def expected(business: Business) -> dict[str, int]:
    """Movements by month of this year so far and the one before, counted in the ledger by hand."""
    rows = door.movements(business.account)
    today = book(business.account).today
    counts: dict[str, int] = {}
    for day in rows["date"].to_list():
        if (today.year - day.year) * 12 + today.month - day.month < 12:
            counts[f"{day:%Y-%m}-01"] = counts.get(f"{day:%Y-%m}-01", 0) + 1
    return counts


def test_it_has_a_page_with_figure_chart_table_and_formula(
    business: Business, open_page: Open, expected: dict[str, int]
) -> None:
    app = open_page("metric", slug="moves", interval="month")
    assert app.title[0].value == "Moves"
    assert "How often anything moved." in [each.value for each in app.markdown]
    assert "Of our own › Moves" in app.selectbox[0].options
    figure = json.loads(app.get("plotly_chart")[0].proto.spec)
    assert sum(expected.values()) in [sum(filter(None, drawn["y"])) for drawn in figure["data"]]
    table = app.dataframe[0].value
    assert dict(zip(table["Period"].dt.strftime("%Y-%m-%d"), table["Moves"], strict=True)) == expected
    total = re.findall(r"<b>(.*?)</b>", "\n".join(each.proto.body for each in app.get("html")))
    assert f"{sum(expected.values()):,}" in total
    split = open_page("metric", slug="moves", interval="month", by="country")
    assert sum(split.dataframe[0].value["Moves"]) == sum(expected.values())


def test_it_can_be_a_card(business: Business) -> None:
    card = door.card(business.account, "moves")
    days = door.movements(business.account)["date"].to_list()
    today = book(business.account).today
    now, before = (sum(first <= (today - day).days < first + 30 for day in days) for first in (0, 30))
    assert (card.value, card.before) == (now, before)
    assert f"{now}</div>" in cards.body(card, Reader())


def test_its_download_the_api_and_the_command_line_say_the_same(
    business: Business, expected: dict[str, int], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    today = book(business.account).today
    start = min(expected)
    query = Query(today.fromisoformat(start), today, Interval.MONTH)
    result = door.metric(business.account, "moves", query)
    download = tables.metric_csv(result)
    assert {row["date"]: int(row["value"]) for row in csv.DictReader(io.StringIO(download))} == expected
    assert metric_page.csv_name(result) == f"moves-{start}-{today}-month.csv"

    app = Starlette(
        routes=server.ROUTES,
        middleware=server.MIDDLEWARE,
        exception_handlers=server.EXCEPTION_HANDLERS,  # type: ignore[arg-type]  # each takes the error it is kept under
    )
    key = api_keys.create(business.user.id, business.user.workspace, "test", now=answers.now())
    with TestClient(app) as client:
        asked = {"from": start, "to": today.isoformat(), "interval": "month"}
        headers = {"Authorization": f"Bearer {key}"}
        assert client.get("/api/v1/metrics/moves", params=asked | {"format": "csv"}, headers=headers).text == download
        body = client.get("/api/v1/metrics/moves", params=asked, headers=headers).json()
        assert (body["name"], body["unit"], body["total"]) == ("Moves", "count", sum(expected.values()))

    words = ["metrics", "moves", "--from", start, "--to", today.isoformat(), "--interval", "month"]
    monkeypatch.setattr(sys, "argv", ["python -m lib", *words])
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        main()
    assert (ended.value.code, capsys.readouterr().out) == (0, download)


def test_the_documents_have_it() -> None:
    assert "### Moves (`moves`)\n\nHow often anything moved." in documents.metrics_page()
