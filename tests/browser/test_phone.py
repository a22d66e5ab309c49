"""Every page and state on a phone: figures, console, hosts, width and axe; see walk.py.

In the dark alone: the colours are those of the desktop, where both modes are read.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import Walked
from tests.browser.places import PLACES, Place
from tests.browser.walk import PHONE, Walk, in_the_dark, walking

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def walk(walked: Walked, chromium: Browser) -> Iterator[Walk]:
    with walking(chromium, walked, PHONE) as found:
        yield found


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
def test_a_page_is_right_quiet_and_can_be_read(place: Place, walk: Walk) -> None:
    assert in_the_dark(walk, place) == []
