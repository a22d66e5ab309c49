"""The truth under every switch. January has 31 days; all prices are cents a month."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from lib.sandbox.engine import shapes_catalog as shapes
from lib.sandbox.engine.customers import add_price
from lib.sandbox.world import World
from tests.sandbox.engine_shop import Shop

SMALL = {"seed": 7, "months": 14, "customers": 60, "now": 1_795_000_000}


@pytest.fixture
def shop() -> Shop:
    return Shop()


def told(shop: Shop, sub: str, **rules: Any) -> list[tuple[str, str, bool]]:  # noqa: ANN401 - as the switches are
    """Day, MRR and whether it is active, at each day's end on which one of them changed."""
    rows = shop.world.truth(compact=True, rules=rules)["subscriptions"][sub]["changes"]
    last = {row["date"]: (row["mrr"], row["active"]) for row in rows}
    kept, before = [], ("0", False)
    for day, row in last.items():
        if row != before:
            kept.append((day, *row))
        before = row
    return kept


@pytest.mark.parametrize(
    ("durations", "expected"),
    [
        ([], [("2026-01-01", "1000", True)]),
        (["forever"], [("2026-01-01", "900", True)]),
        (["forever", "repeating"], [("2026-01-01", "450", True), ("2026-03-01", "900", True)]),
        (
            ["forever", "repeating", "once"],
            [("2026-01-01", "360", True), ("2026-02-01", "450", True), ("2026-03-01", "900", True)],
        ),
    ],
)
def test_coupons_of_each_duration(shop: Shop, durations: list[str], expected: list[Any]) -> None:
    coupons = [
        shop.coupon("TEN", percent_off=10.0),
        shop.coupon("HALF", percent_off=50.0, months=2),
        shop.coupon("FIFTH", percent_off=20.0, once=True),
    ]
    sub = shop.subscribe(shop.price("1000"), coupons=coupons)
    shop.until("2026-04-02")
    assert told(shop, sub, deducted_coupons=durations) == expected


def test_a_once_coupon_lasts_as_long_as_the_period_it_was_spent_on(shop: Shop) -> None:
    coupon = shop.coupon("ONCE", percent_off=50.0, once=True)
    quarter = shop.subscribe(shop.price("3000", "month", 3), coupons=[coupon])
    trial = shop.subscribe(shop.price("1000"), coupons=[coupon], trial_days=14)
    shop.until("2026-05-01")
    every = {"deducted_coupons": ["forever", "repeating", "once"]}
    assert told(shop, quarter, **every) == [("2026-01-01", "500", True), ("2026-04-01", "1000", True)]
    assert told(shop, trial, **every) == [("2026-01-15", "500", True), ("2026-02-15", "1000", True)]


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (0, [("2026-01-01", "1000", True), ("2026-02-01", "0", False)]),
        (7, [("2026-01-01", "1000", True), ("2026-02-08", "0", False)]),
        (30, [("2026-01-01", "1000", True), ("2026-03-03", "0", False)]),
        (None, [("2026-01-01", "1000", True)]),
    ],
)
def test_past_due_for_some_days_or_for_ever(shop: Shop, days: int | None, expected: list[Any]) -> None:
    sub = shop.subscribe(shop.price("1000"), after_retries="past_due")
    shop.world.decline(shop.sub(sub)["customer"])
    shop.until("2026-04-20")
    assert told(shop, sub, past_due_days=days) == expected


def test_paused_out(shop: Shop) -> None:
    sub = shop.subscribe(shop.price("1000"))
    shop.until("2026-01-10")
    shop.world.pause(sub)
    shop.until("2026-02-20")
    shop.world.resume(sub)
    assert told(shop, sub) == [("2026-01-01", "1000", True)]
    assert told(shop, sub, count_paused=False) == [
        ("2026-01-01", "1000", True),
        ("2026-01-10", "0", False),
        ("2026-02-20", "1000", True),
    ]


def test_churn_at_the_click_and_back_when_it_is_undone(shop: Shop) -> None:
    sub = shop.subscribe(shop.price("1000"))
    for day, act in (("2026-01-10", "cancel"), ("2026-01-12", "keep"), ("2026-02-20", "cancel")):
        shop.until(day)
        if act == "keep":
            shop.world.keep_subscription(sub)
        else:
            shop.world.cancel_subscription(sub, at_period_end=True)
    shop.until("2026-03-05")
    assert told(shop, sub) == [("2026-01-01", "1000", True), ("2026-03-01", "0", False)]
    assert told(shop, sub, churn_at_click=True) == [
        ("2026-01-01", "1000", True),
        ("2026-01-10", "0", False),
        ("2026-01-12", "1000", True),
        ("2026-02-20", "0", False),
    ]


def test_all_is_given_away_and_the_customer_is_active_or_not(shop: Shop) -> None:
    sub, free = shop.subscribe(shop.price("1000")), shop.subscribe(shop.price("0"))
    shop.until("2026-01-10")
    shop.world.discount(sub, shop.coupon("ALL", percent_off=100.0))
    assert told(shop, sub) == [("2026-01-01", "1000", True), ("2026-01-10", "0", False)]
    assert told(shop, sub, full_discount_active=True) == [("2026-01-01", "1000", True), ("2026-01-10", "0", True)]
    assert told(shop, free, full_discount_active=True) == []


def test_usage_counts_with_the_mean_of_three_months_from_the_moment_it_is_billed(shop: Shop) -> None:
    sub = shop.subscribe(shop.price("2.5", meter="mtr_1"))
    shop.until("2026-05-02")
    billed = [sum(line["amount"] for line in shop.world.lines(i["id"])) for i in shop.invoices(sub)]
    assert billed[0] == 0
    first, second, third, fourth = billed[1:]
    twelfths = {
        "2026-02-01": 12 * first,
        "2026-03-01": 6 * (first + second),
        "2026-04-01": 4 * (first + second + third),
        "2026-05-01": 4 * (second + third + fourth),
    }
    assert told(shop, sub) == []
    expected = [(day, str(Fraction(value, 12)), True) for day, value in twelfths.items()]
    assert told(shop, sub, count_metered=True) == expected


def test_tax_within_the_price_is_taken_out_after_the_discount(shop: Shop) -> None:
    """11.90 less 10 % is 10.71, of which 1.71 is tax; the invoice's amounts are rounded, the truth is not."""
    rate = shop.state.add(shapes.tax_rate(shop.state.id("txr"), shop.state.now, "VAT", "DE", 19.0, inclusive=True))
    sub = shop.subscribe(shop.price("1190"), coupons=[shop.coupon("TEN", percent_off=10.0)], tax=rate["id"])
    odd = shop.subscribe(shop.price("1000"), tax=rate["id"])
    assert told(shop, sub) == [("2026-01-01", "900", True)]
    assert told(shop, odd) == [("2026-01-01", "100000/119", True)]
    invoice = shop.invoices(sub)[0]
    names = ("subtotal", "subtotal_excluding_tax", "total", "total_excluding_tax", "amount_paid")
    assert [invoice[name] for name in names] == [1_190, 1_000, 1_071, 900, 1_071]
    [tax] = shop.world.lines(shop.invoices(odd)[0]["id"])[0]["taxes"]
    assert (tax["amount"], tax["taxable_amount"], tax["tax_behavior"]) == (160, 840, "inclusive")


def test_packages_that_were_begun_are_paid_whole(shop: Shop) -> None:
    product = shop.state.add(shapes.product(shop.state.id("prod"), shop.state.now, "Labels"))
    made = shapes.price(shop.state.id("price"), shop.state.now, product["id"], "usd", "500")
    price = add_price(shop.state, shapes.packaged(shapes.recurring(made, "month", 1), 10))
    sub = shop.subscribe(price, 21)
    assert shop.amounts(sub) == [("subscription_create", "paid", [1_500])]
    assert told(shop, sub) == [("2026-01-01", "1500", True)]


def test_trials_and_what_became_of_them(shop: Shop) -> None:
    price = shop.price("1000")
    stays = shop.subscribe(price, trial_days=14, coupons=[shop.coupon("TEN", percent_off=10.0)])
    leaves = shop.subscribe(price, trial_days=14)
    cardless = str(shop.world.create_customer(card=None)["id"])
    stands = shop.subscribe(price, customer=cardless, trial_days=14, without_card="pause")
    shop.until("2026-01-05")
    shop.world.cancel_subscription(leaves, at_period_end=True)
    truth = shop.world.truth(compact=True)
    assert truth["subscriptions"][stays]["changes"][0]["trial_mrr"] == "900"
    shop.until("2026-02-20")
    trials = {each["subscription"]: each for each in shop.world.truth(compact=True)["trials"]}
    day = 86_400
    begun = trials[stays]["start"]
    expected = {stays: (14, 14, None), leaves: (14, None, 4), stands: (14, None, None)}
    assert {
        sub: tuple(at and (at - begun) // day for at in (each["end"], each["converted"], each["canceled"]))
        for sub, each in trials.items()
    } == expected
    assert [shop.sub(sub)["status"] for sub in (stays, leaves, stands)] == ["active", "canceled", "paused"]
    assert len(shop.invoices(stands)) == 1


def test_a_switch_that_there_is_not_is_refused_and_one_of_metrics_passed_over(shop: Shop) -> None:
    with pytest.raises(ValueError, match="no switch past_due"):
        shop.world.truth(rules={"past_due": 3})
    assert shop.world.truth(rules={"ltv_months": 6}) == shop.world.truth()


@pytest.mark.parametrize("seed", [7, 11])
def test_every_story_is_told_in_a_small_world(seed: int) -> None:
    world = World.build(**{**SMALL, "seed": seed})
    told = world.truth(compact=True, rules={"full_discount_active": True, "past_due_days": None})
    rows = [row for each in told["subscriptions"].values() for row in each["changes"]]
    subs = world.listing("subscription")
    prices = [[item["price"] for item in sub["items"]["data"]] for sub in subs]
    usage = [[price["recurring"]["usage_type"] for price in held] for held in prices]
    coupons = {each["id"]: each for each in world.listing("coupon")}
    redeemed = [coupons[each["source"]["coupon"]] for each in world.listing("discount")]
    found = {
        "metered": ["licensed", "metered"] in usage,
        "metered only": ["metered"] in usage,
        "packages": any(price["transform_quantity"] for held in prices for price in held),
        "inclusive": {rate["inclusive"] for sub in subs for rate in sub["default_tax_rates"]} == {True, False},
        "paused": any(sub["pause_collection"] for sub in subs),
        "trial paused": any(sub["status"] == "paused" for sub in subs),
        "trial converted": any(each["converted"] for each in told["trials"]),
        "trial cancelled": any(each["canceled"] for each in told["trials"]),
        "once": any(each["duration"] == "once" for each in redeemed),
        "all off": any(each["percent_off"] == 100 for each in redeemed),
        "cancels later": any(sub["cancel_at_period_end"] and sub["status"] == "active" for sub in subs),
        "cancel undone": any(
            before["canceled"] and not after["canceled"]
            for each in told["subscriptions"].values()
            for before, after in zip(each["changes"], each["changes"][1:], strict=False)
        ),
        "active at 0": any(row["active"] and row["mrr"] == "0" for row in rows),
        "long past due": any(
            sub["status"] == "past_due"
            and told["subscriptions"][sub["id"]]["changes"][-1]["at"] < world.now - 30 * 86_400
            for sub in subs
        ),
    }
    assert [name for name, there in found.items() if not there] == []
