"""One function added to the registry is everywhere at once: card, figures, chart, CSV, API, documents."""

from __future__ import annotations

import json

import polars as pl
import pytest
from starlette.applications import Starlette
from starlette.requests import Request

from lib.api import metrics as api
from lib.api import openapi
from lib.charts import series as chart
from lib.charts.scale import Scale
from lib.charts.style import Style
from lib.charts.theme import palette
from lib.cli import documents, figures
from lib.ledger.build import Ledger
from lib.ledger.rules import SWITCHES
from lib.metrics import catalog, series
from lib.metrics.query import By, Query
from lib.metrics.registry import Chart, Good, Metric, Rows, Total, Unit, metric
from lib.periods import Interval
from lib.reports import books, door, tables
from tests.metrics.lab import FIRST, World, day


@metric(name="Moves", unit=Unit.COUNT, good=Good.UP, chart=Chart.BAR, group="Of our own", total=Total.SUM)
def moves(ledger: Ledger, query: Query) -> pl.DataFrame:
    """How often
    anything moved.
    """
    return series.flow(ledger, query, ledger.movements, pl.len().cast(pl.Int64))


WORLD = World(
    held=[(0, 0, 0, "basic", 1000, True), (9, 0, 0, "basic", 2000, True), (40, 1, 1, "pro", 900, True)], today=45
)
QUERY = Query(FIRST, day(45), Interval.MONTH)


@pytest.fixture(autouse=True)
def added(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalog, "METRICS", (*catalog.METRICS, moves))
    ledger = WORLD.ledger()
    monkeypatch.setattr(books, "ledger", lambda _account: ledger)


def test_it_declares_itself() -> None:
    assert (moves.slug, moves.formula) == ("moves", "How often anything moved.")
    assert catalog.find("moves") is moves


def test_it_has_figures_a_card_and_csv() -> None:
    result = door.metric("acct_1", "moves", QUERY)
    assert (result.total, tables.metric_csv(result)) == (3, "date,value\n2024-01-01,2\n2024-02-01,1\n")
    split = door.metric("acct_1", "moves", Query(FIRST, day(45), Interval.MONTH, By.PRODUCT))
    assert tables.metric_csv(split).splitlines()[:3] == ["date,product,value", "2024-01-01,Basic,2", "2024-01-01,Pro,0"]
    assert (door.card("acct_1", "moves").value, door.card("acct_1", "moves").metric.name) == (1, "Moves")


def test_it_is_drawn() -> None:
    scale = Scale(moves.unit)
    figure = chart.series(
        door.metric("acct_1", "moves", QUERY).frame, Style(scale, palette("light"), QUERY.interval, moves.chart, 200)
    )
    assert list(figure.data[0].y) == [2, 1]


def test_the_api_answers_and_describes_it() -> None:
    request = Request({"type": "http", "query_string": b"interval=month&by=plan", "headers": [], "app": Starlette()})
    assert api.query("moves", request.query_params).by is By.PLAN
    document = openapi.describe("http://localhost", catalog.METRICS)
    assert document["paths"]["/api/v1/metrics/moves"]["get"]["summary"] == "Moves"
    json.dumps(document)


def test_the_command_line_knows_it() -> None:
    assert figures.chosen_metrics("moves", "metadata:region") == (By.METADATA, "region", [moves])
    assert moves in figures.chosen_metrics("all", None)[2]


def test_the_documents_explain_it() -> None:
    page = documents.metrics_page()
    assert "## Of our own\n\n### Moves (`moves`)\n\nHow often anything moved.\n\nA number; over a span, the sum" in page


@pytest.mark.parametrize("known", catalog.METRICS, ids=lambda known: known.slug)
def test_every_metric_says_what_is_behind_it(known: Metric) -> None:
    assert known.rows is not None
    assert (known.rows is Rows.RATIO) == (known.parts is not None)
    assert {catalog.find(part).slug for part in known.parts or ()} == set(known.parts or ())
    assert set(known.rules) <= {switch.name for switch in SWITCHES}
    assert known.total is not Total.SUM or known.additive


@pytest.mark.parametrize(
    "known", [m for m in catalog.METRICS if m.rows is Rows.MOVEMENTS and m.additive], ids=lambda m: m.slug
)
def test_the_rows_behind_a_movement_add_up_to_it(known: Metric) -> None:
    ledger = WORLD.ledger()
    rows = ledger.movements.filter(pl.col("type").is_in(known.kinds))
    assert rows["amount_base"].sum() * known.factor == door.total(known, ledger, QUERY)
