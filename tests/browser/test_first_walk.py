"""The README's walk: from the first page to one's MRR, why it changed, and the rows that say so, click by click."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.figures import card, fact
from tests.browser.looking import settle
from tests.browser.test_journey import ARRIVES_WITHIN, PASSWORD
from tests.conftest import ROOT, AppServer, app_process

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.browser

MOST = 6
"""Clicks that may lie between the first page and knowing."""
README_SAYS = ("Create an account", "Open the demo business", "Open the overview", "Click that sentence")
MONEY = r"\$([\d,]+\.\d\d)"


@pytest.fixture(scope="module")
def as_it_comes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    """The app as ``make run`` starts it: in sandbox mode plans are sold, and who signs up has the free one."""
    with app_process(tmp_path_factory.mktemp("first"), BILLING="on") as server:
        yield server


class Clicks:
    """Clicks, counted."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, what: Locator) -> None:
        what.click()
        self.count += 1


def _filled_in(page: Page) -> None:
    for label, text in (
        ("First name", "Ada"),
        ("Last name", "Lovelace"),
        ("Email", "first@example.com"),
        ("Password", PASSWORD),
        ("Password again", PASSWORD),
    ):
        page.get_by_label(label, exact=True).fill(text)


def test_from_the_first_page_to_why_mrr_changed(as_it_comes: AppServer, browser_page: Page) -> None:
    page, click = browser_page, Clicks()
    page.goto(as_it_comes.url)
    page.get_by_label("First name").wait_for()
    _filled_in(page)
    click(page.get_by_test_id("stForm").get_by_role("button", name="Create an account"))
    click(page.get_by_role("button", name="Open the demo business"))
    arrived = page.get_by_role("link", name="Open the overview")
    arrived.wait_for(timeout=ARRIVES_WITHIN)
    click(arrived)
    settle(page)
    shown = card("mrr")(page)
    sentence = page.locator(".st-key-digest a").first
    told = sentence.inner_text()
    click(sentence)
    page.wait_for_url(re.compile("/movements"))
    settle(page)

    # The figures of the page, and the sum of its rows, are the sentence's.
    rose, by, now = re.search(rf"MRR (rose|fell) {MONEY} to {MONEY}", told).groups()  # type: ignore[union-attr]
    sign = "+" if rose == "rose" else "−"
    assert fact("MRR at the end")(page) == f"${now}"
    assert fact("Net change")(page) == f"{sign}${by}"
    assert shown == f"${round(Decimal(now.replace(',', ''))):,}"
    assert _rows(page) == Decimal(by.replace(",", "")) * (1 if rose == "rose" else -1)
    assert click.count == len(README_SAYS) <= MOST


def _rows(page: Page) -> Decimal:
    """What the rows of the page's file add up to."""
    with page.expect_download() as file:
        page.get_by_role("button", name="Download CSV").first.click()
    rows: list[dict[str, str]] = list(csv.DictReader(Path(file.value.path()).read_text("utf-8").splitlines()))
    assert rows
    return sum((Decimal(row["amount_base"]) for row in rows), Decimal()).quantize(Decimal("0.01"))


def test_the_readme_tells_these_clicks() -> None:
    heading, _, told = (ROOT / "README.md").read_text("utf-8").partition("why it changed”: ")[2].partition("\n\n")
    walk = told.partition("\n\n")[0]
    assert heading == f"{len(README_SAYS)} clicks"
    assert len(re.findall(r"^\d\. ", walk, re.MULTILINE)) == len(README_SAYS)
    places = [walk.index(each) for each in README_SAYS]
    assert places == sorted(places)
