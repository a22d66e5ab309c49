"""Charges, refunds, disputes, other currencies, payouts: the balance is the sum of its movements."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest

from lib.sandbox.engine.fx import usd_rate
from lib.sandbox.world import World
from tests.sandbox.engine_shop import Shop


@pytest.fixture
def shop() -> Shop:
    return Shop()


def movements(shop: Shop) -> list[tuple[str, int, int, int]]:
    listed = shop.world.listing("balance_transaction")
    return [(each["reporting_category"], each["amount"], each["fee"], each["net"]) for each in listed]


def test_a_charge_costs_stripes_fee(shop: Shop) -> None:
    charge = shop.world.charge(shop.customer(), 10_000)
    assert movements(shop) == [("charge", 10_000, 320, 9_680)]
    assert charge["status"] == "succeeded"
    assert shop.world.truth()["balance"] == {"usd": 9_680}


def test_a_refund_gives_back_some_or_the_rest(shop: Shop) -> None:
    charge = shop.world.charge(shop.customer(), 10_000)["id"]
    shop.world.refund(charge, 2_500)
    shop.world.refund(charge)
    assert movements(shop)[1:] == [("refund", -2_500, 0, -2_500), ("refund", -7_500, 0, -7_500)]
    found = shop.world.get("charge", charge)
    assert found is not None
    assert (found["amount_refunded"], found["refunded"]) == (10_000, True)


@pytest.mark.parametrize(("won", "balance"), [(True, 9_680 - 1_500), (False, -320 - 1_500)])
def test_a_dispute_takes_the_money_and_a_won_one_brings_it_back(shop: Shop, won: bool, balance: int) -> None:
    dispute = shop.world.dispute(shop.world.charge(shop.customer(), 10_000)["id"])
    assert shop.world.truth()["balance"] == {"usd": -320 - 1_500}
    closed = shop.world.close_dispute(dispute["id"], won=won)
    assert closed["status"] == ("won" if won else "lost")
    assert shop.world.truth()["balance"] == {"usd": balance}


@pytest.mark.parametrize(("currency", "amount"), [("eur", 1_900), ("jpy", 2_850), ("kwd", 5_700)])
def test_other_currencies_are_settled_in_dollars_at_the_days_rate(shop: Shop, currency: str, amount: int) -> None:
    charge = shop.world.charge(shop.customer("KW"), amount, currency)
    booked = shop.world.get("balance_transaction", charge["balance_transaction"])
    assert booked is not None
    assert booked["exchange_rate"] == usd_rate(7, currency, shop.world.now // 86_400)
    assert booked["amount"] == round(amount * Fraction(str(booked["exchange_rate"])))
    assert [fee["description"] for fee in booked["fee_details"]] == [
        "Stripe processing fees",
        "Stripe currency conversion fee",
    ]
    assert abs(booked["amount"] - 1_900) < 400


def test_rates_move_a_little_every_day() -> None:
    rates = [usd_rate(7, "eur", day) for day in range(20_000, 20_400)]
    assert len(set(rates)) > 390
    assert max(abs(b / a - 1) for a, b in pairwise(rates)) < 0.02


def test_a_one_off_invoice_belongs_to_no_subscription(shop: Shop) -> None:
    invoice = shop.world.invoice_once(shop.customer(), shop.once("49900"))
    assert (invoice["status"], invoice["billing_reason"], invoice["parent"]) == ("paid", "manual", None)
    assert invoice["amount_paid"] == 49_900
    payment = shop.world.listing("invoice_payment")[0]
    assert (payment["invoice"], payment["status"], payment["amount_paid"]) == (invoice["id"], "paid", 49_900)


def test_money_waits_two_days_and_goes_to_the_bank_on_friday(shop: Shop) -> None:
    shop.world.charge(shop.customer(), 10_000)  # a Thursday
    shop.until("2026-01-09 12:00")
    payout = shop.world.listing("payout")[0]
    assert (payout["amount"], payout["status"]) == (9_680, "in_transit")
    assert movements(shop)[-1] == ("payout", -9_680, 0, -9_680)
    assert shop.world.truth()["balance"] == {}
    shop.until("2026-01-12")
    paid = shop.world.get("payout", payout["id"])
    assert paid is not None
    assert paid["status"] == "paid"


def test_the_balance_is_the_sum_of_its_movements(built: World) -> None:
    listed = built.listing("balance_transaction")
    assert built.truth()["balance"] == {"usd": sum(each["net"] for each in listed)}
    assert {each["type"] for each in listed} == {"charge", "refund", "adjustment", "payout"}


def test_cash_of_the_truth_is_the_sum_of_the_charges_and_refunds(built: World) -> None:
    told = built.truth()["cash"]
    for currency in ("usd", "eur", "gbp", "jpy"):
        rows = [row for row in told if row["currency"] == currency]
        paid = sum(c["amount"] for c in built.listing("charge") if c["paid"] and c["currency"] == currency)
        back = sum(r["amount"] for r in built.listing("refund") if r["currency"] == currency)
        assert sum(row.get("gross", 0) for row in rows) == paid > 0
        assert sum(row.get("refunds", 0) for row in rows) == back
    settled = [row for row in told if row["currency"] == "usd"]
    fees = sum(each["fee"] for each in built.listing("balance_transaction"))
    assert sum(row.get("settled_fees", 0) for row in settled) == fees
