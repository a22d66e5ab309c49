"""What pages do while a month happens at once: ``PYTHONPATH=. .venv/bin/python bench/bench_burst.py``.

The whole app with the whole demo business (2,200 customers, 36 months), a headless Chromium with the Overview open, and
the stand-in Stripe, which lets a month pass and delivers thousands of webhooks. Told are: for how long the Overview is
dimmed or empty at a stretch until everything has arrived, and how long other pages take to show their figures when
they are opened before and meanwhile, in a tab of their own, without a cache of the browser's.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import tempfile
import threading
import time
from pathlib import Path

import httpx
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from bench.bench_freshness import connect
from tests.conftest import CHROMIUM_FLAGS, app_process

MONTH = 30 * 86_400
OPENED = (("plans", "table"), ("forecast", "plot"), ("exports", "frame"), ("cash-flow", "plot"), ("metric", "plot"))
SHOWS = {"table": "[data-testid=stHtml] table", "plot": ".js-plotly-plot", "frame": "[data-testid=stDataFrame]"}
DIM = """
() => {
    window.dim = {longest: 0, total: 0, draws: 0};
    let since = null;
    const shown = () => {
        const stale = [...document.querySelectorAll('[data-stale=true]')].some(
            (each) => each.offsetHeight > 0 && getComputedStyle(each).opacity < 0.9);
        return !stale && document.querySelector('.pl-value') !== null;
    };
    setInterval(() => {
        const now = performance.now();
        if (shown()) {
            if (since !== null) { window.dim.total += now - since; window.dim.draws += 1; }
            since = null;
        } else {
            since ??= now;
            window.dim.longest = Math.max(window.dim.longest, now - since);
        }
    }, 50);
}
"""
"""Keeps, in milliseconds, for how long the page was dimmed or empty: at a stretch, in all, and how many times."""


def main() -> None:
    """Measure and print."""
    folder = Path(tempfile.mkdtemp(prefix="plimsoll-burst-"))
    try:
        with (
            app_process(folder, SANDBOX_CUSTOMERS="2200", SANDBOX_MONTHS="36") as app,
            sync_playwright() as playwright,
        ):
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(CHROMIUM_FLAGS))
            _measure(browser, folder, app.url)
            browser.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _measure(browser: Browser, folder: Path, url: str) -> None:
    context = browser.new_context()
    context.set_default_timeout(100_000)
    page = context.new_page()
    connect(page, url)
    page.evaluate(DIM)
    calm = [_opened(context, url, *each) for each in OPENED]
    standin = json.loads((folder / "standin.json").read_text("utf-8"))
    began = time.monotonic()
    passing = threading.Thread(target=_a_month, args=(standin["base"],))
    passing.start()
    opened = [_opened(context, url, *each) for each in OPENED]
    passing.join()
    while waits := _waiting(folder):
        page.wait_for_timeout(500)
        print(f"  {time.monotonic() - began:.0f} s: {waits} deliveries wait", flush=True)
    took = time.monotonic() - began
    page.wait_for_timeout(8_000)
    dim = page.evaluate("window.dim")
    print(f"load {os.getloadavg()[0]:.1f}; a month was read after {took:.0f} s")
    print(f"Overview dimmed or empty: {dim['longest'] / 1000:.1f} s at most at a stretch, ", end="")
    print(f"{dim['total'] / 1000:.1f} s in all, {dim['draws']} times")
    for (name, _), before, meanwhile in zip(OPENED, calm, opened, strict=True):
        print(f"{name:12} opened before: {before:.1f} s, meanwhile: {meanwhile:.1f} s")


def _a_month(base: str) -> None:
    httpx.post(f"{base}/_sandbox/advance", json={"seconds": MONTH}, timeout=600).raise_for_status()


def _opened(context: BrowserContext, url: str, name: str, shows: str) -> float:
    """Seconds until a page that is opened anew shows what it is about, undimmed."""
    time.sleep(4)
    page = context.new_page()
    began = time.monotonic()
    page.goto(f"{url}/{name}")
    page.wait_for_selector(SHOWS[shows])
    page.wait_for_selector("[data-testid=stApp]:not([data-test-script-state=running])")
    took = time.monotonic() - began
    page.close()
    return took


def _waiting(folder: Path) -> int:
    db = sqlite3.connect(folder / "plimsoll.sqlite")
    try:
        return int(db.execute("select count(*) from event_inbox where state = 'pending'").fetchone()[0])
    finally:
        db.close()


if __name__ == "__main__":
    main()
