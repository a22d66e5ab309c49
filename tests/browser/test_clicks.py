"""Clicks on charts, in a real browser: from a point to what makes it, and on to the customer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.browser.conftest import Walked
from tests.browser.looking import go, settle
from tests.browser.test_to_the_customer import BOX, FIRST_ROW, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import BrowserContext, Page

pytestmark = pytest.mark.browser

_PLACE = """([chart, x, y]) => {
  const plot = document.querySelectorAll('.js-plotly-plot')[chart];
  plot.scrollIntoView({block: 'center'});
  const area = plot.querySelector('.nsewdrag').getBoundingClientRect();
  return [area.x + area.width * x, area.y + area.height * y];
}"""
_BAR = """([chart, name]) => {
  const plot = document.querySelectorAll('.js-plotly-plot')[chart];
  plot.scrollIntoView({block: 'center'});
  const found = plot._fullData.findIndex(each => each.name === name);
  const bars = [...plot.querySelectorAll('.bars .points')[found].querySelectorAll('path')]
    .map(each => each.getBoundingClientRect()).filter(each => each.height > 6);
  const tallest = bars.reduce((a, b) => a.height > b.height ? a : b);
  return [tallest.x + tallest.width / 2, tallest.y + tallest.height / 2];
}"""
_POINT = """([chart, group, back]) => {
  const plot = document.querySelectorAll('.js-plotly-plot')[chart];
  plot.scrollIntoView({block: 'center'});
  const found = plot._fullData.filter(each => each.hoverinfo !== 'skip')[group];
  const {xaxis, yaxis} = plot._fullLayout, corner = plot.getBoundingClientRect(), at = found.x.length - back;
  return [corner.x + xaxis._offset + xaxis.d2p(found.x[at]), corner.y + yaxis._offset + yaxis.d2p(found.y[at])];
}"""
"""Pixels of the point of a group, so many periods from the last."""


@pytest.fixture
def wide(desktop: BrowserContext) -> Iterator[Page]:
    page = desktop.new_page()
    yield page
    page.close()


def asked(page: Page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def click(page: Page, where: str, *of: object) -> None:
    settle(page)
    page.wait_for_selector(".js-plotly-plot .nsewdrag")
    page.wait_for_timeout(400)  # plotly listens a moment after it has drawn
    x, y = page.evaluate(where, list(of))
    page.mouse.move(x - 3, y)
    page.mouse.move(x, y)
    page.wait_for_timeout(200)
    page.mouse.click(x, y)


def opened(page: Page, name: str) -> str:
    page.wait_for_url(re.compile(rf"[?&]{name}="))
    settle(page)
    return asked(page)[name]


def on_to_the_customer(page: Page, box: int = BOX) -> None:
    table(page).click(position={"x": FIRST_ROW["x"] + box, "y": FIRST_ROW["y"]})
    page.wait_for_url(re.compile(r"/customer\?id=cus_"))
    page.get_by_role("heading", name="What happened").wait_for()


@pytest.mark.parametrize(
    ("view", "height"),
    [("slug=mrr", 0.5), ("slug=mrr", 0.95), ("slug=new_mrr&interval=month", 0.1), ("slug=mrr&drawn=Bars", 0.1)],
    ids=["area with comparison", "far below the line", "bars with comparison, above them", "daily bars"],
)
def test_a_click_anywhere_in_a_period_opens_what_makes_it(wide: Page, walked: Walked, view: str, height: float) -> None:
    go(wide, f"{walked.url}/metric?account={walked.account}&{view}")
    click(wide, _PLACE, 0, 0.54, height)
    day = opened(wide, "period")
    again = wide.url
    go(wide, again)  # the address alone says which
    assert asked(wide)["period"] == day
    on_to_the_customer(wide)


@pytest.mark.parametrize(("stacked", "group"), [("true", 1), ("false", 0)])
def test_a_click_on_a_split_opens_the_period_of_that_group(
    wide: Page, walked: Walked, stacked: str, group: int
) -> None:
    view = f"slug=mrr&interval=month&by=plan&stacked={stacked}"
    go(wide, f"{walked.url}/metric?account={walked.account}&{view}")
    names = wide.evaluate("document.querySelector('.js-plotly-plot')._fullData.map(each => each.name)")
    click(wide, _POINT, 0, group, 2)
    opened(wide, "period")
    for _ in range(2):
        assert wide.get_by_role("combobox", name="Group").input_value() == names[group]
        go(wide, wide.url)


def test_a_bar_s_rows_are_reached_by_keyboard_alone(wide: Page, walked: Walked) -> None:
    go(wide, f"{walked.url}/movements?account={walked.account}&interval=month")
    box = wide.get_by_role("combobox", name="Period")
    assert box.input_value() == "The whole span"
    box.focus()
    for key in ("ArrowDown", "ArrowDown", "Enter"):
        wide.keyboard.press(key)
        wide.wait_for_timeout(200)
    day = opened(wide, "period")
    wide.get_by_text(re.compile(r"Everything, \w+ \d{4}")).wait_for()
    name = box.input_value()
    assert name != "The whole span"
    go(wide, wide.url)
    assert (asked(wide)["period"], box.input_value()) == (day, name)


def test_a_click_on_movements_shows_the_rows_of_that_bar(wide: Page, walked: Walked) -> None:
    go(wide, f"{walked.url}/movements?account={walked.account}")
    for kind, name in (("new", "New"), ("churn", "Churn")):
        click(wide, _BAR, 0, name)
        wide.wait_for_url(re.compile(rf"[?&]bar={kind}"))
        settle(wide)
        wide.get_by_text(re.compile(rf"{name}, \w+ \d{{4}}")).wait_for()
    go(wide, wide.url)
    assert asked(wide)["bar"] == "churn"
    on_to_the_customer(wide, 0)
    wide.go_back()
    wide.wait_for_url(re.compile(r"bar=churn"))
    settle(wide)
    wide.get_by_role("button", name="All rows").click()
    wide.wait_for_function("!location.search.includes('bar=')")


def test_the_overviews_charts_lead_on(wide: Page, walked: Walked) -> None:
    go(wide, f"{walked.url}/?account={walked.account}")
    click(wide, _PLACE, 0, 0.5, 0.6)
    wide.wait_for_url(re.compile(r"/metric\?.*period="))
    settle(wide)
    assert asked(wide)["slug"] == "mrr"
    wide.go_back()
    wide.wait_for_url(re.compile(rf"{walked.url}/(overview)?\?"))
    settle(wide)
    click(wide, _BAR, 1, "New")
    wide.wait_for_url(re.compile(r"/movements\?.*bar=new"))
    settle(wide)
    on_to_the_customer(wide, 0)


def test_a_marked_row_is_in_the_address_and_marked_again_on_load(wide: Page, walked: Walked) -> None:
    go(wide, f"{walked.url}/metric?account={walked.account}&slug=new_mrr&interval=month")
    table(wide).click(position={"x": 12, "y": FIRST_ROW["y"]})
    row = opened(wide, "row")
    go(wide, wide.url)
    assert asked(wide)["row"] == row
    wide.get_by_role("link", name="Open this customer").wait_for()
    table(wide).click(position={"x": 12, "y": FIRST_ROW["y"]})  # takes the mark off
    wide.wait_for_function("!location.search.includes('row=')")
