"""Each switch of the ledger in both positions: the life of a shop in tables, what must come out beside it."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from lib.errors import BadRules
from lib.ledger import rules as switches
from lib.ledger.build import Ledger, build
from lib.ledger.rules import PRESETS, SWITCHES, Preset, Rules, TrialConversion, from_json, preset_of, to_json
from lib.periods import EARLIEST
from tests.ledger.shop import at, shop

PRICES = """
id       product unit_amount_decimal interval interval_count usage_type
basic    p1      1000                month    1              licensed
pro      p2      2500                month    1              licensed
meter    p3      5                   month    1              metered
weekly   p3      5                   week     1              metered
"""
ALL = frozenset({"forever", "repeating", "once"})
ONE_MONTHLY = {
    "subscription": "id customer created\ns1 c1 2024-01-10",
    "subscription_item": "id subscription price\ni1 s1 basic",
    "invoice": "id subscription customer created\nv1 s1 c1 2024-01-10\nv2 s1 c1 2024-02-10",
    "invoice_line": "id invoice subscription subscription_item price amount period_start period_end\n"
    "l1 v1 s1 i1 basic 1000 2024-01-10 2024-02-10\n"
    "l2 v2 s1 i1 basic 1000 2024-02-10 2024-03-10",
}
"""One customer on Basic since 10 January, billed twice."""


def ledger(as_of: str, rules: Rules | None = None, base: str = "usd", **tables: str) -> Ledger:
    world = {"price": PRICES, **ONE_MONTHLY, **tables}
    return build(shop(**world), base=base, as_of=at(as_of), tz=ZoneInfo("UTC"), rules=rules)


def told(frame: pl.DataFrame) -> list[str]:
    """Movements as ``date type amount`` with the amount in minor units."""
    rows = frame.filter(pl.col("type") != "fx").select("date", "type", "amount").iter_rows()
    return [f"{day} {kind} {amount / 1_000_000:+.2f}" for day, kind, amount in rows]


# --- Coupons ----------------------------------------------------------------------------------------------------------


def coupon(duration: str, percent: int) -> dict[str, str]:
    first = '=["d1"]'
    again = "-" if duration == "once" else first
    return {
        "coupon": f"id duration percent_off\nk1 {duration} ={percent}",
        "discount": "id coupon start\nd1 k1 2024-01-10",
        "subscription": f"id customer created discounts\ns1 c1 2024-01-10 {again}",
        "invoice": "id subscription customer created billing_reason subtotal period_end discounts\n"
        f"v1 s1 c1 2024-01-10 subscription_create 1000 2024-01-10 {first}\n"
        f"v2 s1 c1 2024-02-10 subscription_cycle 1000 2024-02-10 {again}",
    }


@pytest.mark.parametrize(
    ("duration", "deducted", "expected"),
    [
        ("forever", ALL, ["2024-01-10 new +600.00"]),
        ("forever", frozenset(), ["2024-01-10 new +1000.00"]),
        ("repeating", frozenset({"repeating"}), ["2024-01-10 new +600.00"]),
        ("repeating", frozenset({"forever", "once"}), ["2024-01-10 new +1000.00"]),
        ("once", ALL, ["2024-01-10 new +600.00", "2024-02-10 expansion +400.00"]),
        ("once", frozenset({"forever", "repeating"}), ["2024-01-10 new +1000.00"]),
    ],
)
def test_each_duration_of_coupon_has_its_own_switch(
    duration: str, deducted: frozenset[str], expected: list[str]
) -> None:
    found = ledger("2024-02-20", Rules(deducted_coupons=deducted), **coupon(duration, 40))
    assert told(found.movements) == expected


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [("2024-01-11", ["2024-01-10 new +600.00"]), ("2024-02-09", ["2024-01-10 new +600.00"])],
)
def test_a_once_coupon_runs_to_the_end_of_its_period_though_stripe_drops_it_at_once(
    as_of: str, expected: list[str]
) -> None:
    tables = coupon("once", 40) | {
        "invoice": "id subscription customer created billing_reason subtotal period_end discounts\n"
        'v1 s1 c1 2024-01-10 subscription_create 1000 2024-01-10 =["d1"]'
    }
    lines = "\n".join(ONE_MONTHLY["invoice_line"].splitlines()[:2])
    found = ledger(as_of, Rules(deducted_coupons=ALL), **tables, invoice_line=lines)
    assert told(found.movements) == expected


def test_a_once_coupon_that_no_invoice_shows_yet_runs_on() -> None:
    tables = coupon("once", 40) | {"subscription": 'id customer created discounts\ns1 c1 2024-01-10 =["d1"]'}
    tables["invoice"] = ONE_MONTHLY["invoice"]
    assert told(ledger("2024-02-20", Rules(deducted_coupons=ALL), **tables).movements) == ["2024-01-10 new +600.00"]


@pytest.mark.parametrize(
    ("active", "expected"),
    [
        (False, ["2024-02-10 new +1000.00"]),
        (True, ["2024-01-10 new +0.00", "2024-02-10 expansion +1000.00"]),
    ],
)
def test_a_customer_with_everything_off_is_active_or_not(active: bool, expected: list[str]) -> None:
    rules = Rules(deducted_coupons=ALL, full_discount_active=active)
    assert told(ledger("2024-02-20", rules, **coupon("once", 100)).movements) == expected


def test_everything_off_is_churn_or_a_contraction_to_nothing() -> None:
    tables = {
        "coupon": "id duration percent_off\nk1 forever =100",
        "discount": "id coupon start\nd1 k1 2024-02-15",
        "subscription": 'id customer created discounts\ns1 c1 2024-01-10 =["d1"]',
    }
    churned, kept = (ledger("2024-02-20", Rules(full_discount_active=a), **tables) for a in (False, True))
    assert told(churned.movements) == ["2024-01-10 new +1000.00", "2024-02-15 churn -1000.00"]
    assert told(kept.movements) == ["2024-01-10 new +1000.00", "2024-02-15 contraction -1000.00"]
    assert kept.states["active"].to_list() == [True, True]


# --- Cancelling -------------------------------------------------------------------------------------------------------

LEAVING = {
    "subscription": "id customer created canceled_at cancel_at_period_end\ns1 c1 2024-01-10 2024-02-15 yes",
}
LEFT = {
    "subscription": "id customer created status canceled_at ended_at\ns1 c1 2024-01-10 canceled 2024-02-15 2024-03-10",
}


@pytest.mark.parametrize(
    ("world", "at_click", "expected"),
    [
        (LEAVING, False, ["2024-01-10 new +1000.00"]),
        (LEAVING, True, ["2024-01-10 new +1000.00", "2024-02-15 churn -1000.00"]),
        (LEFT, False, ["2024-01-10 new +1000.00", "2024-03-10 churn -1000.00"]),
        (LEFT, True, ["2024-01-10 new +1000.00", "2024-02-15 churn -1000.00"]),
    ],
)
def test_a_cancellation_counts_at_the_period_end_or_at_the_click_and_never_twice(
    world: dict[str, str], at_click: bool, expected: list[str]
) -> None:
    found = ledger("2024-03-20", Rules(churn_at_click=at_click), **world)
    assert told(found.movements) == expected
    assert told(found.committed)[1:] == ["2024-02-15 churn -1000.00"], "committed MRR leaves at the click by any rule"


def test_committed_mrr_of_those_who_stay_is_their_mrr() -> None:
    found = ledger("2024-03-01")
    assert found.committed.equals(found.movements)


def test_whoever_comes_and_goes_within_a_month_is_left_out_if_asked() -> None:
    short = {"subscription": "id customer created status ended_at\ns1 c1 2024-01-10 canceled 2024-01-25"}
    longer = {"subscription": "id customer created status ended_at\ns1 c1 2024-01-10 canceled 2024-02-02"}
    rules = Rules(drop_short_stays=True)
    assert told(ledger("2024-03-01", **short).movements) == ["2024-01-10 new +1000.00", "2024-01-25 churn -1000.00"]
    assert told(ledger("2024-03-01", rules, **short).movements) == []
    assert len(told(ledger("2024-03-01", rules, **longer).movements)) == 2


# --- Pauses and unpaid bills ------------------------------------------------------------------------------------------

PAUSED = {
    "subscription": "id customer created pause_behavior\ns1 c1 2024-01-10 void",
    "invoice": "id subscription customer created status amount_due finalized_at voided_at\n"
    "v1 s1 c1 2024-01-10 paid 0 - -\n"
    "v2 s1 c1 2024-02-10 void 1000 2024-02-10 2024-02-10",
}


@pytest.mark.parametrize(
    ("counted", "expected"),
    [
        (True, ["2024-01-10 new +1000.00"]),
        (False, ["2024-01-10 new +1000.00", "2024-02-10 churn -1000.00"]),
    ],
)
def test_a_paused_subscription_stays_or_leaves_with_the_first_bill_put_aside(
    counted: bool, expected: list[str]
) -> None:
    assert told(ledger("2024-02-20", Rules(count_paused=counted), **PAUSED).movements) == expected


def test_a_pause_ends_with_the_next_bill_that_is_collected() -> None:
    tables = PAUSED | {
        "subscription": "id customer created\ns1 c1 2024-01-10",
        "invoice": PAUSED["invoice"] + "\nv3 s1 c1 2024-03-10 paid 0 2024-03-10 -",
    }
    assert told(ledger("2024-03-20", Rules(count_paused=False), **tables).movements) == [
        "2024-01-10 new +1000.00",
        "2024-02-10 churn -1000.00",
        "2024-03-10 reactivation +1000.00",
    ]


def test_a_pause_that_no_bill_shows_counts_from_the_day_we_look() -> None:
    tables = {"subscription": "id customer created pause_behavior\ns1 c1 2024-01-10 void"}
    assert told(ledger("2024-02-20", Rules(count_paused=False), **tables).movements)[1:] == [
        "2024-02-20 churn -1000.00"
    ]


def test_a_pause_that_was_lifted_is_over_though_no_bill_came_since() -> None:
    tables = PAUSED | {"subscription": "id customer created\ns1 c1 2024-01-10"}
    assert told(ledger("2024-02-20", Rules(count_paused=False), **tables).movements)[-1] == (
        "2024-02-20 reactivation +1000.00"
    )


def test_a_draft_that_nobody_sends_shows_a_pause_and_one_of_this_hour_does_not() -> None:
    tables = {
        "subscription": "id customer created pause_behavior\ns1 c1 2024-01-10 keep_as_draft",
        "invoice": "id subscription customer created status\nv1 s1 c1 2024-01-10 paid\nv2 s1 c1 2024-02-10 draft",
    }
    rules = Rules(count_paused=False)
    assert told(ledger("2024-02-20", rules, **tables).movements)[-1] == "2024-02-10 churn -1000.00"
    sent = tables | {"subscription": "id customer created\ns1 c1 2024-01-10"}
    assert told(ledger("2024-02-10T12:30:00", rules, **sent).movements) == ["2024-01-10 new +1000.00"]


@pytest.mark.parametrize(("days", "gone"), [(0, "2024-02-10"), (7, "2024-02-17"), (None, None)])
def test_past_due_churns_after_the_days_asked(days: int | None, gone: str | None) -> None:
    tables = {
        "subscription": "id customer created status\ns1 c1 2024-01-10 past_due",
        "invoice": "id subscription customer created status amount_due finalized_at\n"
        "v1 s1 c1 2024-01-10 paid 0 -\nv2 s1 c1 2024-02-10 open 1000 2024-02-10",
    }
    expected = ["2024-01-10 new +1000.00", *([f"{gone} churn -1000.00"] if gone else [])]
    assert told(ledger("2024-04-20", Rules(past_due_days=days), **tables).movements) == expected


DEBTS = """
older paid the day after, the newer open for 12 days | 02-10 02-17 02-18 03-01 | 2024-02-20 2024-03-01
older still open, the newer paid at once             | 02-10 02-17 -     02-17 | -          -
older still open, the newer too                      | 02-10 02-17 -     -     | 2024-02-20 -
"""


@pytest.mark.parametrize("case", [line.split("|") for line in DEBTS.strip().splitlines()], ids=lambda c: c[0].strip())
def test_past_due_follows_the_newest_bill_alone(case: list[str]) -> None:
    """As Stripe's status does: a forgotten bill keeps nobody out who pays the next, and none pays for another."""
    first, second, paid_first, paid_second = (day if day == "-" else f"2024-{day}" for day in case[1].split())
    gone, back = case[2].split()
    columns = "id subscription customer created amount_due finalized_at collection_method paid_at billing_reason\n"
    tables = {
        "subscription": "id customer created status\ns1 c1 2024-01-10 past_due",
        "invoice": columns
        + "v0 s1 c1 2024-01-10 1000 2024-01-10 charge_automatically 2024-01-10 subscription_create\n"
        + f"v1 s1 c1 {first} 1000 {first} charge_automatically {paid_first} subscription_cycle\n"
        + f"v2 s1 c1 {second} 1000 {second} charge_automatically {paid_second} subscription_cycle",
        "invoice_line": "id invoice subscription subscription_item price amount period_start period_end\n"
        "l0 v0 s1 i1 basic 1000 2024-01-10 2024-02-10",
    }
    expected = ["2024-01-10 new +1000.00"]
    expected += [] if gone == "-" else [f"{gone} churn -1000.00"]
    expected += [] if back == "-" else [f"{back} reactivation +1000.00"]
    assert told(ledger("2024-04-20", Rules(past_due_days=10), **tables).movements) == expected


def test_a_bill_sent_out_is_past_due_from_its_last_day_until_an_older_debt_is_paid_before_the_newer_falls_due() -> None:
    tables = {
        "subscription": "id customer created status\ns1 c1 2024-01-10 active",
        "invoice": "id subscription customer created amount_due finalized_at collection_method due_date paid_at\n"
        "v1 s1 c1 2024-01-10 1000 2024-01-10 send_invoice 2024-02-09 2024-02-20\n"
        "v2 s1 c1 2024-02-10 1000 2024-02-10 send_invoice 2024-03-11 2024-03-01",
        "invoice_line": "id invoice subscription subscription_item price amount period_start period_end\n"
        "l1 v1 s1 i1 basic 1000 2024-01-10 2024-02-10\n"
        "l2 v2 s1 i1 basic 1000 2024-02-10 2024-03-10",
    }
    expected = ["2024-01-10 new +1000.00", "2024-02-09 churn -1000.00", "2024-02-20 reactivation +1000.00"]
    assert told(ledger("2024-04-20", Rules(past_due_days=0), **tables).movements) == expected


# --- Usage ------------------------------------------------------------------------------------------------------------


def metered(price: str, *bills: tuple[str, int]) -> dict[str, str]:
    invoices = "".join(f"\nv{n} s1 c1 {day} subscription_cycle" for n, (day, _) in enumerate(bills, 1))
    lines = "".join(f"\nl{n} v{n} s1 i1 {price} {a} {day}" for n, (day, a) in enumerate(bills, 1))
    return {
        "subscription_item": f"id subscription price quantity\ni1 s1 {price} -",
        "invoice": "id subscription customer created billing_reason\n"
        f"v0 s1 c1 2024-01-10 subscription_create{invoices}",
        "invoice_line": "id invoice subscription subscription_item price amount period_start\n"
        f"l0 v0 s1 i1 {price} 0 2024-01-10{lines}",
    }


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (Rules(), []),
        (
            Rules(count_metered=True),
            [
                "2024-02-10 new +4000.00",  # met-02: the mean of what there is, not a third of it
                "2024-03-10 contraction -1500.00",  # (4000 + 1000) / 2
                "2024-04-10 contraction -500.00",  # (4000 + 1000 + 1000) / 3
                "2024-05-10 contraction -1000.00",  # (1000 + 1000 + 1000) / 3
            ],
        ),
    ],
)
def test_usage_is_out_or_counts_with_the_mean_of_three_months(rules: Rules, expected: list[str]) -> None:
    bills = [("2024-02-10", 4000), ("2024-03-10", 1000), ("2024-04-10", 1000), ("2024-05-10", 1000)]
    assert told(ledger("2024-05-20", rules, **metered("meter", *bills)).movements) == expected


def test_weekly_usage_is_brought_to_a_month() -> None:
    found = ledger("2024-02-01", Rules(count_metered=True), **metered("weekly", ("2024-01-17", 300)))
    assert found.movements["amount"].sum() == round(Fraction(300 * 52, 12) * 1_000_000)


def test_usage_that_a_later_bill_no_longer_names_is_gone() -> None:
    tables = metered("meter", ("2024-02-10", 4000))
    tables["invoice"] += "\nv9 s1 c1 2024-03-10 subscription_cycle"
    tables["invoice_line"] += "\nl9 v9 s1 i2 basic 1000 2024-03-10"
    tables["subscription_item"] = "id subscription price\ni2 s1 basic"
    assert told(ledger("2024-03-20", Rules(count_metered=True), **tables).movements) == [
        "2024-02-10 new +4000.00",
        "2024-03-10 contraction +1000.00",
        "2024-03-10 contraction -4000.00",
    ]


# --- Tax --------------------------------------------------------------------------------------------------------------


def taxed(taxes: str, discounts: str = "-") -> dict[str, str]:
    return {
        "tax_rate": "id percentage\nt20 =20\nt5 =5.5",
        "invoice_line": "id invoice subscription subscription_item price amount period_start taxes discount_amounts\n"
        f"l1 v1 s1 i1 basic 1000 2024-01-10 ={taxes} {discounts}",
    }


def tax(rate: str, amount: int, inclusive: bool = True) -> str:
    return f'{{"rate":"{rate}","amount":{amount},"inclusive":{str(inclusive).lower()}}}'


@pytest.mark.parametrize(
    ("taxes", "discounts", "expected"),
    [
        (f"[{tax('t20', 167)}]", "-", Fraction(1000, 120) * 100),  # exact, not 1000 − 167
        (f"[{tax('t20', 200, inclusive=False)}]", "-", Fraction(1000)),
        (f"[{tax('t20', 159)},{tax('t5', 44)}]", "-", Fraction(100_000_0, 1255)),
        (f"[{tax('gone', 167)}]", "-", Fraction(833)),  # the rate is not known: the amounts decide
        (f"[{tax('gone', 100)}]", '=[{"discount":"d1","amount":400}]', Fraction(1000 * 500, 600)),
        ("[]", "-", Fraction(1000)),
    ],
)
def test_the_tax_that_a_price_includes_is_taken_out(taxes: str, discounts: str, expected: Fraction) -> None:
    found = ledger("2024-01-20", **taxed(taxes, discounts))
    assert found.movements["amount"].sum() == round(expected * 1_000_000)


def test_a_pending_change_is_taxed_like_the_bills_before_it() -> None:
    found = ledger(
        "2024-01-25",
        **taxed(f"[{tax('t20', 167)}]"),
        subscription_item="id subscription price\ni1 s1 pro",
        invoice_item="id subscription subscription_item price amount period_start date\n"
        "p1 s1 i1 basic -500 2024-01-20 2024-01-20\n"
        "p2 s1 i1 pro 1250 2024-01-20 2024-01-20",
    )
    assert found.movements["amount"].sum() == round(Fraction(2500 * 100, 120) * 1_000_000)


# --- Trials -----------------------------------------------------------------------------------------------------------


def on_trial(status: str, ended: str = "-", paid: bool = False) -> dict[str, str]:
    bill = "\nv2 s1 c1 2024-01-24" if paid else ""
    line = "\nl2 v2 s1 i1 basic 1000 2024-01-24" if paid else ""
    return {
        "subscription": "id customer created status trial_start trial_end ended_at\n"
        f"s1 c1 2024-01-10 {status} 2024-01-10 2024-01-24 {ended}",
        "invoice": f"id subscription customer created\nv1 s1 c1 2024-01-10{bill}",
        "invoice_line": "id invoice subscription subscription_item price amount period_start\n"
        f"l1 v1 s1 i1 basic 0 2024-01-10{line}",
    }


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("world", "as_of", "mrr", "trial"),
    [
        (on_trial("trialing"), "2024-01-20", 0, ("2024-01-24", None, False)),
        (on_trial("active", paid=True), "2024-01-30", 1000, ("2024-01-24", "2024-01-24", True)),
        (on_trial("canceled", ended="2024-01-18"), "2024-01-30", 0, ("2024-01-18", None, True)),
        (on_trial("paused"), "2024-01-30", 0, ("2024-01-24", None, True)),
    ],
)
def test_a_trial_is_told_with_its_end_and_what_came_of_it(
    world: dict[str, str], as_of: str, mrr: int, trial: tuple[str, str | None, bool]
) -> None:
    found = ledger(as_of, **world)
    end, converted, over = trial
    assert found.movements["amount"].sum() == mrr * 1_000_000
    assert found.trials.rows() == [
        ("c1", "s1", "basic", "usd", day("2024-01-10"), day(end), converted and day(converted), over)
    ]
    told_trial = told(found.trialing)
    assert told_trial[0] == "2024-01-10 new +1000.00"
    assert told_trial[1:] == ([f"{end} churn -1000.00"] if over else [])


def test_a_trial_without_bills_is_worth_what_its_items_are_now() -> None:
    tables = on_trial("trialing") | {"invoice": "id", "invoice_line": "id"}
    assert told(ledger("2024-01-20", **tables).trialing) == ["2024-01-10 new +1000.00"]


def test_a_free_month_for_somebody_who_pays_is_no_trial() -> None:
    tables = {"subscription": "id customer created trial_start trial_end\ns1 c1 2024-01-10 2024-02-15 2024-03-15"}
    found = ledger("2024-03-20", **tables)
    assert found.trials.height == 0
    assert told(found.movements) == ["2024-01-10 new +1000.00"]


# --- Currencies -------------------------------------------------------------------------------------------------------

EUROS = {
    "price": "id product unit_amount_decimal currency\nbasic p1 1000 eur",
    "subscription": "id customer created currency\ns1 c1 2024-01-10 eur",
    "invoice_line": ONE_MONTHLY["invoice_line"]
    .replace("price amount", "price currency amount")
    .replace("basic 1000", "basic eur 1000"),
}
PAID = {
    "charge": "id created amount currency\nch1 2024-01-10 1000 eur\nch2 2024-02-10 1000 eur",
    "balance_transaction": "id created amount source exchange_rate\n"
    "t1 2024-01-10 1100 ch1 =1.1\nt2 2024-02-10 1200 ch2 =1.2",
}
TABLE = {"exchange_rate": "currency base date rate\neur usd =2024-01-10 =9\neur usd =2024-01-20 =1.3"}


def worth(found: Ledger) -> dict[str, int]:
    """MRR in minor units of the reporting currency at the end of each day on which it moved."""
    days = found.movements.group_by("date").agg(pl.col("amount_base").sum()).sort("date")
    sums = days["amount_base"].cum_sum().to_list()
    return {str(d): round(v / 1_000_000) for d, v in zip(days["date"], sums, strict=True)}


@pytest.mark.parametrize(
    ("rules", "tables", "expected"),
    [
        (Rules(), PAID, {"2024-01-10": 1100, "2024-02-10": 1200}),
        (Rules(), PAID | TABLE, {"2024-01-10": 1100, "2024-01-20": 1300, "2024-02-10": 1200}),
        (Rules(), TABLE, {"2024-01-10": 9000, "2024-01-20": 1300}),
        (Rules(frozen_rates=day("2024-01-31")), PAID, {"2024-01-10": 1100}),
        (Rules(frozen_rates=day("2024-03-31")), PAID, {"2024-01-10": 1200}),
        (Rules(frozen_rates=day("2023-03-31")), PAID, {"2024-01-10": 1100}),
        (Rules(currency="eur"), PAID, {"2024-01-10": 1000}),
    ],
)
def test_the_rate_of_the_day_is_the_accounts_own_then_the_tables_then_the_last_known(
    rules: Rules, tables: dict[str, str], expected: dict[str, int]
) -> None:
    assert worth(ledger("2024-02-20", rules, **EUROS, **tables)) == expected


def test_a_table_is_read_backwards_where_only_the_other_way_is_given() -> None:
    table = {"exchange_rate": "currency base date rate\nusd eur =2024-01-10 =0.8"}
    assert worth(ledger("2024-02-20", **EUROS, **table)) == {"2024-01-10": 1250}


def test_another_currency_is_reached_by_way_of_the_accounts_own() -> None:
    table = {"exchange_rate": "currency base date rate\ngbp usd =2024-01-10 =1.25\ngbp usd =2024-02-10 =1.5"}
    found = ledger("2024-02-20", Rules(currency="gbp"), **EUROS, **PAID, **table)
    assert worth(found) == {"2024-01-10": 880, "2024-02-10": 800}
    assert set(found.rates.filter(pl.col("currency") == "eur")["source"]) == {"table"}
    assert found.unpriced == ()


def test_rates_between_yen_and_dollars_are_of_minor_units() -> None:
    yen = {k: v.replace("eur", "jpy") for k, v in EUROS.items()}
    table = {"exchange_rate": "currency base date rate\njpy usd =2024-01-10 =0.0065"}
    assert worth(ledger("2024-02-20", **yen, **table)) == {"2024-01-10": 650}  # ¥1,000 are $6.50


def test_frozen_rates_hold_from_the_first_day() -> None:
    found = ledger("2024-02-20", Rules(frozen_rates=day("2024-01-31")), **EUROS, **PAID)
    assert found.rates["date"].to_list() == [EARLIEST]
    assert not found.movements.filter(pl.col("type") == "fx").height


# --- The switches themselves ------------------------------------------------------------------------------------------


def test_rules_come_back_from_json_as_they_went() -> None:
    odd = Rules(
        deducted_coupons=frozenset({"once"}),
        past_due_days=None,
        currency="eur",
        frozen_rates=day("2024-02-29"),
        trial_conversion=TrialConversion.COHORT,
    )
    assert to_json(odd) == {
        "deducted_coupons": ["once"],
        "past_due_days": None,
        "currency": "eur",
        "frozen_rates": "2024-02-29",
        "trial_conversion": "cohort",
    }
    for rules in (odd, *PRESETS.values()):
        assert from_json(to_json(rules)) == rules
    assert from_json(None) == from_json({}) == Rules()


@pytest.mark.parametrize(
    "kept",
    [
        {"past_due_days": -1},
        {"past_due_days": 9_999},
        {"past_due_days": "soon"},
        {"count_paused": "perhaps"},
        {"ltv_months": 40},
        {"deducted_coupons": ["never"]},
        {"trial_conversion": "magic"},
        {"frozen_rates": "31 March"},
        {"currency": 7},
        {"currency": "dollars"},
        {"currency": "USD"},
        {"colour": "red"},
    ],
)
def test_a_rule_that_can_not_be_is_refused_with_its_name(kept: dict[str, object]) -> None:
    with pytest.raises(BadRules, match=next(iter(kept))):
        from_json(kept)


def test_each_preset_is_known_by_its_switches_whatever_the_currency() -> None:
    assert {preset: preset_of(rules) for preset, rules in PRESETS.items()} == {p: p for p in Preset}
    assert preset_of(Rules(currency="eur", frozen_rates=day("2024-01-01"))) is Preset.BAREMETRICS
    assert preset_of(Rules(past_due_days=3)) is None
    assert all(switch.metadata["title"] and switch.metadata["help"] for switch in SWITCHES)
    assert switches.DURATIONS == ("forever", "repeating", "once")


# --- Found by generated worlds ----------------------------------------------------------------------------------------


def test_usage_billed_for_the_period_before_does_not_end_a_once_coupon_in_that_period() -> None:
    tables = coupon("once", 40) | {
        "invoice_line": ONE_MONTHLY["invoice_line"] + "\nl3 v2 s1 i2 meter 50 2024-01-10 2024-02-10"
    }
    found = ledger("2024-02-20", Rules(deducted_coupons=ALL), **tables)
    assert told(found.movements) == ["2024-01-10 new +600.00", "2024-02-10 expansion +400.00"]
