"""The cash ledger: each kind of balance transaction, the day it lies on, and what it all adds up to."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from lib.errors import AmountsTooLarge
from lib.ledger.build import Ledger, build
from lib.metrics.catalog import find
from lib.metrics.query import By, Query
from tests.ledger.shop import at, shop

CHARGES = """
id  customer payment_intent created    status    amount currency
ch1 c1       pi1            2024-01-05 succeeded 10000  usd
ch2 c2       pi2            2024-01-06 succeeded 5000   eur
ch3 c3       pi3            2024-01-07 failed    9900   usd
ch4 c3       pi3            2024-01-10 failed    9900   usd
ch5 c3       pi3            2024-01-14 succeeded 9900   usd
"""
TRANSACTIONS = """
id created    amount fee type         reporting_category source exchange_rate
t1 2024-01-05 10000  320 charge       charge             ch1    -
t2 2024-01-06 5500   190 charge       charge             ch2    1.1
t3 2024-01-14 9900   317 charge       charge             ch5    -
t4 2024-02-03 -2500  0   refund       refund             re1    -
t5 2024-02-04 -9900  1500 adjustment  dispute            dp1    -
t6 2024-02-05 -8000  0   payout       payout             po1    -
t7 2024-02-06 -40    0   stripe_fee   fee                -      -
"""


@pytest.fixture
def ledger() -> Ledger:
    tables = shop(
        charge=CHARGES,
        balance_transaction=TRANSACTIONS,
        refund="id charge amount\nre1 ch1 2500",
        dispute="id charge\ndp1 ch5",
    )
    return build(tables, base="usd", as_of=at("2024-02-10"), tz=ZoneInfo("UTC"))


@pytest.mark.parametrize(
    ("slug", "january", "february"),
    [
        ("gross_revenue", 25400, 0),
        ("net_revenue", 25400, -2500),
        ("refunds", 0, 2500),
        ("fees", 320 + 190 + 317, 1500 + 40),
        ("failed_charges", 9900, 0),
    ],
)
def test_each_figure_lies_in_its_month(ledger: Ledger, slug: str, january: int, february: int) -> None:
    totals = [
        find(slug)(ledger, Query(first, last))["value"].sum() // 1_000_000
        for first, last in (
            (date(2024, 1, 1), date(2024, 1, 31)),
            (date(2024, 2, 1), date(2024, 2, 29)),
        )
    ]
    assert totals == [january, february]


def test_a_payment_that_failed_twice_counts_once_on_its_first_day(ledger: Ledger) -> None:
    failed = find("failed_charges")(ledger, Query(date(2024, 1, 6), date(2024, 1, 11)))
    assert [v // 1_000_000 for v in failed["value"]] == [0, 9900, 0, 0, 0, 0]


def test_the_cash_ledger_adds_up_to_the_balance(ledger: Ledger) -> None:
    balance = 10000 + 5500 + 9900 - 2500 - 9900 - 8000 - 40 - 320 - 190 - 317 - 1500
    moved = ledger.cash.filter(ledger.cash["kind"] != "failed")
    assert moved["amount"].sum() // 1_000_000 == balance


def test_a_refund_belongs_to_the_customer_of_its_charge(ledger: Ledger) -> None:
    split = find("refunds")(ledger, Query(date(2024, 2, 3), date(2024, 2, 3), by=By.CUSTOMER))
    assert split.select("group", "value").rows() == [("c1", 2_500_000_000)]


def test_an_invoice_made_by_hand_is_other_revenue_and_a_subscriptions_is_not() -> None:
    tables = shop(
        invoice="id subscription\nin1 -\nin2 s1\nin3 -",
        invoice_line="id invoice subscription\nil3 in3 s1",
        invoice_payment="invoice payment_intent\nin1 pi1\nin2 pi2\nin3 pi3",
        charge="""
            id  payment_intent created    status    amount currency
            ch1 pi1            2024-01-05 succeeded 700    usd
            ch2 pi2            2024-01-05 succeeded 2000   usd
            ch3 pi3            2024-01-05 succeeded 3000   usd
            ch4 -              2024-01-05 succeeded 50     usd
        """,
        balance_transaction="""
            id created    amount fee type   source
            t1 2024-01-05 700    0   charge ch1
            t2 2024-01-05 2000   0   charge ch2
            t3 2024-01-05 3000   0   charge ch3
            t4 2024-01-05 50     0   charge ch4
        """,
    )
    ledger = build(tables, base="usd", as_of=at("2024-01-06"), tz=ZoneInfo("UTC"))
    assert cents(ledger, "other_revenue", "2024-01-05") == 700 + 50
    assert cents(ledger, "gross_revenue", "2024-01-05") == 700 + 50 + 2000 + 3000


def test_a_voided_invoice_takes_its_coupon_back_on_its_own_day_and_leaves_the_past_alone() -> None:
    tables = shop(
        invoice="""
            id  customer currency total_discount finalized_at voided_at
            in1 c1       usd      500            2024-01-05   2024-03-02
            in2 c1       usd      300            2024-01-05   -
        """
    )
    ledger = build(tables, base="usd", as_of=at("2024-03-03"), tz=ZoneInfo("UTC"))
    assert cents(ledger, "coupons", "2024-01-05") == 800
    assert cents(ledger, "coupons", "2024-03-02") == -500


def test_fees_are_all_that_stripe_keeps() -> None:
    tables = shop(
        balance_transaction="""
            id created    amount fee type
            t1 2024-01-05 -40    0   stripe_fee
            t2 2024-01-05 -7     0   tax_fee
            t3 2024-01-05 -3     0   stripe_fx_fee
            t4 2024-01-05 900    0   application_fee
        """
    )
    ledger = build(tables, base="usd", as_of=at("2024-01-06"), tz=ZoneInfo("UTC"))
    assert cents(ledger, "fees", "2024-01-05") == 40 + 7 + 3


def cents(ledger: Ledger, slug: str, day: str) -> int:
    value: int = find(slug)(ledger, Query(date.fromisoformat(day), date.fromisoformat(day)))["value"].sum()
    return value // 1_000_000


def test_sums_that_would_wrap_around_are_refused() -> None:
    told = "id created amount fee type\nt1 2024-01-05 {amount} 0 charge"
    tables = shop(balance_transaction=told.format(amount=700_000_000_000))
    build(tables, base="usd", as_of=at("2024-01-06"), tz=ZoneInfo("UTC"))
    tables = shop(balance_transaction=told.format(amount=800_000_000_000))
    with pytest.raises(AmountsTooLarge, match="amounts of this account in USD"):
        build(tables, base="usd", as_of=at("2024-01-06"), tz=ZoneInfo("UTC"))
