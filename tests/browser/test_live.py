"""A page that is open shows what happens in the business, without a reload and without taking anything away."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.browser.test_to_the_customer import account_of
from tests.conftest import AppServer

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

SAYS_SOMETHING_ELSE = "before => document.querySelector('.pl-value').innerText !== before"


class Business:
    """The stand-in's, to let things happen in."""

    def __init__(self, server: AppServer) -> None:
        info = json.loads((server.data_dir / "standin.json").read_text("utf-8"))
        self._base, self._key = info["base"], info["restricted_key"]
        self._seats = 100

    def sell_seats(self) -> None:
        """One customer buys many more seats."""
        headers = {"Authorization": f"Bearer {self._key}"}
        found = httpx.get(f"{self._base}/v1/subscriptions?status=active&limit=100", headers=headers).json()["data"]
        chosen = next(each for each in found if each["currency"] == "usd" and _by_the_seat(each["items"]["data"]))
        self._seats += 100
        edits = [{"item": chosen["items"]["data"][0]["id"], "quantity": self._seats}]
        act = {"operation": "update_subscription", "id_": chosen["id"], "edits": edits}
        httpx.post(f"{self._base}/_sandbox/do", json=act, timeout=30).raise_for_status()

    def withdraw(self, account: str) -> None:
        """The owner takes the access away at Stripe."""
        httpx.post(f"{self._base}/_sandbox/revoke", json={"account": account}, timeout=30).raise_for_status()


def _by_the_seat(items: list[dict[str, Any]]) -> bool:
    price = items[0]["price"]
    return len(items) == 1 and bool(price["unit_amount"]) and price["recurring"]["usage_type"] == "licensed"


def mrr(page: Page) -> str:
    return page.locator(".pl-value").first.inner_text()


def test_figures_follow_the_business_while_the_page_is_open(app_server: AppServer, browser_page: Page) -> None:
    page, business = browser_page, Business(app_server)
    account = account_of(page, app_server.url, "ada@example.com")
    page.goto(f"{app_server.url}/")
    page.get_by_text("What changed this week").wait_for()
    page.evaluate("window.neverReloaded = true")
    for _ in range(2):
        before = mrr(page)
        business.sell_seats()
        page.wait_for_function(SAYS_SOMETHING_ELSE, arg=before)
    assert page.evaluate("window.neverReloaded"), "the page was drawn anew, not loaded anew"

    # Whoever is in the middle of something keeps it: the page waits until the list is closed.
    before = mrr(page)
    page.get_by_label("Segment").first.click()
    page.get_by_role("listbox").wait_for()
    business.sell_seats()
    page.wait_for_timeout(2_500)
    assert page.get_by_role("listbox").is_visible()
    assert mrr(page) == before
    page.keyboard.press("Escape")
    page.wait_for_function(SAYS_SOMETHING_ELSE, arg=before)

    # Who takes the access away at Stripe is told so, on the page that was open too.
    business.withdraw(account)
    page.get_by_text("was withdrawn at Stripe").wait_for(timeout=60_000)
    page.goto(f"{app_server.url}/")
    page.get_by_text("was withdrawn at Stripe").wait_for()
