"""What a plan does to the pages, from an empty account to one that was not paid: read on a desktop and on a phone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.browser.axe import violations
from tests.browser.figures import fact
from tests.browser.looking import go
from tests.browser.places import DIALOG, Opening, button
from tests.browser.signing_in import faults
from tests.browser.test_billing import Owner, buys_with_a_second_card, cancels_in_the_portal, renewal_fails
from tests.browser.test_journey import ARRIVES_WITHIN, sign_up
from tests.browser.walk import DESKTOP, PHONE, goes_dark, open_and_read, sideways
from tests.conftest import AppServer, app_process

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    """An app that sells plans, as ``make run`` starts it."""
    with app_process(tmp_path_factory.mktemp("plans"), BILLING="on") as server:
        yield server


@dataclass
class Reader:
    """A desktop and a phone on which the same person is signed in; what was found wrong so far."""

    pages: dict[str, Page]
    url: str
    wrong: dict[str, list[str]]

    def looks(self, state: str, *addresses: str, opens: tuple[Opening, ...] = ()) -> None:
        """Read these pages on both: in the dark, and on the desktop in the light as well."""
        for size, page in self.pages.items():
            for address in addresses:
                page.emulate_media(color_scheme="dark" if size == "phone" else "light")
                go(page, self.url + address)
                found = [*sideways(page), *violations(page)]
                found += [each for opening in opens for each in open_and_read(page, opening)]
                if size == "desktop":
                    goes_dark(page)
                    found += [f"dark: {each}" for each in violations(page)]
                if found:
                    self.wrong[f"{state}, {address}, {size}"] = found


@pytest.fixture
def owner(shop: AppServer, browser_page: Page) -> Owner:
    browser_page.goto(shop.url)
    sign_up(browser_page, "reader@example.com")
    return Owner(browser_page, shop, lost=False)


@pytest.fixture
def reader(owner: Owner, shop: AppServer, chromium: Browser) -> Iterator[Reader]:
    state = owner.page.context.storage_state()
    sizes = {"desktop": DESKTOP, "phone": PHONE}
    contexts = {
        name: chromium.new_context(viewport={"width": w, "height": h}, storage_state=state, locale="en-US")
        for name, (w, h) in sizes.items()
    }
    for each in contexts.values():
        each.set_default_timeout(60_000)
    yield Reader({name: each.new_page() for name, each in contexts.items()}, shop.url, {})
    for each in contexts.values():
        each.close()


@pytest.mark.timeout(900)
def test_every_state_of_a_plan_can_be_read(owner: Owner, reader: Reader) -> None:
    plan, page = "/settings?section=Your+plan", owner.page
    reader.looks("nothing connected", "/?changed=Week", "/customers", "/connect")
    page.goto(f"{reader.url}/connect")
    page.get_by_role("button", name="Open the demo business").click()
    page.get_by_text("Everything is here").wait_for(timeout=ARRIVES_WITHIN)
    reader.looks("free", "/forecast", "/settings?section=Data", "/settings?section=Notifications", plan)
    buys_with_a_second_card(owner)
    reader.looks("trial", plan, opens=(button("Change to Business", DIALOG),))
    owner.days(15)
    owner.stands(r"^Pro, \$29\.00 a month\. Renews on")
    go(page, f"{reader.url}/our-customers")
    assert (fact("MRR to us")(page), fact("Paying")(page)) == ("$29.00", "1")
    reader.looks("paid", plan, "/our-customers")
    cancels_in_the_portal(owner)
    owner.stands("^Pro ends on .*, after that Free")
    reader.looks("ending", plan)
    page.get_by_role("button", name="Keep the plan").click()
    page.get_by_text("Pro goes on.").wait_for()
    renewal_fails(owner)
    owner.stands("^Your last payment failed. Pro goes on until")
    reader.looks("in grace", plan, "/")
    owner.days(15)
    owner.stands("^Pro was not paid, so this workspace is on Free")
    reader.looks("lapsed", plan, "/")
    assert reader.wrong == {}


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_sign_in_screen_can_be_read(size: tuple[int, int], shop: AppServer, chromium: Browser) -> None:
    assert faults(chromium, shop.url, size) == []
