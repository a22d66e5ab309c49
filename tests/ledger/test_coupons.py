"""Where coupons hang and how they end: on one item, replaced by another, or unknown to the key."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from lib.ledger.build import Ledger, build
from tests.ledger.shop import at, shop

TWO_ITEMS = {
    "price": "id product unit_amount_decimal\nbasic p1 1000\nextra p2 500",
    "subscription": "id customer created\ns1 c1 2024-01-10",
    "subscription_item": 'id subscription price position discounts\ni1 s1 basic 0 -\ni2 s1 extra 1 =["d1"]',
    "coupon": "id duration percent_off\nhalf forever =50\nfifth forever =20",
    "discount": "id coupon start\nd1 half 2024-01-10",
    "invoice": "id subscription customer created subtotal discounts\nv1 s1 c1 2024-01-10 1500 =[]",
    "invoice_line": "id invoice subscription subscription_item price amount period_start position\n"
    "l1 v1 s1 i1 basic 1000 2024-01-10 0\nl2 v1 s1 i2 extra 500 2024-01-10 1",
}
ONE_ITEM = TWO_ITEMS | {
    "subscription_item": "id subscription price\ni1 s1 basic",
    "invoice_line": "id invoice subscription subscription_item price amount period_start\n"
    "l1 v1 s1 i1 basic 1000 2024-01-10\nl2 v2 s1 i1 basic 1000 2024-02-10",
}


def ledger(as_of: str, **tables: str) -> Ledger:
    return build(shop(**tables), base="usd", as_of=at(as_of), tz=ZoneInfo("UTC"))


def told(found: Ledger) -> list[str]:
    rows = found.movements.select("date", "type", "plan", "amount").iter_rows()
    return [f"{day} {kind} {plan} {amount // 1_000_000:+}" for day, kind, plan, amount in rows]


def test_a_coupon_on_one_item_leaves_the_others_their_price() -> None:
    assert told(ledger("2024-01-20", **TWO_ITEMS)) == ["2024-01-10 new basic +1000", "2024-01-10 new extra +250"]


def test_a_coupon_that_another_replaces_ends_when_the_other_starts_though_the_next_bill_comes_later() -> None:
    tables = ONE_ITEM | {
        "subscription": 'id customer created discounts\ns1 c1 2024-01-10 =["d2"]',
        "discount": "id coupon start\nd1 half 2024-01-10\nd2 fifth 2024-01-25",
        "invoice": "id subscription customer created subtotal discounts\n"
        'v1 s1 c1 2024-01-10 1000 =["d1"]\nv2 s1 c1 2024-02-10 1000 =["d2"]',
    }
    assert told(ledger("2024-02-20", **tables)) == ["2024-01-10 new basic +500", "2024-01-25 expansion basic +300"]


def test_a_coupon_taken_away_by_hand_ends_with_the_first_bill_without_it() -> None:
    tables = ONE_ITEM | {
        "invoice": "id subscription customer created subtotal discounts\n"
        'v1 s1 c1 2024-01-10 1000 =["d1"]\nv2 s1 c1 2024-02-10 1000 =[]',
    }
    assert told(ledger("2024-02-20", **tables)) == ["2024-01-10 new basic +500", "2024-02-10 expansion basic +500"]


def test_a_coupon_on_a_bill_whose_discount_stripe_no_longer_tells_of_takes_nothing_off() -> None:
    tables = ONE_ITEM | {
        "discount": "id coupon start\nd9 half 2024-01-10",
        "invoice": 'id subscription customer created subtotal discounts\nv1 s1 c1 2024-01-10 1000 =["d1"]\n'
        "v2 s1 c1 2024-02-10 1000 =[]",
    }
    assert told(ledger("2024-02-20", **tables)) == ["2024-01-10 new basic +1000"]
