"""Stripe's own file beside ours: however it is written, and each difference named by the switch that makes it."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from lib.errors import BadMrrFile
from lib.ledger.build import Ledger, build
from lib.ledger.rules import PRESETS, SWITCHES, Preset, Rules
from lib.reports import stripe_mrr
from lib.reports.stripe_mrr import Comparison, comparison
from lib.reports.switched import among, pairs
from tests.ledger.shop import at, shop

JANUARY, FEBRUARY, MARCH = (date(2024, month, 1) for month in (1, 2, 3))


# --- The file ---------------------------------------------------------------------------------------------------------


def read(text: str) -> list[tuple[object, ...]]:
    return stripe_mrr.parse(text.encode()).select("customer", "currency", "month", "amount").rows()


@pytest.mark.parametrize(
    "text",
    [
        "Customer ID,Customer,Customer Email,Currency,2024-01,2024-02\ncus_1,Bolt,b@x.io,usd,1234.50,0\n",
        '\ufeffCustomer ID,Customer,Customer Email,Currency,2024-01,2024-02\r\ncus_1,Bolt,b@x.io,USD,"1,234.50",\r\n',
        "customer_id;name;currency;Jan 2024;Feb 2024\ncus_1;Bolt;usd;1.234,50;0\n",
        'customer_id,currency,month,mrr\ncus_1,usd,2024-01-31,"$1,234.50"\ncus_1,usd,2024-02-29,0.00\n',
        "customer_id,currency,month,mrr\ncus_1,usd,2024-01,1000\ncus_1,usd,2024-01,234.5\ncus_1,usd,2024-02,0\n",
    ],
)
def test_a_column_or_a_row_for_each_month_thousands_and_signs_all_read_the_same(text: str) -> None:
    assert read(text) == [("cus_1", "usd", JANUARY, 123_450), ("cus_1", "usd", FEBRUARY, 0)]


def test_yen_have_no_cents_and_kuwaiti_dinars_have_three_decimals() -> None:
    text = 'Customer ID,Currency,2024-01\nc1,jpy,"12,000"\nc2,kwd,1.250\nc3,usd,-5\nc4,usd,(5.00)\n'
    assert [row[3] for row in read(text)] == [12_000, 1_250, -500, -500]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no rows"),
        ("Customer ID,2024-01\n", "no rows"),
        ("Who,2024-01\nx,1\n", "no column “Customer ID”"),
        ("Customer ID,Total\nc1,5\n", "no column for a month"),
        ("Customer ID,2024-01\nc1,5\nc2,five\n", "Line 3: “five” is not an amount"),
        ("Customer ID,2024-01\nc1,5,6\n", "Line 2 has 3 cells where the heading has 2"),
        ("Customer ID,2024-01\n,5\n", "Line 2 names no customer"),
        ("Customer ID,month,mrr\nc1,soon,5\n", "Line 2: “soon” is not a month"),
    ],
)
def test_what_can_not_be_read_is_named_with_its_line(text: str, said: str) -> None:
    with pytest.raises(BadMrrFile) as found:
        read(text)
    assert said in found.value.message


def test_a_file_that_is_no_text_or_too_large_is_refused() -> None:
    for content, said in ((b"\xff\xfe\x00", "not UTF-8"), (b"x" * (stripe_mrr.LARGEST + 1), "larger than 20 MB")):
        with pytest.raises(BadMrrFile, match=said):
            stripe_mrr.parse(content)


# --- The comparison ---------------------------------------------------------------------------------------------------

WORLD = shop(
    product="id name\np1 Basic",
    price="id product unit_amount_decimal interval usage_type\nbasic p1 1000 month licensed",
    coupon="id duration percent_off\nk1 forever =40",
    discount="id coupon start\nd1 k1 2024-01-10",
    customer="id name\nplain Plain\nclicked Clicked\nowing Owing\npaused Paused\nhalf Half\nboth Both",
    subscription="id customer created status canceled_at cancel_at_period_end current_period_start pause_behavior "
    "discounts\n"
    "s1 plain   2024-01-10 active   -          no  2024-03-10 -    -\n"
    "s2 clicked 2024-01-10 active   2024-02-15 yes 2024-03-10 -    -\n"
    "s3 owing   2024-01-10 past_due -          no  2024-02-10 -    -\n"
    "s4 paused  2024-01-10 active   -          no  2024-02-10 void -\n"
    's5 half    2024-01-10 active   -          no  2024-03-10 -    =["d1"]\n'
    's6 both    2024-01-10 past_due -          no  2024-02-10 -    =["d1"]',
    subscription_item="id subscription price\ni1 s1 basic\ni2 s2 basic\ni3 s3 basic\ni4 s4 basic\ni5 s5 basic\ni6 s6 basic",  # noqa: E501 - a table
    invoice="id subscription customer created status billing_reason subtotal amount_due finalized_at paid_at "
    "period_end voided_at discounts\n"
    "v1 s1 plain   2024-01-10 paid subscription_create 1000 1000 2024-01-10 2024-01-10 2024-01-10 - -\n"
    "v2 s2 clicked 2024-01-10 paid subscription_create 1000 1000 2024-01-10 2024-01-10 2024-01-10 - -\n"
    "v3 s3 owing   2024-01-10 paid subscription_create 1000 1000 2024-01-10 2024-01-10 2024-01-10 - -\n"
    "w3 s3 owing   2024-02-10 open subscription_cycle  1000 1000 2024-02-10 -          2024-02-10 - -\n"
    "v4 s4 paused  2024-01-10 paid subscription_create 1000 1000 2024-01-10 2024-01-10 2024-01-10 - -\n"
    "w4 s4 paused  2024-02-10 void subscription_cycle  1000 1000 2024-02-10 - 2024-02-10 2024-02-10 -\n"
    'v5 s5 half    2024-01-10 paid subscription_create 1000 600  2024-01-10 2024-01-10 2024-01-10 - =["d1"]\n'
    'v6 s6 both    2024-01-10 paid subscription_create 1000 600  2024-01-10 2024-01-10 2024-01-10 - =["d1"]\n'
    'w6 s6 both    2024-02-10 open subscription_cycle  1000 600  2024-02-10 -          2024-02-10 - =["d1"]',
    invoice_line="id invoice subscription subscription_item price amount period_start period_end\n"
    + "\n".join(f"l{n} v{n} s{n} i{n} basic 1000 2024-01-10 2024-02-10" for n in range(1, 7)),
)
TODAY = "2024-04-20"


def ledger(rules: Rules | None = None) -> Ledger:
    return build(WORLD, base="usd", as_of=at(TODAY), tz=ZoneInfo("UTC"), rules=rules)


def file_of(rules: Rules) -> pl.DataFrame:
    """Stripe's CSV as it would be by these rules, at the end of January to March."""
    moved = ledger(rules).movements
    customers = sorted(set(WORLD["customer"]["id"]))
    lines = ["Customer ID,Customer,Currency,2024-01,2024-02,2024-03"]
    for customer in customers:
        own = moved.filter(pl.col("customer") == customer)
        ends = (date(2024, 1, 31), date(2024, 2, 29), date(2024, 3, 31))
        worth = [own.filter(pl.col("date") <= end)["amount"].sum() / 100_000_000 for end in ends]
        lines.append(",".join([customer, customer.title(), "usd", *(f"{each:.2f}" for each in worth)]))
    return stripe_mrr.parse("\n".join(lines).encode())


def compared(theirs: Rules, ours: Rules | None = None) -> Comparison:
    rules = ours or Rules()
    return of(ledger(rules), file_of(theirs))


def of(own: Ledger, imported: pl.DataFrame) -> Comparison:
    return stripe_mrr.of(own, imported, ledger, lambda few: among(own, WORLD, few))


def differences(found: Comparison) -> list[tuple[object, ...]]:
    return found.differing.select("customer", "month", "theirs", "ours", "cause").rows()


def test_the_same_rules_agree_to_the_cent() -> None:
    found = compared(Rules())
    assert (found.customers, found.agreeing, differences(found)) == (6, 6, [])


def test_each_difference_from_stripes_own_figures_is_named() -> None:
    found = compared(PRESETS[Preset.STRIPE])
    assert differences(found) == [
        ("clicked", FEBRUARY, 0, 1000, "Churn on cancellation"),
        ("both", MARCH, 600, 0, "Past due"),
        ("clicked", MARCH, 0, 1000, "Churn on cancellation"),
        ("owing", MARCH, 1000, 0, "Past due"),
    ]
    assert (found.customers, found.agreeing) == (6, 3)
    assert [(cause, n) for cause, _, n in found.causes] == [("Past due", 2), ("Churn on cancellation", 1)]


@pytest.mark.parametrize(
    ("theirs", "customer", "sentence"),
    [
        (Rules(count_paused=False), "paused", "Stripe leaves paused subscriptions out."),
        (Rules(churn_at_click=True), "clicked", "Stripe counts churn on cancellation."),
    ],
)
def test_a_switch_is_named_because_turning_it_makes_ours_theirs(theirs: Rules, customer: str, sentence: str) -> None:
    found = compared(theirs)
    assert set(found.differing.select("customer", "sentence").iter_rows()) == {(customer, sentence)}


def test_several_switches_at_once_are_named_as_a_set() -> None:
    ours = Rules(past_due_days=0, deducted_coupons=frozenset())
    found = compared(Rules(past_due_days=None, churn_at_click=True), ours).differing
    march = dict(found.filter(pl.col("month") == MARCH).select("customer", "cause").iter_rows())
    assert march["both"] == "Several switches"
    assert march["owing"] == "Past due"
    assert march["half"] == "Coupons"


def test_two_switches_at_once_are_named_where_neither_alone_will_do() -> None:
    theirs = Rules(past_due_days=None, deducted_coupons=frozenset())
    found = compared(theirs).differing
    march = {row["customer"]: (row["cause"], row["sentence"]) for row in found.to_dicts() if row["month"] == MARCH}
    assert march == {
        "both": ("Two switches", "Stripe never counts past due as churn and deducts no coupons."),
        "half": ("Coupons", "Stripe deducts no coupons."),
        "owing": ("Past due", "Stripe never counts past due as churn."),
    }


def test_pairs_are_tried_for_a_few_customers_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparison, "FEW", 0)
    found = compared(Rules(past_due_days=None, deducted_coupons=frozenset())).differing
    assert (
        dict(found.filter(pl.col("month") == MARCH).select("customer", "cause").iter_rows())["both"] == "Not explained"
    )


def test_every_pair_turns_two_switches_of_different_kinds_once() -> None:
    own = Rules()
    found = [turned.rules for turned in pairs(own)]
    changed = [sum(getattr(r, s.name) != getattr(own, s.name) for s in SWITCHES) for r in found]
    assert set(changed) == {2}
    assert len(set(found)) == len(found) > 10


def test_a_few_customers_alone_have_the_mrr_that_they_have_among_all() -> None:
    alone = among(ledger(), WORLD, ["both", "half"])(Rules())
    everyone = ledger().movements.filter(pl.col("customer").is_in(["both", "half"]))
    assert alone.movements.rows() == everyone.rows()
    assert alone.movements.height > 0


def test_what_no_rule_accounts_for_says_so() -> None:
    others = "clicked,usd,10\nowing,usd,10\npaused,usd,10\nhalf,usd,6\nboth,usd,6"
    text = f"Customer ID,Currency,2024-01\nplain,usd,77.00\nghost,usd,5.00\n{others}"
    found = of(ledger(), stripe_mrr.parse(text.encode()))
    assert differences(found) == [
        ("ghost", JANUARY, 500, 0, "Not explained"),
        ("plain", JANUARY, 7700, 1000, "Not explained"),
    ]
    assert "no such customer" in found.differing["sentence"][0]


def test_a_customer_that_the_file_leaves_out_is_a_difference() -> None:
    text = "Customer ID,Currency,2024-01\nclicked,usd,10\nowing,usd,10\npaused,usd,10\nhalf,usd,6\nboth,usd,6"
    found = of(ledger(), stripe_mrr.parse(text.encode()))
    assert differences(found) == [("plain", JANUARY, 0, 1000, "Not explained")]


def test_the_result_as_csv_is_in_major_units() -> None:
    rows = stripe_mrr.result_csv(compared(PRESETS[Preset.STRIPE])).splitlines()
    assert rows[0] == "customer,name,month,currency,theirs,ours,difference,cause,sentence"
    assert "owing,Owing,2024-03,usd,10.00,0.00,-10.00,Past due,Stripe never counts past due as churn." in rows
