"""Figures of a history that still arrives are marked partial: on the cards, on a metric's page, in the API's answer."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from lib.metrics.query import Query
from lib.reports import answers, arriving, door
from lib.reports.reconcile import Balance
from lib.sync.progress import Snapshot
from lib.web import digest, reconcile_page
from lib.web.reader import Reader
from tests.web.conftest import Business, Open
from tests.web.test_analysis_pages import html


def test_partial_figures_say_so_wherever_they_go(
    business: Business, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, today = door.span(business.account)
    result = door.metric(business.account, "mrr", Query(today, today))
    assert arriving.headers(business.account) == {}
    assert arriving.NOTE not in answers.metric_answer(result)["notes"]
    assert "partial" not in html(open_page("overview"))
    monkeypatch.setattr(arriving, "snapshot", lambda account: Snapshot(account, state="running"))
    assert arriving.headers(business.account) == {arriving.HEADER: "1"}
    assert arriving.headers(business.user.workspace) == {arriving.HEADER: "1"}
    assert answers.metric_answer(result, partial=True)["notes"][0] == arriving.NOTE
    assert html(open_page("overview")).count("partial: data still arriving") == 6
    assert arriving.NOTE.rstrip(".") in " ".join(each.value for each in open_page("metric", slug="mrr").caption)


def test_nothing_is_judged_by_partial_figures(
    business: Business, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    months = Balance(pl.DataFrame({"difference": [1]}), 7)
    at: Any = SimpleNamespace(reader=Reader(), book=SimpleNamespace(currency="usd"))
    assert reconcile_page.verdict(at, 3, 3, months).startswith('<b class="pl-bad">3 differences are not explained<')
    early = reconcile_page.verdict(at, 3, 3, months, partial=True)
    assert early.startswith("<b>3 differences are not explained yet<")

    marks: list[set[str]] = []

    def sentences(*asked: Any, **more: Any) -> tuple[digest.Sentence, ...]:  # noqa: ANN401 - passed on as they came
        told = whole(*asked, **more)
        marks.append({each.mark for each in told})
        return told

    whole = digest.sentences
    monkeypatch.setattr(digest, "sentences", sentences)
    pages = (("overview", {"changed": "Month"}), ("metric", {"slug": "mrr"}), ("benchmarks", {}))
    before = [html(open_page(page, **query)) for page, query in pages]
    assert marks.pop() - {digest.NEUTRAL}
    assert all("pl-good" in each or "pl-bad" in each for each in before)
    monkeypatch.setattr(arriving, "snapshot", lambda account: Snapshot(account, state="running"))
    during = [html(open_page(page, **query)) for page, query in pages]
    assert marks == [{digest.NEUTRAL}]
    assert not [each for each in during[1:] if "pl-good" in each or "pl-bad" in each]
    place = re.compile(r"<td>\d+ of \d+</td>")
    assert [bool(place.search(each[2])) for each in (before, during)] == [True, False]
    app = open_page("benchmarks")
    assert any("Which month was best is told once everything is here" in each.value for each in app.markdown)

    app = open_page("overview")
    assert arriving.NOTE in [each.value for each in app.caption]
    drawn = [each.proto.body for each in app.get("html") if each.proto.body.startswith('<span class="pl-heard">')]
    assert len(drawn) == 6
    assert not [each for each in drawn if "pl-good" in each or "pl-bad" in each or "which is" in each]
