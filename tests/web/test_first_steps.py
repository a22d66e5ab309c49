"""The first steps on the Overview, and the page of benchmarks."""

from __future__ import annotations

from lib.accounts import preferences
from lib.metrics.query import Query
from lib.reports import door
from lib.web.reader import Reader
from tests.web.conftest import Business, Open
from tests.web.test_analysis_pages import html


def said(business: Business, open_page: Open) -> list[str]:
    return [each.value for each in open_page("overview").markdown if "material/" in each.value]


def test_steps_are_ticked_off_as_they_are_taken(business: Business, open_page: Open) -> None:
    steps = said(business, open_page)
    assert ["Done" in step for step in steps] == [False, False, False]
    open_page("metric", slug="mrr")
    assert ["Done" in step for step in said(business, open_page)] == [False, True, False]
    preferences.put(business.user, "cards", ["mrr"])
    assert ["Done" in step for step in said(business, open_page)] == [False, True, True]


def test_hidden_for_good_unless_undone(business: Business, open_page: Open) -> None:
    app = open_page("overview")
    next(each for each in app.button if each.label == "Hide").click().run()
    assert not [each for each in app.subheader if each.value == "First steps"]
    assert not said(business, open_page)
    next(each for each in app.button if each.label == "Undo").click().run()
    assert [each for each in app.subheader if each.value == "First steps"]


def test_benchmarks_show_the_metrics(business: Business, open_page: Open) -> None:
    app = open_page("benchmarks")
    _, today = door.span(business.account)
    mrr = door.metric(business.account, "mrr", Query(today, today))
    shown = html(app)
    assert f"<td>{Reader().scale(mrr.metric, mrr.currency).text(mrr.total)}</td>" in shown
    assert f"/metric?slug=mrr&amp;account={business.account}" in shown
