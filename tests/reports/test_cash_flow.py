"""Cash flow: every period goes from balance to balance, to the cent, and each column is the metric of its name."""

from __future__ import annotations

from datetime import date

import pytest

from lib.metrics.query import Query
from lib.periods import Interval
from lib.reports import books, cash_flow
from tests.reports.worlds import MICROS, ledger, tables

CASH = """
    date       kind     customer currency amount_base source recurring
    2026-08-30 charge   cus_a    usd      40          txn_0  yes
    2026-09-02 charge   cus_a    usd      100         txn_1  yes
    2026-09-02 fee      cus_a    usd      -3          txn_1  yes
    2026-09-20 failed   cus_b    usd      70          ch_9   yes
    2026-10-05 refund   cus_a    usd      -30         txn_2  yes
    2026-10-09 payout   -        usd      -90         txn_3  yes
    2026-10-11 dispute  cus_a    usd      -10         txn_4  yes
    2026-10-12 discount cus_a    usd      5           in_1   yes
    2026-11-01 other    -        usd      2           txn_5  yes
"""
PAYOUTS = """
    id   created    arrival_date amount status
    po_3 2026-11-25 2026-11-30   8      pending
    po_2 2026-11-20 2026-11-25   7      in_transit
    po_1 2026-10-09 2026-10-13   90     paid
    po_0 2026-08-01 2026-08-04   1      paid
"""
SPAN = Query(date(2026, 9, 1), date(2026, 11, 24), Interval.MONTH)


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> cash_flow.CashFlow:
    monkeypatch.setattr(books, "ledger", lambda *_: ledger("2026-11-24", cash=CASH))
    monkeypatch.setattr(books, "tables", lambda *_: tables(payout=PAYOUTS))
    return cash_flow.of("acct_1", SPAN)


def test_each_period_takes_the_balance_on(found: cash_flow.CashFlow) -> None:
    rows = found.periods.select("date", "charge", "other", "refund", "dispute", "fee", "net", "payout", "balance")
    assert [(row[0], *(value // MICROS for value in row[1:])) for row in rows.rows()] == [
        (date(2026, 9, 1), 100, 0, 0, 0, -3, 97, 0, 137),
        (date(2026, 10, 1), 0, 0, -30, -10, 0, -40, -90, 7),
        (date(2026, 11, 1), 0, 2, 0, 0, 0, 2, 0, 9),
    ]
    assert (found.before, found.after) == (40 * MICROS, 9 * MICROS)
    assert found.held == {"usd": 9 * MICROS}


def test_payouts_of_the_span_newest_first(found: cash_flow.CashFlow) -> None:
    assert found.payouts.select("id", "arrival", "amount").rows() == [
        ("po_2", date(2026, 11, 25), 7 * MICROS),
        ("po_1", date(2026, 10, 13), 90 * MICROS),
    ]
    assert cash_flow.by_currency(found.on_the_way) == [("usd", 7 * MICROS)]
    shown = cash_flow.payouts_table(found, "acct_1", livemode=True)
    assert shown.select("amount", "status").rows() == [("$7.00", "On its way"), ("$90.00", "In the bank")]


def test_csv_rows_add_up(found: cash_flow.CashFlow) -> None:
    assert cash_flow.flow_csv(found).splitlines() == [
        "date,unfinished,charge,other,refund,dispute,fee,net,payout,balance,base",
        "2026-09-01,false,100.00,0.00,0.00,0.00,-3.00,97.00,0.00,137.00,usd",
        "2026-10-01,false,0.00,0.00,-30.00,-10.00,0.00,-40.00,-90.00,7.00,usd",
        "2026-11-01,true,0.00,2.00,0.00,0.00,0.00,2.00,0.00,9.00,usd",
    ]


def test_a_business_of_payments_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(books, "ledger", lambda *_: ledger("2026-11-24", cash=CASH))
    assert cash_flow.only_payments("acct_1")
    trial = """
        customer subscription plan   currency start      end        converted  over
        cus_a    sub_a        p_pro  usd      2026-09-03 2026-09-17 2026-09-17 yes
    """
    monkeypatch.setattr(books, "ledger", lambda *_: ledger("2026-11-24", cash=CASH, trials=trial))
    assert not cash_flow.only_payments("acct_1")
    monkeypatch.setattr(books, "ledger", lambda *_: ledger("2026-11-24"))
    assert not cash_flow.only_payments("acct_1")
