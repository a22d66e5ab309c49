"""One browser of a size that goes to every place of the app, and all that is held against a place while it is open.

One load serves every question: are its figures the command line's, is the console quiet, was no other host asked, does
it scroll one way only, does nothing of ours break a rule of axe; then the same page in the dark, without loading it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal, TypeAlias
from urllib.parse import urlsplit

from playwright.sync_api import TimeoutError  # noqa: A004 - Playwright's own

from tests.browser.axe import violations
from tests.browser.conftest import Walked, open_context
from tests.browser.figures import Drawn
from tests.browser.looking import go, settle
from tests.browser.places import DIALOG, NARROW, Figures, Opening, Place
from tests.browser.truth import Truth

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page

Mode: TypeAlias = Literal["light", "dark"]
DESKTOP, PHONE = (1440, 900), (390, 844)
_PATIENCE = 8_000
"""Milliseconds until a click counts as lost."""
OURS = {"localhost", "127.0.0.1", ""}
_SIDEWAYS = "document.querySelector('[data-testid=stMain]').scrollWidth - window.innerWidth"
_DARK = "getComputedStyle(document.querySelector('.stApp')).colorScheme === 'dark'"
_TOLD = "[...document.querySelectorAll('style')].some(each => each.textContent.includes('{color-scheme:dark}'))"
_BROKEN = re.compile(r"Traceback|Error running|Page not found|encountered an error|Oh no")


class Walk:
    """The open page, what it says on its console, and whom it asks."""

    def __init__(self, page: Page, truth: Truth) -> None:
        self.page, self.truth = page, truth
        self.heard: list[str] = []
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.heard.append(f"error: {error}"))
        page.on("request", lambda request: self._asked(request.url))
        page.on("websocket", lambda socket: self._asked(socket.url))

    def _console(self, message: ConsoleMessage) -> None:
        probing = "/_stcore/" in message.location["url"]  # Streamlit looks for its own root below a deep link
        if message.type == "error" and not probing:
            self.heard.append(f"console: {message.text} {message.location['url']}")

    def _asked(self, url: str) -> None:
        if urlsplit(url).scheme not in {"data", "blob"} and (urlsplit(url).hostname or "") not in OURS:
            self.heard.append(f"another host: {url}")

    # --- What can be wrong with a place ---

    def opens(self, place: Place, mode: Mode = "light") -> list[str]:
        """Load it: what it says, and whether its figures are right."""
        self.heard.clear()
        self.page.emulate_media(color_scheme=mode)
        go(self.page, self.truth.walked.url + place.address(self.truth))
        text = self.page.get_by_test_id("stMain").inner_text()
        broken = [f"broken: {text[:300]}"] if _BROKEN.search(text) else []
        return [*broken, *sideways(self.page), *self._figures(place), *self.heard]

    def _figures(self, place: Place) -> list[str]:
        narrow = (self.page.viewport_size or {"width": 0})["width"] < NARROW
        figures = (place.figures or _none)(self.truth)
        wanted = [(at, plain(text)) for at, text in figures if not (narrow and isinstance(at, Drawn))]
        found = [(plain(where(self.page)), expected) for where, expected in wanted]
        return [f"the page says {shown}, which is {known}" for shown, known in found if shown != known]

    def reads(self, place: Place, mode: Mode) -> list[str]:
        """What of it breaks a rule of axe in ``mode``, and what opens beside it."""
        found = [f"{mode}: {each}" for each in violations(self.page)]
        for opening in place.opens:
            found += [f"{mode}, {each}" for each in open_and_read(self.page, opening)]
        return found


def goes_dark(page: Page) -> None:
    """As a system does at dusk; the next run, asked for here by Streamlit's own key, draws the charts anew."""
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(_DARK)
    page.keyboard.press("r")
    try:
        page.wait_for_function(_TOLD, timeout=_PATIENCE)
    except TimeoutError:  # the run that was asked for began before the browser had told its mode
        page.keyboard.press("r")
        page.wait_for_function(_TOLD)
    settle(page)


def sideways(page: Page) -> list[str]:
    """By how much the page scrolls to the side."""
    wide = page.evaluate(_SIDEWAYS)
    return [f"scrolls sideways by {wide} pixels"] if wide > 0 else []


def open_and_read(page: Page, opening: Opening) -> list[str]:
    """Open what opens beside the page, let axe read it, and close it again."""
    _sheet(page, opening)
    opening.act(page)
    beside = page.locator(opening.shows)
    try:
        beside.wait_for(timeout=_PATIENCE)
    except TimeoutError:  # the page was drawn anew under the click
        opening.act(page)
        beside.wait_for()
    settle(page)
    found = [f"{opening.name}: {each}" for each in violations(page, opening.shows)]
    if opening.shows == DIALOG:
        beside.get_by_role("button", name="Close").first.click()
    else:
        page.keyboard.press("Escape")
    beside.wait_for(state="detached")
    opening.after(page)
    settle(page)
    return found


def _sheet(page: Page, opening: Opening) -> None:
    """On a phone the filters are behind a button."""
    summary = page.locator("details.pl-filters:not([open]) summary")
    if opening.name == "segment" and summary.count() and summary.first.is_visible():
        summary.first.click()


def _none(_truth: Truth) -> Figures:
    return []


def plain(text: str) -> str:
    """With one kind of space only."""
    return re.sub(r"\s+", " ", text).strip()


@contextmanager
def walking(chromium: Browser, walked: Walked, size: tuple[int, int], locale: str = "en-US") -> Iterator[Walk]:
    """A browser of this size whose user is signed in."""
    context = open_context(chromium, walked, size, locale=locale)
    yield Walk(context.new_page(), Truth(walked, locale.replace("-", "_")))
    context.close()


def everything(walk: Walk, place: Place) -> list[str]:
    """All that is wrong with a place, light and dark."""
    found = [*walk.opens(place), *walk.reads(place, "light")]
    goes_dark(walk.page)
    return [*found, *walk.reads(place, "dark")]


def in_the_dark(walk: Walk, place: Place) -> list[str]:
    """All that is wrong with a place in the dark alone."""
    return [*walk.opens(place, "dark"), *walk.reads(place, "dark")]
