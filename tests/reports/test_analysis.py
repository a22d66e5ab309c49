"""Cohorts, plans and cancellations as CSV: plain numbers, ISO days, nothing a spreadsheet would run."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from lib.metrics.cohorts import Choice, Measure, Of, Show
from lib.metrics.plans import Level
from lib.reports import books, cancellations, cohorts, exports, plans
from tests.reports import worlds


@pytest.fixture(autouse=True)
def account(monkeypatch: pytest.MonkeyPatch) -> str:
    """Ada joined in January and left in March; =Bo joined in February for $20 and pays $30 since March."""
    ledger = worlds.ledger(
        "2026-03-15",
        plans="""
            plan label           name         product interval
            p1   Pro,~monthly,~1 Pro,~monthly Pro     monthly
        """,
        customers="""
            customer name cohort
            ada      Ada  2026-01-10
            bo       =Bo  2026-02-10
        """,
        states="""
            date       customer subscription plan amount active
            2026-01-10 ada      s1           p1   10     yes
            2026-02-10 bo       s2           p1   20     yes
            2026-03-01 bo       s2           p1   30     yes
            2026-03-05 ada      s1           p1   0      no
        """,
        movements="""
            date       type      customer subscription plan amount_base
            2026-01-10 new       ada      s1           p1   10
            2026-02-10 new       bo       s2           p1   20
            2026-03-01 expansion bo       s2           p1   10
            2026-03-05 churn     ada      s1           p1   -10
        """,
    )
    store = worlds.tables(
        subscription="""
            id customer status   canceled_at ended_at   cancellation_reason cancellation_feedback cancellation_comment
            s1 ada      canceled 2026-03-05  2026-03-05 payment_failed      price_hike            =SUM(A1)
            s2 bo       active   -           -          -                   -                     -
        """,
        subscription_item="id subscription price position\ni1 s1 p1 0",
    )
    monkeypatch.setattr(books, "ledger", lambda _account: ledger)
    monkeypatch.setattr(books, "tables", lambda _account: store)
    return "acct_1"


def test_cohorts_have_one_row_for_each_cell(account: str) -> None:
    assert cohorts.as_csv(cohorts.table(account, Choice())) == (
        "cohort,age,size,value,unfinished\n"
        "2026-01-01,0,1,1.000000,no\n2026-01-01,1,1,1.000000,no\n2026-01-01,2,1,0.000000,yes\n"
        "2026-02-01,0,1,1.000000,no\n2026-02-01,1,1,1.000000,yes\n"
    )


def test_revenue_of_cohorts_is_in_major_units_and_lost_below_zero_where_it_grew(account: str) -> None:
    lost = cohorts.table(account, Choice(Of.REVENUE, Show.CHURN, Measure.COUNT))
    assert cohorts.as_csv(lost) == (
        "cohort,age,size,value,unfinished\n"
        "2026-01-01,0,10.00,0.00,no\n2026-01-01,1,10.00,0.00,no\n2026-01-01,2,10.00,10.00,yes\n"
        "2026-02-01,0,20.00,0.00,no\n2026-02-01,1,20.00,-10.00,yes\n"
    )


def test_the_newest_cohorts_are_whole_and_the_total_is_of_all(account: str) -> None:
    found = cohorts.table(account, Choice())
    assert found.count == 2
    assert found.newest(1)["cohort"].unique().to_list() == [date(2026, 2, 1)]
    assert found.total.filter(age=1).select("size", "value").row(0) == (2, 2)


def test_plans_have_one_row_each(account: str) -> None:
    assert plans.as_csv(plans.table(account, Level.PRICE)) == (
        "price,label,mrr,share,customers,arpu,new_customers,churned_customers,new_mrr,churned_mrr,churn_rate\n"
        'p1,"Pro, monthly, 1",30.00,1.000000,1,30.00,0,1,0.00,10.00,0.500000\n'
    )


def test_cancellations_have_one_row_each_and_no_formula(account: str) -> None:
    found = cancellations.table(account, date(2026, 1, 1), date(2026, 3, 15))
    assert cancellations.as_csv(found) == (
        "subscription,customer,name,plan,cancelled,leaves,gone,reason,feedback,comment,lost,at_stake\n"
        's1,ada,Ada,"Pro, monthly",2026-03-05,2026-03-05,yes,payment_failed,price_hike,\'=SUM(A1),10.00,0.00\n'
    )


def test_parquet_alters_no_text_and_keeps_days_and_numbers(account: str) -> None:
    ask = exports.Ask(account, date(2026, 1, 1), date(2026, 3, 15))
    found = {}
    for name in ("cancellations", "cohorts", "benchmarks"):
        path = exports.parquet(exports.find(name), ask)
        found[name] = pl.read_parquet(path)
        path.unlink()
    gone = found["cancellations"].row(0, named=True)
    assert (gone["comment"], gone["cancelled"], gone["lost"]) == ("=SUM(A1)", date(2026, 3, 5), Decimal(10))
    cell = found["cohorts"].row(0, named=True)
    assert (cell["cohort"], cell["age"]) == (date(2026, 1, 1), 0)
    assert found["benchmarks"].schema["months"] == pl.Int64
    assert exports.preview(exports.find("cancellations"), ask).head["comment"][0] == "=SUM(A1)"


def test_reasons_are_words_also_those_that_stripe_invents(account: str) -> None:
    found = cancellations.table(account, date(2026, 1, 1), date(2026, 3, 15))
    assert [each.label for each in found.reasons] == ["The payment failed"]
    assert [each.label for each in found.feedback] == ["Price hike"]
    assert (found.total.count, found.total.lost) == (1, 10 * worlds.MICROS)
