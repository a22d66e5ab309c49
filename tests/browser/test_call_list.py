"""The list to call on a screen of 1440: all of it in sight, MRR and the way to Stripe at its end too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lib.web.failed_page import _TIGHT
from tests.browser.conftest import Walked

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

pytestmark = pytest.mark.browser
STRIPE = 64
"""Pixels of the column of links."""


def test_the_list_to_call_needs_no_scrolling_sideways(desktop: BrowserContext, walked: Walked) -> None:
    page = desktop.new_page()
    page.goto(f"{walked.url}/failed-charges?account={walked.account}")
    table = page.get_by_test_id("stDataFrame").first.locator(".dvn-scroller")
    table.wait_for(state="attached")
    page.wait_for_timeout(1_000)  # its columns are measured once the page stands
    whole, seen = table.evaluate("found => [found.scrollWidth, found.clientWidth]")
    page.close()
    assert 1_000 < whole <= seen
    assert sum(_TIGHT.values()) + STRIPE <= seen, "of all accounts, with a column more"
