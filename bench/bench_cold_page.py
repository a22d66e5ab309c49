"""What a browser that was never here takes over the wire: the login page, and an Overview, through deploy/Caddyfile.

The app with a small business behind Caddy (``apt-get install caddy``), which packs as it does in compose.yaml; headless
Chromium with an empty cache adds up what came for each request, headers too, and every frame of the web socket.

    PYTHONPATH=. .venv/bin/python bench/bench_cold_page.py
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.test_journey import sign_up
from tests.conftest import CHROMIUM_FLAGS, ROOT, app_process, free_port

LIMIT = 2_500_000
QUIET = 5
"""Seconds after the last text, in which charts and what is loaded late arrive."""


def main() -> None:
    """Measure and print."""
    folder = Path(tempfile.mkdtemp(prefix="plimsoll-cold-"))
    port, front = free_port(), free_port()
    url = f"http://localhost:{front}"
    try:
        with (
            app_process(folder, APP_URL=url, PORT=str(port)),
            proxy(url, port, folder),
            sync_playwright() as playwright,
        ):
            path = shutil.which("chromium")
            browser = playwright.chromium.launch(executable_path=path, args=list(CHROMIUM_FLAGS))
            state = connected(browser, url)
            cold(browser, "login page", url, "Sign in", None)
            cold(browser, "Overview", url, "What changed this week", state)
            browser.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def proxy(url: str, port: int, folder: Path) -> Iterator[None]:
    """Caddy as compose.yaml runs it, before one web process."""
    env = os.environ | {"APP_URL": url, "WEB_HOST": "127.0.0.1", "WEB_PORT": str(port), "XDG_DATA_HOME": str(folder)}
    command = ["caddy", "run", "--config", str(ROOT / "deploy" / "Caddyfile"), "--adapter", "caddyfile"]
    with (folder / "caddy.log").open("w") as log, subprocess.Popen(command, env=env, stdout=log, stderr=log) as caddy:
        try:
            answered(url + "/healthz")
            yield
        finally:
            caddy.terminate()


def answered(url: str) -> None:
    """Return when the proxy lets the app answer."""
    for _ in range(100):
        try:
            if httpx.get(url, timeout=5).is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise SystemExit(f"{url} does not answer")


def connected(browser: Browser, url: str) -> Any:  # noqa: ANN401 - Playwright's storage state
    """The cookies of somebody who connected the demo business."""
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(120_000)
    page.goto(url)
    sign_up(page, "ada@example.com")
    page.goto(f"{url}/connect")
    page.get_by_role("button", name="Open the demo business").click()
    page.wait_for_url(re.compile(r"account=acct_"))
    page.get_by_text("Everything is here").wait_for()
    state = context.storage_state()
    context.close()
    return state


def cold(browser: Browser, name: str, url: str, sign: str, state: Any) -> None:  # noqa: ANN401 - see above
    """Open the page with nothing kept but cookies, and say what it took."""
    context = browser.new_context(storage_state=state)
    page = context.new_page()
    page.set_default_timeout(120_000)
    took = watched(page, context.new_cdp_session(page))
    page.goto(url)
    page.get_by_text(sign).first.wait_for()
    time.sleep(QUIET)
    total = sum(took.values())
    print(f"{name}: {total / 1e6:.2f} MB of at most {LIMIT / 1e6:.1f}", "" if total <= LIMIT else "TOO MUCH")
    for address, size in took.most_common(8):
        print(f"    {size / 1000:8.1f} kB  {address.removeprefix(url)}")
    context.close()


def watched(page: Page, devtools: Any) -> Counter[str]:  # noqa: ANN401 - Playwright's CDP session
    """Bytes by address, filled while the page loads."""
    took: Counter[str] = Counter()
    addresses: dict[str, str] = {}
    devtools.send("Network.enable")
    devtools.on("Network.requestWillBeSent", lambda e: addresses.update({e["requestId"]: e["request"]["url"]}))
    devtools.on(
        "Network.loadingFinished",
        lambda e: took.update({addresses.get(e["requestId"], "?"): int(e["encodedDataLength"])}),
    )
    page.on(
        "websocket", lambda socket: socket.on("framereceived", lambda frame: took.update({"websocket": len(frame)}))
    )
    return took


if __name__ == "__main__":
    main()
