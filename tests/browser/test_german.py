"""Every page as a German reader has it: the same figures in their own writing, and still nobody else is asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import Walked
from tests.browser.figures import card
from tests.browser.places import PLACES
from tests.browser.walk import DESKTOP, Walk, plain, walking

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

TOLD = {place.page: place for place in reversed(PLACES)}
"""The first place of each page."""


@pytest.fixture(scope="module")
def walk(walked: Walked, chromium: Browser) -> Iterator[Walk]:
    with walking(chromium, walked, DESKTOP, "de-DE") as found:
        yield found


@pytest.mark.parametrize("page", TOLD)
def test_a_page_writes_numbers_the_german_way_and_asks_no_other_host(page: str, walk: Walk) -> None:
    assert walk.opens(TOLD[page]) == []


def test_money_has_its_sign_behind_and_a_point_in_its_thousands(walk: Walk) -> None:
    walk.opens(TOLD["overview"])
    dollars = round((walk.truth.value("mrr") or 0) / 10**8)
    assert plain(card("mrr")(walk.page)) == f"{dollars:,} $".replace(",", ".")
