"""One app with the demo business connected, for all tests of a module that only look at it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.test_journey import ARRIVES_WITHIN, sign_up
from tests.conftest import AppServer

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext


@dataclass(frozen=True)
class Walked:
    """The app, the account that is connected there, and what a signed-in browser keeps."""

    url: str
    server: AppServer
    account: str
    state: Any


@pytest.fixture(scope="module")
def walked(app_server: AppServer, chromium: Browser) -> Walked:
    """Somebody signed up, opened the demo business and waited until it was there."""
    context = chromium.new_context()
    page = context.new_page()
    page.set_default_timeout(ARRIVES_WITHIN)
    page.goto(app_server.url)
    sign_up(page, "walker@example.com")
    page.goto(f"{app_server.url}/connect")
    page.get_by_role("button", name="Open the demo business").click()
    page.get_by_text("Everything is here").wait_for()
    account = re.search(r"account=(acct_\w+)", page.url)
    assert account
    state = context.storage_state()
    context.close()
    return Walked(app_server.url, app_server, account[1], state)


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
