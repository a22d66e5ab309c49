"""The browser's Back: one visit to a page is one entry of its history, whatever the page writes into its address."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lib.web import browser
from tests.browser.conftest import Walked
from tests.browser.looking import go, settle

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = pytest.mark.browser

VISITS = ("Movements", "Metrics", "Exports", "Settings", "Movements", "Exports", "Customers")
HEADS = {"Metrics": "MRR"}


def _at(page: Page, title: str) -> None:
    page.get_by_role("heading", level=1, name=HEADS.get(title, title), exact=True).wait_for()
    settle(page)


def test_one_visit_is_one_press_of_back(walked: Walked, desktop: BrowserContext) -> None:
    page = desktop.new_page()
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
    page.close()


ACTS: dict[str, Callable[[Page], object]] = {
    "a click": lambda page: page.locator("#link").click(),
    "a long press": lambda page: page.locator("#link").click(delay=700),
    "a key": lambda page: page.locator("#link").press("Enter"),
    "a switch": lambda page: page.evaluate("link.click()"),
    "the page itself": lambda page: page.evaluate("menu.click()"),
    "nobody": lambda page: page.evaluate("go(2)"),
}
PAGE = """<button id=link onclick="go(2)">Movements</button>
<div data-testid=stSidebarCollapseButton><button id=menu onclick="go(2)">Close</button></div>
<script>go = times => { for (; times; times--) history.pushState(null, '', `?${Math.random()}`) }</script>"""


@pytest.mark.parametrize(
    ("entries", "act"),
    [(1, "a click"), (1, "a long press"), (1, "a key"), (1, "a switch"), (0, "the page itself"), (0, "nobody")],
)
def test_whose_acts_leave_an_entry(entries: int, act: str, chromium: Browser) -> None:
    """The page writes its address twice each time, and once more when all is done."""
    page = chromium.new_context().new_page()
    page.route("**", lambda route: route.fulfill(body=PAGE, content_type="text/html"))
    page.goto("http://plimsoll.test/")
    page.add_script_tag(path=Path(browser.__file__).with_name("static") / "history.js")
    for _ in range(2):
        page.wait_for_timeout(600)
        began = page.evaluate("history.length")
        ACTS[act](page)
        page.evaluate("go(1)")
        assert page.evaluate("history.length") - began == entries
    page.context.close()


def test_an_unknown_address_is_told_above_the_overview(walked: Walked, desktop: BrowserContext) -> None:
    page = desktop.new_page()
    for path in ("/nonsense", "/a/b/nonsense"):
        go(page, f"{walked.url}{path}")
        page.get_by_text(f"There is no page {path} here.").wait_for()
        assert page.get_by_role("dialog").count() == 0
        assert page.url == f"{walked.url}/"
    page.get_by_test_id("stSidebarNavLink").filter(has_text=re.compile("Movements$")).click()
    _at(page, "Movements")
    assert page.get_by_text("There is no page").count() == 0
    page.close()


def test_back_shows_the_days_that_were_shown(walked: Walked, desktop: BrowserContext) -> None:
    page = desktop.new_page()
    go(page, f"{walked.url}/")
    page.locator("a").filter(has_text=re.compile("^MRR (rose|fell) ")).first.click()
    page.wait_for_url(re.compile(r"/movements\?.*range=Custom&days=.*&days="))
    _at(page, "Movements")
    week = page.url
    page.go_back()
    _at(page, "Overview")
    assert page.url == f"{walked.url}/"
    page.get_by_test_id("stSidebarNavLink").filter(has_text="Live feed").click()
    _at(page, "Live feed")
    assert page.url == f"{walked.url}/live-feed"
    page.go_back()
    _at(page, "Overview")
    assert page.url == f"{walked.url}/"
    assert page.get_by_test_id("stAlert").count() == 0
    page.go_forward()
    _at(page, "Live feed")

    # Clicked anew, a page takes over what was chosen on the one before, both its days.
    go(page, week)
    page.get_by_test_id("stSidebarNavLink").filter(has_text=re.compile("^.*Overview$")).click()
    _at(page, "Overview")
    assert page.url.endswith(week.partition("range=")[2])
    page.close()
