"""The customer list: one row each, what it says, and what it can be cut down to."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date
from typing import Any

import polars as pl
import pytest

from lib.reports import customers
from lib.reports.customers import Status
from tests.reports import worlds

PLANS = """
    plan      name         product  interval
    price_pro Pro,~monthly Pro      monthly
    price_add Seats        Seats    monthly
"""


def row(frame: pl.DataFrame, customer: str = "cus_a") -> dict[str, Any]:
    return frame.row(by_predicate=pl.col("customer") == customer, named=True)


def test_a_paying_customer_in_one_row() -> None:
    ledger = worlds.ledger(
        "2026-03-10",
        plans=PLANS,
        movements="""
            date       type      customer subscription plan      amount_base
            2026-01-05 new       cus_a    sub_1        price_pro 29
            2026-02-01 expansion cus_a    sub_1        price_pro 20
            2026-02-01 expansion cus_a    sub_2        price_add 60.5
        """,
        customers="""
            customer cohort
            cus_a    2026-01-05
        """,
        cash="""
            date       kind   customer amount_base
            2026-01-05 charge cus_a    29
            2026-01-05 fee    cus_a    -1
            2026-02-01 charge cus_a    80
            2026-02-01 charge cus_a    29.5
            2026-02-20 refund cus_a    -10
        """,
    )
    tables = worlds.tables(
        customer="""
            id    name email         country
            cus_a Ada  ada@a.example DE
        """,
        subscription="""
            id    customer status
            sub_1 cus_a    active
        """,
        charge="""
            id   customer created    status    amount card_brand card_last4 card_exp_month card_exp_year
            ch_1 cus_a    2026-01-05 succeeded 29     visa       1111       1              2031
            ch_2 cus_a    2026-02-01 succeeded 80     visa       4242       4              2026
            ch_3 cus_a    2026-02-02 failed    80     visa       9999       9              2029
        """,
    )
    assert row(customers.customers(ledger, tables)) == {
        "customer": "cus_a",
        "name": "Ada",
        "email": "ada@a.example",
        "status": "Paying",
        "mrr": round(109.5 * worlds.MICROS),
        "plans": ["Seats", "Pro, monthly"],
        "since": date(2026, 1, 5),
        "country": "DE",
        "ltv": round(128.5 * worlds.MICROS),
        "last_payment": date(2026, 2, 1),
        "last_amount": round(109.5 * worlds.MICROS),
        "card": "Visa 4242",
        "card_expires": date(2026, 4, 1),
        "card_note": "Next month",
        "deleted": False,
        "unrated": [],
    }


@pytest.mark.parametrize(
    ("expected", "mrr", "statuses"),
    [
        (Status.PAYING, 29, ["active -"]),
        (Status.PAYING, 29, ["active -", "active void"]),
        (Status.PAYING, 29, ["active -", "trialing -"]),
        (Status.PAYING, 29, []),
        (Status.PAST_DUE, 29, ["past_due -", "active -"]),
        (Status.PAST_DUE, 0, ["unpaid -"]),
        (Status.PAUSED, 29, ["active void", "canceled -"]),
        (Status.PAUSED, 0, ["paused -"]),
        (Status.TRIALING, 0, ["trialing -"]),
        (Status.CANCELLED, 0, ["canceled -"]),
        (Status.CANCELLED, 0, ["active -"]),
    ],
)
def test_the_status_of_one_who_once_paid(expected: Status, mrr: int, statuses: list[str]) -> None:
    ledger = worlds.ledger(
        "2026-03-10",
        plans=PLANS,
        customers="customer cohort\ncus_a 2026-01-05",
        movements=f"date type customer subscription plan amount_base\n2026-01-05 new cus_a sub_1 price_pro {mrr}",
    )
    rows = "\n".join(f"sub_{i} cus_a {status}" for i, status in enumerate(statuses))
    tables = worlds.tables(
        customer="id name\ncus_a Ada",
        subscription=f"id customer status pause_behavior\n{rows}",
    )
    assert row(customers.customers(ledger, tables))["status"] == expected


def test_the_status_of_those_who_never_had_mrr() -> None:
    ledger = worlds.ledger(
        "2026-03-10",
        customers="""
            customer cohort
            cus_once -
            cus_full 2026-01-01
        """,
        cash="""
            date       kind   customer amount_base
            2026-01-05 charge cus_once 29
        """,
        states="""
            date       customer subscription plan      amount active
            2026-01-05 cus_full sub_f        price_pro 0      yes
        """,
    )
    tables = worlds.tables(customer="id name\ncus_none Nobody\ncus_once Once\ncus_full Full")
    frame = customers.customers(ledger, tables)
    assert dict(frame.select("customer", "status").iter_rows()) == {
        "cus_none": "Never paid",
        "cus_once": "One-time",
        "cus_full": "Free",
    }


def test_what_has_no_rate_makes_nobody_free_or_a_lead_and_is_not_0() -> None:
    made = worlds.ledger(
        "2026-03-10",
        movements="""
            date       type customer subscription plan      currency amount        amount_base
            2026-01-05 new  cus_eur  sub_1        price_pro eur      5000          0
            2026-01-05 new  cus_both sub_2        price_pro eur      5000          0
            2026-01-05 new  cus_both sub_3        price_pro usd      29            29
        """,
        customers="""
            customer cohort
            cus_eur  2026-01-05
            cus_both 2026-01-05
            cus_once -
        """,
        states="""
            date       customer subscription plan      currency amount active
            2026-01-05 cus_eur  sub_1        price_pro eur      5000   yes
        """,
        cash="""
            date       kind   customer currency amount amount_base
            2026-01-05 charge cus_once eur      40     0
            2026-01-05 charge cus_both eur      40     0
            2026-02-05 charge cus_both usd      29     29
        """,
    )
    tables = worlds.tables(customer="id name\ncus_eur Eur\ncus_both Both\ncus_once Once")
    frame = customers.customers(replace(made, unpriced=("eur",)), tables)
    told = {each["customer"]: each for each in frame.iter_rows(named=True)}
    dollars = 29 * worlds.MICROS
    assert [(told[who]["status"], told[who]["mrr"]) for who in ("cus_eur", "cus_both", "cus_once")] == [
        ("Paying", None),
        ("Paying", dollars),
        ("One-time", 0),
    ]
    paid = [(told[who]["ltv"], told[who]["last_amount"]) for who in ("cus_eur", "cus_both", "cus_once")]
    assert paid == [(0, None), (dollars, dollars), (None, None)]
    assert [each["currency"] for each in told["cus_both"]["unrated"]] == ["eur"]


def test_one_on_trial_shows_the_plan_on_trial_and_no_mrr() -> None:
    ledger = worlds.ledger(
        "2026-03-10",
        plans=PLANS,
        trialing="""
            date       type customer subscription plan      amount_base
            2026-03-05 new  cus_a    sub_1        price_pro 29
        """,
    )
    tables = worlds.tables(customer="id name\ncus_a Ada", subscription="id customer status\nsub_1 cus_a trialing")
    found = row(customers.customers(ledger, tables))
    assert (found["status"], found["mrr"], found["plans"]) == ("Trialing", 0, ["Pro, monthly"])


@pytest.mark.parametrize(
    ("month", "year", "note"),
    [
        (11, 2026, "Expired"),
        (12, 2026, "This month"),
        (1, 2027, "Next month"),
        (2, 2027, None),
        (12, 2027, None),
    ],
)
def test_a_card_is_flagged_by_its_month_also_over_new_year(month: int, year: int, note: str | None) -> None:
    tables = worlds.tables(
        customer="id name\ncus_a Ada",
        charge=f"""
            id   customer created    status    card_brand card_last4 card_exp_month card_exp_year
            ch_1 cus_a    2026-11-05 succeeded visa       4242       {month}        {year}
        """,
    )
    assert row(customers.customers(worlds.ledger("2026-12-31"), tables))["card_note"] == note


def test_the_newest_payment_decides_the_card_also_when_it_was_none() -> None:
    tables = worlds.tables(
        customer="id name\ncus_a Ada",
        charge="""
            id   customer created    status    card_brand card_last4 card_exp_month card_exp_year
            ch_1 cus_a    2026-01-05 succeeded visa       4242       1              2026
            ch_2 cus_a    2026-02-05 succeeded -          -          -              -
        """,
    )
    found = row(customers.customers(worlds.ledger("2026-03-10"), tables))
    assert (found["card"], found["card_expires"], found["card_note"]) == (None, None, None)


def test_a_deleted_customer_keeps_its_history_and_says_so() -> None:
    ledger = worlds.ledger(
        "2026-03-10",
        customers="customer cohort\ncus_a 2026-01-05",
        cash="date kind customer amount_base\n2026-01-05 charge cus_a 29",
    )
    frame = customers.customers(ledger, worlds.tables(customer="id deleted\ncus_a yes"))
    assert row(frame)["ltv"] == 29 * worlds.MICROS
    assert customers.table(frame, "usd")["name"].to_list() == ["cus_a (deleted at Stripe)"]


def test_one_whom_only_the_ledger_knows_is_in_the_list() -> None:
    frame = customers.customers(worlds.ledger("2026-03-10", customers="customer cohort\ncus_x -"), worlds.tables())
    assert frame["customer"].to_list() == ["cus_x"]


def many(count: int) -> pl.DataFrame:
    rows = "\n".join(f"cus_{i} Name{i}~Ltd n{i}@x.example {'DE' if i % 2 else 'FR'}" for i in range(count))
    return customers.customers(worlds.ledger("2026-03-10"), worlds.tables(customer=f"id name email country\n{rows}"))


def test_no_row_is_cut_off() -> None:
    frame = many(1_203)
    assert frame.height == customers.table(frame, "usd").height == 1_203
    assert len(customers.as_csv(frame, "usd").splitlines()) == 1_204


@pytest.mark.parametrize(
    ("search", "found"),
    [("", 30), ("name7 ltd", 1), ("NAME7 ", 1), ("n7@x", 1), ("cus_7", 1), (".", 30), ("%", 0), ("(", 0)],
)
def test_search_looks_for_the_text_as_it_is(search: str, found: int) -> None:
    assert customers.matching(many(30), search).height == found


def test_filters_hold_together() -> None:
    frame = many(30)
    assert customers.matching(frame, countries=["DE"]).height == 15
    assert customers.matching(frame, "name1", countries=["DE"]).height == 6
    assert customers.matching(frame, statuses=["Paying"]).height == 0
    assert customers.matching(frame, plans=["Pro"]).height == 0
    assert customers.choices(frame) == {"status": ["Never paid"], "plan": [], "country": ["DE", "FR"]}


def test_money_is_exact_in_csv_and_rounded_when_shown() -> None:
    ledger = worlds.ledger(
        "2026-03-10",
        plans=PLANS,
        movements="""
            date       type customer subscription plan      amount_base
            2026-01-05 new  cus_a    sub_1        price_pro 15.83333333
        """,
    )
    frame = customers.customers(ledger, worlds.tables(customer="id name country\ncus_a =1+1 DE"))
    (line,) = csv.DictReader(io.StringIO(customers.as_csv(frame, "usd")))
    assert (line["mrr"], line["name"], line["last_amount"]) == ("15.83333333", "'=1+1", "")
    shown = customers.table(frame, "usd").row(0, named=True)
    assert (shown["mrr"], shown["last_amount"], shown["plans"]) == (15.83, None, "Pro, monthly")
