"""The life of a plan in a real browser: bought with a second card, renewed, changed, cancelled, failed, lapsed, paid.

Lived through four times: with Stripe's webhooks on time, late, twice and out of order, and lost altogether. What is
lost is made up for by the way back from Stripe's pages, or by the hourly reading of who pays, which is called here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from lib import settings as settings_module
from lib.billing import truth
from lib.settings import Settings
from lib.store import engine
from tests.browser.looking import go, settle
from tests.browser.test_journey import ARRIVES_WITHIN, sign_up
from tests.conftest import AppServer, app_process

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

DAY = 86_400
GOOD, DECLINED, FAILS_LATER = "4242 4242 4242 4242", "4000 0000 0000 0002", "4000 0000 0000 0341"
ASKS, ALWAYS_ASKS = "4000 0025 0000 3155", "4000 0027 6000 3184"
MANNERS: dict[str, dict[str, float]] = {
    "on time": {},
    "late": {"delay": 2.0},
    "twice and out of order": {"duplicate": 1.0, "shuffle": 2.0},
    "lost": {"drop": 1.0},
}


_people = count(1)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    """An app that sells plans."""
    with app_process(tmp_path_factory.mktemp("shop"), BILLING="on") as server:
        yield server


@dataclass
class Owner:
    """An owner at their browser, the stand-in's doors, and how its webhooks behave."""

    page: Page
    server: AppServer
    lost: bool

    def door(self, name: str, **given: object) -> Any:  # noqa: ANN401 - JSON
        base = json.loads((self.server.data_dir / "standin.json").read_text("utf-8"))["base"]
        answer = httpx.post(f"{base}/_sandbox/{name}", json=given, timeout=120)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def plan(self) -> None:
        """Open Settings, Plan."""
        go(self.page, f"{self.server.url}/settings?section=Your+plan")

    def stands(self, sentence: str) -> None:
        """Wait until the plan stands so; an owner whose webhooks are late looks again."""
        said = self.page.locator(".pl-standing")
        for _ in range(20):
            self.plan()
            if re.search(sentence, said.inner_text()):
                return
            self.page.wait_for_timeout(700)
        pytest.fail(f"“{said.inner_text()}” never became “{sentence}”")

    def days(self, days: int) -> None:
        """Let days pass at Stripe; where no webhook comes, let the hour come in which all who pay are read."""
        self.door("advance", seconds=days * DAY)
        if self.lost:
            with own_hour(self.server):
                truth.reconcile()

    def card(self, number: str) -> None:
        """Type a card on a page of Stripe's."""
        page = self.page
        for label, value in (("Card number", number), ("Expiry", "12/40"), ("CVC", "123"), ("Name on card", "Ada")):
            page.get_by_label(label).fill(value)


@contextmanager
def own_hour(server: AppServer) -> Iterator[None]:
    """This process as another one of the same server: its schedule's hour has come."""
    settings_module.replace(Settings.model_validate({"data_dir": server.data_dir, "billing": True}))
    try:
        yield
    finally:
        engine.engine().dispose()
        settings_module.replace(None)


@pytest.fixture
def owner(shop: AppServer, browser_page: Page, manner: str) -> Owner:
    """Somebody who has just signed up, where webhooks of our own account behave in this manner."""
    one = Owner(browser_page, shop, lost=manner == "lost")
    browser_page.goto(shop.url)
    sign_up(browser_page, f"{manner.replace(' ', '-')}-{next(_people)}@example.com")
    one.door("webhooks", platform=True, **({"reset": True} | MANNERS[manner]))
    return one


@pytest.mark.parametrize("manner", MANNERS)
def test_the_life_of_a_plan(owner: Owner, manner: str) -> None:
    page = owner.page
    buys_with_a_second_card(owner)
    owner.days(15)
    owner.stands(r"^Pro, \$29\.00 a month\. Renews on")
    _changes_to_business(owner)
    cancels_in_the_portal_and_takes_it_back(owner)
    renewal_fails(owner)
    owner.stands("^Your last payment failed. Business goes on until")
    go(page, f"{owner.server.url}/settings")
    assert "The last payment for Business failed" in page.get_by_role("status").first.inner_text()
    owner.days(15)
    owner.stands("^Business was not paid, so this workspace is on Free")
    _pays_what_is_owed(owner)
    owner.stands(r"^Business, \$99\.00 a month")


def buys_with_a_second_card(owner: Owner) -> None:
    page = owner.page
    owner.stands("^Free. There is nothing to pay.")
    page.get_by_role("button", name="Start 14 days free").first.click()
    page.wait_for_url(re.compile("/c/pay/cs_"))
    owner.card(DECLINED)
    page.get_by_role("button", name=re.compile("^(Subscribe|Start trial)")).click()
    page.get_by_text("Your card was declined").wait_for()
    owner.card(GOOD)
    page.get_by_role("button", name=re.compile("^(Subscribe|Start trial)")).click()
    page.wait_for_url(re.compile("/settings"))
    page.get_by_text("Your trial of Pro has begun. Thank you.").wait_for()
    owner.stands(r"^Trial of Pro until .*, then \$29\.00 a month")


def _changes_to_business(owner: Owner) -> None:
    page = owner.page
    page.get_by_role("button", name="Change to Business").click()
    confirm = page.get_by_role("button", name=re.compile(r"^Change for \$[\d.,]+ now$"))
    confirm.wait_for()
    amount = re.search(r"\$[\d.,]+", confirm.inner_text())
    assert amount
    confirm.click()
    page.get_by_text("The plan is changed: you have Business now.").wait_for()
    owner.stands(r"^Business, \$99\.00 a month")
    newest = page.locator(".pl-bills tbody tr").first.inner_text()
    assert amount[0] in newest, "what was billed is what the button said"
    assert "Paid" in newest


def _portal(owner: Owner) -> Page:
    owner.plan()
    owner.page.get_by_role("button", name="Card, invoices and cancelling at Stripe").click()
    owner.page.wait_for_url(re.compile("/p/session/"))
    return owner.page


def _back(page: Page) -> None:
    page.get_by_role("link", name=re.compile("^(←|Return|Back)")).first.click()
    page.wait_for_url(re.compile("/settings"))
    settle(page)


def cancels_in_the_portal_and_takes_it_back(owner: Owner) -> None:
    page = owner.page
    cancels_in_the_portal(owner)
    owner.stands("^Business ends on .*, after that Free")
    page.get_by_role("button", name="Keep the plan").click()
    page.get_by_text("Business goes on.").wait_for()
    owner.stands(r"^Business, \$99\.00 a month")


def cancels_in_the_portal(owner: Owner) -> None:
    page = _portal(owner)
    page.get_by_role("link", name="Cancel plan").click()
    page.get_by_role("button", name="Cancel plan").click()
    _back(page)


def renewal_fails(owner: Owner) -> None:
    new_card(owner, FAILS_LATER)
    owner.days(32)


def new_card(owner: Owner, number: str) -> None:
    """Change the card in the portal."""
    page = _portal(owner)
    page.get_by_role("link", name="Update card").click()
    owner.card(number)
    page.get_by_role("button", name="Save card").click()
    _back(page)


def _pays_what_is_owed(owner: Owner) -> None:
    with owner.page.expect_popup() as opened:
        owner.page.get_by_role("link", name=re.compile(r"^Pay \$[\d.,]+ at Stripe")).click()
    bill = opened.value
    bill.get_by_text("Pay with another card").click()
    shopper = Owner(bill, owner.server, owner.lost)
    shopper.card(GOOD)
    bill.get_by_role("button", name=re.compile("with this card$")).click()
    bill.get_by_text(re.compile("Paid", re.IGNORECASE)).first.wait_for()
    bill.close()
    again = owner.page.get_by_role("button", name="Check again")
    if owner.lost and again.count():
        again.click()
        settle(owner.page)


@pytest.mark.parametrize("manner", MANNERS)
def test_who_disconnects_may_let_the_plan_run_out(owner: Owner, manner: str) -> None:
    page = owner.page
    page.goto(f"{owner.server.url}/connect")
    page.get_by_role("button", name="Open the demo business").click()
    page.get_by_text("Everything is here").wait_for(timeout=ARRIVES_WITHIN)
    buys_with_a_second_card(owner)
    go(page, f"{owner.server.url}/settings?section=Connection")
    page.get_by_role("button", name="Disconnect").click()
    dialog = page.get_by_test_id("stDialog")
    name = dialog.locator("strong").first.inner_text()
    page.get_by_text(re.compile("^Also cancel Pro at the end of the period")).click()
    page.get_by_text(re.compile("nothing more is charged. You can take that back until then.$")).wait_for()
    page.get_by_label(re.compile("^Type .* to confirm")).fill(name)
    dialog.get_by_role("button", name="Disconnect").click()
    page.get_by_text(re.compile("is disconnected")).wait_for()
    owner.stands("^Pro ends on .*, after that Free")
    owner.days(15)
    owner.stands("^Free. There is nothing to pay.")


@pytest.mark.parametrize("manner", ["on time"])
def test_a_year_with_a_promotion_code_and_a_card_that_asks_then_one_that_fails(owner: Owner, manner: str) -> None:
    page = owner.page
    _begins_a_year(owner)
    page.get_by_label("Promotion code").fill("LAUNCH20")
    page.get_by_role("button", name="Apply").click()
    page.get_by_text("LAUNCH20").first.wait_for()
    _is_asked_by_the_bank(owner, "Fail authentication")
    page.get_by_text("We are unable to authenticate your payment method").wait_for()
    _is_asked_by_the_bank(owner, "Complete authentication")
    page.wait_for_url(re.compile("/settings"))
    page.get_by_text("Your trial of Pro has begun. Thank you.").wait_for()
    owner.stands(r"^Trial of Pro until .*, then \$290\.00 a year before discounts\.")
    owner.days(15)
    owner.stands(r"^Pro, \$290\.00 a year\. Renews on")
    assert "$232.00" in page.locator(".pl-bills tbody tr").first.inner_text(), "the code takes a fifth off"
    new_card(owner, FAILS_LATER)
    _is_declined_an_upgrade(owner)
    owner.stands(r"^Pro, \$290\.00 a year\. Renews on")
    assert page.locator(".pl-bills tbody tr").filter(has_text="$232.00").count() == 1


def _begins_a_year(owner: Owner) -> None:
    owner.stands("^Free. There is nothing to pay.")
    owner.page.get_by_role("radio", name=re.compile("^Yearly")).click()
    owner.page.get_by_text("$290.00").first.wait_for()
    settle(owner.page)
    owner.page.get_by_role("button", name="Start 14 days free").first.click()
    owner.page.wait_for_url(re.compile("/c/pay/cs_"))


def _is_asked_by_the_bank(owner: Owner, answer: str, number: str = ASKS) -> None:
    owner.card(number)
    owner.page.get_by_role("button", name=re.compile("^(Subscribe|Start trial)")).click()
    owner.page.get_by_role("button", name=answer).click()


def _is_declined_an_upgrade(owner: Owner) -> None:
    page = owner.page
    owner.plan()
    page.get_by_role("button", name="Change to Business").click()
    page.get_by_role("button", name=re.compile(r"^Change for \$[\d.,]+ now$")).click()
    page.get_by_text(re.compile("The payment did not go through, so nothing was changed")).wait_for()


@pytest.mark.parametrize("manner", ["on time"])
def test_whose_bank_always_asks_can_change_the_plan(owner: Owner, manner: str) -> None:
    page = owner.page
    owner.stands("^Free. There is nothing to pay.")
    page.get_by_role("button", name="Start 14 days free").first.click()
    page.wait_for_url(re.compile("/c/pay/cs_"))
    _is_asked_by_the_bank(owner, "Complete authentication", ALWAYS_ASKS)
    page.wait_for_url(re.compile("/settings"))
    owner.days(15)
    owner.stands("^Your last payment failed. Pro goes on until")
    _answers_the_bank(owner, re.compile(r"^Pay \$[\d.,]+ at Stripe"))
    owner.stands(r"^Pro, \$29\.00 a month\. Renews on")
    page.get_by_role("button", name="Change to Business").click()
    page.get_by_role("button", name=re.compile(r"^Change for \$[\d.,]+ now$")).click()
    page.get_by_text("Your bank wants you to confirm this payment").wait_for()
    assert page.get_by_role("button", name="Cancel", exact=True).count() == 0
    page.get_by_role("button", name="I have confirmed it").click()
    page.get_by_text("Stripe has no confirmation yet, so nothing is changed.").wait_for()
    amount = _answers_the_bank(owner, re.compile(r"^Confirm \$[\d.,]+ at Stripe$"))
    page.get_by_role("button", name="I have confirmed it").click()
    page.get_by_text("The plan is changed: you have Business now.").wait_for()
    owner.stands(r"^Business, \$99\.00 a month")
    newest = page.locator(".pl-bills tbody tr").first.inner_text()
    assert amount in newest, "what was billed is what was confirmed"
    assert "Paid" in newest


def _answers_the_bank(owner: Owner, link: re.Pattern[str]) -> str:
    """Pay on an invoice's page, where the bank asks; the amount that the link to it named."""
    way = owner.page.get_by_role("link", name=link)
    amount = re.search(r"\$[\d.,]+", way.inner_text())
    assert amount
    with owner.page.expect_popup() as opened:
        way.click()
    bill = opened.value
    bill.get_by_role("button", name=f"Pay {amount[0]}").click()
    bill.get_by_role("button", name="Complete authentication").click()
    bill.get_by_text(re.compile("Paid", re.IGNORECASE)).first.wait_for()
    bill.close()
    return amount[0]


def test_made_up_returns_give_nothing_away(shop: AppServer, browser_page: Page) -> None:
    page = browser_page
    page.goto(f"{shop.url}/billing/return?session_id=cs_test_1")
    page.get_by_role("button", name=re.compile("^(Sign in|Create an account)")).first.wait_for()
    sign_up(page, "mallory@example.com")
    for made_up in ("cs_test_1", "", "../../v1/account", "%3Cscript%3E"):
        go(page, f"{shop.url}/billing/return?session_id={made_up}")
        page.get_by_text("That payment page does not belong to this workspace.").wait_for()
        assert page.locator(".pl-standing").inner_text().startswith("Free.")
    go(page, f"{shop.url}/settings?section=Your+plan&status=paid")
    assert page.locator(".pl-standing").inner_text().startswith("Free."), "an address pays nothing"
