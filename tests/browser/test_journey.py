"""The whole journey in a real browser against real processes: from the first visit to the CSV and out again."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from lib.metrics import catalog
from lib.web.cards import SLUGS
from tests.conftest import AppServer

if TYPE_CHECKING:
    from playwright.sync_api import Page, Request

pytestmark = pytest.mark.browser

PASSWORD = "a short sentence"
ARRIVES_WITHIN = 120_000


@pytest.fixture
def hosts(browser_page: Page) -> Iterator[set[str]]:
    """Every host that the page asked for anything."""
    asked: set[str] = set()

    def note(request: Request) -> None:
        asked.add(urlsplit(request.url).hostname or "")

    browser_page.on("request", note)
    yield asked
    assert asked - {""} <= {"localhost", "127.0.0.1"}, "a page fetched from another host"


def sign_up(page: Page, email: str) -> None:
    choice = page.get_by_test_id("stButtonGroup").get_by_role("radio", name="Create an account")
    page.get_by_label("First name").or_(choice).first.wait_for()
    if choice.count():
        choice.click()
    page.get_by_label("First name").wait_for()
    page.wait_for_function("document.querySelectorAll('input[aria-label=Email]').length === 1")  # the other's is gone
    page.get_by_label("First name").fill("Ada")
    page.get_by_label("Last name").fill("Lovelace")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password again").fill(PASSWORD)
    page.get_by_test_id("stForm").get_by_role("button", name="Create an account").click()
    page.get_by_role("button", name="Sign out").wait_for()


def test_from_the_first_visit_to_the_csv_and_out_again(
    app_server: AppServer, browser_page: Page, hosts: set[str], tmp_path: Path
) -> None:
    page = browser_page
    page.goto(app_server.url)
    sign_up(page, "ada@example.com")

    page.wait_for_url(re.compile(r"/connect$"))  # nothing is connected, so the Overview would be empty
    page.get_by_role("heading", name="Connect", exact=True, level=1).wait_for()
    page.get_by_role("link", name="Connect with Stripe").click()
    page.get_by_role("button", name=re.compile("^(Connect|Allow)")).click()
    page.wait_for_url(re.compile(r"/connect\?.*status=connected"))

    page.reload()  # leaving and coming back shows the same
    page.get_by_text("Everything is here").wait_for(timeout=ARRIVES_WITHIN)
    account = re.search(r"account=(acct_\w+)", page.url)
    assert account

    page.get_by_role("link", name="Open the overview").click()
    page.get_by_role("heading", name="What changed this week").wait_for()
    for slug in SLUGS:
        assert (
            page.locator(f".st-key-card-{slug}")
            .get_by_role("link", name=catalog.find(slug).name, exact=True)
            .is_visible()
        )
    page.locator(".js-plotly-plot").nth(1).wait_for()

    page.get_by_text("30 days", exact=True).click()
    page.wait_for_url(re.compile(r"range=30"))
    page.reload()
    page.locator(".js-plotly-plot").nth(1).wait_for()
    assert page.get_by_role("radio", name="30 days").is_checked()

    page.locator(".st-key-card-mrr .pl-spark").click(
        position={"x": 4, "y": 4}, force=True
    )  # the whole card is the link
    page.get_by_role("heading", name="MRR", level=1).wait_for()
    page.wait_for_url(re.compile(r"/metric\?.*slug=mrr"))
    with page.expect_download() as download:
        page.get_by_role("button", name="Download CSV").click()
    rows = list(csv.reader(Path(download.value.path()).read_text("utf-8").splitlines()))
    assert rows[0] == ["date", "value"]
    assert len(rows) == 1 + 30
    assert re.fullmatch(r"\d+\.\d\d", rows[-1][1])

    page.get_by_role("button", name="Sign out").click()
    page.get_by_label("Email").wait_for()
    page.goto(f"{app_server.url}/metric?slug=mrr")
    page.get_by_label("Email").wait_for()
    assert page.locator(".js-plotly-plot").count() == 0
