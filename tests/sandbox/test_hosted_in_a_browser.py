"""The hosted pages in a browser: without JavaScript, at a phone's width, in both colours, and through axe-core."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.sandbox.fake_world import DAY
from tests.sandbox.shop_front import FAILS, MONTH, Front, selling, typed

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def front() -> Iterator[Front]:
    with selling() as made:
        made.do("set_portal", features={"subscription_update": {"enabled": True}})
        yield made


def test_every_page_is_accessible_and_fits_a_phone(front: Front, chromium: Browser) -> None:
    from axe_playwright_python.sync_playwright import Axe

    sub = front.bought()
    front.post(f"{front.portal(sub['customer'])}/card", data=typed(FAILS))
    front.wait(MONTH + DAY)
    portal = front.portal(sub["customer"])
    session = front.session(allow_promotion_codes="true", billing_address_collection="required")
    pages = [
        session["url"],
        portal,
        *(f"{portal}/{path}" for path in ("card", f"cancel/{sub['id']}", f"plan/{sub['id']}")),
        front.invoices(sub["id"])[0]["hosted_invoice_url"],
        str(front.base_url),
    ]
    for scheme in ("light", "dark"):
        context = chromium.new_context(viewport={"width": 375, "height": 700}, color_scheme=scheme, bypass_csp=True)
        page = context.new_page()
        for url in pages:
            page.goto(url)
            wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            found = Axe().run(page).response["violations"]
            assert (url, wide, [each["id"] for each in found]) == (url, 0, [])
        context.close()


def test_a_plan_is_bought_changed_and_cancelled_without_javascript(front: Front, chromium: Browser) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    thanks = f"{front.base_url}/?thanks={{CHECKOUT_SESSION_ID}}"
    session = front.session(success_url=thanks, allow_promotion_codes="true")
    page.goto(session["url"])
    page.get_by_label("Promotion code").fill("launch20")
    page.get_by_role("button", name="Apply").click()
    page.get_by_role("button", name="4242 4242 4242 4242").click()
    page.get_by_role("button", name="Subscribe").click()
    page.wait_for_url(f"**/?thanks={session['id']}")
    done = front.one(f"/v1/checkout/sessions/{session['id']}")
    assert done["amount_total"] == 2320
    page.goto(front.portal(done["customer"]))
    page.get_by_role("link", name="Change plan").click()
    page.get_by_label("Plimsoll Business $99.00 per month").check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Confirm").click()
    assert page.get_by_text("Your plan was changed.").is_visible()
    page.get_by_role("link", name="Cancel plan").click()
    page.get_by_role("button", name="Cancel plan").click()
    page.get_by_role("button", name="Resume plan").click()
    assert front.subscription(done["subscription"])["cancel_at_period_end"] is False
    context.close()
