"""What a subscription and an invoice of Stripe's mean to us: each as a small table, expected value first."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

from lib.billing import rows
from lib.billing.access import GRACE, State, of_rows
from lib.store.tables import BillingSubscription

DAY, NOW = 86_400, 1_790_000_000
MICRO = 1_000_000


def price(**more: object) -> dict[str, Any]:
    recurring = {"interval": "month", "interval_count": 1}
    known = {"id": "price_1", "unit_amount": 2900, "currency": "usd", "recurring": recurring}
    return known | {"lookup_key": "plimsoll_pro_monthly"} | more


def subscription(**more: object) -> dict[str, Any]:
    item = {"id": "si_1", "price": more.pop("price", price()), "quantity": more.pop("quantity", 1)}
    item["current_period_end"] = more.pop("period_end", NOW + 20 * DAY)
    plain = {"id": "sub_1", "customer": "cus_1", "status": "active", "created": NOW - 10 * DAY, "discounts": []}
    return plain | {"items": {"data": [item]}} | more


def yearly(cents: int) -> dict[str, Any]:
    return price(unit_amount=cents, recurring={"interval": "year", "interval_count": 1})


def discount(**coupon: object) -> dict[str, Any]:
    return {"id": "di_1", "source": {"coupon": {"duration": "forever", **coupon}, "type": "coupon"}}


@pytest.mark.parametrize(
    ("cents", "found"),
    [
        (2900, subscription()),
        (8700, subscription(quantity=3)),
        (Fraction(29000, 12), subscription(price=yearly(29000))),
        (1000, subscription(price=price(recurring={"interval": "month", "interval_count": 3}, unit_amount=3000))),
        (2320, subscription(discounts=[discount(percent_off=20.0)])),
        (Fraction(2900) * (100 - Fraction("33.3")) / 100, subscription(discounts=[discount(percent_off=33.3)])),
        (2400, subscription(discounts=[discount(amount_off=500)])),
        (2900, subscription(discounts=[discount(percent_off=100.0, duration="once")])),
        (0, subscription(discounts=[discount(amount_off=5000)])),
        (2320, subscription(discounts=[{"id": "di_1", "coupon": {"duration": "repeating", "percent_off": 20.0}}])),
        (2900, subscription(discounts=["di_1"])),
    ],
)
def test_mrr_is_exact_and_rounded_once(cents: Fraction | int, found: dict[str, Any]) -> None:
    assert rows.mrr(found) == round(Fraction(cents) * MICRO)


@pytest.mark.parametrize(
    ("discounted", "discounts"),
    [
        (False, []),
        (True, [discount(percent_off=20.0)]),
        (True, [discount() | {"end": NOW + 21 * DAY}]),
        (False, [discount() | {"end": NOW + 20 * DAY}]),
        (True, ["di_1"]),
    ],
    ids=["none", "for ever", "beyond the renewal", "until the renewal", "that is only named"],
)
def test_a_discount_counts_while_it_works_at_the_next_renewal(discounted: bool, discounts: list[object]) -> None:
    row = rows.subscription_row(subscription(discounts=discounts), "ws_1", 5.0, ())
    assert row.discounted is discounted


@pytest.mark.parametrize(
    ("plan", "interval", "told"),
    [
        ("pro", "month", price()),
        ("pro", "year", price(lookup_key="plimsoll_pro_yearly")),
        ("business", "month", price(lookup_key="plimsoll_business_monthly")),
        (None, None, price(lookup_key=None)),
        (None, None, price(lookup_key="somebody_elses")),
    ],
)
def test_a_price_of_ours_gives_its_plan_and_any_other_none(
    plan: str | None, interval: str | None, told: dict[str, Any]
) -> None:
    row = rows.subscription_row(subscription(price=told), "ws_1", 5.0, ())
    assert (row.plan, row.interval) == (plan, interval)


def test_the_price_that_settings_name_counts_whatever_its_lookup_key(use_settings: Callable[..., object]) -> None:
    use_settings(stripe_price_id_business_yearly="price_9")
    row = rows.subscription_row(subscription(price=price(id="price_9", lookup_key=None)), "ws_1", 5.0, ())
    assert (row.plan, row.interval) == ("business", "year")


def test_grace_runs_from_the_oldest_invoice_that_is_open_however_many_follow() -> None:
    owed = [
        {"created": NOW - 3 * DAY, "status_transitions": {"finalized_at": NOW - 2 * DAY}},
        {"created": NOW - 31 * DAY, "status_transitions": {"finalized_at": NOW - 30 * DAY}},
        {"created": NOW - 9 * DAY, "status_transitions": {"finalized_at": None}},
    ]
    assert rows.subscription_row(subscription(status="past_due"), "ws_1", 5.0, owed).unpaid_since == NOW - 30 * DAY
    assert rows.subscription_row(subscription(), "ws_1", 5.0, ()).unpaid_since is None


@pytest.mark.parametrize("status", ["past_due", "unpaid"])
def test_what_is_unpaid_without_an_open_invoice_has_its_grace_from_when_that_was_known(status: str) -> None:
    """Written off, or paid between two reads: an old subscription is not locked for being old."""
    found = subscription(status=status, created=NOW - 90 * DAY)
    first = rows.subscription_row(found, "ws_1", float(NOW), ())
    assert first.unpaid_since == NOW
    assert of_rows("ws_1", [first], NOW + DAY).state is State.GRACE
    again = rows.subscription_row(found, "ws_1", float(NOW + 5 * DAY), (), first)
    assert again.unpaid_since == NOW, "every read begins no new grace"
    owed = [{"created": NOW - 3 * DAY}]
    known = rows.subscription_row(found, "ws_1", float(NOW), owed)
    assert rows.subscription_row(found, "ws_1", float(NOW + DAY), (), known).unpaid_since == NOW - 3 * DAY
    assert rows.subscription_row(subscription(), "ws_1", float(NOW + DAY), (), known).unpaid_since is None


def test_rows_that_do_not_know_since_when_are_not_locked_for_being_old() -> None:
    kept = row("past_due", created=NOW - 90 * DAY, observed_at=float(NOW - DAY))
    assert of_rows("ws_1", [kept], NOW).until == NOW - DAY + GRACE


@pytest.mark.parametrize(
    ("ends_at", "found"),
    [
        (NOW + 20 * DAY, subscription(cancel_at_period_end=True)),
        (NOW + 3 * DAY, subscription(cancel_at=NOW + 3 * DAY)),
        (NOW + 7 * DAY, subscription(cancel_at_period_end=True, period_end=None, current_period_end=NOW + 7 * DAY)),
        (None, subscription(status="canceled", cancel_at_period_end=True, ended_at=NOW)),
        (None, subscription()),
    ],
)
def test_when_a_cancelled_subscription_ends(ends_at: int | None, found: dict[str, Any]) -> None:
    assert rows.subscription_row(found, "ws_1", float(NOW), ()).ends_at == ends_at


@pytest.mark.parametrize(
    ("micros", "status"),
    [(2900 * MICRO, "active"), (2900 * MICRO, "past_due"), (0, "trialing"), (0, "unpaid"), (0, "canceled")],
)
def test_only_what_is_paid_or_soon_may_be_counts_as_mrr(micros: int, status: str) -> None:
    assert rows.subscription_row(subscription(status=status), "ws_1", 5.0, ()).mrr == micros


# --- From rows to what may be used ------------------------------------------------------------------------------------


def row(status: str = "active", plan: str | None = "pro", **more: object) -> BillingSubscription:
    known = {"id": f"sub_{plan}", "workspace": "ws_1", "customer": "cus_1", "created": NOW - 60 * DAY}
    known |= {"observed_at": 5.0, "period_end": NOW + 5 * DAY, "interval": "month"}
    return BillingSubscription(**(known | {"status": status, "plan": plan} | more))


@pytest.mark.parametrize(
    ("plan", "state", "until", "rows"),
    [
        ("free", State.FREE, None, []),
        ("pro", State.ACTIVE, NOW + 5 * DAY, [row()]),
        ("business", State.ACTIVE, NOW + 5 * DAY, [row(), row(plan="business")]),
        ("pro", State.TRIAL, NOW + DAY, [row("trialing", trial_end=NOW + DAY)]),
        ("pro", State.ENDING, NOW + DAY, [row(ends_at=NOW + DAY)]),
        ("pro", State.ENDING, NOW + DAY, [row("trialing", ends_at=NOW + DAY)]),
        ("free", State.FREE, None, [row(ends_at=NOW)]),
        ("free", State.FREE, None, [row("canceled", ended_at=NOW - 1)]),
        ("pro", State.GRACE, NOW + 1, [row("past_due", unpaid_since=NOW + 1 - GRACE)]),
        ("free", State.LAPSED, NOW, [row("past_due", unpaid_since=NOW - GRACE)]),
        ("free", State.LAPSED, NOW - DAY, [row("unpaid", unpaid_since=NOW - GRACE - DAY)]),
        ("pro", State.GRACE, NOW + DAY, [row("past_due", unpaid_since=NOW + DAY - GRACE, ends_at=NOW + 2 * DAY)]),
        ("free", State.UNFINISHED, None, [row("incomplete")]),
        ("free", State.FREE, None, [row("incomplete_expired", ended_at=NOW)]),
        ("free", State.FREE, None, [row("paused")]),
        ("free", State.FREE, None, [row(plan=None)]),
        ("pro", State.ACTIVE, NOW + 5 * DAY, [row(), row("past_due", plan="business", unpaid_since=NOW - GRACE)]),
    ],
)
def test_what_a_workspace_may_use(plan: str, state: State, until: int | None, rows: list[BillingSubscription]) -> None:
    found = of_rows("ws_1", rows, NOW)
    assert (found.plan.slug, found.state, found.until) == (plan, state, until)


def test_a_lapsed_plan_is_remembered_as_what_was_bought() -> None:
    found = of_rows("ws_1", [row("past_due", unpaid_since=NOW - GRACE)], NOW)
    assert (found.plan.slug, found.bought.slug, found.subscription) == ("free", "pro", "sub_pro")
