"""From Stripe's lists over HTTP to the ledger, against the stand-in's own truth: each day and currency, to the cent."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from datetime import date, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from lib.accounts import connections, workspaces
from lib.ledger.build import Ledger, build
from lib.ledger.rules import Rules, to_json
from lib.metrics.catalog import find
from lib.metrics.query import By, Query
from lib.money import MICRO
from lib.reports import books
from lib.settings import Standin
from lib.store.engine import migrate
from lib.sync import work
from tests.kept import demo_business
from tests.switched_truth import SWITCHED, UNSEEN, judge
from tests.truth import balance, compare


@pytest.fixture
def truth(bound_standin: Standin) -> dict[str, Any]:
    answer = httpx.get(f"{bound_standin['base']}/_sandbox/truth", params={"compact": "true"}, timeout=60)
    told: dict[str, Any] = answer.json()
    return told


@pytest.fixture
def account(bound_standin: Standin) -> str:
    migrate()
    now = int(time.time())
    account = connections.connect_demo(workspaces.for_command_line(now=now), now=now)
    work.run(account)
    return account


@pytest.fixture
def ledger(account: str) -> Ledger:
    return books.ledger(account)


def test_mrr_is_the_truth_on_every_day(truth: dict[str, Any], ledger: Ledger) -> None:
    verdict = compare(ledger, truth, last=ledger.today - timedelta(days=1))
    assert verdict.wrong == []
    assert verdict.days > 400
    assert verdict.values > 5_000
    named = {each["subscription"] for each in verdict.changes}
    assert {sub for _, sub, *_ in verdict.hidden} <= named, "only silent changes may stay unseen"


def test_today_is_the_truth_even_where_the_api_hides_how_it_came_about(truth: dict[str, Any], ledger: Ledger) -> None:
    verdict = compare(ledger, truth, last=ledger.today)
    today = ledger.today.isoformat()
    assert [w for w in (*verdict.wrong, *verdict.hidden) if w[0] == today] == []


def test_cash_adds_up_to_stripes_balance_and_figures_to_sums_over_it(truth: dict[str, Any], ledger: Ledger) -> None:
    assert balance(ledger) == truth["balance"]
    settled = {
        kind: sum(row.get(f"settled_{key}", 0) for row in truth["cash"])
        for kind, key in (("gross_revenue", "charge"), ("refunds", "refund"), ("fees", "fees"))
    }
    expected = settled | {
        "refunds": -settled["refunds"],
        "net_revenue": settled["gross_revenue"] + settled["refunds"],
    }
    span = Query(ledger.start, ledger.today)
    assert {slug: find(slug)(ledger, span)["value"].sum() // MICRO for slug in expected} == expected


def test_the_metric_mrr_is_the_sum_of_the_truth_every_day(truth: dict[str, Any], ledger: Ledger) -> None:
    unseen = {day for day, *_ in compare(ledger, truth, last=ledger.today).hidden}
    assert len(unseen) < (ledger.today - ledger.start).days
    days = Query(ledger.start, ledger.today, by=By.CURRENCY)
    told = {(row["date"], row["group"]): row["value"] for row in find("mrr")(ledger, days).iter_rows(named=True)}
    held: dict[str, dict[str, Fraction]] = defaultdict(dict)
    steps = sorted(
        (date.fromisoformat(change["date"]), sub, about["currency"], Fraction(change["mrr"]))
        for sub, about in truth["subscriptions"].items()
        for change in about["changes"]
    )
    day = ledger.start
    while day <= ledger.today:
        while steps and steps[0][0] <= day:
            _, sub, currency, worth = steps.pop(0)
            held[currency][sub] = worth
        # each subscription is rounded to a millionth of a cent before they are added up
        if day.isoformat() not in unseen:
            assert abs(told[day, "usd"] - MICRO * sum(held["usd"].values())) <= len(held["usd"]), day
        day += timedelta(days=1)


@pytest.mark.parametrize(("named", "rules"), SWITCHED.items(), ids=SWITCHED)
def test_every_switch_is_the_truth_on_every_day(named: str, rules: Rules, account: str, bound_standin: Standin) -> None:
    asked = {"compact": "true", "rules": json.dumps(to_json(rules))}
    truth = httpx.get(f"{bound_standin['base']}/_sandbox/truth", params=asked, timeout=60).json()
    ledger = books.ledger(account, rules)
    found = judge(ledger, truth, books.tables(account), ledger.today - timedelta(days=1))
    assert found.wrong == []
    assert (found.values > 5_000, found.moves > 50, found.trials > 10) == (True, True, True)
    assert found.unseen.keys() <= {"changed silently", *UNSEEN.get(named, ())}
    assert sum(found.unseen.values()) < found.values / 50, "what can't be known must stay the exception"


def test_a_switch_that_is_not_thrown_is_seen(account: str, bound_standin: Standin) -> None:
    """The same comparison by other rules than the ledger's: it must find fault, or it would find none ever."""
    blind = []
    for named, rules in SWITCHED.items():
        asked = {"compact": "true", "rules": json.dumps(to_json(rules))}
        truth = httpx.get(f"{bound_standin['base']}/_sandbox/truth", params=asked, timeout=60).json()
        ledger = books.ledger(account)
        found = judge(ledger, truth, books.tables(account), ledger.today - timedelta(days=1))
        if not found.wrong and rules not in (Rules(), SWITCHED["short stays"]):
            blind.append(named)
    assert blind == []


def test_connected_from_the_first_day_nothing_is_unknowable() -> None:
    """Every event of a life of 20 months kept as a version: each day, movement and trial under every switch."""
    kept = demo_business(seed=23, months=20, customers=300, now=1_790_000_000)
    tables = kept.tables()
    unversioned = {name: frame for name, frame in tables.items() if name != "subscription_version"}
    missed = 0
    for named, rules in SWITCHED.items():
        truth = kept.truth(to_json(rules))
        for known in (tables, unversioned):
            ledger = build(known, base="usd", as_of=kept.world.now, tz=ZoneInfo("UTC"), rules=rules)
            found = judge(ledger, truth, tables, ledger.today, excused=False)
            if known is tables:
                assert (found.wrong, ledger.hidden) == ([], ()), named
            missed += len(found.wrong)
    assert missed > 100, "without versions much of this can't be known"
