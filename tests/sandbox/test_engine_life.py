"""What becomes of a subscription: trials, failed payments, pauses, cancellations; and when it counts as revenue."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.engine_shop import DAY, Shop, at


@pytest.fixture
def shop() -> Shop:
    return Shop()


def test_a_trial_is_billed_nothing_and_counts_from_its_end(shop: Shop) -> None:
    sub = shop.subscribe(shop.price("1000"), trial_days=14)
    assert shop.sub(sub)["status"] == "trialing"
    shop.until("2026-01-16")
    assert shop.sub(sub)["status"] == "active"
    assert shop.amounts(sub) == [("subscription_create", "paid", [0]), ("subscription_cycle", "paid", [1_000])]
    assert shop.mrr(sub, "2026-01-14", "2026-01-15") == [None, "1000"]


def test_a_trial_whose_card_fails_is_past_due_and_then_cancelled(shop: Shop) -> None:
    sub = shop.subscribe(shop.price("1000"), trial_days=14)
    shop.world.decline(shop.sub(sub)["customer"])
    shop.until("2026-01-16")
    assert shop.sub(sub)["status"] == "past_due"
    assert [each["delinquent"] for each in shop.world.listing("customer")] == [True]
    shop.until("2026-02-01")
    ended = shop.sub(sub)
    assert (ended["status"], ended["cancellation_details"]["reason"]) == ("canceled", "payment_failed")
    assert ended["ended_at"] == at("2026-01-15 01:00") + (3 + 5 + 7) * DAY
    assert shop.mrr(sub, "2026-01-15", "2026-01-29", "2026-01-30") == ["1000", "1000", None]


def test_a_retry_that_succeeds_makes_it_active_again(shop: Shop) -> None:
    sub = shop.subscribe(shop.price("1000"))
    shop.world.decline(shop.sub(sub)["customer"], times=2)
    shop.until("2026-02-05")
    invoice = shop.invoices(sub)[1]
    assert (shop.sub(sub)["status"], invoice["status"], invoice["attempt_count"]) == ("past_due", "open", 2)
    assert invoice["next_payment_attempt"] == at("2026-02-09 01:00")
    shop.until("2026-02-10")
    assert (shop.sub(sub)["status"], shop.invoices(sub)[1]["status"]) == ("active", "paid")
    assert shop.mrr(sub, "2026-02-01", "2026-02-05", "2026-02-09") == ["1000"] * 3
    charges = [each["status"] for each in shop.world.listing("charge")]
    assert charges == ["succeeded", "failed", "failed", "succeeded"]


@pytest.mark.parametrize("policy", ["past_due", "unpaid"])
def test_what_stays_unpaid_counts_for_thirty_days_and_again_when_it_is_paid(shop: Shop, policy: str) -> None:
    sub = shop.subscribe(shop.price("12000", "year"), after_retries=policy)
    customer = shop.sub(sub)["customer"]
    shop.until("2026-12-31")
    shop.world.decline(customer)
    shop.until("2027-02-20")
    assert shop.sub(sub)["status"] == policy
    shop.world.decline(customer, times=0)
    shop.world.pay_invoice(shop.invoices(sub)[-1]["id"])
    assert shop.sub(sub)["status"] == "active"
    days = ("2027-01-01", "2027-01-30", "2027-01-31", "2027-02-19", "2027-02-20")
    assert shop.mrr(sub, *days) == ["1000", "1000", None, None, "1000"]


def test_a_first_payment_that_never_comes_never_counts(shop: Shop) -> None:
    customer = shop.customer()
    shop.world.decline(customer)
    sub = shop.subscribe(shop.price("1000"), customer=customer)
    assert shop.sub(sub)["status"] == "incomplete"
    shop.until("2026-01-02")
    assert shop.sub(sub)["status"] == "incomplete_expired"
    assert shop.amounts(sub) == [("subscription_create", "void", [1_000])]
    assert shop.mrr(sub, "2026-01-01", "2026-01-02") == [None, None]


def test_a_first_payment_that_comes_later_counts_from_then() -> None:
    shop = Shop("2026-01-01 20:00")
    customer = shop.customer()
    shop.world.decline(customer, times=1)
    sub = shop.subscribe(shop.price("1000"), customer=customer)
    shop.until("2026-01-02 08:00")
    shop.world.pay_invoice(shop.invoices(sub)[0]["id"])
    shop.until("2026-02-03")
    assert shop.mrr(sub, "2026-01-01", "2026-01-02", "2026-02-02") == [None, "1000", "1000"]
    assert shop.amounts(sub)[1] == ("subscription_cycle", "paid", [1_000])


@pytest.mark.parametrize(
    ("behavior", "status"),
    [("void", "void"), ("keep_as_draft", "draft"), ("mark_uncollectible", "uncollectible")],
)
def test_a_pause_stops_the_money_and_not_the_revenue(shop: Shop, behavior: str, status: str) -> None:
    sub = shop.subscribe(shop.price("1000"))
    shop.until("2026-01-20")
    shop.world.pause(sub, behavior, resumes_at=at("2026-02-10"))
    shop.until("2026-03-02")
    assert [invoice["status"] for invoice in shop.invoices(sub)] == ["paid", status, "paid"]
    told = {day["date"]: day["subscriptions"][sub] for day in shop.world.truth()["days"]}
    assert [told[day]["paused"] for day in ("2026-01-19", "2026-01-20", "2026-02-10")] == [False, True, False]
    assert {day["mrr"] for day in told.values()} == {"1000"}


def test_cancelled_at_once_or_at_the_end_of_the_period(shop: Shop) -> None:
    price = shop.price("1000")
    now, later, kept = shop.subscribe(price), shop.subscribe(price), shop.subscribe(price)
    shop.until("2026-01-10")
    shop.world.cancel_subscription(now, feedback="too_expensive", comment="Sorry")
    for sub in (later, kept):
        shop.world.cancel_subscription(sub, at_period_end=True)
    shop.world.keep_subscription(kept)
    shop.until("2026-02-02")
    assert [shop.sub(sub)["status"] for sub in (now, later, kept)] == ["canceled", "canceled", "active"]
    assert [shop.sub(sub)["ended_at"] for sub in (now, later)] == [at("2026-01-10"), at("2026-02-01")]
    assert shop.sub(later)["canceled_at"] == at("2026-01-10")
    assert shop.sub(now)["cancellation_details"]["feedback"] == "too_expensive"
    assert shop.mrr(now, "2026-01-09", "2026-01-10") == ["1000", None]
    assert shop.mrr(later, "2026-01-31", "2026-02-01") == ["1000", None]


def test_an_invoice_that_was_sent_is_past_due_after_its_days_and_paid_when_told(shop: Shop) -> None:
    sub = shop.subscribe(shop.price("12000", "year"), days_until_due=30)
    assert (shop.sub(sub)["status"], shop.invoices(sub)[0]["status"]) == ("active", "open")
    shop.until("2026-02-05")
    assert shop.sub(sub)["status"] == "past_due"
    shop.world.pay_invoice(shop.invoices(sub)[0]["id"])
    assert shop.sub(sub)["status"] == "active"


def test_a_deleted_customer_leaves_a_stub_and_a_history(shop: Shop) -> None:
    sub = shop.subscribe(shop.price("1000"))
    customer = shop.sub(sub)["customer"]
    shop.until("2026-01-10")
    shop.world.delete_customer(customer)
    assert shop.world.get("customer", customer) == {"id": customer, "object": "customer", "deleted": True}
    assert shop.world.listing("customer") == []
    assert shop.sub(sub)["status"] == "canceled"
    assert shop.mrr(sub, "2026-01-09", "2026-01-10") == ["1000", None]


def test_events_tell_what_changed_and_are_kept_for_thirty_days(shop: Shop) -> None:
    told: list[dict[str, Any]] = []
    shop.world.on_event = told.append
    sub = shop.subscribe(shop.price("1000"))
    shop.until("2026-01-20")
    shop.world.cancel_subscription(sub, at_period_end=True)
    assert told[-1]["type"] == "customer.subscription.updated"
    assert told[-1]["data"]["previous_attributes"]["cancel_at_period_end"] is False
    assert told == shop.world.listing("event")
    before = shop.world.version("event")
    shop.until("2026-02-15")
    assert min(event["created"] for event in shop.world.listing("event")) == at("2026-01-20")
    assert shop.world.version("event") > before
