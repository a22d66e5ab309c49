"""The browser's Back: one visit to a page is one entry of its history, whatever the page writes into its address."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import Walked, open_context
from tests.browser.looking import go, settle
from tests.browser.walk import DESKTOP

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

VISITS = ("Movements", "Metrics", "Exports", "Settings", "Movements", "Exports", "Customers")
HEADS = {"Metrics": "MRR"}


def _at(page: Page, title: str) -> None:
    page.get_by_role("heading", level=1, name=HEADS.get(title, title), exact=True).wait_for()
    settle(page)


def test_one_visit_is_one_press_of_back(walked: Walked, chromium: Browser) -> None:
    context = open_context(chromium, walked, DESKTOP)
    page = context.new_page()
    go(page, f"{walked.url}/?account={walked.account}")
    began = page.evaluate("history.length")
    for title in VISITS:
        page.get_by_test_id("stSidebarNavLink").filter(has_text=re.compile(f"{title}$")).click()
        _at(page, title)
    assert page.evaluate("history.length") - began == len(VISITS)
    for title in (*VISITS[-2::-1], "Overview"):
        page.go_back()
        _at(page, title)
    assert f"account={walked.account}" in page.url, "the address as it was left"
    page.go_forward()
    _at(page, VISITS[0])
    context.close()


def test_an_unknown_address_is_told_above_the_overview(walked: Walked, chromium: Browser) -> None:
    context = open_context(chromium, walked, DESKTOP)
    page = context.new_page()
    for path in ("/nonsense", "/a/b/nonsense"):
        go(page, f"{walked.url}{path}")
        page.get_by_text(f"There is no page {path} here.").wait_for()
        assert page.get_by_role("dialog").count() == 0
        assert page.url == f"{walked.url}/"
    page.get_by_test_id("stSidebarNavLink").filter(has_text=re.compile("Movements$")).click()
    _at(page, "Movements")
    assert page.get_by_text("There is no page").count() == 0
    context.close()
