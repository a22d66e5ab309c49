"""Figures of a history that still arrives are marked partial: on the cards, on a metric's page, in the API's answer."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from lib.metrics.query import Query
from lib.reports import answers, arriving, door
from lib.reports.reconcile import Balance
from lib.sync.progress import Snapshot
from lib.web import reconcile_page
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

    monkeypatch.setattr(arriving, "snapshot", lambda account: Snapshot(account, state="running"))
    app = open_page("overview")
    assert arriving.NOTE in [each.value for each in app.caption]
    drawn = [each.proto.body for each in app.get("html") if each.proto.body.startswith('<span class="pl-heard">')]
    assert len(drawn) == 6
    assert not [each for each in drawn if "pl-good" in each or "pl-bad" in each or "which is" in each]
