"""Stripe's old and new shapes give the same rows."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import orjson
import pytest

from lib.store.stripe_rows import FROM_STRIPE, KINDS, from_stripe, tombstone
from lib.store.tables import MIRROR, Charge, Customer, Mirror, columns

A, AT = "acct_1", 1_700_000_000.5
SHARED = Path(__file__).parents[3] / "shared" / "independent-account.json.gz"
Obj = dict[str, Any]


def _first(obj: Obj) -> Obj:
    return from_stripe({"id": "x", **obj}, A, AT)[0][1]


def _of(table: str, obj: Obj) -> list[Obj]:
    return [row for kind, row in from_stripe({"id": "x", **obj}, A, AT) if kind.__name__ == table]


# --- Every move of a field in STRIPE.md: expected columns, the old shape, the new shape -------------------------------

PRICE = {"object": "price", "id": "price_1", "product": "prod_1", "unit_amount_decimal": "1999", "currency": "usd"}
PRICING = {
    "type": "price_details",
    "price_details": {"price": "price_1", "product": "prod_1"},
    "unit_amount_decimal": "1999",
}
PRICED = {"price": "price_1", "product": "prod_1", "unit_amount_decimal": "1999"}
COUPON = {"object": "coupon", "id": "half", "percent_off": 50.0, "duration": "once"}
OLD_DISCOUNT = {"object": "discount", "id": "di_1", "start": 1, "end": None, "coupon": COUPON}
NEW_DISCOUNT = {"object": "discount", "id": "di_1", "start": 1, "end": None, "source": {"coupon": COUPON}}
PERIOD = {"current_period_start": 10, "current_period_end": 20}
ITEM = {"object": "subscription_item", "id": "si_1"}
LINE = {"object": "line_item"}


def _line_parent(kind: str, **details: object) -> Obj:
    return {**LINE, "parent": {"type": f"{kind}_details", f"{kind}_details": details}}


MOVES: dict[str, tuple[Obj, Obj, Obj]] = {
    "subscription.current_period_* → items": (
        PERIOD,
        {"object": "subscription", **PERIOD, "items": {"data": [ITEM]}},
        {"object": "subscription", "items": {"data": [{**ITEM, **PERIOD}]}},
    ),
    "subscription.discount → discounts": (
        {"discounts": ["di_1"]},
        {"object": "subscription", "discount": OLD_DISCOUNT},
        {"object": "subscription", "discounts": ["di_1"]},
    ),
    "invoice.discount → discounts": (
        {"discounts": ["di_1"]},
        {"object": "invoice", "discount": OLD_DISCOUNT},
        {"object": "invoice", "discounts": [NEW_DISCOUNT]},
    ),
    "invoice.subscription → parent": (
        {"subscription": "sub_1"},
        {"object": "invoice", "subscription": "sub_1"},
        {"object": "invoice", "parent": {"subscription_details": {"subscription": "sub_1"}, "quote_details": None}},
    ),
    "invoice.paid → status": (
        {"status": "paid"},
        {"object": "invoice", "paid": True},
        {"object": "invoice", "status": "paid"},
    ),
    "invoice.tax → total_taxes": (
        {"total_tax": 30},
        {"object": "invoice", "tax": 30},
        {"object": "invoice", "total_taxes": [{"amount": 10}, {"amount": 20}]},
    ),
    "invoice.total_tax_amounts → total_taxes": (
        {"total_tax": 30},
        {"object": "invoice", "tax": 30, "total_tax_amounts": [{"amount": 10}, {"amount": 20}]},
        {"object": "invoice", "total_taxes": [{"amount": 10}, {"amount": 20}]},
    ),
    "line.price → pricing": (PRICED, {**LINE, "price": PRICE}, {**LINE, "pricing": PRICING}),
    "line.plan → pricing": (
        PRICED,
        {
            **LINE,
            "price": None,
            "plan": {"object": "plan", "id": "price_1", "product": "prod_1", "amount_decimal": "1999"},
        },
        {**LINE, "pricing": PRICING},
    ),
    "line of a subscription → parent": (
        {"subscription": "sub_1", "subscription_item": "si_1", "invoice_item": None, "proration": False},
        {**LINE, "type": "subscription", "subscription": "sub_1", "subscription_item": "si_1", "proration": False},
        _line_parent("subscription_item", subscription="sub_1", subscription_item="si_1", proration=False),
    ),
    "line of an invoice item → parent": (
        {"subscription": "sub_1", "subscription_item": "si_1", "invoice_item": "ii_1", "proration": True},
        {
            **LINE,
            "type": "invoiceitem",
            "subscription": "sub_1",
            "subscription_item": "si_1",
            "invoice_item": "ii_1",
            "proration": True,
        },
        _line_parent(
            "invoice_item", subscription="sub_1", subscription_item="si_1", invoice_item="ii_1", proration=True
        ),
    ),
    "line.tax_amounts → taxes": (
        {"tax_inclusive": 10, "tax_exclusive": 5},
        {**LINE, "tax_amounts": [{"amount": 10, "inclusive": True}, {"amount": 5, "inclusive": False}]},
        {**LINE, "taxes": [{"amount": 10, "tax_behavior": "inclusive"}, {"amount": 5, "tax_behavior": "exclusive"}]},
    ),
    "charge.invoice → removed": (
        {"payment_intent": "pi_1"},
        {"object": "charge", "invoice": "in_1", "payment_intent": "pi_1"},
        {"object": "charge", "payment_intent": {"id": "pi_1", "object": "payment_intent"}},
    ),
    "invoiceitem.price → pricing": (
        PRICED,
        {"object": "invoiceitem", "price": PRICE},
        {"object": "invoiceitem", "pricing": PRICING},
    ),
    "invoiceitem.subscription → parent": (
        {"subscription": "sub_1", "subscription_item": "si_1"},
        {"object": "invoiceitem", "subscription": "sub_1", "subscription_item": "si_1"},
        {
            "object": "invoiceitem",
            "parent": {"subscription_details": {"subscription": "sub_1", "subscription_item": "si_1"}},
        },
    ),
    "credit_note.refund → refunds": (
        {"amount": 500, "invoice": "in_1", "type": "post_payment"},
        {"object": "credit_note", "amount": 500, "invoice": "in_1", "type": "post_payment", "refund": "re_1"},
        {"object": "credit_note", "amount": 500, "invoice": "in_1", "type": "post_payment", "refunds": []},
    ),
    "discount.coupon → source.coupon": ({"coupon": "half", "start": 1, "end": None}, OLD_DISCOUNT, NEW_DISCOUNT),
    "discount.coupon, not expanded": (
        {"coupon": "half"},
        {"object": "discount", "coupon": "half"},
        {"object": "discount", "source": {"type": "coupon", "coupon": "half"}},
    ),
    "charge.source → payment_method_details": (
        {"card_brand": "visa", "card_last4": "4242", "card_exp_month": 9, "card_exp_year": 2027, "card_country": "US"},
        {
            "object": "charge",
            "source": {"brand": "visa", "last4": "4242", "exp_month": 9, "exp_year": 2027, "country": "US"},
        },
        {
            "object": "charge",
            "payment_method_details": {
                "type": "card",
                "card": {"brand": "visa", "last4": "4242", "exp_month": 9, "exp_year": 2027, "country": "US"},
            },
        },
    ),
}


@pytest.mark.parametrize("move", MOVES)
def test_a_field_is_read_before_and_after_its_move(move: str) -> None:
    expected, old, new = MOVES[move]
    assert {name: _first(old)[name] for name in expected} == expected
    assert {name: _first(new)[name] for name in expected} == expected


def test_an_old_invoice_tells_its_charge_where_it_belongs() -> None:
    old = {"object": "invoice", "id": "in_1", "charge": "ch_1", "payment_intent": "pi_1"}
    assert _of("Charge", old) == [
        {"account": A, "id": "ch_1", "observed_at": 0.0, "deleted": False, "invoice": "in_1", "payment_intent": "pi_1"}
    ]


def test_a_new_invoice_tells_its_payments() -> None:
    payment = {
        "object": "invoice_payment",
        "id": "inpay_1",
        "invoice": "in_1",
        "amount_paid": 500,
        "payment": {"type": "payment_intent", "payment_intent": "pi_1"},
        "status": "paid",
        "status_transitions": {"paid_at": 7},
    }
    (row,) = _of("InvoicePayment", {"object": "invoice", "id": "in_1", "payments": {"data": [payment]}})
    assert {name: row[name] for name in ("invoice", "payment_intent", "charge", "amount_paid", "paid_at")} == {
        "invoice": "in_1",
        "payment_intent": "pi_1",
        "charge": None,
        "amount_paid": 500,
        "paid_at": 7,
    }


# --- Nested lists -----------------------------------------------------------------------------------------------------


def test_a_subscription_brings_items_prices_discounts_and_coupons() -> None:
    items = [{**ITEM, "price": PRICE, "quantity": 3, "discounts": [NEW_DISCOUNT]}, {**ITEM, "id": "si_2"}]
    sub = {"object": "subscription", "id": "sub_1", "customer": "cus_1", **PERIOD, "items": {"data": items}}
    got = from_stripe(sub, A, AT)
    assert [(table.__name__, row["id"]) for table, row in got] == [
        ("Subscription", "sub_1"),
        ("SubscriptionItem", "si_1"),
        ("Price", "price_1"),
        ("Discount", "di_1"),
        ("Coupon", "half"),
        ("SubscriptionItem", "si_2"),
    ]
    assert got[0][1]["children_at"] == AT
    assert {name: got[1][1][name] for name in ("subscription", "position", "quantity", "current_period_end")} == {
        "subscription": "sub_1",
        "position": 0,
        "quantity": 3,
        "current_period_end": 20,
    }
    assert got[3][1]["subscription_item"] == "si_1"
    assert (got[4][1]["percent_off"], "applies_to" in got[4][1]) == ("50", False)


def test_an_invoice_brings_its_lines_in_order() -> None:
    lines = [{**LINE, "id": "il_b", "amount": 5}, {**LINE, "id": "il_a", "amount": 7, "invoice": "in_1"}]
    rows = _of("InvoiceLine", {"object": "invoice", "id": "in_1", "lines": {"data": lines, "has_more": False}})
    assert [(r["id"], r["invoice"], r["position"], r["amount"]) for r in rows] == [
        ("il_b", "in_1", 0, 5),
        ("il_a", "in_1", 1, 7),
    ]


def test_a_list_that_goes_on_says_nothing_about_what_is_gone() -> None:
    assert "children_at" not in _first({"object": "invoice", "lines": {"data": [], "has_more": True}})
    assert "children_at" not in _first({"object": "invoice"})
    assert _first({"object": "invoice", "lines": {"data": [], "has_more": False}})["children_at"] == AT


def test_a_customers_own_discount_names_its_holder() -> None:
    customer = {"object": "customer", "id": "cus_1", "discount": NEW_DISCOUNT, "address": {"country": "DE"}}
    assert (_first(customer)["discount"], _first(customer)["country"]) == ("di_1", "DE")
    assert _of("Discount", customer)[0]["customer"] == "cus_1"


def test_an_expanded_balance_transaction_is_a_row_too() -> None:
    moved = {"object": "balance_transaction", "id": "txn_1", "net": 9, "exchange_rate": 1.17}
    charge = {"object": "charge", "balance_transaction": moved}
    assert _first(charge)["balance_transaction"] == "txn_1"
    assert _of("BalanceTransaction", charge)[0]["exchange_rate"] == "1.17"


# --- Exactness, tolerance, deletion -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (b"12.5", "12.5"),
        (b"50.0", "50"),
        (b"33", "33"),
        (b"0.00001", "0.00001"),
        (b"0.1234567", "0.1234567"),
        (b"null", None),
    ],
)
def test_a_decimal_keeps_the_digits_that_were_sent(sent: bytes, kept: str | None) -> None:
    coupon = orjson.loads(b'{"object":"coupon","percent_off":' + sent + b"}")
    assert _first(coupon)["percent_off"] == kept


@pytest.mark.parametrize(
    ("price", "kept"),
    [
        ({"unit_amount": 500}, "500"),
        ({"unit_amount": None, "unit_amount_decimal": "0.5"}, "0.5"),
        ({"unit_amount": 1, "unit_amount_decimal": "1"}, "1"),
        ({}, None),
    ],
)
def test_a_unit_amount_is_exact(price: Obj, kept: str | None) -> None:
    assert _first({"object": "price", **price})["unit_amount_decimal"] == kept


@pytest.mark.parametrize("name", KINDS)
def test_an_object_that_is_all_gaps_is_still_a_row(name: str) -> None:
    table, row = FROM_STRIPE[name]({"object": name, "id": "x"}, A, AT)[0]
    assert table is KINDS[name].table
    assert (row["account"], row["id"], row["observed_at"], row["deleted"]) == (A, "x", AT, False)


@pytest.mark.parametrize("name", sorted(set(KINDS) - {"discount"}))
def test_a_deleted_object_is_a_tombstone(name: str) -> None:
    expected = [(KINDS[name].table, {"account": A, "id": "x", "observed_at": 0.0, "deleted": True})]
    assert FROM_STRIPE[name]({"object": name, "id": "x", "deleted": True}, A, AT) == expected
    assert tombstone(name, "x", A) == expected


def test_a_deleted_discount_keeps_its_coupon() -> None:
    row = _first({**OLD_DISCOUNT, "deleted": True})
    assert (row["coupon"], row["deleted"], row["observed_at"]) == ("half", True, AT)


def test_a_kind_that_is_not_kept_gives_nothing() -> None:
    assert from_stripe({"object": "payment_intent", "id": "pi_1"}, A, AT) == []


def test_every_table_is_read_from_something() -> None:
    assert {kind.table for kind in KINDS.values()} == set(MIRROR)


OPTIONAL = {"children_at", "tiers", "applies_to", "position"}


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_a_whole_row_sets_every_column_of_its_table(kind: tuple[type[Mirror], Any]) -> None:
    table, read = kind
    row = read({"object": "x", "id": "x"}, A, AT)[0][1]
    assert set(columns(table)) - OPTIONAL == set(row)


@pytest.mark.skipif(not SHARED.exists(), reason="the independent account is not part of the project")
def test_somebody_elses_account_reads_whole() -> None:
    lists = orjson.loads(gzip.decompress(SHARED.read_bytes()))["lists"]
    seen: dict[type[Mirror], int] = {}
    for objects in lists.values():
        for obj in objects:
            for table, row in from_stripe(obj, A, AT):
                seen[table] = seen.get(table, 0) + 1
                assert set(row) <= set(columns(table))
    assert (seen[Customer], seen[Charge]) == (len(lists["customers"]), len(lists["charges"]))
