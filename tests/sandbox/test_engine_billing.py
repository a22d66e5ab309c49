"""The engine bills as Stripe does: cycles, prorations, coupons, tiers, tax. Amounts in minor units."""

from __future__ import annotations

import pytest

from lib.sandbox.engine.calendar import add_months
from lib.sandbox.world import Edit
from tests.sandbox.engine_shop import Shop, at


@pytest.fixture
def shop() -> Shop:
    return Shop()


def item(shop: Shop, sub: str, position: int = 0) -> str:
    return str(shop.sub(sub)["items"]["data"][position]["id"])


def test_a_month_is_billed_at_once_and_the_next_an_hour_after_it_began(shop: Shop) -> None:
    sub = shop.subscribe(shop.price("1500"), 4)
    assert shop.amounts(sub) == [("subscription_create", "paid", [6_000])]
    shop.until("2026-02-01 00:30")
    assert shop.amounts(sub)[1:] == [("subscription_cycle", "draft", [6_000])]
    shop.until("2026-02-01 01:00")
    assert shop.amounts(sub)[1:] == [("subscription_cycle", "paid", [6_000])]
    paid = shop.invoices(sub)[1]
    assert (paid["created"], paid["status_transitions"]["paid_at"]) == (at("2026-02-01"), at("2026-02-01 01:00"))
    assert (paid["period_start"], paid["period_end"]) == (at("2026-01-01"), at("2026-02-01"))


@pytest.mark.parametrize(
    ("unit", "interval", "count", "quantity", "expected"),
    [
        ("1900", "month", 1, 1, "1900"),
        ("5400", "month", 3, 1, "1800"),
        ("19000", "year", 1, 1, "4750/3"),
        ("900", "week", 1, 2, "7800"),
        ("100", "day", 1, 1, "9125/3"),
        ("2.5", "month", 1, 3, "15/2"),
    ],
)
def test_a_month_is_worth(shop: Shop, unit: str, interval: str, count: int, quantity: int, expected: str) -> None:
    sub = shop.subscribe(shop.price(unit, interval, count), quantity)
    assert shop.mrr(sub, "2026-01-01") == [expected]


def test_the_31st_falls_on_the_last_day_of_shorter_months() -> None:
    anchor = at("2026-01-31 10:00")
    expected = [at(f"{day} 10:00") for day in ("2026-02-28", "2026-03-31", "2026-04-30", "2028-02-29")]
    assert [add_months(anchor, n) for n in (1, 2, 3, 25)] == expected


def test_an_upgrade_half_way_waits_for_the_next_invoice(shop: Shop) -> None:
    small, large = shop.price("3100", name="Small"), shop.price("6200", name="Large")
    sub = shop.subscribe(small)
    shop.until("2026-01-16 12:00")
    shop.world.update_subscription(sub, [Edit(item=item(shop, sub), price=large)])
    pending = [each for each in shop.world.listing("invoiceitem") if each["invoice"] is None]
    assert [(each["amount"], each["description"]) for each in pending] == [
        (-1_550, "Unused time on Small after 16 Jan 2026"),
        (3_100, "Remaining time on Large after 16 Jan 2026"),
    ]
    shop.until("2026-02-02")
    assert shop.amounts(sub)[1] == ("subscription_cycle", "paid", [-1_550, 3_100, 6_200])
    lines = shop.world.lines(shop.invoices(sub)[1]["id"])
    assert [line["pricing"]["unit_amount_decimal"] for line in lines] == [None, None, "6200"]
    details = [line["parent"]["subscription_item_details"] for line in lines]
    assert [each["proration"] for each in details] == [True, True, False]
    assert details[0]["proration_details"]["credited_items"]["invoice"] == shop.invoices(sub)[0]["id"]
    assert not [each for each in shop.world.listing("invoiceitem") if each["invoice"] is None]
    assert shop.mrr(sub, "2026-01-15", "2026-01-16") == ["3100", "6200"]


def test_a_second_change_gives_back_what_the_first_took(shop: Shop) -> None:
    sub = shop.subscribe(shop.price("3100"))
    for day, seats in (("2026-01-11", 2), ("2026-01-21", 3)):  # 21 and 11 days are left
        shop.until(day)
        shop.world.update_subscription(sub, [Edit(item=item(shop, sub), quantity=seats)])
    shop.until("2026-02-02")
    assert shop.amounts(sub)[1][2] == [-2_100, 4_200, -2_200, 3_300, 9_300]


def test_always_invoice_bills_the_difference_at_once(shop: Shop) -> None:
    sub = shop.subscribe(shop.price("3100"))
    shop.until("2026-01-16 12:00")
    shop.world.update_subscription(sub, [Edit(item=item(shop, sub), quantity=3)], "always_invoice")
    assert shop.amounts(sub)[1:] == [("subscription_update", "paid", [-1_550, 4_650])]


def test_another_interval_begins_a_new_period_and_is_billed_at_once(shop: Shop) -> None:
    monthly, yearly = shop.price("3100"), shop.price("31000", "year")
    sub = shop.subscribe(monthly)
    shop.until("2026-01-16 12:00")
    shop.world.update_subscription(sub, [Edit(item=item(shop, sub), price=yearly)])
    assert shop.amounts(sub)[1:] == [("subscription_update", "paid", [-1_550, 31_000])]
    changed = shop.sub(sub)["items"]["data"][0]
    assert (changed["current_period_start"], changed["current_period_end"]) == (
        at("2026-01-16 12:00"),
        at("2027-01-16 12:00"),
    )
    assert shop.mrr(sub, "2026-01-16") == ["7750/3"]


def test_a_free_plan_that_becomes_paid_begins_a_new_period(shop: Shop) -> None:
    free, paid = shop.price("0"), shop.price("1900")
    sub = shop.subscribe(free)
    shop.until("2026-01-10")
    shop.world.update_subscription(sub, [Edit(item=item(shop, sub), price=paid)])
    assert shop.amounts(sub)[1:] == [("subscription_update", "paid", [0, 1_900])]
    assert shop.mrr(sub, "2026-01-09", "2026-01-10") == [None, "1900"]


def test_what_is_left_of_a_year_becomes_credit_that_later_invoices_use(shop: Shop) -> None:
    sub = shop.subscribe(shop.price("36500", "year"))
    shop.until("2026-07-02 12:00")  # half of 365 days
    shop.world.update_subscription(sub, [Edit(item=item(shop, sub), price=shop.price("10000"))])
    customer = shop.world.get("customer", shop.sub(sub)["customer"])
    assert customer is not None
    assert customer["balance"] == -8_250
    shop.until("2026-08-03")
    newest = shop.invoices(sub)[-1]
    assert (newest["total"], newest["starting_balance"], newest["ending_balance"]) == (10_000, -8_250, 0)
    assert (newest["amount_due"], newest["amount_paid"], newest["status"]) == (1_750, 1_750, "paid")


def test_a_silent_change_is_named_until_the_next_invoice_shows_it(shop: Shop) -> None:
    sub = shop.subscribe(shop.price("1000"), 2)
    shop.until("2026-01-10")
    shop.world.update_subscription(sub, [Edit(item=item(shop, sub), quantity=5)], "none")
    assert not shop.world.listing("invoiceitem")
    told = shop.world.truth()["hidden"][0]
    assert (told["subscription"], told["date"], told["from"]["mrr"], told["to"]["mrr"]) == (
        sub, "2026-01-10", "2000", "5000",
    )  # fmt: skip
    assert told["revealed"] is None
    shop.until("2026-02-02")
    assert shop.world.truth()["hidden"][0]["revealed"] == "2026-02-01"
    assert shop.amounts(sub)[1][2] == [5_000]


def test_an_add_on_that_goes_leaves_only_its_credit(shop: Shop) -> None:
    plan, support = shop.price("3100"), shop.price("6200")
    sub = str(shop.world.create_subscription(shop.customer(), [(plan, 1), (support, 1)])["id"])
    shop.until("2026-01-16 12:00")
    shop.world.update_subscription(sub, [Edit(item=item(shop, sub, 1), deleted=True)])
    shop.until("2026-02-02")
    assert shop.amounts(sub)[1][2] == [-3_100, 3_100]
    assert shop.mrr(sub, "2026-01-15", "2026-01-16") == ["9300", "3100"]


@pytest.mark.parametrize(
    ("terms", "paid", "worth"),
    [
        ({"percent_off": 50.0, "once": True}, [500, 1_000, 1_000, 1_000], ["1000"] * 4),
        ({"percent_off": 25.0, "months": 2}, [750, 750, 1_000, 1_000], ["750", "750", "1000", "1000"]),
        ({"percent_off": 33.3}, [667] * 4, ["667"] * 4),
        ({"amount_off": 300, "currency": "usd"}, [700] * 4, ["700"] * 4),
        ({"amount_off": 5_000, "currency": "usd"}, [0] * 4, [None] * 4),
        ({"percent_off": 100.0}, [0] * 4, [None] * 4),
    ],
)
def test_a_coupon_takes_off(shop: Shop, terms: dict[str, object], paid: list[int], worth: list[str | None]) -> None:
    sub = shop.subscribe(shop.price("1000"), coupons=[shop.coupon("C", **terms)])
    shop.until("2026-04-02")
    assert [invoice["total"] for invoice in shop.invoices(sub)] == paid
    assert shop.mrr(sub, "2026-01-31", "2026-02-28", "2026-03-31", "2026-04-01") == worth


def test_two_coupons_work_one_after_the_other_and_only_on_their_products(shop: Shop) -> None:
    plan, support = shop.price("10000"), shop.price("4000")
    plans_only = shop.world.get("price", plan)
    assert plans_only is not None
    tenth = shop.coupon("TENTH", percent_off=10.0, products=[plans_only["product"]])
    fifty = shop.coupon("FIFTY", amount_off=5_000, currency="usd")
    made = shop.world.create_subscription(shop.customer(), [(plan, 1), (support, 1)], coupons=[tenth, fifty])
    invoice = shop.invoices(made["id"])[0]
    assert [each["amount"] for each in invoice["total_discount_amounts"]] == [1_000, 5_000]
    assert invoice["total"] == 8_000
    assert shop.mrr(made["id"], "2026-01-01") == ["8000"]


def test_a_customers_coupon_works_for_subscriptions_without_their_own(shop: Shop) -> None:
    customer = shop.customer()
    sub = shop.subscribe(shop.price("1000"), customer=customer)
    shop.until("2026-01-10")
    shop.world.discount(customer, shop.coupon("C", percent_off=10.0))
    shop.until("2026-02-02")
    assert shop.mrr(sub, "2026-01-09", "2026-01-10") == ["1000", "900"]
    assert shop.invoices(sub)[1]["total"] == 900


def test_graduated_tiers_are_billed_line_by_line(shop: Shop) -> None:
    fleet = shop.price(None, tiers=("graduated", [(10, "1200"), (None, "1000")]))
    sub = shop.subscribe(fleet, 13)
    assert shop.amounts(sub) == [("subscription_create", "paid", [12_000, 3_000])]
    assert shop.mrr(sub, "2026-01-01") == ["15000"]


def test_a_volume_tier_prices_all_of_them(shop: Shop) -> None:
    sub = shop.subscribe(shop.price(None, tiers=("volume", [(10, "1200"), (None, "1000")])), 13)
    assert shop.amounts(sub) == [("subscription_create", "paid", [13_000])]
    assert shop.mrr(sub, "2026-01-01") == ["13000"]


def test_usage_is_billed_afterwards_and_is_worth_nothing(shop: Shop) -> None:
    plan, messages = shop.price("1000"), shop.price("2.5", meter="mtr_1")
    made = shop.world.create_subscription(shop.customer(), [(plan, 1), (messages, 1)])
    shop.until("2026-02-02")
    first, second = (shop.world.lines(invoice["id"]) for invoice in shop.invoices(made["id"]))
    assert (len(first), len(second)) == (1, 2)
    assert second[1]["period"] == {"start": at("2026-01-01"), "end": at("2026-02-01")}
    assert shop.mrr(made["id"], "2026-01-01") == ["1000"]


def test_tax_comes_on_top_and_is_worth_nothing(shop: Shop) -> None:
    coupon = shop.coupon("C", percent_off=10.0)
    sub = shop.subscribe(shop.price("1000"), tax=shop.tax(19.0), coupons=[coupon])
    invoice = shop.invoices(sub)[0]
    assert (invoice["subtotal"], invoice["total_excluding_tax"], invoice["total"]) == (1_000, 900, 1_071)
    assert shop.mrr(sub, "2026-01-01") == ["900"]
