"""How long each page's script runs on the demo business: ``PYTHONPATH=. python bench/bench_pages.py``.

2,200 customers over 36 months. Each page is opened once after a change of data and then run again RUNS times with
everything warm, through Streamlit's own AppTest: the script's time, without network and browser.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path
from typing import Final

from streamlit.testing.v1 import AppTest

from lib import settings as settings_module
from lib.accounts import connections
from lib.api import answers
from lib.gateway import Gateway
from lib.reports import customers
from lib.settings import Settings
from lib.store import upserts
from lib.store.engine import migrate
from lib.sync import backfill
from lib.web import guard
from lib.web.navigation import PAGES, Page
from tests import conftest
from tests.accounts.members import join

RUNS: Final = 21
LIMIT: Final = 100
"""Milliseconds that the median may take."""


def main() -> None:
    """Sync the demo business once and time every page."""
    conftest.WORLD = ("--seed", "7", "--customers", "2200", "--months", "36")
    with tempfile.TemporaryDirectory(prefix="plimsoll-bench-") as folder, conftest.standin_process() as standin:
        settings_module.replace(Settings.model_validate({"data_dir": Path(folder)}))
        settings_module.bind_standin(standin)
        migrate()
        user = join("Ada", now=answers.now()).user
        account = connections.connect_demo(user.workspace, now=answers.now())
        backfill.run(account, Gateway(connections.credential(account)))
        guard.current_user = lambda: user
        _table(account)


def _table(account: str) -> None:
    customer = customers.of(account)["customer"][0]
    print(f"{'page':24} {'median':>8} {'p95':>8} {'first':>8}  ms, {RUNS} runs")
    for page in PAGES:
        first, times = _timed(page, account, customer)
        median, worst = statistics.median(times), sorted(times)[int(len(times) * 0.95)]
        over = "  over" if median > LIMIT else ""
        print(f"{page.title:24} {median:8.0f} {worst:8.0f} {first:8.0f}{over}")


def _timed(page: Page, account: str, customer: str) -> tuple[float, list[float]]:
    """The first run after a change of data, and the warm ones, in milliseconds."""
    app = AppTest.from_file(str(page.path), default_timeout=120)
    app.query_params["account"] = account
    if page.url_path == "customer":
        app.query_params["id"] = customer
    upserts.bump(account, rows=[])
    return _run(app), [_run(app) for _ in range(RUNS)]


def _run(app: AppTest) -> float:
    began = time.perf_counter()
    app.run()
    assert not app.exception
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    main()
