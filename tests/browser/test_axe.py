"""Every page, light and dark, wide and on a phone, through axe-core: nothing of ours breaks WCAG 2.2 A or AA."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lib.web.navigation import PAGES
from tests.browser.conftest import Walked, open_context
from tests.browser.looking import go
from tests.conftest import AppServer

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}
SIZES = {"desktop": (1440, 900), "phone": (390, 844)}
THEIRS = {
    "list": ("[data-testid=stSidebarNav]", "the menu of Streamlit's sidebar: sections stand in its list"),
    "listitem": ("[data-testid=stSidebarNav]", "the same"),
    "svg-img-alt": ("[data-testid=stMetric]", "Streamlit's own sparkline has no name"),
    "scrollable-region-focusable": ("[data-testid=stMain]", "Streamlit's main region scrolls; its contents take focus"),
    "nested-interactive": ("[data-testid=stDataFrame]", "the grid of Streamlit's tables"),
    "aria-required-children": ("[data-testid=stDataFrame]", "the grid of Streamlit's tables"),
}
"""Violations of Streamlit's own elements: by rule, whose element it is, and why it is none of ours."""


def violations(page: Page) -> list[str]:
    """What is ours, a line each: the rule, the element, how to mend it."""
    from axe_playwright_python.sync_playwright import Axe

    found: dict[str, Any] = Axe().run(page, options=RULES).response
    return [
        f"{rule['id']}: {node['html'][:160]} | {' '.join(node['failureSummary'].split())[:240]}"
        for rule in found["violations"]
        for node in rule["nodes"]
        if not _theirs(page, rule["id"], node["target"])
    ]


def _theirs(page: Page, rule: str, target: list[str]) -> bool:
    if rule not in THEIRS:
        return False
    inside = "([css, theirs]) => !!document.querySelector(css)?.closest(theirs)"
    return bool(page.evaluate(inside, [target[0], THEIRS[rule][0]]))


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_no_page_breaks_a_rule(size: str, mode: str, walked: Walked, chromium: Browser) -> None:
    context = open_context(chromium, walked, SIZES[size], mode)
    page, found = context.new_page(), {}
    for each in PAGES:
        go(page, f"{walked.url}{each.address}?account={walked.account}")
        if wrong := violations(page):
            found[each.title] = wrong
    context.close()
    assert found == {}


POPOVERS = {
    "/metric?slug=mrr": ("Set a goal", "Annotate", "How it is computed", "Views"),
    "/failed-charges": ("Copy emails",),
    "/settings?section=Data": (),
    "/settings?section=Connection": (),
}


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_nothing_that_opens_beside_the_page_breaks_one(mode: str, walked: Walked, chromium: Browser) -> None:
    """Popovers, which Streamlit puts outside of the app, and commands to copy."""
    context = open_context(chromium, walked, SIZES["desktop"], mode)
    page, found = context.new_page(), {}
    for address, buttons in POPOVERS.items():
        go(page, walked.url + address)
        found[address] = violations(page)
        for button in buttons:
            page.get_by_role("button", name=button).first.click()
            page.get_by_test_id("stPopoverBody").wait_for()
            found[f"{address} {button}"] = violations(page)
            page.keyboard.press("Escape")
            page.get_by_test_id("stPopoverBody").wait_for(state="detached")
    context.close()
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_the_sign_in_screen_breaks_none(mode: str, app_server: AppServer, chromium: Browser) -> None:
    context = chromium.new_context(color_scheme=mode)  # type: ignore[arg-type] # light or dark
    page = context.new_page()
    go(page, app_server.url)
    found = violations(page)
    context.close()
    assert found == []
