"""The table of places itself: it leaves out no page, and each has figures or says why it has none."""

from __future__ import annotations

from lib.web import settings_page
from lib.web.navigation import PAGES
from tests.browser.places import PLACES, SECTIONS


def test_every_page_has_a_place() -> None:
    assert {place.page for place in PLACES} == {page.url_path for page in PAGES}
    assert tuple(settings_page.SECTIONS) == SECTIONS


def test_every_place_has_figures_or_says_why_not() -> None:
    assert [place.name for place in PLACES if (place.figures is None) == (not place.none)] == []


def test_no_two_places_have_one_name() -> None:
    assert len({place.name for place in PLACES}) == len(PLACES)
