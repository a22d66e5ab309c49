"""On a server with real keys: a click opens a whole made-up business, each page says what it is, a click ends it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser.axe import violations
from tests.browser.figures import card
from tests.browser.looking import go, settle
from tests.browser.test_journey import ARRIVES_WITHIN, sign_up
from tests.browser.walk import PHONE, goes_dark, sideways
from tests.conftest import AppServer, app_process
from tests.gateway import stub
from tests.gateway.stub import Stub

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
MARK = "Demo business: made-up figures."


@pytest.fixture(scope="module")
def stripe() -> Iterator[Stub]:
    """Real Stripe, which has heard of none of this."""
    with stub.stripe(lambda _asked, _number: stub.error(401, message="Who are you?")) as found:
        yield found


@pytest.fixture(scope="module")
def with_keys(tmp_path_factory: pytest.TempPathFactory, stripe: Stub) -> Iterator[AppServer]:
    """The app with keys of real Stripe, as its owner runs it."""
    keys = {"STRIPE_SECRET_KEY": "sk_live_real", "STRIPE_CLIENT_ID": "ca_real"}
    bases = {"STRIPE_API_BASE": stripe.base, "STRIPE_CONNECT_BASE": stripe.base}
    with app_process(tmp_path_factory.mktemp("with-keys"), **keys, **bases) as server:
        yield server


def test_a_click_opens_it_and_a_click_removes_it(with_keys: AppServer, stripe: Stub, browser_page: Page) -> None:
    page = browser_page
    page.goto(with_keys.url)
    sign_up(page, "looks@example.com")
    page.get_by_role("button", name="Open the demo business").click()
    page.get_by_text("Everything is here").wait_for(timeout=ARRIVES_WITHIN)
    account = re.search(r"account=(acct_sample_\w+)", page.url)
    assert account
    page.get_by_role("link", name="Open the overview").click()
    page.get_by_text(MARK).wait_for()
    settle(page)
    assert re.fullmatch(r"\$[1-9][\d,.]*", card("mrr")(page))

    # Narrow and dark as well, the line fits and reads well.
    for size in (PHONE, (1440, 900)):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        go(page, f"{with_keys.url}/?account={account[1]}")
        assert (page.get_by_text(MARK).count(), sideways(page), violations(page)) == (1, [], [])
    goes_dark(page)
    assert violations(page) == []
    page.emulate_media(color_scheme="light")

    go(page, f"{with_keys.url}/settings?section=Connection&go=1")
    page.get_by_role("button", name="Remove").click()
    page.get_by_role("button", name="Remove it").click()
    page.get_by_text("Halyard (demo) is removed.").wait_for()
    page.get_by_text("No Stripe account is connected.").wait_for()
    told = [each.path for each in stripe.asked]
    assert not [each for each in told if "deauthorize" in each or account[1] in each]
