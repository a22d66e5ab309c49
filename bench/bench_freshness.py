"""From a webhook to the figure on an open page: ``PYTHONPATH=. .venv/bin/python bench/bench_freshness.py``.

The whole app with the whole demo business (2,200 customers, 36 months), a headless Chromium with the Overview open,
and the stand-in Stripe, which delivers signed webhooks as Stripe does. Each act changes a subscription's quantity; the
clock runs from the moment the act was asked for (so it holds the stand-in's own work, its delivery and its answers)
until the MRR that the page shows has changed.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Page, sync_playwright

from tests.browser.test_journey import sign_up
from tests.conftest import CHROMIUM_FLAGS, app_process

ACTS = int(sys.argv[1]) if len(sys.argv) > 1 else 100
WATCH = """
(before) => new Promise((found, lost) => {
    const now = () => document.querySelector('.pl-value')?.innerText ?? before;
    const look = () => { if (now() !== before) { watcher.disconnect(); found(Date.now()); } };
    const watcher = new MutationObserver(look);
    watcher.observe(document.body, {subtree: true, childList: true, characterData: true});
    setTimeout(() => lost('nothing changed'), 10000);
    look();
})
"""
"""Resolves with the time at which the first card, MRR, says something else."""


def main() -> None:
    """Measure and print."""
    folder = Path(tempfile.mkdtemp(prefix="plimsoll-fresh-"))
    try:
        with (
            app_process(folder, SANDBOX_CUSTOMERS="2200", SANDBOX_MONTHS="36") as app,
            sync_playwright() as playwright,
        ):
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(CHROMIUM_FLAGS))
            page = browser.new_page()
            page.set_default_timeout(120_000)
            connect(page, app.url)
            took = _acts(page, json.loads((folder / "standin.json").read_text("utf-8")))
            browser.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    took.sort()
    print(f"load {os.getloadavg()[0]:.1f}, {len(took)} changes: ", end="")
    print(
        f"p50 {statistics.median(took):.0f} ms, p95 {took[round(0.95 * len(took)) - 1]:.0f} ms, most {took[-1]:.0f} ms"
    )


def connect(page: Page, url: str) -> None:
    """Sign up, connect the demo business, and open the Overview once its history is here."""
    page.goto(url)
    sign_up(page, "ada@example.com")
    page.goto(f"{url}/connect")
    page.get_by_role("button", name="Open the demo business").click()
    page.wait_for_url(re.compile(r"account=acct_"))
    page.get_by_text("Everything is here").wait_for()
    page.goto(f"{url}/")
    page.get_by_text("What changed this week").wait_for()
    time.sleep(8)


def _acts(page: Page, standin: dict[str, str]) -> list[float]:
    base, headers = standin["base"], {"Authorization": f"Bearer {standin['restricted_key']}"}
    address = f"{base}/v1/subscriptions?limit=100&status=active"
    found = httpx.get(address, headers=headers, timeout=30).json()["data"]
    usd = [each for each in found if each["currency"] == "usd" and _by_the_seat(each["items"]["data"])]
    took = []
    for number in range(ACTS):
        chosen = usd[number % len(usd)]
        edit = {"item": chosen["items"]["data"][0]["id"], "quantity": 40 + number}
        before = page.locator(".pl-value").first.inner_text()
        began = time.time()
        act = {"operation": "update_subscription", "id_": chosen["id"], "edits": [edit]}
        httpx.post(f"{base}/_sandbox/do", json=act, timeout=30).raise_for_status()
        seen = page.evaluate(WATCH, before) / 1000
        took.append((seen - began) * 1000)
        time.sleep(1.5)
    return took


def _by_the_seat(items: list[dict[str, Any]]) -> bool:
    """Whether this is one item whose price is so much each."""
    price = items[0]["price"]
    return len(items) == 1 and bool(price["unit_amount"]) and price["recurring"]["usage_type"] == "licensed"


if __name__ == "__main__":
    main()
