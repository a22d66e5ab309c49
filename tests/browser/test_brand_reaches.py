"""A brand's colour reaches all that Streamlit paints, light and dark: what is chosen, and where the keyboard is."""

from __future__ import annotations

import sqlite3
import time
from typing import TYPE_CHECKING

import pytest

from lib.billing.brand import REMEMBERED
from lib.charts.theme import DARK, LIGHT
from lib.web import style
from tests.browser.conftest import Walked, connected, open_context
from tests.browser.looking import go
from tests.browser.walk import DESKTOP
from tests.conftest import AppServer

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

COLOUR = "#7A1FA2"
PAGES = ("/metric?slug=mrr", "/exports", "/settings?section=Account", "/rules", "/forecast")
STOPS = 60
"""How often the Tab key is pressed on a page."""
_PAINTED = """([elements, colour]) => {
  const read = ['color', 'backgroundColor', 'borderTopColor', 'boxShadow', 'backgroundImage'];
  return elements.flatMap((each) => read.filter((name) => {
    const style = getComputedStyle(each);
    const shown = each.getBoundingClientRect().width && !(name === 'borderTopColor' && style.borderTopWidth === '0px');
    return shown && style[name].includes(colour);
  }).map((name) => `${each.closest('[data-testid]')?.dataset.testid} ${name}`));
}"""
ALL = f"""(colour) => {{
  const all = [...document.querySelectorAll('.stApp *')].filter((each) => !each.closest('.js-plotly-plot'));
  return ({_PAINTED})([all, colour]);
}}"""
FOCUSED = f"""(colour) => {{
  const around = [];
  for (let at = document.activeElement; at && around.length < 4; at = at.parentElement) around.push(at);
  return ({_PAINTED})([around, colour]);
}}"""


def rgb(colour: str) -> str:
    """As the browser writes it: ``122, 31, 162``."""
    return ", ".join(str(int(colour[at : at + 2], 16)) for at in (1, 3, 5))


@pytest.fixture(scope="module")
def branded(app_server: AppServer) -> Walked:
    walked = connected(app_server)
    with sqlite3.connect(walked.server.data_dir / "plimsoll.sqlite") as db:
        db.execute("INSERT INTO brand (id, name, colour) VALUES (1, 'Harbour', ?)", [COLOUR])
    time.sleep(REMEMBERED + 1)
    return walked


@pytest.mark.parametrize(("mode", "ours"), [("light", LIGHT.primary), ("dark", DARK.primary)])
def test_nothing_is_left_in_our_own_colour(mode: str, ours: str, branded: Walked, chromium: Browser) -> None:
    context = open_context(chromium, branded, DESKTOP, mode)
    page = context.new_page()
    left: dict[str, list[str]] = {}
    theirs = 0
    for address in PAGES:
        go(page, f"{branded.url}{address}")
        left[address] = page.evaluate(ALL, rgb(ours))
        for _ in range(STOPS):
            page.keyboard.press("Tab")
            left[address] += page.evaluate(FOCUSED, rgb(ours))
            theirs += len(page.evaluate(FOCUSED, rgb(style.accent(COLOUR)[mode == "dark"])))
    context.close()
    assert left == {address: [] for address in PAGES}
    assert theirs > 0
