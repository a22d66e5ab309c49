"""Pictures of every page for the README: ``python -m tests.browser.screenshots`` writes docs/screenshots/.

The app runs as ``make run`` starts it, with the whole demo business; each page is taken wide and on a phone, light and
dark.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.test_journey import sign_up
from tests.conftest import CHROMIUM_FLAGS, ROOT, app_process

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
SETTLES = 1200
"""Milliseconds that charts get to draw."""
STEADY, MOST_LOOKS = 3, 40
"""Looks at a page that must find the same; most looks."""


def main() -> None:
    """Start the app, walk through it once, and take every picture."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="plimsoll-shots-"))
    try:
        with (
            app_process(folder, SANDBOX_CUSTOMERS="2200", SANDBOX_MONTHS="36") as app,
            sync_playwright() as playwright,
        ):
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(CHROMIUM_FLAGS))
            _all(browser, app.url)
            browser.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _all(browser: Browser, url: str) -> None:
    everywhere(browser, f"{url}/", "sign-in", "Email")
    walk = browser.new_page()
    walk.set_default_timeout(120_000)
    walk.goto(url)
    sign_up(walk, "ada@example.com")
    cookies = walk.context.storage_state()
    everywhere(browser, f"{url}/connect", "connect", "Restricted key", cookies)
    walk.goto(f"{url}/connect")
    walk.get_by_role("button", name="Open the demo business").click()
    walk.wait_for_url(re.compile(r"account=acct_"))
    everywhere(browser, walk.url, "progress", None, cookies)
    walk.get_by_text("Everything is here").wait_for()
    everywhere(browser, walk.url, "arrived", None, cookies)
    everywhere(browser, f"{url}/", "overview", None, cookies)
    everywhere(browser, f"{url}/metric?slug=mrr&by=product", "metric", None, cookies)
    walk.goto(f"{url}/settings?section=Data")
    walk.get_by_label("Name").fill("Spreadsheet")
    walk.get_by_role("button", name="Create a key").click()
    walk.get_by_text("Copy it now").wait_for()
    everywhere(browser, f"{url}/settings?section=Data", "settings", None, cookies)
    everywhere(browser, f"{url}/metric?slug=net_revenue&interval=month", "metric-bars", None, cookies)
    for name in ANALYSES:
        everywhere(browser, f"{url}/{name}", name, None, cookies)


def everywhere(browser: Browser, url: str, name: str, label: str | None, cookies: object = None) -> None:
    """Take ``url`` in every size and mode once the field called ``label``, or the page's title, is there."""
    for size, (width, height) in SIZES.items():
        for mode in MODES:
            context = browser.new_context(
                viewport={"width": width, "height": height},
                color_scheme=mode,  # type: ignore[arg-type] # one of MODES
                locale="en-US",
                storage_state=cookies,  # type: ignore[arg-type] # as Playwright gave it
            )
            page = context.new_page()
            page.set_default_timeout(120_000)
            page.goto(url)
            (page.get_by_label(label) if label else page.get_by_role("heading", level=1)).first.wait_for()
            take(page, FOLDER / f"{name}-{size}-{mode}.png", width, height)
            context.close()


def take(page: Page, path: Path, width: int, height: int) -> None:
    """The whole page, however far it scrolls, in few colours so that the file stays small."""
    tall = settled(page)
    page.set_viewport_size({"width": width, "height": min(TALLEST, max(height, tall))})
    page.wait_for_timeout(SETTLES)
    picture = Image.open(BytesIO(page.screenshot())).convert("RGB")
    picture.quantize(128, dither=Image.Dither.NONE).save(path, optimize=True)


def settled(page: Page) -> int:
    """The page's height once it stays the same and nothing is left to load, in pixels."""
    before, steady = 0, 0
    for _ in range(MOST_LOOKS):
        page.wait_for_timeout(SETTLES // 2)
        now, busy = page.evaluate(
            "[document.querySelector('[data-testid=stMain]').scrollHeight,"
            " !!document.querySelector('[data-stale=true],[data-testid=stSkeleton],[data-testid=stSpinner],"
            "[data-testid=stStatusWidget]')]"
        )
        steady = steady + 1 if now == before and not busy else 0
        if steady == STEADY:
            break
        before = now
    return before


if __name__ == "__main__":
    main()
