"""Benchmarks: like days with like days, places among finished months, no mean of ratios."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from lib.ledger.rules import Rules, TrialConversion
from lib.reports import benchmarks, segments
from lib.reports.benchmarks import Benchmarks, Row
from lib.web import benchmarks_page
from tests.reports.worlds import MICROS, ledger

WORLD = {
    "movements": """
        date       type      customer subscription plan  currency amount_base
        2025-10-01 new       cus_a    sub_a        p_pro usd      100
        2025-11-10 expansion cus_a    sub_a        p_pro usd      50
        2026-10-20 expansion cus_a    sub_a        p_pro usd      30
        2026-11-05 contraction cus_a  sub_a        p_pro usd      -20
    """,
    "states": """
        date       customer subscription plan  currency amount active
        2025-10-01 cus_a    sub_a        p_pro usd      100    yes
    """,
    "cash": """
        date       kind   customer currency amount_base source recurring
        2025-11-05 charge cus_a    usd      40          txn_1  yes
        2025-11-29 charge cus_a    usd      900         txn_2  yes
        2026-10-24 charge cus_a    usd      70          txn_3  yes
        2026-10-25 charge cus_a    usd      500         txn_4  yes
        2026-11-24 charge cus_a    usd      60          txn_5  yes
    """,
    "customers": """
        customer name cohort
        cus_a    Ada  2025-10-01
    """,
    "subscriptions": """
        subscription customer coupon
        sub_a        cus_a    -
    """,
}


@pytest.fixture
def rows(monkeypatch: pytest.MonkeyPatch) -> dict[str, Row]:
    monkeypatch.setattr(segments, "ledger", lambda *_: ledger("2026-11-24", **WORLD))
    return {row.metric.slug: row for row in benchmarks.of("acct_1").rows}


def dollars(*values: object) -> list[object]:
    return [value if value is None else int(value) / MICROS for value in values]  # type: ignore[call-overload] # micros


def test_a_flow_counts_the_same_days(rows: dict[str, Row]) -> None:
    row = rows["net_revenue"]
    assert dollars(row.now, row.last, row.year_ago, row.month) == [60, 70, 40, 570]
    assert (dollars(row.best), row.best_month, row.rank, row.months) == ([940], date(2025, 11, 1), 2, 13)


def test_a_level_is_that_of_the_day(rows: dict[str, Row]) -> None:
    row = rows["mrr"]
    assert dollars(row.now, row.last, row.year_ago, row.month) == [160, 180, 150, 180]
    assert (dollars(row.best), row.best_month, row.rank) == ([180], date(2026, 10, 1), 1)


def test_averages_are_of_sums_and_levels_alone(rows: dict[str, Row]) -> None:
    assert dollars(rows["mrr"].average) == [(150 * 11 + 180) / 12]
    assert rows["customer_churn_rate"].average is None
    assert rows["arpu"].average is None


def test_before_the_first_month_there_is_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "ledger", lambda *_: ledger("2025-10-20", **WORLD))
    row = benchmarks.of("acct_1").rows[0]
    assert (row.last, row.year_ago, row.month, row.best_month, row.rank, row.months) == (
        None,
        None,
        None,
        None,
        None,
        0,
    )


def test_records_and_csv(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "ledger", lambda *_: ledger("2026-11-24", **WORLD))
    found = benchmarks.of("acct_1")
    assert "mrr" in [row.metric.slug for row in found.records]
    assert benchmarks.as_csv(found).splitlines()[1] == "mrr,160.00,180.00,150.00,180.00,152.50,180.00,2026-10,1,13"


TRIALS = """
    customer subscription plan  currency start      end        converted  over
    cus_a    sub_1        p_pro usd      2026-08-28 2026-09-11 2026-09-11 yes
    cus_a    sub_2        p_pro usd      2026-08-28 2026-09-11 2026-09-11 yes
    cus_a    sub_3        p_pro usd      2026-09-05 2026-09-19 -          yes
    cus_a    sub_4        p_pro usd      2026-10-05 2026-10-19 2026-10-19 yes
    cus_a    sub_5        p_pro usd      2026-10-05 2026-10-19 -          yes
"""
"""In September two convert that began in August and one begins: 200%. In October one of two converts: 50%."""


def test_a_share_above_all_of_it_is_no_best_month(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "ledger", lambda *_: ledger("2026-11-24", **WORLD, trials=TRIALS))
    found = benchmarks.of("acct_1")
    row = next(each for each in found.rows if each.metric.slug == "trial_conversion_rate")
    assert (row.best, row.best_month) == (0.5, date(2026, 10, 1))
    assert (row.rank, row.beyond) == (1, (date(2026, 9, 1),))
    assert benchmarks_page.above_all(found) == (
        "Trial conversion rate can pass 100%: it divides the trials that converted in 30 days by those that began in "
        "the same 30 days, and some of the first began earlier. 1 finished month was above 100% and is not counted in "
        "best month and place."
    )


def test_last_month_above_all_of_it_has_no_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "ledger", lambda *_: ledger("2026-10-24", **WORLD, trials=TRIALS))
    row = next(each for each in benchmarks.of("acct_1").rows if each.metric.slug == "trial_conversion_rate")
    assert (row.month, row.rank, row.months) == (2, None, 1)  # August: none of two


def test_where_no_share_is_above_all_of_it_nothing_is_said(rows: dict[str, Row]) -> None:
    assert benchmarks_page.above_all(Benchmarks("usd", date(2026, 11, 24), date(2026, 10, 1), (*rows.values(),))) == ""
    late = replace(rows["trial_conversion_rate"], last=1.2)
    told = benchmarks_page.above_all(Benchmarks("usd", date(2026, 11, 24), date(2026, 10, 1), (late,)))
    assert told.endswith("some of the first began earlier.")


@pytest.mark.parametrize(
    ("expected", "slug", "by_start"),
    [
        ("over the 30 days up to then", "trial_conversion_rate", False),
        ("of trials begun in these days", "trial_conversion_rate", True),
        ("over the 30 days up to then", "customer_churn_rate", True),
        ("over the 12 months up to then", "net_revenue_retention", False),
        ("", "net_revenue", False),
    ],
)
def test_what_is_not_counted_over_the_month_says_over_what(expected: str, slug: str, by_start: bool) -> None:
    assert benchmarks_page.over(slug, by_start=by_start) == expected


def test_the_rules_say_whether_trials_are_counted_by_their_start(monkeypatch: pytest.MonkeyPatch) -> None:
    world = ledger("2026-11-24", **WORLD)
    monkeypatch.setattr(segments, "ledger", lambda *_: world)
    assert not benchmarks.of("acct_1").by_start
    world = replace(world, rules=Rules(trial_conversion=TrialConversion.COHORT))
    assert benchmarks.of("acct_1").by_start
