"""How long a page takes on the server: the main script with its look-up of the session, the sidebar, and the page.

PYTHONPATH=. python bench/bench_pages.py            2,200 customers over 36 months
PYTHONPATH=. python bench/bench_pages.py --runs 5   fewer runs; --world 60 14 a smaller business

Each page is opened once after a change of data and then run again with everything warm, through Streamlit's own
AppTest: without network and browser. Four passes: nothing is sold (BILLING=off); plans are sold and this workspace has
Pro; the metric page split by plan, with daily points; two accounts as one. Exits with 1 if a median is over LIMIT.
"""

from __future__ import annotations

import argparse
import logging
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Table, literal, select
from sqlmodel import SQLModel
from streamlit.testing.v1 import AppTest

from lib import settings as settings_module
from lib.accounts import connections
from lib.api import answers
from lib.billing import access
from lib.gateway import Gateway
from lib.reports import customers
from lib.settings import Settings, Standin
from lib.store import tables, upserts
from lib.store.engine import engine, migrate, transaction
from lib.sync import backfill
from lib.web import navigation
from lib.web.navigation import PAGES
from tests import conftest, paying
from tests.accounts.members import Member, join

MAIN: Final = Path(navigation.__file__).with_name("main.py")
LIMIT: Final = 100
"""Milliseconds that a median may take."""
SECOND: Final = "acct_second"
TOGETHER: Final = (
    "overview", "metric", "movements", "live-feed", "customers", "failed-charges", "trials", "cancellations", "plans",
    "cohorts", "cash-flow",
)  # fmt: skip
"""Pages that are timed for two accounts as one."""
SPLIT: Final = {"slug": "mrr", "by": "plan", "interval": "day", "range": "All time"}


Took = tuple[float, float]
"""Milliseconds of a run: on the clock, and of the processor, which others on a busy machine do not lengthen much."""


@dataclass(frozen=True)
class Case:
    """A page in a state: what it is called, its address below the app's, its query."""

    name: str
    page: str
    query: dict[str, str]


def main() -> int:
    """Sync the demo business once and time every page in every pass."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--runs", type=int, default=21)
    asked.add_argument("--world", type=int, nargs=2, default=(2200, 36), metavar=("CUSTOMERS", "MONTHS"))
    given = asked.parse_args()
    logging.disable(logging.WARNING)  # AppTest's own, a line a run
    people, months = map(str, given.world)
    conftest.WORLD = ("--seed", "7", "--customers", people, "--months", months)
    with tempfile.TemporaryDirectory(prefix="plimsoll-bench-") as folder, conftest.standin_process() as standin:
        _settings(folder, standin, charging=False)
        migrate()
        ada = join("Ada", now=answers.now())
        account = connections.connect_demo(ada.user.workspace, now=answers.now())
        backfill.run(account, Gateway(connections.credential(account)))
        print(f"load {os.getloadavg()[0]:.1f}, {given.runs} runs, milliseconds\n")
        over = [each for each in _passes(ada, account, folder, standin) for each in _timed(ada, *each, given.runs)]
    print("\nOver the limit: " + ", ".join(over) if over else f"\nEvery median is at most {LIMIT} ms.")
    return len(over) > 0


def _settings(folder: str, standin: Standin, *, charging: bool) -> None:
    settings_module.replace(Settings.model_validate({"data_dir": Path(folder), "billing": charging}))
    settings_module.bind_standin(standin)
    access.forget()


def _passes(ada: Member, account: str, folder: str, standin: Standin) -> Iterator[tuple[str, str, list[Case]]]:
    """(heading, account that changes, cases), each with its world put in place."""
    one = {"account": account}
    customer = {"id": customers.of(account)["customer"][0]}
    every = [Case(each.title, each.url_path, one | (customer if each.url_path == "customer" else {})) for each in PAGES]
    yield "nothing is sold", account, every
    _settings(folder, standin, charging=True)
    paying.pay(ada.user.workspace, "pro")
    yield "plans are sold, this workspace has Pro", account, every
    yield "split", account, [Case("Metrics, by plan and day", "metric", one | SPLIT)]
    _double(ada, account)
    titles = {each.url_path: each.title for each in PAGES}
    yield "two accounts as one", account, [Case(titles[path], path, {"account": "all"}) for path in TOGETHER]


def _double(ada: Member, account: str) -> None:
    """A second account of the workspace that has all that the first has."""
    with engine().begin() as db:
        for table in SQLModel.metadata.sorted_tables:
            if {"account", "id"} <= {column.name for column in table.primary_key}:
                _copy(db, table, account)
    with transaction() as db:
        first = db.get(tables.Account, account)
        assert first
        db.add(tables.Account(**first.model_dump() | {"id": SECOND, "name": "The second"}))
        db.add(
            tables.Connection(
                id="con_second", workspace=ada.user.workspace, account=SECOND, kind="oauth", created=answers.now()
            )
        )
    backfilled = tables.SyncRun.__table__
    with engine().begin() as db:
        _copy(db, backfilled, account)
    access.forget()


def _copy(db: Connection, table: Table, account: str) -> None:
    columns = [literal(SECOND) if column.name == "account" else column for column in table.columns]
    db.execute(
        table.insert().from_select(list(table.columns.keys()), select(*columns).where(table.c.account == account))
    )


def _timed(ada: Member, heading: str, changing: str, cases: list[Case], runs: int) -> list[str]:
    """Print a table of these cases; returns those over the limit."""
    print(f"{heading:40} {'median':>8} {'p95':>8} {'first':>8} {'CPU':>8}")
    over = []
    for case in cases:
        first, all_runs = _times(ada, changing, case, runs)
        times = sorted(wall for wall, _cpu in all_runs)
        median, worst, cpu = (
            statistics.median(times),
            times[int(runs * 0.95)],
            statistics.median(c for _, c in all_runs),
        )
        mark = "  over" if median > LIMIT else ""
        print(f"{case.name:40} {median:8.0f} {worst:8.0f} {first[0]:8.0f} {cpu:8.0f}{mark}", flush=True)
        over += [f"{case.name} ({heading})"] if mark else []
    print()
    return over


def _times(ada: Member, changing: str, case: Case, runs: int) -> tuple[Took, list[Took]]:
    """The first run after a change of data, and the warm ones."""
    app = AppTest.from_file(str(MAIN), default_timeout=120)
    app.user = {"session": ada.user.session}
    page = next(each for each in PAGES if each.url_path == case.page)
    app.query_params["account"] = case.query["account"]
    _run(app)
    app.switch_page(os.path.relpath(page.path, MAIN.parent))
    for name, value in case.query.items():
        app.query_params[name] = value
    upserts.bump(changing, rows=[])
    return _run(app), [_run(app) for _ in range(runs)]


def _run(app: AppTest) -> Took:
    began, used = time.perf_counter(), time.process_time()
    app.run()
    took = (time.perf_counter() - began) * 1000, (time.process_time() - used) * 1000
    assert not app.exception, app.exception
    return took


if __name__ == "__main__":
    sys.exit(main())
