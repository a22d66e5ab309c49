"""What an owner arranges for themselves, each in one short journey: keys, cards, goals, pins, views, team, files."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import Walked, connected
from tests.browser.looking import go, settle
from tests.browser.test_journey import sign_up
from tests.browser.walk import DESKTOP, Walk, walking
from tests.conftest import AppServer

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

PNG = b"\x89PNG\r\n"


@pytest.fixture(scope="module")
def walked(app_server: AppServer) -> Walked:
    """An app of its own: here cards are chosen, goals set and people invited."""
    return connected(app_server)


@pytest.fixture(scope="module")
def walk(walked: Walked, chromium: Browser) -> Iterator[Walk]:
    with walking(chromium, walked, DESKTOP) as found:
        found.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        yield found


def to(walk: Walk, address: str) -> Page:
    joined = "&" if "?" in address else "?"
    go(walk.page, f"{walk.truth.walked.url}{address}{joined}account={walk.truth.walked.account}")
    return walk.page


def chosen(page: Page, name: str) -> bool:
    return page.locator(".st-key-filters").get_by_role("radio", name=name, exact=True).is_checked()


def test_keys_change_the_filters_open_pages_search_and_list_themselves(walk: Walk) -> None:
    page = to(walk, "/metric?slug=mrr")
    for key, choice in (("1", "30 days"), ("w", "week"), ("c", "Last year")):
        page.keyboard.press(key)
        page.wait_for_function(_CHECKED, arg=choice)
        settle(page)
    assert {"range=30", "interval=week"} <= set(re.findall(r"range=30|interval=week", page.url))
    page.keyboard.press("g")
    page.keyboard.press("f")
    page.wait_for_url(re.compile("/failed-charges"))
    settle(page)
    page.keyboard.press("g")
    page.keyboard.press("c")
    page.wait_for_url(re.compile("/customers"))
    settle(page)
    page.keyboard.press("/")
    page.keyboard.type("no such customer")
    page.keyboard.press("Enter")
    page.get_by_text("No customer matches.").wait_for()
    page.locator("h1").click()
    page.keyboard.press("?")
    page.get_by_role("heading", name="Keyboard shortcuts").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("heading", name="Keyboard shortcuts").wait_for(state="detached")


_CHECKED = """name => [...document.querySelectorAll('.st-key-filters [role=radio], .st-key-filters input[type=radio]')]
  .some(each => (each.closest('label') ?? each).textContent.trim() === name
    && (each.checked || each.getAttribute('aria-checked') === 'true'))"""


def test_cards_are_chosen_kept_and_put_back(walk: Walk) -> None:
    page = to(walk, "/")
    page.get_by_role("button", name="Edit cards").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name=re.compile("^Remove")).last.click()
    dialog.get_by_text("5 of at most 12 cards").wait_for()
    dialog.get_by_role("button", name="Save cards").click()
    dialog.wait_for(state="detached")
    to(walk, "/")
    assert page.locator(".pl-value").count() == 5
    page.get_by_role("button", name="Edit cards").click()
    dialog.get_by_role("button", name="Back to the default").click()
    dialog.wait_for(state="detached")
    settle(page)
    assert page.locator(".pl-value").count() == 6


def test_a_goal_and_a_pin_are_saved_and_still_there(walk: Walk) -> None:
    page = to(walk, "/metric?slug=arr")
    page.get_by_role("button", name="Set a goal").click()
    page.get_by_label("Target").fill("1,000,000")
    page.get_by_role("button", name="Save the goal").click()
    page.get_by_text("The goal is $1,000,000.00 at the end of").wait_for()
    page.get_by_role("button", name="Annotate").click()
    page.get_by_label("What happened").fill("Raised prices")
    page.get_by_test_id("stPopoverBody").get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("Raised prices").last.wait_for()
    to(walk, "/metric?slug=arr")
    assert page.get_by_text(re.compile(r"of the way: \$[\d,.]+ of \$1,000,000\.00 by ")).is_visible()
    assert page.get_by_test_id("stMain").get_by_text("Raised prices").first.is_visible()


def test_a_view_is_saved_opened_and_its_link_copied(walk: Walk) -> None:
    page = to(walk, "/metric?slug=new_mrr&interval=month&range=3+months")
    page.get_by_role("button", name="Views").click()
    page.get_by_label("Name").fill("New, by month")
    page.get_by_role("button", name="Copy link").click()
    page.get_by_text("Link copied.").wait_for()
    assert re.search(r"/metric\?.*slug=new_mrr", page.evaluate("navigator.clipboard.readText()"))
    page.get_by_role("button", name="Save this view").click()
    page.get_by_role("link", name="New, by month").wait_for()
    address = page.get_by_role("link", name="New, by month").get_attribute("href") or ""
    go(page, walk.truth.walked.url + address)
    assert page.get_by_role("heading", name="New MRR", level=1).is_visible()
    assert (chosen(page, "3 months"), chosen(page, "month")) == (True, True)


def test_a_chart_is_saved_as_a_picture_and_an_export_as_a_file(walk: Walk) -> None:
    page = to(walk, "/metric?slug=mrr")
    page.locator(".js-plotly-plot").first.hover()
    with page.expect_download() as picture:
        page.locator(".modebar-btn").first.click()
    assert picture.value.suggested_filename.endswith(".png")
    assert Path(picture.value.path()).read_bytes()[:6] == PNG

    to(walk, "/exports?what=Stripe%3A+invoices&range=All+time")
    with page.expect_download() as file:
        page.get_by_role("link", name="Download CSV").click()
    rows = list(csv.DictReader(Path(file.value.path()).read_text("utf-8").splitlines()))
    assert {row["id"] for row in rows} == {row["id"] for row in walk.truth.objects("invoices")}


def test_an_open_page_follows_the_system_into_the_dark(walk: Walk) -> None:
    page = to(walk, "/metric?slug=mrr")
    page.locator(".js-plotly-plot .xtick text").first.wait_for()
    before = page.evaluate(_INK)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"before => {_INK} !== before", arg=before)
    page.emulate_media(color_scheme="light")
    page.wait_for_function(f"before => {_INK} === before", arg=before)


_INK = "document.querySelector('.js-plotly-plot .xtick text')?.style.fill"


def test_a_guest_joins_by_a_link_and_goes_from_workspace_to_workspace(walk: Walk, chromium: Browser) -> None:
    page = to(walk, "/settings?section=Team")
    page.get_by_label("For whom").fill("Grace")
    page.get_by_role("button", name="Make a link").click()
    link = page.locator("[data-testid=stCode] code").inner_text().strip()
    other = chromium.new_context()
    guest = other.new_page()
    guest.set_default_timeout(60_000)
    guest.goto(walk.truth.walked.url)
    sign_up(guest, "grace@example.com")
    guest.goto(link)
    guest.get_by_role("button", name="Join", exact=True).click()
    guest.get_by_role("heading", name="What changed this week").wait_for()
    guest.locator(".js-plotly-plot").nth(1).wait_for()
    settle(guest)
    workspace, options = guest.get_by_role("combobox", name="Workspace"), guest.get_by_role("option")
    workspace.click()
    guest.wait_for_timeout(1_500)
    if not options.count():  # the page was drawn anew under the list
        workspace.click()
    guest.get_by_role("option", name="Ada Lovelace's workspace (2)").click()  # their own, made later
    guest.get_by_role("heading", name="Connect", exact=True, level=1).wait_for()  # their own has nothing yet
    other.close()
