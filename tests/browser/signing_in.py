"""The sign-in screen, and what may be wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.browser.axe import violations
from tests.browser.looking import go, settle

if TYPE_CHECKING:
    from playwright.sync_api import Browser


def faults(chromium: Browser, url: str, size: tuple[int, int]) -> list[str]:
    """What breaks a rule of axe, light and dark, signing in and signing up."""
    context = chromium.new_context(viewport={"width": size[0], "height": size[1]})
    page, found = context.new_page(), []
    go(page, url)
    for mode in ("light", "dark"):
        page.emulate_media(color_scheme=mode)
        for choice in ("Sign in", "Create an account"):
            page.get_by_test_id("stButtonGroup").get_by_role("radio", name=choice).click()
            settle(page)
            found += [f"{mode}, {choice}: {each}" for each in violations(page)]
    context.close()
    return found
