"""One app with the demo business connected, for all tests that only look at it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.test_journey import ARRIVES_WITHIN, sign_up
from tests.conftest import AppServer, app_process, browsing

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext


@dataclass(frozen=True)
class Walked:
    """The app, the account that is connected there, and what a signed-in browser keeps."""

    url: str
    server: AppServer
    account: str
    state: Any


@pytest.fixture(scope="session")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walked]:
    """An app for all modules whose tests only look at it."""
    with app_process(tmp_path_factory.mktemp("walked")) as server:
        yield connected(server)


def connected(server: AppServer) -> Walked:
    """Somebody signed up, opened the demo business and waited until it was there."""
    with ThreadPoolExecutor(1) as beside:  # Playwright may be open in this thread already
        return beside.submit(_connect, server).result()


def _connect(server: AppServer) -> Walked:
    with browsing() as chromium:
        context = chromium.new_context()
        page = context.new_page()
        page.set_default_timeout(ARRIVES_WITHIN)
        page.goto(server.url)
        sign_up(page, "walker@example.com")
        page.goto(f"{server.url}/connect")
        page.get_by_role("button", name="Open the demo business").click()
        page.get_by_text("Everything is here").wait_for()
        account = re.search(r"account=(acct_\w+)", page.url)
        assert account
        return Walked(server.url, server, account[1], context.storage_state())


@pytest.fixture(scope="module")
def desktop(chromium: Browser, walked: Walked) -> Iterator[BrowserContext]:
    """A signed-in browser that keeps what it has loaded from one test to the next."""
    context = open_context(chromium, walked, (1440, 900))
    yield context
    context.close()


def open_context(
    chromium: Browser, walked: Walked, size: tuple[int, int], mode: str = "light", locale: str = "en-US"
) -> BrowserContext:
    """A signed-in browser of this size and mode, in this language."""
    context = chromium.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme=mode,  # type: ignore[arg-type] # light or dark
        locale=locale,
        storage_state=walked.state,
    )
    context.set_default_timeout(60_000)
    return context
