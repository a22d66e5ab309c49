"""The reports' door: totals, comparisons, cards, sentences and CSV over one small ledger whose tables stand here."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from lib.errors import BeforeFirstDay, UnknownBreakdown, UnknownMetric
from lib.ledger.build import Ledger, build
from lib.metrics.query import By, Query
from lib.metrics.segments import Condition, Op, Segment
from lib.periods import Interval
from lib.reports import activity, answers, books, door, movements, tables
from tests.ledger.shop import at, shop

TODAY = date(2024, 3, 10)


@pytest.fixture(autouse=True)
def ledger(monkeypatch: pytest.MonkeyPatch) -> Ledger:
    """Bolt pays for Basic and moves up to Pro; Cup joins on Basic in February and leaves in March."""
    found = build(
        shop(
            product="id name\np1 Basic\np2 Pro",
            price="id product unit_amount_decimal interval\nbasic p1 1000 month\npro p2 2500 month",
            customer="id name email country\nc1 Bolt bo@lt.example DE\nc2 ==Cup - FR",
            subscription="id customer created status ended_at\n"
            "s1 c1 2024-01-10 active -\ns2 c2 2024-02-05 canceled 2024-03-05",
            subscription_item="id subscription price\ni1 s1 pro\ni2 s2 basic",
            invoice="id subscription customer created\nv1 s1 c1 2024-01-10\nv2 s2 c2 2024-02-05\nv3 s1 c1 2024-03-01",
            invoice_line="id invoice subscription subscription_item price amount proration period_start\n"
            "l1 v1 s1 i1 basic 1000 no 2024-01-10\n"
            "l2 v2 s2 i2 basic 1000 no 2024-02-05\n"
            "l3 v3 s1 i1 basic -500 yes 2024-03-01\n"
            "l4 v3 s1 i1 pro 1200 yes 2024-03-01",
            charge="id customer created amount\nch1 c1 2024-01-10 1000\nch2 c2 2024-02-05 1000",
            balance_transaction="id created amount fee source\nt1 2024-01-10 1000 59 ch1\nt2 2024-02-05 1000 59 ch2",
        ),
        base="usd",
        as_of=at(TODAY.isoformat()),
        tz=ZoneInfo("UTC"),
    )
    monkeypatch.setattr(books, "ledger", lambda _account: found)
    return found


QUARTER = Query(date(2024, 1, 1), TODAY, Interval.MONTH)


@pytest.mark.parametrize(
    ("slug", "expected"),
    [
        ("mrr", "date,value\n2024-01-01,10.00\n2024-02-01,20.00\n2024-03-01,25.00\n"),
        ("active_customers", "date,value\n2024-01-01,1\n2024-02-01,2\n2024-03-01,1\n"),
        ("churned_mrr", "date,value\n2024-01-01,0.00\n2024-02-01,0.00\n2024-03-01,10.00\n"),
        ("customer_churn_rate", "date,value\n2024-01-01,\n2024-02-01,0.000000\n2024-03-01,0.500000\n"),
        ("ltv", "date,value\n2024-01-01,\n2024-02-01,\n2024-03-01,50.00\n"),
        ("fees", "date,value\n2024-01-01,0.59\n2024-02-01,0.59\n2024-03-01,0.00\n"),
    ],
)
def test_a_metric_as_csv_has_one_row_for_every_period(slug: str, expected: str) -> None:
    assert tables.metric_csv(door.metric("acct_1", slug, QUARTER)) == expected


def test_a_split_has_one_row_for_every_period_and_group_and_names_people() -> None:
    result = door.metric("acct_1", "mrr", Query(date(2024, 2, 1), TODAY, Interval.MONTH, By.PRICE))
    assert tables.metric_csv(result) == (
        "date,price,label,value\n"
        '2024-02-01,basic,"Basic, monthly, $10.00",20.00\n'
        '2024-02-01,pro,"Pro, monthly, $25.00",0.00\n'
        '2024-03-01,basic,"Basic, monthly, $10.00",0.00\n'
        '2024-03-01,pro,"Pro, monthly, $25.00",25.00\n'
    )


def test_the_rows_of_a_split_add_up_to_the_whole(monkeypatch: pytest.MonkeyPatch, ledger: Ledger) -> None:
    """Two thirds of $10 are $6.67 together, not $3.33 and $3.33; an average has nothing to add up to."""
    thirds = replace(ledger, movements=ledger.movements.with_columns(pl.col("amount_base") // 3))
    monkeypatch.setattr(books, "ledger", lambda _account: thirds)
    day = Query(date(2024, 2, 6), date(2024, 2, 6))
    assert tables.metric_csv(door.metric("acct_1", "mrr", day)) == "date,value\n2024-02-06,6.67\n"
    by_country = replace(day, by=By.COUNTRY)
    split = tables.metric_csv(door.metric("acct_1", "mrr", by_country))
    assert split == "date,country,value\n2024-02-06,DE,3.33333333\n2024-02-06,FR,3.33333333\n"
    mean = tables.metric_csv(door.metric("acct_1", "arpu", by_country))
    assert mean == "date,country,value\n2024-02-06,DE,3.33\n2024-02-06,FR,3.33\n"


def test_a_segment_is_the_same_question_about_some_customers() -> None:
    french = Segment("French", (Condition("country", Op.IS, ("FR",)),))
    result = door.metric("acct_1", "mrr", QUARTER, french)
    assert tables.metric_csv(result) == "date,value\n2024-01-01,0.00\n2024-02-01,10.00\n2024-03-01,0.00\n"
    assert answers.metric_answer(result)["segment"] == "French"
    assert door.card("acct_1", "churned_customers", french).value == 1


def test_ratios_of_flows_total_to_the_ratio_of_the_span() -> None:
    """Gained 10, 10 and 15, lost 10 in March: 3.5 over the quarter; n/a in the span before, where nothing was lost."""
    result = door.metric("acct_1", "quick_ratio", QUARTER)
    assert (result.frame["value"].to_list(), result.total, result.previous) == ([None, None, 1.5], 3.5, None)
    assert tables.metric_csv(result).endswith("2024-03-01,1.500000\n")
    assert (door.card("acct_1", "quick_ratio").value, door.card("acct_1", "quick_ratio").before) == (1.5, None)


def test_levels_total_to_their_last_value_and_flows_to_their_sum_against_the_span_before() -> None:
    february = Query(date(2024, 2, 1), date(2024, 2, 29))
    level, flow = door.metric("acct_1", "mrr", february), door.metric("acct_1", "new_mrr", february)
    assert (level.total, level.previous, level.change) == (2_000_000_000, 1_000_000_000, 1.0)
    assert (flow.total, flow.previous, flow.change) == (1_000_000_000, 1_000_000_000, 0.0)


@pytest.mark.parametrize(
    ("slug", "value", "before", "good"),
    [
        ("mrr", 2_500_000_000, 2_000_000_000, True),
        ("churned_customers", 1, 0, None),  # there is no relative change from nothing
        ("active_customers", 1, 2, False),
    ],
)
def test_a_card_compares_with_30_days_before(slug: str, value: int, before: int, good: bool | None) -> None:
    card = door.card("acct_1", slug)
    assert (card.value, card.before, card.good) == (value, before, good)
    assert len(card.sparkline) == 30


def test_an_end_before_the_first_day_says_that_nothing_had_happened() -> None:
    with pytest.raises(BeforeFirstDay, match=r"by 2020-01-01: this account's first day is 2024-01-"):
        door.movements("acct_1", end=date(2020, 1, 1))
    assert door.movements("acct_1", start=date(2030, 1, 1)).height == 0


def test_movements_as_csv_carry_ids_and_signed_money_and_nothing_a_spreadsheet_runs() -> None:
    frame = door.movements("acct_1", date(2024, 3, 1), TODAY)
    assert tables.movements_csv(frame, "usd") == (
        "date,type,customer,subscription,plan,currency,amount,amount_base\n"
        "2024-03-01,expansion,c1,s1,basic,usd,-10.00,-10.00\n"
        "2024-03-01,expansion,c1,s1,pro,usd,25.00,25.00\n"
        "2024-03-05,churn,c2,s2,basic,usd,-10.00,-10.00\n"
    )
    assert tables.safe("=1+1") == "'=1+1"


def test_the_page_s_file_of_movements_says_who_and_which_plan_after_the_ids() -> None:
    found = movements.of("acct_1", date(2024, 3, 1), TODAY)
    assert movements.as_csv(found.rows, found.base) == (
        "date,type,customer,subscription,plan,currency,amount,amount_base,name,email,label\n"
        '2024-03-01,expansion,c1,s1,pro,usd,25.00,25.00,Bolt,bo@lt.example,"Pro, monthly"\n'
        '2024-03-01,expansion,c1,s1,basic,usd,-10.00,-10.00,Bolt,bo@lt.example,"Basic, monthly"\n'
        '2024-03-05,churn,c2,s2,basic,usd,-10.00,-10.00,\'=Cup,,"Basic, monthly"\n'
    )


def test_movements_as_csv_add_up_to_mrr_though_a_year_has_twelve_months(ledger: Ledger) -> None:
    thirds = ledger.movements.with_columns(amount_base=pl.col("amount_base") // 3)
    rows = csv.DictReader(io.StringIO(tables.movements_csv(thirds, "usd")))
    assert sum(Decimal(row["amount_base"]) for row in rows) == Decimal(thirds["amount_base"].sum()).scaleb(-8)


def test_the_newest_moves_read_as_sentences() -> None:
    assert [(each.sentence, each.shown()) for each in activity.newest("acct_1", 2)] == [
        ("=Cup left Basic", "-$10.00"),
        ("Bolt upgraded from Basic to Pro", "+$15.00"),
    ]


def test_changes_of_a_span_and_plans_of_today() -> None:
    changes = activity.changes("acct_1", date(2024, 3, 1), TODAY)
    assert [(c.kind, c.amount, c.customers) for c in changes] == [
        ("expansion", 1_500_000_000, 1),
        ("churn", -1_000_000_000, 1),
    ]
    assert [(p.plan, p.mrr, p.customers) for p in activity.plans("acct_1")] == [("Pro", 2_500_000_000, 1)]


def test_movement_totals_by_month() -> None:
    frame = door.movement_totals("acct_1", date(2024, 2, 1), TODAY, Interval.MONTH)
    assert [
        (str(d), k, v // 1_000_000, u) for d, k, v, u in frame.select("date", "type", "value", "unfinished").rows()
    ] == [
        ("2024-02-01", "new", 1000, False),
        ("2024-03-01", "churn", -1000, True),
        ("2024-03-01", "expansion", 1500, True),
    ]


def test_json_has_major_units_and_null_for_what_cannot_be_computed() -> None:
    answer = answers.metric_answer(door.metric("acct_1", "ltv", QUARTER))
    assert [row["value"] for row in answer["rows"]] == [None, None, 50.0]
    assert answer["currency"] == "usd"


def test_what_is_not_there_is_named() -> None:
    with pytest.raises(UnknownMetric, match=r"There is no metric called “nonsense”\. Known: mrr, arr"):
        door.metric("acct_1", "nonsense", QUARTER)
    with pytest.raises(UnknownBreakdown, match="fees can't be split by “plan”"):
        door.metric("acct_1", "fees", Query(TODAY, TODAY, by=By.PLAN))


def test_a_day_in_the_future_counts_for_nothing_yet() -> None:
    result = door.metric("acct_1", "mrr", Query(TODAY, TODAY + timedelta(days=2)))
    assert (result.total, result.frame["value"].to_list()[1:]) == (2_500_000_000, [None, None])


def test_an_account_with_nothing_in_it_is_as_of_now() -> None:
    assert books._as_of(shop(), 7) == 7
    assert books._as_of(shop(subscription="id customer created\ns1 c1 2024-01-10"), 7) == at("2024-01-10")
