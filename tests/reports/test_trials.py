"""Trials: who runs and what they would bring, what became of the others, equal to the metrics of the same names."""

from __future__ import annotations

from datetime import date

import pytest

from lib.reports import books, trials
from tests.reports.worlds import MICROS, ledger, tables

WORLD = {
    "trials": """
        customer subscription plan   currency start      end        converted  over
        cus_a    sub_a        p_pro  usd      2026-09-03 2026-09-17 2026-09-17 yes
        cus_b    sub_b        p_pro  usd      2026-09-10 2026-09-24 -          yes
        cus_c    sub_c        p_pro  usd      2026-10-20 2026-11-03 2026-11-05 yes
        cus_d    sub_d        p_pro  usd      2026-11-15 2026-11-29 -          no
        cus_e    sub_e        p_base usd      2026-11-20 2026-12-20 -          no
    """,
    "trialing": """
        date       type customer subscription plan   currency amount_base
        2026-11-15 new  cus_d    sub_d        p_pro  usd      70
        2026-11-20 new  cus_e    sub_e        p_base usd      20
    """,
    "customers": """
        customer name email         country
        cus_d    Dot  dot@x.example -
        cus_e    -    eve@x.example -
    """,
    "plans": """
        plan   label name       product
        p_pro  Pro   Pro,month  Pro
        p_base Base  Base,month Base
    """,
}
SUBSCRIPTIONS = """
    id    cancel_at_period_end
    sub_d no
    sub_e yes
"""


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> trials.Trials:
    monkeypatch.setattr(books, "ledger", lambda *_: ledger("2026-11-24", **WORLD))
    monkeypatch.setattr(books, "tables", lambda *_: tables(subscription=SUBSCRIPTIONS))
    return trials.of("acct_1")


def test_those_on_trial_with_what_they_would_bring(found: trials.Trials) -> None:
    rows = found.running.select("name", "plan", "end", "days", "worth", "leaving").rows()
    assert rows == [
        ("Dot", "Pro,month", date(2026, 11, 29), 5, 70 * MICROS, False),
        ("eve@x.example", "Base,month", date(2026, 12, 20), 26, 20 * MICROS, True),
    ]
    assert found.worth == 90 * MICROS
    assert found.soon["customer"].to_list() == ["cus_d"]


def test_a_month_rates_only_those_who_have_decided(found: trials.Trials) -> None:
    assert found.funnel.rows() == [
        (date(2026, 11, 1), 2, 0, 0, 2, None, None),
        (date(2026, 10, 1), 1, 1, 0, 0, 1.0, 16.0),
        (date(2026, 9, 1), 2, 1, 1, 0, 0.5, 14.0),
    ]


def test_csv_has_plain_numbers(found: trials.Trials) -> None:
    head, *rows = trials.running_csv(found).splitlines()
    assert head == "customer,name,email,plan,start,end,days,worth,leaving,subscription,base"
    assert rows[0] == 'cus_d,Dot,dot@x.example,"Pro,month",2026-11-15,2026-11-29,5,70.00,false,sub_d,usd'
    assert trials.funnel_csv(found).splitlines()[3] == "2026-09,2,1,1,0,0.5,14.0"
