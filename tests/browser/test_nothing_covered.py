"""What shows by itself, or under the pointer, lies over no button and no figure; wide and on a phone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import Walked, open_context
from tests.browser.looking import go
from tests.browser.walk import DESKTOP, PHONE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext

pytestmark = pytest.mark.browser

TOOLS, CAMERA = "[data-testid=stElementToolbarButtonContainer]", ".modebar-btn"
BUTTONS, FIGURES = "[data-testid=stDownloadButton] button", ".js-plotly-plot .annotation text, .js-plotly-plot .point"
_OVERLAPS = """([above, below]) => {
  const boxes = (what) => [...document.querySelectorAll(what)].map((each) => each.getBoundingClientRect());
  const meets = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
  return {
    above: boxes(above).length,
    covered: boxes(above).flatMap((a) => boxes(below).filter((b) => b.width && meets(a, b))).length,
  };
}"""


@pytest.fixture(scope="module", params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def context(request: pytest.FixtureRequest, chromium: Browser, walked: Walked) -> Iterator[BrowserContext]:
    opened = open_context(chromium, walked, request.param)
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("address", "above", "below"),
    [
        ("/failed-charges", TOOLS, BUTTONS),
        ("/metric?slug=mrr", TOOLS, BUTTONS),
        ("/metric?slug=mrr", CAMERA, f"{FIGURES}, {BUTTONS}, [data-testid=stPopoverButton]"),
        ("/metric?slug=mrr&by=plan", CAMERA, f"{FIGURES}, {BUTTONS}, [data-testid=stPopoverButton]"),
    ],
)
def test_tools_have_a_place_of_their_own(
    address: str, above: str, below: str, walked: Walked, context: BrowserContext
) -> None:
    page = context.new_page()
    go(page, f"{walked.url}{address}")
    page.wait_for_function("above => document.querySelector(above)", arg=above)
    found = page.evaluate(_OVERLAPS, [above, below])
    page.close()
    assert found["covered"] == 0
    assert found["above"] > 0
