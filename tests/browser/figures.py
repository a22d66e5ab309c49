"""Where a figure stands on a page: in a card, beside a fact's name, in a cell of a table, in a sentence."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

Where = Callable[["Page"], str]

_FACT = """name => {
  const term = [...document.querySelectorAll('dl.pl-facts dt')].find(each => each.innerText.trim() === name);
  return term?.nextElementSibling.firstChild.textContent ?? `no fact is called ${name}`;
}"""
_CELL = """([row, column]) => {
  for (const table of document.querySelectorAll('table.pl-grid')) {
    const at = [...table.querySelectorAll('thead th')].findIndex(each => each.textContent.trim() === column);
    const line = [...table.querySelectorAll('tbody tr')].find(each => each.cells[0].textContent.trim() === row);
    if (at >= 0 && line) return line.cells[at].childNodes[0]?.textContent ?? '';
  }
  return `no table has ${row} and ${column}`;
}"""
_DRAWN = """([heading, row]) => {
  for (const grid of document.querySelectorAll('[data-testid=stDataFrame] canvas table')) {
    const at = [...grid.querySelectorAll('th')].findIndex(each => each.textContent === heading);
    const line = grid.querySelectorAll('tbody tr')[row];
    if (at >= 0 && line) return line.querySelectorAll('td')[at].textContent;
  }
  return `no table has ${heading} in row ${row}`;
}"""


def card(slug: str) -> Where:
    """The big figure of a card."""
    return lambda page: page.locator(f".st-key-card-{slug} .pl-value").inner_text()


def total(nth: int = 0) -> Where:
    """A page's big figure, or the one of its n-th section."""
    return lambda page: page.locator(".pl-total b").nth(nth).inner_text()


def fact(name: str) -> Where:
    """The figure below a fact's name, without the note beside it."""
    return lambda page: str(page.evaluate(_FACT, name))


def cell(row: str, column: str) -> Where:
    """The figure in the row and the column of these headings, of the first table that has both."""
    return lambda page: str(page.evaluate(_CELL, [row, column]))


@dataclass(frozen=True)
class Drawn:
    """The cell of a table that is drawn on a canvas, as those hear it who can't see it: a bare number.

    Streamlit's grid has a cell there only while its column is in sight, which on a phone most are not.
    """

    heading: str
    row: int = 0

    def __call__(self, page: Page) -> str:
        return str(page.evaluate(_DRAWN, [self.heading, self.row]))


def metric(name: str) -> Where:
    """The value of Streamlit's own card of that name."""
    return lambda page: (
        page.get_by_test_id("stMetric").filter(has_text=name).first.get_by_test_id("stMetricValue").inner_text()
    )


def said(pattern: str) -> Where:
    """What the first group of ``pattern`` finds in the page's text; the pattern names the words around the figure."""

    def find(page: Page) -> str:
        found = re.search(pattern, page.get_by_test_id("stMain").inner_text(), re.MULTILINE)
        return found[1] if found else f"nothing on the page reads like {pattern}"

    return find
