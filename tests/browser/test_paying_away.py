"""Paid at Stripe while no webhook comes, and the way back is not the usual one: nobody who paid is left on Free."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser.looking import go
from tests.browser.test_billing import GOOD, Owner
from tests.browser.test_journey import PASSWORD, sign_up
from tests.conftest import AppServer, app_process

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

pytestmark = pytest.mark.browser

TRIAL = "Your trial of Pro has begun. Thank you."


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    """An app that sells plans."""
    with app_process(tmp_path_factory.mktemp("away"), BILLING="on") as server:
        yield server


def at_the_till(shop: AppServer, page: Page, email: str) -> Owner:
    """Somebody new on Stripe's payment page, of whom no webhook will tell."""
    owner = Owner(page, shop, lost=True)
    page.goto(shop.url)
    sign_up(page, email)
    owner.door("webhooks", platform=True, reset=True, drop=1.0)
    owner.stands("^Free. There is nothing to pay.")
    page.get_by_role("button", name="Start 14 days free").first.click()
    page.wait_for_url(re.compile("/c/pay/cs_"))
    owner.card(GOOD)
    return owner


def _and_is_gone(route: Route) -> None:
    """Let Stripe have the payment, and nobody follow its way back."""
    paid = route.fetch(max_redirects=0)
    assert "/billing/return" in paid.headers["location"]
    route.fulfill(body="The tab is closed.", content_type="text/plain")


def pays(page: Page) -> None:
    page.get_by_role("button", name=re.compile("^(Subscribe|Start trial)")).click()


def test_who_closes_the_tab_finds_the_plan_in_settings(shop: AppServer, browser_page: Page) -> None:
    page = browser_page
    owner = at_the_till(shop, page, "closes@example.com")
    page.route("**/c/pay/*", _and_is_gone)
    pays(page)
    page.get_by_text("The tab is closed.").wait_for()
    go(page, f"{shop.url}/settings?section=Your+plan")
    page.get_by_text(TRIAL).wait_for()
    owner.stands(r"^Trial of Pro until .*, then \$29\.00 a month")


def test_who_is_signed_out_meanwhile_signs_in_and_has_the_plan(shop: AppServer, browser_page: Page) -> None:
    page = browser_page
    owner = at_the_till(shop, page, "away@example.com")
    page.context.clear_cookies()
    pays(page)
    form = page.get_by_test_id("stForm")
    form.get_by_role("button", name="Sign in").wait_for()
    form.get_by_label("Email").fill("away@example.com")
    form.get_by_label("Password", exact=True).fill(PASSWORD)
    form.get_by_role("button", name="Sign in").click()
    page.get_by_text(TRIAL).wait_for()
    owner.stands(r"^Trial of Pro until .*, then \$29\.00 a month")
