"""One rule of the MRR ledger each: the life of a shop in tables, the movements that must come out beside it."""

from __future__ import annotations

from fractions import Fraction
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from lib.ledger.build import Ledger, build
from lib.ledger.pricing import Price, Tier
from lib.ledger.rules import Rules
from tests.ledger.shop import at, shop

PRICES = """
id       product unit_amount_decimal interval interval_count usage_type
basic    p1      1000                month    1              licensed
pro      p2      2500                month    1              licensed
quarter  p2      6000                month    3              licensed
annual   p2      12000               year     1              licensed
weekly   p1      700                 week     1              licensed
free     p0      0                   month    1              licensed
meter    p3      5                   month    1              metered
"""


def ledger(as_of: str, rules: Rules | None = None, tz: str = "UTC", **tables: str) -> Ledger:
    return build(shop(price=PRICES, **tables), base="usd", as_of=at(as_of), tz=ZoneInfo(tz), rules=rules)


def told(found: Ledger) -> list[str]:
    """Movements as ``date type plan amount`` with the amount in minor units."""
    rows = found.movements.select("date", "type", "plan", "amount").iter_rows()
    return [f"{day} {kind} {plan} {amount / 1_000_000:+.2f}" for day, kind, plan, amount in rows]


@pytest.mark.parametrize(
    ("price", "quantity", "monthly"),
    [
        ("basic", 1, Fraction(1000)),
        ("basic", 5, Fraction(5000)),
        ("quarter", 1, Fraction(2000)),
        ("annual", 1, Fraction(1000)),
        ("weekly", 1, Fraction(36400, 12)),
        ("free", 3, Fraction(0)),
        ("meter", 9, Fraction(0)),
    ],
)
def test_an_interval_comes_to_its_exact_month(price: str, quantity: int, monthly: Fraction) -> None:
    found = ledger(
        "2024-01-20",
        subscription="id customer created\ns1 c1 2024-01-10",
        subscription_item=f"id subscription price quantity\ni1 s1 {price} {quantity}",
        invoice="id subscription customer created\nv1 s1 c1 2024-01-10",
        invoice_line=f"id invoice subscription subscription_item price quantity amount period_start\n"
        f"l1 v1 s1 i1 {price} {quantity} 99 2024-01-10",
    )
    assert found.movements["amount"].sum() == round(monthly * 1_000_000)


def test_an_upgrade_in_mid_period_is_an_expansion_on_its_day_though_it_is_billed_later() -> None:
    found = ledger(
        "2024-01-25",
        subscription="id customer created\ns1 c1 2024-01-10",
        subscription_item="id subscription price\ni1 s1 pro",
        invoice="id subscription customer created\nv1 s1 c1 2024-01-10",
        invoice_line="id invoice subscription subscription_item price amount period_start\n"
        "l1 v1 s1 i1 basic 1000 2024-01-10",
        invoice_item="id subscription subscription_item price amount period_start date\n"
        "p1 s1 i1 basic -500 2024-01-20 2024-01-20\n"
        "p2 s1 i1 pro 1250 2024-01-20 2024-01-20",
    )
    assert told(found) == [
        "2024-01-10 new basic +1000.00",
        "2024-01-20 expansion basic -1000.00",
        "2024-01-20 expansion pro +2500.00",
    ]
    assert not found.hidden


def test_an_item_taken_away_leaves_only_a_credit() -> None:
    found = ledger(
        "2024-01-25",
        subscription="id customer created\ns1 c1 2024-01-10",
        subscription_item="id subscription price\ni1 s1 basic",
        invoice="id subscription customer created\nv1 s1 c1 2024-01-10",
        invoice_line="id invoice subscription subscription_item price amount period_start position\n"
        "l1 v1 s1 i1 basic 1000 2024-01-10 0\nl2 v1 s1 i2 pro 2500 2024-01-10 1",
        invoice_item="id subscription subscription_item price amount period_start date\n"
        "p1 s1 i2 pro -1000 2024-01-20 2024-01-20",
    )
    assert told(found)[2:] == ["2024-01-20 contraction pro -2500.00"]


def test_cancelling_at_period_end_churns_at_the_end_and_coming_back_is_a_reactivation() -> None:
    found = ledger(
        "2024-03-20",
        subscription="id customer created status ended_at\n"
        "s1 c1 2024-01-10 canceled 2024-02-10\ns2 c1 2024-03-01 active -",
        subscription_item="id subscription price\ni1 s1 basic\ni2 s2 pro",
        invoice="id subscription customer created\nv1 s1 c1 2024-01-10\nv2 s2 c1 2024-03-01",
        invoice_line="id invoice subscription subscription_item price amount period_start\n"
        "l1 v1 s1 i1 basic 1000 2024-01-10\nl2 v2 s2 i2 pro 2500 2024-03-01",
    )
    assert told(found) == [
        "2024-01-10 new basic +1000.00",
        "2024-02-10 churn basic -1000.00",
        "2024-03-01 reactivation pro +2500.00",
    ]


def test_a_plan_migration_is_an_expansion_not_churn_and_new() -> None:
    found = ledger(
        "2024-02-20",
        subscription="id customer created status ended_at\n"
        "s1 c1 2024-01-10 canceled 2024-02-05\ns2 c1 2024-02-05 active -",
        subscription_item="id subscription price\ni1 s1 basic\ni2 s2 pro",
        invoice="id subscription customer created\nv1 s1 c1 2024-01-10\nv2 s2 c1 2024-02-05",
        invoice_line="id invoice subscription subscription_item price amount period_start\n"
        "l1 v1 s1 i1 basic 1000 2024-01-10\nl2 v2 s2 i2 pro 2500 2024-02-05",
    )
    assert [t.split()[1] for t in told(found)] == ["new", "expansion", "expansion"]


def test_a_trial_is_out_until_its_first_paid_line() -> None:
    found = ledger(
        "2024-02-20",
        subscription="id customer created\ns1 c1 2024-01-10",
        subscription_item="id subscription price\ni1 s1 basic",
        invoice="id subscription customer created\nv1 s1 c1 2024-01-10\nv2 s1 c1 2024-01-24",
        invoice_line="id invoice subscription subscription_item price amount period_start\n"
        "l1 v1 s1 i1 basic 0 2024-01-10\nl2 v2 s1 i1 basic 1000 2024-01-24",
    )
    assert told(found) == ["2024-01-24 new basic +1000.00"]


def test_a_free_month_given_as_a_trial_is_neither_churn_nor_reactivation() -> None:
    found = ledger(
        "2024-03-20",
        subscription="id customer created\ns1 c1 2024-01-10",
        subscription_item="id subscription price\ni1 s1 basic",
        invoice="id subscription customer created\nv1 s1 c1 2024-01-10\nv2 s1 c1 2024-02-10\nv3 s1 c1 2024-03-10",
        invoice_line="id invoice subscription subscription_item price amount period_start\n"
        "l1 v1 s1 i1 basic 1000 2024-01-10\nl2 v2 s1 i1 basic 0 2024-02-10\nl3 v3 s1 i1 basic 1000 2024-03-10",
    )
    assert told(found) == ["2024-01-10 new basic +1000.00"]


def test_a_first_payment_that_never_succeeded_never_counts() -> None:
    found = ledger(
        "2024-02-20",
        subscription="id customer created status ended_at\n"
        "s1 c1 2024-01-10 incomplete_expired 2024-01-11\ns2 c2 2024-01-10 canceled 2024-02-01",
        invoice="id subscription customer created billing_reason amount_due status\n"
        "v1 s1 c1 2024-01-10 subscription_create 1000 void\nv2 s2 c2 2024-01-10 subscription_create 1000 open",
        invoice_line="id invoice subscription subscription_item price amount period_start\n"
        "l1 v1 s1 i1 basic 1000 2024-01-10\nl2 v2 s2 i2 basic 1000 2024-01-10",
    )
    assert told(found) == []


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (30, ["2024-03-11 churn basic -1000.00", "2024-03-20 reactivation basic +1000.00"]),
        (None, []),
    ],
)
def test_a_renewal_unpaid_for_too_long_churns_until_it_is_paid(days: int | None, expected: list[str]) -> None:
    found = ledger(
        "2024-03-25",
        Rules(past_due_days=days),
        subscription="id customer created\ns1 c1 2024-01-10",
        subscription_item="id subscription price\ni1 s1 basic",
        invoice="id subscription customer created amount_due finalized_at paid_at\n"
        "v1 s1 c1 2024-01-10 1000 2024-01-10 2024-01-10\nv2 s1 c1 2024-02-10 1000 2024-02-10 2024-03-20",
        invoice_line="id invoice subscription subscription_item price amount period_start\n"
        "l1 v1 s1 i1 basic 1000 2024-01-10\nl2 v2 s1 i1 basic 1000 2024-02-10",
    )
    assert told(found)[1:] == expected


COUPONS = """
id      duration  percent_off amount_off currency
half    forever   50          -          -
three   repeating 20          -          -
tenner  forever   -           1000       usd
huge    forever   -           9000       usd
once    once      100         -          -
"""


@pytest.mark.parametrize(
    ("coupon", "end", "expected"),
    [
        ("half", "-", ["2024-01-10 new pro +1250.00"]),
        ("three", "2024-02-20", ["2024-01-10 new pro +2000.00", "2024-02-20 expansion pro +500.00"]),
        ("tenner", "-", ["2024-01-10 new pro +1500.00"]),
        ("huge", "-", []),
        ("once", "-", ["2024-01-10 new pro +2500.00"]),
    ],
)
def test_a_coupon_lowers_mrr_while_it_runs_and_never_below_zero(coupon: str, end: str, expected: list[str]) -> None:
    shown = '["d1"]' if end == "-" else "[]"
    found = ledger(
        "2024-02-25",
        subscription=f"id customer created discounts\ns1 c1 2024-01-10 {shown}",
        subscription_item="id subscription price\ni1 s1 pro",
        coupon=COUPONS,
        discount=f"id coupon start end\nd1 {coupon} 2024-01-10 {end}",
        invoice='id subscription customer created subtotal discounts\nv1 s1 c1 2024-01-10 2500 ["d1"]',
        invoice_line="id invoice subscription subscription_item price amount period_start\n"
        "l1 v1 s1 i1 pro 2500 2024-01-10",
    )
    assert told(found) == expected


def test_a_change_that_no_line_explains_is_counted_today_and_named() -> None:
    found = ledger(
        "2024-01-25",
        subscription="id customer created\ns1 c1 2024-01-10",
        subscription_item="id subscription price quantity\ni1 s1 basic 3",
        invoice="id subscription customer created\nv1 s1 c1 2024-01-10",
        invoice_line="id invoice subscription subscription_item price amount period_start\n"
        "l1 v1 s1 i1 basic 1000 2024-01-10",
    )
    assert told(found) == ["2024-01-10 new basic +1000.00", "2024-01-25 expansion basic +2000.00"]
    assert found.hidden == ("s1",)


@pytest.mark.parametrize(("tz", "day"), [("UTC", "2024-03-31"), ("America/New_York", "2024-03-30")])
def test_days_are_cut_in_the_reporting_time_zone(tz: str, day: str) -> None:
    found = ledger(
        "2024-04-05",
        tz=tz,
        subscription="id customer created\ns1 c1 2024-03-31T02:30:00",
        subscription_item="id subscription price\ni1 s1 basic",
        invoice="id subscription customer created\nv1 s1 c1 2024-03-31T02:30:00",
        invoice_line="id invoice subscription subscription_item price amount period_start\n"
        "l1 v1 s1 i1 basic 1000 2024-03-31T02:30:00",
    )
    assert told(found) == [f"{day} new basic +1000.00"]


def test_starting_and_cancelling_on_one_day_is_nothing() -> None:
    found = ledger(
        "2024-01-25",
        subscription="id customer created status ended_at\ns1 c1 2024-01-10T09:00:00 canceled 2024-01-10T17:00:00",
        invoice="id subscription customer created\nv1 s1 c1 2024-01-10T09:00:00",
        invoice_line="id invoice subscription subscription_item price amount period_start\n"
        "l1 v1 s1 i1 basic 1000 2024-01-10T09:00:00",
    )
    assert told(found) == []


TIERS = (Tier(5, Fraction(100), Fraction(0)), Tier(None, Fraction(50), Fraction(300)))


@pytest.mark.parametrize(
    ("graduated", "quantity", "charge"),
    [(True, 3, 300), (True, 5, 500), (True, 7, 900), (True, 0, 0), (False, 5, 500), (False, 7, 650)],
)
def test_tiers(graduated: bool, quantity: int, charge: int) -> None:
    price = Price("t", "p", "usd", None, Fraction(1), tiers=TIERS, graduated=graduated)
    assert price.monthly(quantity) == charge


def test_a_foreign_subscription_is_revalued_by_rows_of_their_own() -> None:
    tables = shop(
        price="id product unit_amount_decimal currency\neuro p1 1000 eur",
        subscription="id customer created currency\ns1 c1 2024-01-10 eur",
        subscription_item="id subscription price\ni1 s1 euro",
        invoice="id subscription customer created\nv1 s1 c1 2024-01-10",
        invoice_line="id invoice subscription subscription_item price amount currency period_start\n"
        "l1 v1 s1 i1 euro 1000 eur 2024-01-10",
        charge="id customer created amount currency\nch1 c1 2024-01-10 1000 eur\nch2 c2 2024-01-12 1000 eur",
        balance_transaction="id created amount source exchange_rate\n"
        "t1 2024-01-10 1100 ch1 1.1\nt2 2024-01-12 1200 ch2 1.2",
    )
    found = build(tables, base="usd", as_of=at("2024-01-15"), tz=ZoneInfo("UTC"))
    rows = [
        (str(r["date"]), r["type"], r["amount"] // 1_000_000, r["amount_base"] // 1_000_000)
        for r in found.movements.iter_rows(named=True)
    ]
    assert rows == [("2024-01-10", "new", 1000, 1100), ("2024-01-12", "fx", 0, 100)]


def test_a_ledger_of_nothing_is_empty() -> None:
    found = build(shop(), base="usd", as_of=at("2024-01-15"), tz=ZoneInfo("UTC"))
    assert isinstance(found.movements, pl.DataFrame)
    assert (found.movements.height, found.cash.height, found.start) == (0, 0, found.today)
