"""Prices of every kind on their way from Stripe's rows to MRR and to the names that people read."""

from __future__ import annotations

from fractions import Fraction
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from lib.ledger.build import Ledger, build
from lib.ledger.pricing import Price
from tests.ledger.shop import at, shop


def ledger(**tables: str) -> Ledger:
    world = {"subscription": "id customer created\ns1 c1 2024-01-10", **tables}
    return build(shop(**world), base="usd", as_of=at("2024-01-20"), tz=ZoneInfo("UTC"))


def bill(price: str, amount: int, quantity: int = 1) -> dict[str, str]:
    return {
        "subscription_item": f"id subscription price quantity\ni1 s1 {price} {quantity}",
        "invoice": "id subscription customer created\nv1 s1 c1 2024-01-10",
        "invoice_line": "id invoice subscription subscription_item price amount quantity period_start\n"
        f"l1 v1 s1 i1 {price} {amount} {quantity} 2024-01-10",
    }


def mrr(found: Ledger) -> int:
    """Minor units."""
    return int(found.movements["amount"].sum()) // 1_000_000


def test_a_one_time_price_on_a_bill_is_no_mrr_and_is_called_one_time() -> None:
    tables = shop(
        price="id product unit_amount_decimal\nsetup p1 5000",
        subscription="id customer created\ns1 c1 2024-01-10",
        **bill("setup", 5000),
    )
    tables["price"] = tables["price"].with_columns(interval=pl.lit(None, pl.String))
    found = build(tables, base="usd", as_of=at("2024-01-20"), tz=ZoneInfo("UTC"))
    assert mrr(found) == 0
    assert found.plans.select("name", "interval").rows() == [("p1", "one-time")]


def test_a_bill_for_no_subscription_is_no_mrr() -> None:
    found = ledger(
        price="id product unit_amount_decimal\nbasic p1 1000",
        invoice="id subscription customer created\nv1 - c1 2024-01-10",
        invoice_line="id invoice subscription price amount period_start\nl1 v1 - basic 1000 2024-01-10",
    )
    assert mrr(found) == 0


def test_a_metered_price_by_itself_comes_to_nothing() -> None:
    price = Price("meter", "p1", "usd", Fraction(5), Fraction(1), metered=True)
    assert [price.charge(1000), price.monthly(1000)] == [0, 0]


def test_a_price_in_another_of_its_currencies_counts_with_the_unit_amount_of_the_line() -> None:
    found = ledger(
        price="id product unit_amount_decimal\nbasic p1 1000",
        subscription="id customer created currency\ns1 c1 2024-01-10 eur",
        subscription_item="id subscription price quantity\ni1 s1 basic 2",
        invoice="id subscription customer created currency\nv1 s1 c1 2024-01-10 eur",
        invoice_line="id invoice subscription subscription_item price amount quantity currency unit_amount_decimal "
        "period_start\nl1 v1 s1 i1 basic 1800 2 eur =900 2024-01-10",
    )
    assert found.movements.select("currency", "amount").rows() == [("eur", 1_800_000_000)]
    assert found.unpriced == ("eur",)


@pytest.mark.parametrize(
    ("unpriced", "status", "due"),
    [(("gbp",), "open", 5000), ((), "open", 0), ((), "void", 5000)],
)
def test_what_an_open_invoice_asks_for_needs_a_rate(unpriced: tuple[str, ...], status: str, due: int) -> None:
    found = ledger(
        invoice=f"id customer created currency status amount_due\nv1 c1 2024-01-10 gbp {status} {due}",
    )
    assert found.unpriced == unpriced


def test_a_package_is_charged_when_it_is_begun_or_when_it_is_full() -> None:
    head = "id product unit_amount_decimal transform_divide_by transform_round\n"
    begun = ledger(price=f"{head}ten p1 1000 10 up", **bill("ten", 2000, 11))
    full = ledger(price=f"{head}ten p1 1000 10 down", **bill("ten", 1000, 11))
    assert (mrr(begun), mrr(full)) == (2000, 1000)


def test_a_metered_item_on_trial_is_not_told_as_trial_mrr() -> None:
    found = ledger(
        price="id product unit_amount_decimal usage_type\nmeter p1 5 metered",
        subscription="id customer created status trial_start trial_end\n"
        "s1 c1 2024-01-10 trialing 2024-01-10 2024-01-24",
        subscription_item="id subscription price\ni1 s1 meter",
    )
    assert found.trialing.is_empty()
    assert found.trials["plan"].to_list() == [None]
