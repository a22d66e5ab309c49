"""The live feed: every kind of happening as one sentence, at its time, newest first."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from lib.ledger.build import build
from lib.reports import feed
from lib.reports.feed import Item, Kind
from tests.ledger.shop import at
from tests.reports.worlds import tables as made

UTC = ZoneInfo("UTC")
TODAY = "2024-03-20"


def shop(**changed: str) -> dict[str, pl.DataFrame]:
    return made(**(TABLES | changed))


def told(tables: dict[str, pl.DataFrame], days: int = 30, *, payments: bool = False) -> tuple[Item, ...]:
    ledger = build(tables, base="usd", as_of=at(f"{TODAY}T18:00:00"), tz=UTC)
    return feed.feed(ledger, tables, days, payments=payments)


def lines(items: tuple[Item, ...]) -> list[str]:
    return [f"{item.date} {item.kind}: {item.sentence}" for item in items]


TABLES = {
    "product": """
        id       name
        starter  Starter
        pro      Pro
        """,
    "price": """
        id   product  unit_amount_decimal  interval  interval_count  usage_type  currency
        p10  starter  1000                 month     1               licensed    usd
        p29  pro      2900                 month     1               licensed    usd
        """,
    "customer": """
        id   name
        ann  Ann
        bob  Bob
        """,
    "subscription": """
        id  customer  status    currency  created     start_date  ended_at    canceled_at
        s1  ann       active    usd       2024-01-01  2024-01-01  -           -
        s2  bob       canceled  usd       2024-03-01  2024-03-01  2024-03-18  2024-03-18
        """,
    "subscription_item": """
        id  subscription  price  quantity  position
        i1  s1            p29    1         0
        i2  s2            p10    1         0
        """,
    "invoice": """
        id  subscription  customer  status  created     billing_reason       period_end  finalized_at  paid_at
        v1  s1            ann       paid    2024-01-01  subscription_create  2024-01-01  2024-01-01    2024-01-01
        v2  s2            bob       paid    2024-03-01  subscription_create  2024-03-01  2024-03-01    2024-03-01
        v3  s1            ann       paid    2024-03-15  subscription_update  2024-03-15  2024-03-15    2024-03-15
        """,
    "invoice_line": """
        id  invoice  subscription  subscription_item  price  amount  quantity  proration  period_start  period_end
        l1  v1       s1            i1                 p10    1000    1         no         2024-01-01    2024-04-01
        l2  v2       s2            i2                 p10    1000    1         no         2024-03-01    2024-04-01
        l3  v3       s1            i1                 p10    -500    1         yes        2024-03-15    2024-04-01
        l4  v3       s1            i1                 p29    1450    1         yes        2024-03-15    2024-04-01
        """,
    "charge": """
        id   customer  status     amount  currency  created     failure_code
        ch1  bob       failed     1000    usd       2024-03-16  insufficient_funds
        ch2  ann       succeeded  1950    usd       2024-03-15  -
        """,
    "refund": """
        id   charge  amount  currency  created     status     reason
        re1  ch2     500     usd       2024-03-17  succeeded  -
        """,
}


def test_everything_is_told_newest_first_in_whole_sentences() -> None:
    assert lines(told(shop())) == [
        "2024-03-18 Cancellations: Bob cancelled Starter",
        "2024-03-18 Left: Bob left Starter",
        "2024-03-17 Refunds: Ann: refunded",
        "2024-03-16 Failed payments: Bob: payment failed: there was not enough money",
        "2024-03-15 Upgrades: Ann upgraded from Starter to Pro",
        "2024-03-01 New customers: Bob became a customer on Starter",
    ]


def test_amounts_are_exact_and_times_are_stripes() -> None:
    by_kind = {item.kind: item for item in told(shop())}
    upgrade, failed = by_kind[Kind.UPGRADE], by_kind[Kind.FAILED]
    assert (upgrade.mrr, upgrade.object, upgrade.at, upgrade.bad) == (1900 * 10**6, "s1", at("2024-03-15"), False)
    assert (failed.amount, failed.currency, failed.object, failed.at, failed.bad) == (
        100_000, "usd", "ch1", at("2024-03-16"), True,
    )  # fmt: skip
    assert (by_kind[Kind.CHURN].mrr, by_kind[Kind.NEW].mrr) == (-1000 * 10**6, 1000 * 10**6)


def test_payments_that_went_well_are_told_when_asked_for() -> None:
    assert "2024-03-15 Payments: Ann paid" in lines(told(shop(), payments=True))
    assert not [item for item in told(shop()) if item.kind is Kind.PAYMENT]


@pytest.mark.parametrize(("days", "first"), [(3, date(2024, 3, 18)), (6, date(2024, 3, 15)), (365, date(2024, 1, 1))])
def test_the_days_look_back_from_today(days: int, first: date) -> None:
    assert min(item.date for item in told(shop(), days)) == first


def test_trials_begin_convert_and_end() -> None:
    subscriptions = """
        id  customer  status    currency  created     start_date  ended_at    trial_start  trial_end
        s1  ann       active    usd       2024-03-01  2024-03-01  -           2024-03-01   2024-03-08
        s2  bob       canceled  usd       2024-03-02  2024-03-02  2024-03-09  2024-03-02   2024-03-09
        """
    invoices = """
        id  subscription  customer  status  created     billing_reason       period_end  finalized_at  paid_at
        v1  s1            ann       paid    2024-03-08  subscription_cycle   2024-03-08  2024-03-08    2024-03-08
        """
    bills = """
        id  invoice  subscription  subscription_item  price  amount  quantity  proration  period_start  period_end
        l1  v1       s1            i1                 p29    2900    1         no         2024-03-08    2024-04-08
        """
    found = told(shop(subscription=subscriptions, invoice=invoices, invoice_line=bills, charge="id\n", refund="id\n"))
    assert [line for line in lines(found) if "Trials" in line] == [
        "2024-03-09 Trials: Bob: the trial of Starter ended without a subscription",
        "2024-03-08 Trials: Ann: the trial of Pro became a subscription",
        "2024-03-02 Trials: Bob started a trial of Starter",
        "2024-03-01 Trials: Ann started a trial of Pro",
    ]


def test_the_csv_holds_exact_amounts_and_disarms_formulas() -> None:
    names = TABLES["customer"].replace("Ann", "=Ann()")
    rows = feed.csv(told(shop(customer=names)), "usd").splitlines()
    assert rows[0] == "date,time,kind,customer,name,what,mrr,amount,currency,object"
    upgrade = next(row for row in rows if "Upgrades" in row)
    assert upgrade == (
        "2024-03-15,2024-03-15T12:00:00Z,Upgrades,ann,'=Ann(),'=Ann() upgraded from Starter to Pro,19.00,,,s1"
    )
