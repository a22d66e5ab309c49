"""Figures of a history that still arrives are marked partial: on the cards, on a metric's page, in the API's answer."""

from __future__ import annotations

import pytest

from lib.metrics.query import Query
from lib.reports import answers, arriving, door
from lib.sync.progress import Snapshot
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
