"""What a plan shows, asked at the door of the reports: accounts, days, forecasts. One's own objects always are."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from lib import reports
from lib.accounts.weekly import Recipient
from lib.billing import access
from lib.errors import AccountLocked, HistoryLocked, NotSyncedYet, PlanNeeded, UnknownAccount
from lib.ledger.rules import Rules
from lib.metrics.cohorts import Choice
from lib.metrics.plans import Level
from lib.metrics.query import Query
from lib.periods import Interval
from lib.reports import activity, benchmarks, books, cohorts, door, exports, forecast, timeline, trials, weekly
from lib.reports import goals as report_goals
from lib.reports.digest import Span
from lib.reports.reconcile import months
from lib.reports.stripe_mrr import comparison
from lib.reports.stripe_mrr.file import MRR_FILE
from lib.store.engine import migrate
from tests import paying
from tests.reports.worlds import MICROS, ledger, tables

WORKSPACE = "ws_paying"
FIRST, SECOND = "acct_first", "acct_second"
TODAY = date(2026, 11, 24)
SHOWN = date(2024, 11, 1)
"""The first day of Free: 24 months before this one."""
BEFORE = SHOWN - timedelta(days=1)

MOVEMENTS = """
    date       type      customer subscription plan  amount_base
    2022-03-10 new       c1       s1           basic 40
    2024-10-31 new       c2       s2           basic 10
    2024-11-01 expansion c1       s1           basic 5
    2026-08-20 new       c3       s3           basic 20
"""
CASH = """
    date       kind   customer amount_base source recurring
    2022-03-10 charge c1       40          ch_1   yes
    2024-11-02 charge c1       45          ch_2   yes
"""
CUSTOMERS = """
    customer name cohort
    c1       Ada  2022-03-10
    c2       Bo   2024-10-31
    c3       Cy   2026-08-20
"""
TRIALS = """
    customer subscription plan  start      end        converted  over
    c1       s1           basic 2022-03-01 2022-03-10 2022-03-10 yes
    c3       s3           basic 2026-08-10 2026-08-20 2026-08-20 yes
"""


@pytest.fixture(autouse=True)
def world(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two accounts of a workspace on Free, each with figures since March 2022; today is 24 November 2026."""
    migrate()
    found = ledger("2026-11-24", movements=MOVEMENTS, cash=CASH, customers=CUSTOMERS, trials=TRIALS)
    store = tables() | {"exchange_rate": pl.DataFrame(schema=books.EXCHANGE_RATE)}
    monkeypatch.setattr(books, "_ledger", lambda *_args: found)
    made = SimpleNamespace(version=1, written=SimpleNamespace(ledger=found, tables=store))
    monkeypatch.setattr(books, "_made", lambda *_args: made)
    paying.sell(monkeypatch)
    paying.connect(paying.workspace(WORKSPACE), FIRST, SECOND)


# --- Every report, by walking over the room ---------------------------------------------------------------------------

Report = Callable[..., Any]
NO_FIGURES = {
    "annotations.between": "one's own words",
    "annotations.add": "one's own words",
    "annotations.change": "one's own words",
    "annotations.remove": "one's own words",
    "goals.of": "one's own goals",
    "goals.keep": "one's own goals",
    "goals.remove": "one's own goals",
    "arriving.headers": "whether a sync is at work",
    "arriving.partial": "whether a sync is at work",
    "everything.zipped": "one's own objects and words",
    "rush.waiting": "how many deliveries wait",
    "kept.goals_frame": "one's own goals",
    "kept.annotations_frame": "one's own words",
    "kept.notes_frame": "one's own words",
    "kept.calls_frame": "whom one called",
    "kept.rates_frame": "one's own rates",
    "kept.rules_frame": "one's own rules",
    "books.own_rates": "one's own rates",
    "books.version": "a number that grows",
    "books.first_day": "the limit itself",
    "books.whole": "what shapes are drawn of",
    "shelf.lock": "a lock",
    "shapes.hidden_account": "a shape without a figure",
    "books.shown": "cuts a frame at hand",
    "rates.bring": "one's own rates",
    "rates.forget": "one's own rates",
    "rates.read_from": "one's own rates",
    "rules.before": "one's own rules",
    "rules.current": "one's own rules",
    "rules.put_back": "one's own rules",
    "rules.keep": "one's own rules",
    "rules.reset": "one's own rules",
    "segments.find_for": "one's own segments",
    "weekly.told": "says in a sentence why there are no figures",
    "homes.beside": "names of accounts",
    "homes.by_object": "names of accounts",
    "homes.name": "the name of an account",
    "stripe_links.finder": "an address at Stripe",
    "stripe_links.link": "an address at Stripe",
    "stripe_links.links": "addresses at Stripe",
    "cancellation_tables.everyone": "an answer at hand",
    "cash_flow.payouts_table": "an answer at hand",
    "failed_tables.at_risk_table": "an answer at hand",
    "failed_tables.recent_table": "an answer at hand",
    "failed_tables.to_reach_table": "an answer at hand",
    "trials.table": "an answer at hand",
    "proof.sheet.shown": "an answer at hand",
    "proof.sheet.written": "an answer at hand",
}
"""Public functions that take an account and tell no figure of it, each with what it tells."""
OWN_OBJECTS = {"export.table", "export.batches", "export.look"}
"""Stripe's objects as they are kept: whole on every plan."""
WORDS = {"goals", "annotations", "notes", "segments"}
"""Files of what one wrote oneself."""
GIVEN: dict[str, object] = {
    "slug": "mrr",
    "query": Query(TODAY - timedelta(days=9), TODAY),
    "start": TODAY - timedelta(days=9),
    "end": TODAY,
    "day": TODAY,
    "today": TODAY,
    "days": 30,
    "interval": Interval.DAY,
    "choice": Choice(),
    "spans": (Span(TODAY, TODAY), Span(BEFORE, TODAY)),
    "level": Level.PLAN,
    "customer": "c1",
    "rules": Rules(),
    "goal": report_goals.Goal("goal_1", "mrr", TODAY, 1, 0),
    "movement": {"date": TODAY, "type": "new", "subscription": "s1", "currency": "usd"},
    "imported": pl.DataFrame(schema=MRR_FILE),
    "told": lambda *_: None,
    "proof": None,
    "check": None,
    "livemode": True,
    "locale": "en_US",
    "resource": "customer",
    "most": 20,
}
"""What the reports ask for, by the name that they ask by."""
EARLY: dict[str, object] = {
    "query": Query(BEFORE, TODAY),
    "start": BEFORE,
    "spans": (Span(BEFORE, BEFORE), Span(BEFORE, BEFORE)),
}


def public() -> Iterator[tuple[str, Report]]:
    """Every public function of the reports that takes an account, by the name of its module."""
    for found in pkgutil.walk_packages(reports.__path__, "lib.reports."):
        module = importlib.import_module(found.name)
        for name, function in inspect.getmembers(module, inspect.isfunction):
            own = function.__module__ == found.name and not name.startswith("_")
            if own and "account" in inspect.signature(function).parameters:
                yield f"{found.name.removeprefix('lib.reports.')}.{name}", function


EVERY = dict(public())
FIGURES = sorted(EVERY.keys() - NO_FIGURES.keys() - OWN_OBJECTS)
DATED = [name for name in FIGURES if EARLY.keys() & inspect.signature(EVERY[name]).parameters.keys()]


def ask(name: str, account: str, early: dict[str, object] | None = None) -> object:
    """What a report answers about an account, asked with GIVEN."""
    wanted = inspect.signature(EVERY[name]).parameters.values()
    values = {"account": account} | GIVEN | (early or {})
    needed = {p.name for p in wanted if p.default is p.empty} | (early or {}).keys() & {p.name for p in wanted}
    answer = EVERY[name](**{each: values[each] for each in needed})
    return list(answer) if inspect.isgenerator(answer) else answer


@pytest.mark.parametrize("name", FIGURES)
def test_no_report_tells_of_an_account_beyond_the_plan(name: str) -> None:
    with pytest.raises(AccountLocked, match="The Free plan shows one of your connected accounts"):
        ask(name, SECOND)


@pytest.mark.parametrize("name", FIGURES)
def test_nor_of_all_accounts_together_where_one_is_beyond_it(name: str) -> None:
    with pytest.raises((AccountLocked, UnknownAccount)):  # some are about one account at a time
        ask(name, WORKSPACE)


@pytest.mark.parametrize("name", FIGURES)
def test_on_a_larger_plan_each_goes_on_to_the_figures(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    paying.pay(WORKSPACE, "pro")

    def reached(*_args: object) -> None:
        raise NotSyncedYet

    monkeypatch.setattr(books, "_ledger", reached)
    monkeypatch.setattr(books, "_made", reached)
    with pytest.raises(NotSyncedYet):
        ask(name, SECOND)


@pytest.mark.parametrize("name", DATED)
def test_no_report_tells_of_days_before_the_first(name: str) -> None:
    with pytest.raises(HistoryLocked, match="On the Free plan, figures begin on 2024-11-01"):
        ask(name, FIRST, EARLY)


def test_the_walk_knows_the_room() -> None:
    assert not (NO_FIGURES.keys() | OWN_OBJECTS) - EVERY.keys()
    assert {"door.metric", "feed.newest", "proof.door.behind", "reconcile.months.balance"} <= set(FIGURES)
    assert {"door.metric", "movements.of", "cash_flow.of", "digest.of", "cancellations.table"} <= set(DATED)


@pytest.mark.parametrize("name", sorted(OWN_OBJECTS))
@pytest.mark.parametrize("account", [FIRST, SECOND])
def test_ones_own_objects_are_always_there(name: str, account: str) -> None:
    assert ask(name, account, EARLY) is not None


def test_files_of_stripes_objects_are_whole_and_those_of_reports_follow_the_plan() -> None:
    early, beyond = exports.Ask(FIRST, BEFORE, TODAY), exports.Ask(SECOND, BEFORE, TODAY)
    for each in exports.RESOURCES:
        assert "".join(exports.csv(each, early)) == "".join(exports.csv(each, beyond)) != ""
    for each in exports.REPORTS:
        if each.name in WORDS:
            continue
        with pytest.raises(AccountLocked):
            next(exports.csv(each, beyond))
        if each.dated:
            with pytest.raises(HistoryLocked):
                next(exports.csv(each, early))


# --- Days: what has no span is cut ------------------------------------------------------------------------------------


def told() -> dict[str, list[date]]:
    """The first days that reports without a span tell of."""
    found = {
        "span": [door.span(FIRST)[0]],
        "movements": door.movements(FIRST)["date"].to_list(),
        "newest": [each.date for each in activity.newest(FIRST)],
        "cohorts": cohorts.table(FIRST, Choice()).frame["cohort"].to_list(),
        "trials": trials.of(FIRST).funnel["month"].to_list(),
        "timeline": [each.date for each in timeline.of(FIRST, "c1")],
        "customer's MRR": timeline.mrr_of(FIRST, "c1")["date"].to_list(),
        "balance": months.balance(FIRST).frame["month"].to_list(),
    }
    return {name: sorted(days)[:1] for name, days in found.items()}


def test_a_long_series_begins_where_the_plan_does(monkeypatch: pytest.MonkeyPatch) -> None:
    free = told()
    assert {name: days for name, days in free.items() if days[0] < SHOWN} == {}
    assert free["span"] == free["movements"] == free["newest"] == free["customer's MRR"] == [SHOWN]
    paying.pay(WORKSPACE, "pro")
    paid = told()
    assert {name: days for name, days in paid.items() if days[0].year != 2022} == {}
    paying.lapse(WORKSPACE)
    assert told() == free
    monkeypatch.setenv("BILLING", "off")
    paying.settings.replace(None)
    assert told() == paid


def test_benchmarks_are_of_the_months_that_are_shown() -> None:
    def mrr() -> tuple[int, date | None]:
        row = benchmarks.of(FIRST).rows[0]
        return row.months, row.best_month

    assert mrr() == (24, date(2026, 8, 1))
    paying.pay(WORKSPACE, "pro")
    assert mrr() == (55, date(2026, 8, 1))


def test_a_comparison_that_would_reach_too_far_is_not_available() -> None:
    def previous(start: date) -> object:
        return door.metric(FIRST, "mrr", Query(start, start + timedelta(days=9))).previous

    assert previous(SHOWN + timedelta(days=9)) is None
    assert previous(SHOWN + timedelta(days=10)) == 55 * MICROS
    paying.pay(WORKSPACE, "pro")
    assert previous(SHOWN + timedelta(days=9)) == previous(SHOWN + timedelta(days=10))


def test_movements_up_to_a_day_that_is_not_shown() -> None:
    with pytest.raises(HistoryLocked):
        door.movements(FIRST, end=BEFORE)
    assert door.movements(FIRST, end=SHOWN)["date"].to_list() == [SHOWN]


def test_stripes_file_is_compared_where_the_plan_shows() -> None:
    head = {"customer": "c1", "name": "Ada", "currency": "usd", "amount": 4000}
    rows = [head | {"month": day} for day in (date(2024, 10, 1), SHOWN)]
    file = pl.DataFrame([{name: row.get(name) for name in MRR_FILE} for row in rows], schema=MRR_FILE)
    assert set(comparison.compare(FIRST, file).frame["month"]) == {SHOWN}
    with pytest.raises(HistoryLocked):
        comparison.compare(FIRST, file.head(1))


# --- Forecasts and weekly summaries -----------------------------------------------------------------------------------


@pytest.mark.parametrize("report", [forecast.outlook, forecast.cash])
def test_forecasts_are_part_of_a_plan(report: Report) -> None:
    with pytest.raises(PlanNeeded, match=r"Forecasts are part of the Pro plan, \$29\.00 a month"):
        report(FIRST)
    paying.pay(WORKSPACE, "pro", "trialing")
    assert report(FIRST).currency == "usd"
    paying.lapse(WORKSPACE)
    with pytest.raises(PlanNeeded):
        report(FIRST)


def test_the_preview_is_the_forecasts_shape_without_a_figure() -> None:
    shape = forecast.preview(FIRST)
    assert len(shape.history) == 24  # finished months from November 2024 on
    assert len(shape.ahead) == 12
    every = [*shape.history, *shape.ahead, *shape.low, *shape.high]
    assert (min(every) >= 0, max(every) <= 1, {round(each, 2) for each in every} == set(every)) == (True, True, True)
    assert 0 < shape.history[0] < shape.history[-1] < shape.ahead[-1]


def test_a_summary_says_why_it_says_nothing_of_an_account() -> None:
    (sentence,) = weekly.told(SECOND)
    assert sentence.startswith("The Free plan shows one of your connected accounts")


def test_summaries_are_sent_on_plans_that_have_them(monkeypatch: pytest.MonkeyPatch) -> None:
    ada, bo = (Recipient(f"usr_{at}", f"{at}@x.example", at, at, at) for at in (WORKSPACE, paying.workspace("ws_bo")))
    paying.pay("ws_bo", "pro")
    sent: list[str] = []
    noted: list[str] = []
    monkeypatch.setattr(weekly.mail, "ready", lambda: True)
    monkeypatch.setattr(weekly.weekly, "due", lambda _now: ((ada, TODAY), (bo, TODAY)))
    monkeypatch.setattr(weekly.weekly, "note", lambda recipient, _day: noted.append(recipient.workspace))
    monkeypatch.setattr(weekly.mail, "send", lambda letter: sent.append(letter.to))
    weekly.send_due()
    assert (sent, noted) == (["ws_bo@x.example"], ["ws_bo"])
    with pytest.raises(PlanNeeded, match="Weekly summaries by email are part of the Pro plan"):
        weekly.send(ada)


# --- Where nothing is sold --------------------------------------------------------------------------------------------


def test_where_nothing_is_sold_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BILLING", "off")
    paying.settings.replace(None)

    def asked(*_args: object) -> None:
        pytest.fail("the database was asked about plans")

    monkeypatch.setattr(access, "reading", asked)
    for name in DATED:
        ask(name, SECOND, EARLY)
    assert told()["span"] == [date(2022, 3, 10)]


def test_the_whole_is_for_shapes_alone() -> None:
    """``books.whole`` asks no plan."""
    room = Path(reports.__file__).parent
    users = [path.name for path in room.parent.rglob("*.py") if "books.whole(" in path.read_text("utf-8")]
    assert users == ["shapes.py"]
