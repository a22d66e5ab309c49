"""A segment from its first condition to its deletion, in a real browser: dialogs and addresses that no AppTest has."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.browser.test_to_the_customer import account_of
from tests.conftest import AppServer

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.browser

IN_ADDRESS = re.compile(r"segment=Abroad\+or\+at\+home")


def bar(page: Page) -> Locator:
    """What says whose figures these are."""
    return page.locator(".st-key-segment-on")


def choose(page: Page, within: Page | Locator, box: str, option: str) -> None:
    """Pick an option, in a dialog or on the page."""
    within.get_by_role("combobox", name=box).last.click()
    page.get_by_role("option", name=option, exact=True).click()


def test_a_segment_is_made_goes_along_and_is_deleted(app_server: AppServer, browser_page: Page) -> None:
    page = browser_page
    account_of(page, app_server.url, "ada@example.com")
    page.goto(app_server.url)

    # Thought better of: the page is as it was, and so is its address.
    choose(page, page, "Segment", "New segment…")
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("their number shows up here").wait_for()
    assert "segment" not in page.url
    dialog.get_by_role("button", name="Close").click()
    dialog.wait_for(state="detached")
    page.get_by_role("heading", name="What changed this week").wait_for()
    assert bar(page).count() == 0

    # Made: two conditions, counted as they are chosen; a condition that is taken away counts no more.
    choose(page, page, "Segment", "New segment…")
    choose(page, dialog, "Field", "Country")
    choose(page, dialog, "Country", "Germany")
    page.keyboard.press("Escape")
    one = dialog.get_by_text(re.compile(r"customers? match(es)?, of")).inner_text()
    dialog.get_by_role("button", name="Add a condition").click()
    dialog.get_by_role("combobox", name="Field").nth(1).wait_for()
    choose(page, dialog, "Field", "MRR")
    dialog.get_by_label("From (USD)").fill("1000000")
    page.keyboard.press("Tab")
    dialog.get_by_text("No customer matches, of").wait_for()
    dialog.get_by_role("button", name="Remove").last.click()
    dialog.get_by_text(one).wait_for()
    dialog.get_by_label("Name").fill("Abroad or at home")
    dialog.get_by_role("button", name="Save segment").click()
    page.wait_for_url(IN_ADDRESS)
    bar(page).get_by_text("Only “Abroad or at home”").wait_for()

    # It goes along: by a card's link, by the menu, after a page that has no segments; and into the files' names.
    page.locator(".st-key-card-mrr").get_by_role("link", name="MRR").click()
    page.wait_for_url(re.compile(r"/metric\?.*segment=Abroad"))
    bar(page).wait_for()
    with page.expect_download() as file:
        page.get_by_role("button", name="Download CSV").click()
    assert file.value.suggested_filename.startswith("mrr-of-abroad-or-at-home-")
    menu = page.get_by_test_id("stSidebarNav")
    for name in ("Customers", "Cohorts", "Rules", "Plans", "Cancellations"):
        menu.get_by_role("link", name=name, exact=True).click()
        page.get_by_role("heading", name=name, level=1).wait_for()
        if name != "Rules":
            page.wait_for_url(IN_ADDRESS)
            bar(page).wait_for()
    page.reload()
    bar(page).wait_for()

    # Deleted: everybody is back, and an old link says so.
    bar(page).get_by_role("button", name="Edit").click()
    dialog.get_by_role("button", name="Delete segment").click()
    dialog.get_by_role("button", name="Delete it").click()
    dialog.wait_for(state="detached")
    bar(page).wait_for(state="detached")
    page.wait_for_url(lambda url: "segment" not in url)
    page.goto(f"{app_server.url}/plans?segment=Abroad+or+at+home")
    page.get_by_text("There is no segment called “Abroad or at home”").wait_for()
