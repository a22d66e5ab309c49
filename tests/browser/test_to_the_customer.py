"""From a list and from a figure to one customer and back, in a real browser: a table of people is a canvas."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.browser.test_journey import ARRIVES_WITHIN, sign_up
from tests.conftest import AppServer

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page, Position

pytestmark = pytest.mark.browser

FIRST_ROW: Position = {"x": 60, "y": 52}
"""Pixels from a table's corner: within the name in its first row, below the heading."""
BOX = 36
"""How much further right it stands where rows can be marked."""


def account_of(page: Page, url: str, email: str) -> str:
    """Sign up, connect the demo business, and wait until its history is here."""
    page.goto(url)
    sign_up(page, email)
    page.goto(f"{url}/connect")
    page.get_by_role("button", name="Open the demo business").click()
    page.wait_for_url(re.compile(r"account=acct_"))
    page.get_by_text("Everything is here").wait_for(timeout=ARRIVES_WITHIN)
    found = re.search(r"account=(acct_\w+)", page.url)
    assert found
    return found[1]


def table(page: Page) -> Locator:
    """The last table of the page, drawn and settled."""
    page.wait_for_function("!document.querySelector('[data-stale=true],[data-testid=stStatusWidget]')")
    found = page.get_by_test_id("stDataFrame").last
    found.scroll_into_view_if_needed()
    page.wait_for_timeout(800)  # the canvas draws after its frame stands
    return found


def test_a_customer_opens_from_the_list_and_from_a_figure_and_both_ways_lead_back(
    app_server: AppServer, browser_page: Page
) -> None:
    page = browser_page
    account = account_of(page, app_server.url, "ada@example.com")

    # From the list: back is the list as it was, by the link and by the browser's own way.
    filtered = re.compile(r"/customers\?.*status=Paying")
    for back in ("link", "browser"):
        page.goto(f"{app_server.url}/customers?account={account}&status=Paying&q=a")
        page.get_by_text(re.compile(r"\d+ of \d+ customers")).wait_for()
        told = page.get_by_text(re.compile(r"\d+ of \d+ customers")).inner_text()
        table(page).click(position=FIRST_ROW)
        page.wait_for_url(re.compile(r"/customer\?id=cus_"))
        page.get_by_role("heading", name="What happened").wait_for()
        assert page.get_by_role("link", name="Open in Stripe").get_attribute("href")
        if back == "link":
            page.get_by_role("link", name="All customers").click()
        else:
            page.go_back()
        page.wait_for_url(filtered)
        page.get_by_text(told, exact=True).wait_for()
        assert page.get_by_role("textbox", name="Search").input_value() == "a"

    # From a figure: a row by mouse, then by keyboard; back is the metric that it was.
    page.goto(f"{app_server.url}/metric?account={account}&slug=new_mrr&interval=month")
    page.get_by_role("heading", name="What makes this figure").wait_for()
    table(page).click(position={"x": FIRST_ROW["x"] + BOX, "y": FIRST_ROW["y"]})
    page.wait_for_url(re.compile(r"/customer\?id=cus_"))
    page.get_by_role("heading", name="What happened").wait_for()
    page.go_back()
    page.wait_for_url(re.compile(r"/metric\?.*slug=new_mrr"))
    page.get_by_role("heading", name="What makes this figure").wait_for()
    table(page).locator("canvas").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Shift+Space")
    page.get_by_role("link", name="Open this customer").focus()
    assert re.search(
        r"dashboard\.stripe\.com", page.get_by_role("link", name="In Stripe").first.get_attribute("href") or ""
    )
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/customer\?id=cus_"))
