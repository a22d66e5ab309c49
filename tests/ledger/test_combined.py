"""Several ledgers as one: every sum is the sum of the parts, to the micro; what can't be told apart stays out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from lib.ledger.build import Ledger
from lib.ledger.combined import apart, together
from lib.metrics import catalog
from lib.metrics.query import By, Query
from lib.periods import Interval
from tests.reports.worlds import ledger

MADE = {
    "states": """
        date       customer subscription plan  currency amount active
        2026-01-05 cus_a    sub_a        p_pro usd      70     yes
        2026-02-10 cus_a    sub_a        p_pro usd      90     yes
        2026-02-20 cus_b    sub_b        p_pro usd      20     yes
        2026-03-01 cus_b    sub_b        p_pro usd      0      no
    """,
    "movements": """
        date       type      customer subscription plan  currency amount_base
        2026-01-05 new       cus_a    sub_a        p_pro usd      70
        2026-02-10 expansion cus_a    sub_a        p_pro usd      20
        2026-02-20 new       cus_b    sub_b        p_pro usd      20
        2026-03-01 churn     cus_b    sub_b        p_pro usd      -20
    """,
    "committed": """
        date       type customer subscription plan  currency amount_base
        2026-01-05 new  cus_a    sub_a        p_pro usd      70
    """,
    "cash": """
        date       kind   customer currency amount_base source recurring
        2026-01-05 charge cus_a    usd      70          txn_1  yes
        2026-01-05 fee    cus_a    usd      -3          txn_1  yes
        2026-02-11 refund cus_a    usd      -30         txn_2  yes
        2026-03-02 payout -        usd      -37         txn_3  yes
    """,
    "plans": """
        plan  label name    product product_id interval
        p_pro Pro   Pro,mo  Pro     prod_1     monthly
    """,
    "customers": """
        customer name cohort
        cus_a    Ada  2026-01-05
        cus_b    Bob  2026-02-20
    """,
    "subscriptions": """
        subscription customer coupon
        sub_a        cus_a    -
        sub_b        cus_b    -
    """,
}
SPAN = Query(date(2026, 1, 1), date(2026, 3, 20), Interval.MONTH)


def other(found: Ledger) -> Ledger:
    """The same business once more, with customers and subscriptions of its own and the same plan."""

    def own(frame: pl.DataFrame) -> pl.DataFrame:
        names = [name for name in ("customer", "subscription", "source") if name in frame.columns]
        return frame.with_columns(pl.col(name) + "_2" for name in names)

    frames = {name: own(getattr(found, name)) for name in MADE}
    return replace(found, today=date(2026, 3, 21), **frames)


@pytest.fixture
def parts() -> dict[str, Ledger]:
    first = ledger("2026-03-20", **MADE)
    return {"acct_1": first, "acct_2": other(first)}


@pytest.mark.parametrize("slug", [m.slug for m in catalog.METRICS if m.additive])
def test_every_sum_is_the_sum_of_the_accounts(slug: str, parts: dict[str, Ledger]) -> None:
    metric, whole = catalog.find(slug), together(parts)
    each = [metric(part, SPAN)["value"].to_list() for part in parts.values()]
    expected = [None if None in pair else sum(pair) for pair in zip(*each, strict=True)]
    assert metric(whole, SPAN)["value"].to_list() == expected


def test_ratios_are_made_of_the_summed_parts(parts: dict[str, Ledger]) -> None:
    whole, arpu = together(parts), catalog.find("arpu")
    assert arpu(whole, SPAN)["value"].to_list() == arpu(parts["acct_1"], SPAN)["value"].to_list()


def test_the_ledger_still_adds_up_and_is_of_the_latest_day(parts: dict[str, Ledger]) -> None:
    whole = together(parts)
    assert whole.today == date(2026, 3, 21)
    assert whole.movements["amount_base"].sum() == 2 * parts["acct_1"].movements["amount_base"].sum()
    assert whole.movements["date"].is_sorted()


def test_plans_of_one_id_stay_apart(parts: dict[str, Ledger]) -> None:
    whole = together(parts)
    assert whole.plans["plan"].to_list() == ["p_pro", "p_pro@acct_2"]
    by_price = catalog.find("mrr")(whole, replace(SPAN, by=By.PRICE))
    assert set(by_price["group"]) == {"p_pro", "p_pro@acct_2"}
    by_plan = catalog.find("mrr")(whole, replace(SPAN, by=By.PLAN))
    assert set(by_plan["group"]) == {"Pro,mo"}


def test_customers_that_cannot_be_told_apart_keep_an_account_out(parts: dict[str, Ledger]) -> None:
    same = {**parts, "acct_3": parts["acct_1"]}
    assert list(apart(same)) == ["acct_1", "acct_2"]
