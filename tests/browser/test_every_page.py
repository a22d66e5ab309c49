"""Every page, wide and on a phone: it opens, asks no other host, scrolls one way, and says what the CLI says."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from lib.charts.scale import Scale
from lib.metrics import catalog
from lib.metrics.registry import Unit
from lib.money import exponent
from lib.periods import add_months
from lib.web.navigation import PAGES
from lib.web.words import exact_amount
from tests.browser.conftest import Walked, open_context
from tests.browser.looking import go
from tests.browser.test_axe import SIZES
from tests.conftest import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page

pytestmark = pytest.mark.browser

TODAY = date.today


@dataclass(frozen=True)
class Cli:
    """The command line beside the running app: the same database, in a process of its own."""

    walked: Walked

    def __call__(self, *arguments: str) -> Any:  # noqa: ANN401 - whatever JSON it prints
        env = os.environ | {"DATA_DIR": str(self.walked.server.data_dir)}
        command = [sys.executable, "-m", "lib", *arguments, "--account", self.walked.account, "--format", "json"]
        done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=True)
        return json.loads(done.stdout)

    def value(self, slug: str, start: date | None = None, end: date | None = None) -> float:
        """A metric's number: the last day's of a level, the sum of a flow, in raw units."""
        last = end or TODAY()
        first = start or last
        rows = self("metrics", slug, "--from", first.isoformat(), "--to", last.isoformat())["rows"]
        values = [row["value"] for row in rows if row["value"] is not None]
        metric = catalog.find(slug)
        known = sum(map(_number, values)) if metric.total == "sum" else _number(values[-1])
        return round(known * 10 ** (6 + exponent("usd"))) if metric.unit is Unit.MONEY else known

    def text(self, slug: str, start: date | None = None, end: date | None = None) -> str:
        """The same as pages write it."""
        return Scale(catalog.find(slug).unit, "usd", "en_US").text(self.value(slug, start, end))


def _number(value: object) -> float:
    return float(str(value))


@pytest.fixture(scope="module")
def cli(walked: Walked) -> Cli:
    return Cli(walked)


@pytest.mark.parametrize("size", SIZES)
def test_every_page_opens_quietly(size: str, walked: Walked, chromium: Browser) -> None:
    context = open_context(chromium, walked, SIZES[size])
    page = context.new_page()
    hosts: set[str] = set()
    said: list[str] = []
    page.on("request", lambda request: hosts.add(urlsplit(request.url).hostname or ""))

    def heard(message: ConsoleMessage) -> None:
        probing = "/_stcore/" in message.location["url"]  # Streamlit looks for its own root below a deep link
        if message.type == "error" and not probing:
            said.append(f"{page.url}: {message.text} {message.location['url']}")

    page.on("console", heard)
    page.on("pageerror", lambda error: said.append(f"{page.url}: {error}"))
    wrong: dict[str, str] = {}
    for each in PAGES:
        go(page, f"{walked.url}{each.address}?account={walked.account}")
        text = page.locator("[data-testid=stMain]").inner_text()
        if re.search(r"Traceback|Error running|Page not found|Oh no", text):
            wrong[each.title] = text[:300]
        wide = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth - window.innerWidth")
        if wide > 0:
            wrong[each.title] = f"scrolls sideways by {wide} pixels"
    context.close()
    assert wrong == {}
    assert hosts - {""} <= {"localhost", "127.0.0.1"}
    assert said == []


def _cents(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def _months(months: int) -> date:
    return add_months(TODAY().replace(day=1), 1 - months)


def _net(cli: Cli) -> str:
    money = Scale(Unit.MONEY, "usd", "en_US")
    day_before = _months(12) - timedelta(days=1)
    return exact_amount(int(cli.value("mrr") - cli.value("mrr", None, day_before)), money)


FIGURES: dict[str, tuple[str, Callable[[Cli], list[str]]]] = {
    "overview": ("/", lambda cli: [_card(cli, "mrr"), cli.text("active_customers")]),
    "MRR": ("/metric?slug=mrr", lambda cli: [cli.text("mrr")]),
    "net revenue": (
        "/metric?slug=net_revenue&range=12+months",
        lambda cli: [cli.text("net_revenue", _months(12), TODAY())],
    ),
    "churn": ("/metric?slug=customer_churn_rate&range=30+days", lambda cli: [cli.text("customer_churn_rate", None)]),
    "movements": ("/movements", lambda cli: [cli.text("mrr"), _net(cli)]),
    "plans": ("/plans", lambda cli: [cli.text("mrr"), cli.text("active_customers")]),
    "trials": ("/trials", lambda cli: [cli.text("active_trials"), cli.text("trial_mrr")]),
    "cash flow": (
        "/cash-flow",
        lambda cli: [cli.text("gross_revenue", _months(12), TODAY()), cli.text("stripe_balance")],
    ),
    "benchmarks": (
        "/benchmarks",
        lambda cli: [cli.text("mrr"), cli.text("net_revenue", TODAY().replace(day=1), TODAY())],
    ),
}
"""Where a figure stands, and what the command line says it is."""


def _card(cli: Cli, slug: str) -> str:
    return Scale(catalog.find(slug).unit, "usd", "en_US").card(cli.value(slug))


@pytest.mark.parametrize("size", SIZES)
def test_figures_are_the_command_lines(size: str, walked: Walked, cli: Cli, chromium: Browser) -> None:
    context = open_context(chromium, walked, SIZES[size])
    page: Page = context.new_page()
    missing: dict[str, list[str]] = {}
    for name, (address, figures) in FIGURES.items():
        joined = "&" if "?" in address else "?"
        go(page, f"{walked.url}{address}{joined}account={walked.account}")
        text = _cents(page.locator("[data-testid=stMain]").inner_text())
        if absent := [figure for figure in figures(cli) if figure not in text]:
            missing[name] = [*absent, text[:400]]
    context.close()
    assert missing == {}
