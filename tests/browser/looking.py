"""Waiting until a page has settled: nothing runs, nothing is left to load, and its height stays the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

_BUSY = (
    "[data-stale=true],[data-testid=stSkeleton],[data-testid=stSpinner],[data-testid=stStatusWidget],"
    "[data-testid=stAppSkeleton]"
)
_SETTLED = f"""() => {{
  const main = document.querySelector('[data-testid=stMain]');
  const rests = document.querySelector('.stApp')?.dataset.testScriptState === 'notRunning';
  const busy = document.querySelector({_BUSY!r}) || !document.querySelector('h1') || !rests;
  const height = main ? main.scrollHeight : 0;
  const same = window.__height === height && !busy;
  window.__height = height;
  window.__steady = same ? (window.__steady || 0) + 1 : 0;
  return window.__steady >= 3;
}}"""


def settle(page: Page) -> None:
    """Return when the page has been the same for three looks."""
    page.evaluate("window.__steady = 0")
    page.wait_for_function(_SETTLED, polling=100)


def go(page: Page, address: str) -> None:
    """Open an address and wait until it has settled."""
    page.goto(address)
    settle(page)
