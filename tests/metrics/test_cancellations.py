"""Cancellations: who is in, when they leave, and what went with each."""

from __future__ import annotations

from datetime import date

import polars as pl

from lib.metrics.cancellations import CANCELLATIONS, cancellations, counted
from tests.reports import worlds

TODAY = "2026-03-31"
DOLLAR = worlds.MICROS
PLANS = """
    plan    name          product  interval
    basic   Basic,~monthly Basic   monthly
    pro     Pro,~monthly   Pro     monthly
"""
# Ada left and Bo will; Cy moved from Pro to Basic in another subscription; Di ended a trial; Ed never paid at all;
# Flo took the cancellation back; Gus left last year; Hal's payment failed, and he had lost half his MRR before.
SUBSCRIPTIONS = """
    id  customer status             canceled_at ended_at   cancel_at_period_end current_period_end cancellation_reason    cancellation_feedback
    s1  ada      canceled           2026-02-20  2026-03-01 yes                  2026-03-01         cancellation_requested too_expensive
    s2  bo       active             2026-03-20  -          yes                  2026-04-15         cancellation_requested -
    s3  cy       canceled           2026-03-05  2026-03-05 no                   2026-04-01         cancellation_requested too_expensive
    s4  cy       active             -           -          no                   2026-04-05         -                      -
    s5  di       canceled           2026-03-09  2026-03-09 no                   2026-03-20         cancellation_requested unused
    s6  ed       incomplete_expired 2026-03-02  2026-03-02 no                   2026-04-01         -                      -
    s7  flo      active             -           -          no                   2026-04-01         -                      -
    s8  gus      canceled           2025-11-01  2025-11-01 no                   2025-12-01         payment_failed         -
    s9  hal      canceled           2026-03-30  2026-03-30 no                   2026-04-01         payment_failed         -
"""  # noqa: E501 - a table
ITEMS = """
    id  subscription price position
    i1  s1           pro   0
    i2  s2           basic 1
    i3  s2           pro   0
    i4  s3           pro   0
    i5  s5           basic 0
    i9  s9           price_gone 0
"""
MOVED = """
    date       type        customer subscription plan  amount_base
    2026-01-01 new         ada      s1           pro   30
    2026-03-01 churn       ada      s1           pro   -30
    2026-01-01 new         bo       s2           pro   45.5
    2026-01-01 new         cy       s3           pro   30
    2026-03-05 contraction cy       s3           pro   -30
    2026-03-05 contraction cy       s4           basic 10
    2025-01-01 new         gus      s8           pro   30
    2025-11-01 churn       gus      s8           pro   -30
    2026-01-01 new         hal      s9           basic 20
    2026-02-01 contraction hal      s9           basic -10
    2026-03-30 churn       hal      s9           basic -10
"""


def found(start: str = "2026-01-01", end: str = TODAY) -> pl.DataFrame:
    ledger = worlds.ledger(TODAY, plans=PLANS, movements=MOVED)
    tables = worlds.tables(subscription=SUBSCRIPTIONS, subscription_item=ITEMS)
    return cancellations(ledger, tables, date.fromisoformat(start), date.fromisoformat(end))


def test_each_cancellation_of_the_span_newest_first_with_what_went_with_it() -> None:
    frame = found()
    assert frame.schema == CANCELLATIONS
    assert frame.select("subscription", "gone", pl.col("lost", "at_stake") / DOLLAR).rows() == [
        ("s9", True, 10, 0),  # only what went on the last day
        ("s2", False, 0, 45.5),  # still runs
        ("s5", True, 0, 0),  # on trial
        ("s3", True, 20, 0),  # 30 less the 10 that the customer pays elsewhere since that day
        ("s1", True, 30, 0),
    ]


def test_the_day_of_the_click_and_the_day_of_leaving() -> None:
    rows = {r[0]: r[1:] for r in found().select("subscription", "cancelled", "leaves").iter_rows()}
    assert rows["s1"] == (date(2026, 2, 20), date(2026, 3, 1))
    assert rows["s2"] == (date(2026, 3, 20), date(2026, 4, 15))


def test_the_span_cuts_by_the_click_with_both_days_in() -> None:
    assert found("2026-03-05", "2026-03-20")["subscription"].to_list() == ["s2", "s5", "s3"]
    assert found("2025-01-01", "2025-12-31")["subscription"].to_list() == ["s8"]


def test_the_plan_is_the_first_items_and_a_price_that_stripe_forgot_stays_an_id() -> None:
    plans = dict(found().select("subscription", "plan").iter_rows())
    assert plans == {
        "s1": "Pro, monthly", "s2": "Pro, monthly", "s3": "Pro, monthly", "s5": "Basic, monthly", "s9": "price_gone",
    }  # fmt: skip


def test_reasons_are_counted_and_no_answer_is_one() -> None:
    told = counted(found(), "feedback").with_columns(pl.col("lost", "at_stake") / DOLLAR)
    assert told.rows() == [("too_expensive", 2, 50, 0), (None, 2, 10, 45.5), ("unused", 1, 0, 0)]
    assert counted(found(), "reason").select("reason", "count").rows() == [
        ("cancellation_requested", 4),
        ("payment_failed", 1),
    ]


def test_nothing_cancelled_is_an_empty_table() -> None:
    assert found("2026-03-31").is_empty()
    assert counted(found("2026-03-31"), "reason").is_empty()
