"""The plans: every one of them, its figures of today and of the last 30 days, at each level."""

from __future__ import annotations

import polars as pl

from lib.metrics.plans import PLANS, Level, plans, total
from tests.reports import worlds

TODAY = "2026-03-31"
CATALOG = """
    plan     label                name         product interval
    price_1  Pro,~monthly,~$30    Pro,~monthly Pro     monthly
    price_2  Pro,~monthly,~€40    Pro,~monthly Pro     monthly
    price_3  Pro,~yearly,~$240    Pro,~yearly  Pro     yearly
    price_4  Basic,~monthly,~$10  Basic        Basic   monthly
    price_5  Team,~monthly,~$90   Team         Team    monthly
    price_6  Set-up,~$50          Set-up       Set-up  one-time
"""
# Ada is on Pro; Bo left Basic on March 10; Cy joined Pro (euro) on March 20; Di moved from Basic to Pro, yearly.
MOVED = """
    date       type      customer subscription plan    amount_base
    2026-01-01 new       ada      s1           price_1 30
    2026-01-01 new       bo       s2           price_4 10
    2026-01-01 new       di       s3           price_4 10
    2026-03-05 expansion di       s3           price_4 -10
    2026-03-05 expansion di       s3           price_3 20
    2026-03-10 churn     bo       s2           price_4 -10
    2026-03-20 new       cy       s4           price_2 50
"""
STATES = """
    date       customer subscription plan    amount active
    2026-01-01 ada      s1           price_1 30     yes
    2026-01-01 bo       s2           price_4 10     yes
    2026-01-01 di       s3           price_4 10     yes
    2026-03-05 di       s3           price_4 0      no
    2026-03-05 di       s3           price_3 20     yes
    2026-03-10 bo       s2           price_4 0      no
    2026-03-20 cy       s4           price_2 50     yes
"""
LEDGER = worlds.ledger(TODAY, plans=CATALOG, movements=MOVED, states=STATES)
DOLLAR = worlds.MICROS


def column(name: str, level: Level) -> dict[str, object]:
    return dict(plans(LEDGER, level).select("label", name).iter_rows())


def test_a_plan_is_all_its_prices_and_those_with_nobody_on_them_come_last() -> None:
    frame = plans(LEDGER, Level.PLAN)
    assert frame.schema == PLANS
    assert frame.select("label", pl.col("mrr") // DOLLAR, "customers").rows() == [
        ("Pro, monthly", 80, 2),
        ("Pro, yearly", 20, 1),
        ("Basic", 0, 0),
        ("Team", 0, 0),  # nobody ever; the one-time Set-up is no plan
    ]
    assert frame["share"].to_list() == [0.8, 0.2, 0, 0]
    assert [each and each // DOLLAR for each in frame["arpu"]] == [40, 20, None, None]


def test_each_level_has_its_rows_and_the_same_sum() -> None:
    assert column("customers", Level.PRODUCT) == {"Pro": 3, "Basic": 0, "Team": 0}
    assert list(column("mrr", Level.PRICE)) == [
        "Pro, monthly, €40", "Pro, monthly, $30", "Pro, yearly, $240", "Basic, monthly, $10", "Team, monthly, $90",
    ]  # fmt: skip
    for level in Level:
        assert plans(LEDGER, level)["mrr"].sum() == total(LEDGER)["mrr"].item() == 100 * DOLLAR


def test_the_last_30_days_tell_who_came_and_who_left_for_good() -> None:
    assert column("new_customers", Level.PLAN) == {"Pro, monthly": 1, "Pro, yearly": 0, "Basic": 0, "Team": 0}
    assert column("churned_customers", Level.PLAN) == {"Pro, monthly": 0, "Pro, yearly": 0, "Basic": 1, "Team": 0}
    rates = column("churn_rate", Level.PLAN)
    assert rates == {"Pro, monthly": 0, "Basic": 0.5, "Pro, yearly": None, "Team": None}  # Di moved, and is not gone
    (whole,) = total(LEDGER).iter_rows(named=True)
    assert (whole["label"], whole["customers"], whole["new_customers"], whole["churned_customers"]) == (
        "All plans", 3, 1, 1,
    )  # fmt: skip
    assert whole["churn_rate"] == 1 / 3


def test_a_business_without_plans_has_no_rows_and_no_shares() -> None:
    nothing = worlds.ledger(TODAY)
    assert plans(nothing, Level.PLAN).is_empty()
    assert total(nothing).select("mrr", "share", "arpu", "churn_rate").row(0) == (0, None, None, None)
