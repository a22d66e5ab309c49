"""axe-core on a page: what of ours breaks WCAG 2.2 A or AA."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from axe_playwright_python.base import AXE_SCRIPT  # type: ignore[import-untyped] # it has no types

if TYPE_CHECKING:
    from playwright.sync_api import Page

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}
_SIDEBAR, _MAIN, _FRAME = "[data-testid=stSidebarNav]", "[data-testid=stMain]", "[data-testid=stDataFrame]"
THEIRS = (
    ("list", _SIDEBAR, "the menu of Streamlit's sidebar: sections stand in its list"),
    ("listitem", _SIDEBAR, "the same"),
    ("svg-img-alt", "[data-testid=stMetric]", "Streamlit's own sparkline has no name"),
    ("scrollable-region-focusable", _MAIN, "Streamlit's main region scrolls; its contents take focus"),
    ("nested-interactive", _FRAME, "the grid of Streamlit's tables"),
    ("aria-required-children", _FRAME, "the grid of Streamlit's tables"),
    (
        "color-contrast",
        "[data-testid=stWidgetLabel][disabled]",
        "the label of what is off: WCAG leaves that out",
    ),
)
"""Violations of Streamlit's own elements: the rule, whose element it is, and why it is none of ours."""
_RUN = "([within, options]) => axe.run(document.querySelector(within) ?? document, options)"


def violations(page: Page, within: str = "html") -> list[str]:
    """What is ours within the first element that ``within`` selects, a line each: rule, element, how to mend it."""
    if not page.evaluate("!!window.axe"):
        page.evaluate(AXE_SCRIPT)
    found: dict[str, Any] = page.evaluate(_RUN, [within, RULES])
    return [
        f"{rule['id']}: {node['html'][:160]} | {' '.join(node['failureSummary'].split())[:240]}"
        for rule in found["violations"]
        for node in rule["nodes"]
        if not _theirs(page, rule["id"], node["target"])
    ]


def _theirs(page: Page, rule: str, target: list[str]) -> bool:
    inside = "([css, theirs]) => !!document.querySelector(css)?.closest(theirs)"
    return any(rule == known and page.evaluate(inside, [target[0], whose]) for known, whose, _why in THEIRS)
