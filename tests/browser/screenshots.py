"""Pictures of every page for the README: ``python -m tests.browser.screenshots`` writes docs/screenshots/.

The app runs as ``make run`` starts it, with the whole demo business, on its way from an empty account over a trial to a
plan that was not paid; each page is taken wide and on a phone, light and dark.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.looking import go
from tests.browser.places import SECTIONS
from tests.browser.test_billing import Owner
from tests.browser.test_journey import sign_up
from tests.browser.test_to_the_customer import FIRST_ROW, table
from tests.browser.walk import goes_dark
from tests.conftest import CHROMIUM_FLAGS, ROOT, AppServer, app_process

FOLDER = ROOT / "docs" / "screenshots"
SIZES = {"desktop": (1440, 900), "phone": (390, 844)}
MODES = ("light", "dark")
ANALYSES = (
    "live-feed",
    "movements",
    "customers",
    "trials",
    "failed-charges",
    "cancellations",
    "plans",
    "cohorts",
    "cash-flow",
    "benchmarks",
    "forecast",
    "reconcile",
    "compare",
    "exports",
    "rules",
)
"""Pages whose address is all there is to say."""
TALLEST = 2400
ARRIVES_WITHIN = 600_000
"""Milliseconds that the whole demo business may take on a busy machine."""
SETTLES = 700
"""Milliseconds that charts get to draw."""


def main() -> None:
    """Start the app, walk through it once, and take every picture."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="plimsoll-shots-"))
    try:
        with (
            app_process(folder, SANDBOX_CUSTOMERS="2200", SANDBOX_MONTHS="36", BILLING="on") as app,
            sync_playwright() as playwright,
        ):
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(CHROMIUM_FLAGS))
            _all(browser, app)
            browser.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _all(browser: Browser, app: AppServer) -> None:
    camera = Camera(browser, app.url)
    camera.everywhere("/", "sign-in")
    walk = browser.new_page()
    walk.set_default_timeout(120_000)
    walk.goto(app.url)
    sign_up(walk, "ada@example.com")
    camera.enter(walk)
    camera.everywhere("/connect", "connect")
    camera.everywhere("/?changed=Week", "empty")
    walk.goto(f"{app.url}/connect")
    walk.get_by_role("button", name="Open the demo business").click()
    walk.wait_for_url(re.compile(r"account=acct_"))
    arrival = walk.url.removeprefix(app.url)
    camera.everywhere(arrival, "progress", modes=("light",))
    walk.get_by_text("Everything is here").wait_for(timeout=ARRIVES_WITHIN)
    camera.everywhere(arrival, "arrived")
    camera.everywhere("/forecast", "forecast-locked")
    camera.everywhere("/settings?section=Your+plan", "plan-free")
    _buys(walk, app.url, camera)
    for name, address in _addresses(walk, app.url).items():
        camera.everywhere(address, name)
    _lapses(walk, app, camera)
    _leaves(walk, app.url, camera)


def _buys(walk: Page, url: str, camera: Camera) -> None:
    """Take Pro on trial, past the stand-in's own payment page."""
    go(walk, f"{url}/settings?section=Your+plan")
    walk.get_by_role("button", name=re.compile("^Start 14 days free")).first.click()
    walk.wait_for_url(re.compile("/c/pay/cs_"))
    walk.get_by_label("Card number").wait_for()
    camera.take(walk, "checkout-desktop-light")
    for label, value in (
        ("Card number", "4242 4242 4242 4242"),
        ("Expiry", "12/40"),
        ("CVC", "123"),
        ("Name on card", "Ada"),
    ):
        walk.get_by_label(label).fill(value)
    walk.get_by_role("button", name=re.compile("^(Subscribe|Start trial)")).click()
    walk.get_by_text("Your trial of Pro has begun").wait_for()


def _addresses(walk: Page, url: str) -> dict[str, str]:
    """Each picture's name and the address that it is of."""
    go(walk, f"{url}/settings?section=Team")
    walk.get_by_label("For whom").fill("Grace, bookkeeping")
    walk.get_by_role("button", name="Make a link").click()
    link = walk.locator("[data-testid=stCode] code").inner_text().strip()
    go(walk, f"{url}/customers")
    table(walk).click(position=FIRST_ROW)
    walk.wait_for_url(re.compile(r"/customer\?id=cus_"))
    customer = walk.url.removeprefix(url)
    return {
        "overview": "/",
        "metric": "/metric?slug=mrr&by=product",
        "metric-bars": "/metric?slug=net_revenue&interval=month",
        "customer": customer,
        "new-subscription": customer.replace("/customer?id=", "/new-subscription?customer="),
        "join": link.removeprefix(url),
        **{
            f"settings-{name.lower().replace(' ', '-')}": f"/settings?section={name.replace(' ', '+')}"
            for name in SECTIONS
        },
        "platform": "/platform",
        "our-customers": "/our-customers",
        **{name: f"/{name}" for name in ANALYSES},
    }


def _lapses(walk: Page, app: AppServer, camera: Camera) -> None:
    """The card fails at the renewal and for fourteen days after."""
    go(walk, f"{app.url}/settings?section=Your+plan")
    walk.get_by_role("button", name="Card, invoices and cancelling at Stripe").click()
    walk.get_by_role("link", name="Update card").click()
    owner = Owner(walk, app, lost=False)
    owner.card("4000 0000 0000 0341")
    walk.get_by_role("button", name="Save card").click()
    owner.days(15)
    owner.stands("^Your last payment failed")
    camera.everywhere("/", "grace")
    owner.days(20)
    owner.stands("is on Free")
    camera.everywhere("/", "lapsed")


def _leaves(walk: Page, url: str, camera: Camera) -> None:
    """The account is disconnected, and what was read of it is kept."""
    go(walk, f"{url}/settings?section=Connection")
    walk.get_by_role("button", name="Disconnect").first.click()
    dialog = walk.get_by_role("dialog")
    name = dialog.get_by_role("textbox")
    name.fill((name.get_attribute("aria-label") or "").removeprefix("Type ").removesuffix(" to confirm"))
    dialog.get_by_role("button", name=re.compile("^Disconnect")).click()
    walk.get_by_text(re.compile("is disconnected")).first.wait_for()
    camera.everywhere("/", "disconnected")
    camera.everywhere("/settings?section=Data", "kept")


class Camera:
    """A desktop and a phone of the same person."""

    def __init__(self, browser: Browser, url: str) -> None:
        self._url = url
        self._pages = {
            name: browser.new_context(
                viewport={"width": width, "height": height}, locale="en-US", color_scheme="light"
            ).new_page()
            for name, (width, height) in SIZES.items()
        }
        for page in self._pages.values():
            page.set_default_timeout(120_000)

    def enter(self, signed_in: Page) -> None:
        """Be whoever is signed in there."""
        for page in self._pages.values():
            page.context.add_cookies(signed_in.context.cookies())  # type: ignore[arg-type] # as Playwright gave them

    def everywhere(self, address: str, name: str, modes: tuple[str, ...] = MODES) -> None:
        """Take a page in every size and mode."""
        for size, page in self._pages.items():
            width, height = SIZES[size]
            page.set_viewport_size({"width": width, "height": height})
            page.emulate_media(color_scheme="light")
            go(page, self._url + address)
            for mode in modes:
                if mode == "dark":
                    goes_dark(page)
                self.take(page, f"{name}-{size}-{mode}")

    @staticmethod
    def take(page: Page, name: str) -> None:
        """The whole page, however far it scrolls, in few colours so that the file stays small."""
        main = page.get_by_test_id("stMain")
        size = page.viewport_size or {"width": 1440, "height": 900}
        tall = main.evaluate("each => each.scrollHeight") if main.count() else size["height"]
        page.set_viewport_size({"width": size["width"], "height": min(TALLEST, max(size["height"], tall))})
        page.wait_for_timeout(SETTLES)
        picture = Image.open(BytesIO(page.screenshot())).convert("RGB")
        picture.quantize(128, dither=Image.Dither.NONE).save(FOLDER / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
