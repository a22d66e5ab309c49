"""Reconciling with Stripe's lists: what agrees, and one example for each cause of a difference."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.ledger.build import Ledger, build
from lib.ledger.rules import Rules
from lib.reports.reconcile import counts, money, months, standing
from lib.reports.reconcile.findings import Check
from tests.ledger.shop import at, shop
from tests.reports import worlds

UTC = ZoneInfo("UTC")
TODAY = "2024-03-15"
Tables = dict[str, pl.DataFrame]


def built(tables: Tables, rules: Rules | None = None) -> Ledger:
    return build(tables, base="usd", as_of=at(TODAY), tz=UTC, rules=rules)


# --- The balance ------------------------------------------------------------------------------------------------------


def test_each_months_kinds_add_up_to_what_stripes_balance_moved_by() -> None:
    tables = shop(
        charge="id customer created amount\nch1 c1 2024-01-10 1000\nch2 c1 2024-02-10 2000",
        balance_transaction="id created amount fee type source reporting_category\n"
        "t1 2024-01-10  1000 59 charge ch1 charge\n"
        "t2 2024-01-31  -500  0 payout po1 payout\n"
        "t3 2024-02-10  2000 88 charge ch2 charge\n"
        "t4 2024-02-11 -2000  0 refund re1 refund\n"
        "t5 2024-02-12   -10  0 tax    -   fee",
    )
    found = months.of(built(tables), tables)
    columns = ["opening", "charge", "refund", "fee", "other", "payout", "change", "stripe", "difference", "closing"]
    assert found.frame.select(columns).rows() == [
        (0, 1000, 0, -59, 0, -500, 441, 441, 0, 441),
        (441, 2000, -2000, -88, -10, 0, -98, -98, 0, 343),
    ]
    assert (found.agrees, found.transactions) == (True, 5)


def test_a_ledger_that_lost_a_row_is_found() -> None:
    tables = shop(
        charge="id customer created amount\nch1 c1 2024-01-10 1000",
        balance_transaction="id created amount source\nt1 2024-01-10 1000 ch1",
    )
    ledger = built(tables)
    lost = Ledger(**{**vars(ledger), "cash": ledger.cash.head(0)})
    found = months.of(lost, tables)
    assert (found.agrees, found.frame["difference"].to_list()) == (False, [-1000])


KINDS = ("charge", "payment", "refund", "payout", "payout_failure", "stripe_fee", "adjustment", "transfer", "tax_fee")
movements = st.lists(
    st.tuples(
        st.sampled_from(KINDS),
        st.integers(-100_000, 100_000),
        st.integers(0, 3_000),
        st.sampled_from(["usd", "eur", "jpy"]),
        st.integers(at("2023-11-01"), at(TODAY)),
    ),
    max_size=25,
)


@settings(max_examples=25)
@given(movements)
def test_whatever_moves_the_balance_is_in_exactly_one_kind(moved: list[tuple[str, int, int, str, int]]) -> None:
    tables = shop()
    rows = [
        {"id": f"t{n}", "type": kind, "amount": amount, "fee": fee, "currency": code, "created": created}
        for n, (kind, amount, fee, code, created) in enumerate(moved)
    ]
    tables["balance_transaction"] = pl.DataFrame(rows, schema=tables["balance_transaction"].schema)
    found = months.of(built(tables), tables)
    assert found.agrees
    assert found.frame["stripe"].sum() == sum(amount - fee for _, amount, fee, _, _ in moved)


# --- Charges and payouts ----------------------------------------------------------------------------------------------

CHARGE = {"id": "ch1", "customer": "c1", "created": at("2024-02-10"), "amount": 1000, "currency": "usd"}
BOOKED = {"id": "t1", "created": at("2024-02-10"), "amount": 1000, "currency": "usd", "type": "charge", "source": "ch1"}


def charges(charge: dict[str, object] | None, booked: dict[str, object] | None) -> Check:
    """One charge and one transaction, as they differ from a pair that agrees; None: not there."""
    blank = {"status": "succeeded", "captured": True, "refunded": False, "amount_captured": None}
    first = CHARGE | blank | {"id": "ch0"}
    rows = [first, *([CHARGE | blank | charge] if charge is not None else [])]
    transactions = [BOOKED | {"id": "t0", "source": "ch0", "exchange_rate": None}]
    if booked is not None:
        transactions.append(BOOKED | {"exchange_rate": None} | booked)
    return money.charges_of(
        {
            "charge": pl.DataFrame(rows, infer_schema_length=None, schema_overrides={"amount_captured": pl.Int64}),
            "balance_transaction": pl.DataFrame(
                transactions, infer_schema_length=None, schema_overrides={"exchange_rate": pl.String}
            ),
        },
        UTC,
    )


@pytest.mark.parametrize(
    ("charge", "booked", "cause"),
    [
        ({"status": "failed"}, None, "Failed"),
        ({"status": "pending"}, None, "Pending"),
        ({"captured": False}, None, "Not captured"),
        ({"captured": False, "refunded": True}, None, "Released"),
        ({"amount": 0}, None, "Nothing to book"),
        ({}, None, "Not explained"),
        (None, {}, "Not explained"),
        (None, {"source": None}, "No charge behind it"),
        (None, {"created": at("2024-01-01")}, "Before the first charge"),
        ({"amount_captured": 400}, {"amount": 400}, "Captured in part"),
        ({}, {"amount": 999}, "Not explained"),
    ],
)
def test_each_cause_of_a_charge_without_its_transaction(
    charge: dict[str, object] | None, booked: dict[str, object] | None, cause: str
) -> None:
    found = charges(charge, booked)
    assert [name for name, _ in found.causes] == [cause]
    assert found.unexplained == (cause == "Not explained")
    assert found.agreeing == 1
    assert found.findings["sentence"][0].endswith(".")


@pytest.mark.parametrize("booked", [{}, {"currency": "eur", "amount": 920, "exchange_rate": "0.92"}])
def test_a_pair_agrees_in_one_currency_and_converted_at_stripes_own_rate(booked: dict[str, object]) -> None:
    found = charges({}, booked)
    assert (found.agreeing, found.findings.height) == (2, 0)


PAYOUT = {"id": "po1", "created": at("2024-02-10"), "amount": 700, "currency": "usd", "status": "paid"}


@pytest.mark.parametrize(
    ("payout", "booked", "cause"),
    [
        ({"status": "pending"}, None, "Pending"),
        ({"status": "canceled"}, None, "Never sent"),
        ({}, None, "Not explained"),
        (None, {}, "Not explained"),
        (None, {"created": at("2024-01-01")}, "Before the first payout"),
        ({}, {"amount": -699}, "Not explained"),
        ({"status": "failed"}, {}, "On its way back"),
        ({}, {}, None),
    ],
)
def test_each_cause_of_a_payout_without_its_transaction(
    payout: dict[str, object] | None, booked: dict[str, object] | None, cause: str | None
) -> None:
    transaction = {"type": "payout", "source": "po1", "id": "t1", "amount": -700}
    rows = [PAYOUT | {"id": "po0"}, *([PAYOUT | payout] if payout is not None else [])]
    moved = [BOOKED | transaction | {"id": "t0", "source": "po0"}]
    moved += [BOOKED | transaction | booked] if booked is not None else []
    found = money.payouts_of({"payout": pl.DataFrame(rows), "balance_transaction": pl.DataFrame(moved)}, UTC)
    assert [name for name, _ in found.causes] == ([cause] if cause else [])
    assert found.agreeing == (1 if cause else 2)


# --- Subscriptions ----------------------------------------------------------------------------------------------------

PRICES = (
    "id product unit_amount_decimal interval usage_type\n"
    "basic p1 1000 month licensed\nfree p1 0 month licensed\nmeter p1 5 month metered"
)


def subscription(price: str = "basic", extra: str = "", values: str = "", **tables: str) -> Tables:
    """One subscription since 10 January, billed once, as Stripe shows it today."""
    world = {
        "product": "id name\np1 Basic",
        "price": PRICES,
        "subscription": f"id customer created {extra}\ns1 c1 2024-01-10 {values}",
        "subscription_item": f"id subscription price\ni1 s1 {price}",
        "invoice": "id subscription customer created\nv1 s1 c1 2024-01-10",
        "invoice_line": "id invoice subscription subscription_item price amount period_start period_end\n"
        f"l1 v1 s1 i1 {price} 1000 2024-01-10 2024-02-10",
        **tables,
    }
    return shop(**world)


def reconciled(tables: Tables, rules: Rules | None = None) -> list[tuple[str, str]]:
    found = standing.of(built(tables, rules), tables, lambda turned: built(tables, turned))
    return list(found.findings.select("cause", "sentence").iter_rows())


UNPAID = (
    "id subscription customer created status billing_reason amount_due finalized_at paid_at\n"
    "v1 s1 c1 2024-01-10 paid subscription_create 1000 2024-01-10 2024-01-10\n"
    "v2 s1 c1 2024-02-10 open subscription_cycle 1000 2024-02-10 -"
)
COUPON = {
    "coupon": "id duration percent_off\nk1 forever =100",
    "discount": "id coupon start\nd1 k1 2024-01-10",
    "invoice": "id subscription customer created billing_reason subtotal period_end discounts\n"
    'v1 s1 c1 2024-01-10 subscription_create 1000 2024-01-10 =["d1"]',
}


def test_a_subscription_that_both_count_is_no_difference() -> None:
    assert reconciled(subscription()) == []


def test_past_due_for_too_long_says_for_how_many_days() -> None:
    tables = subscription(extra="status", values="past_due", invoice=UNPAID)
    assert reconciled(tables) == [("Past due", "Past due for 34 days: counted as churned after 30 days.")]
    assert reconciled(tables, Rules(past_due_days=40)) == []


def test_everything_off() -> None:
    tables = subscription(extra="discounts", values='=["d1"]', **COUPON)
    assert reconciled(tables) == [("100% off", "A coupon takes off the whole price, so its MRR is 0.")]
    assert reconciled(tables, Rules(deducted_coupons=frozenset())) == []


def test_paused() -> None:
    tables = subscription(extra="pause_behavior", values="void")
    assert reconciled(tables) == []
    assert [cause for cause, _ in reconciled(tables, Rules(count_paused=False))] == ["Paused"]


def test_cancelled_and_still_running() -> None:
    tables = subscription(extra="canceled_at cancel_at_period_end", values="2024-02-15 yes")
    assert reconciled(tables) == []
    assert [cause for cause, _ in reconciled(tables, Rules(churn_at_click=True))] == ["Cancelled"]


@pytest.mark.parametrize(("price", "cause"), [("free", "Free plan"), ("meter", "Metered only")])
def test_prices_that_come_to_nothing(price: str, cause: str) -> None:
    assert [found for found, _ in reconciled(subscription(price))] == [cause]


def test_no_seats_and_nothing_recurring() -> None:
    none = subscription(subscription_item="id subscription price quantity\ni1 s1 basic 0")
    assert [cause for cause, _ in reconciled(none)] == ["No quantity"]
    bare = subscription(subscription_item="id subscription price", invoice_line="id invoice")
    assert [cause for cause, _ in reconciled(bare)] == ["Nothing recurring"]


def test_a_trial_given_to_somebody_who_paid_already_still_counts_here() -> None:
    tables = subscription(extra="status trial_start trial_end", values="trialing 2024-03-10 2024-04-10")
    assert [cause for cause, _ in reconciled(tables)] == ["Free time"]


# --- Stripe's lists, read now -----------------------------------------------------------------------------------------

COPY = worlds.tables(
    customer="id created deleted\nc1 2024-01-10 no\nc2 2024-01-11 yes\nc3 2024-03-15 no",
    subscription="id customer status created\ns1 c1 active 2024-01-10\ns2 c1 past_due 2024-01-10",
    invoice="id customer status created\ni1 c1 paid 2024-01-10\ni2 c1 draft 2024-01-11",
)
UNTIL = at("2024-03-14")


def listed(*rows: tuple[str, str | None]) -> counts.Listed:
    """(id, status) of objects of customer c1, made on 10 January."""
    return {id_: {"created": at("2024-01-10"), "customer": "c1", "status": status} for id_, status in rows}


AGREEING = {
    "customer": listed(("c1", None)),
    "subscription": listed(("s1", "active"), ("s2", "past_due")),
    "invoice": listed(("i1", "paid"), ("i2", "draft")),
    "charge": {},
}


def test_each_list_is_counted_without_what_stripe_deleted_or_made_since() -> None:
    found = counts.compared(COPY, AGREEING, UNTIL, UTC)
    assert [(each.name, each.ours, each.theirs, each.agreeing) for each in found.checks] == [
        ("Customers", 1, 1, 1),
        ("Subscriptions", 2, 2, 2),
        ("Invoices", 2, 2, 2),
        ("Charges", 0, 0, 0),
    ]
    assert (found.differences, found.active_here, found.active_there) == (0, 2, 2)


def test_each_difference_from_a_list_is_one_sentence() -> None:
    theirs = AGREEING | {
        "customer": listed(("c1", None), ("c9", None)),
        "subscription": listed(("s1", "canceled"), ("s2", "past_due")),
        "invoice": listed(("i1", "paid")),
    }
    found = counts.compared(COPY, theirs, UNTIL, UTC)
    said = [row for each in found.checks for row in each.findings.select("object", "customer", "sentence").rows()]
    assert said == [
        ("c9", "c9", "Stripe lists this customer, and the copy here does not have it."),
        ("s1", "c1", "Stripe says canceled, the copy here says active: it has not heard of the change yet."),
        (
            "i2",
            "c1",
            "Stripe no longer lists this invoice: it was deleted there, and the copy here has not heard of it yet.",
        ),
    ]
    assert [each.agreeing for each in found.checks] == [1, 1, 1, 0]
    assert (found.differences, found.active_here, found.active_there) == (3, 2, 1)
