"""A preview is what the change then bills: the same lines, the same amounts, and nothing is kept of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sandbox.fake_world import DAY, Object
from tests.sandbox.shop_front import Front, selling


@pytest.fixture(scope="module")
def front() -> Iterator[Front]:
    with selling() as made:
        yield made


def nested(form: dict[str, str]) -> dict[str, str]:
    """Fields of POST /v1/subscriptions as create_preview has them."""
    return {
        f"subscription_details[{name.replace('[', '][', 1) if '[' in name else name + ']'}": value
        for name, value in form.items()
    }


def preview(front: Front, sub: Object, form: dict[str, str]) -> Object:
    return front.form("/v1/invoices/create_preview", {"subscription": sub["id"]} | nested(form))


def lines(invoice: Object) -> list[tuple[str, int, bool]]:
    rows = invoice["lines"]["data"]
    return [
        (each["description"], each["amount"], each["parent"]["subscription_item_details"]["proration"]) for each in rows
    ]


SUMS = ("subtotal", "total", "amount_due", "starting_balance", "total_discount_amounts")


@pytest.mark.parametrize("code", ["", "LAUNCH20"])
@pytest.mark.parametrize(
    ("start", "key", "behavior"),
    [
        ("pro_monthly", "pro_yearly", "always_invoice"),
        ("pro_monthly", "business_yearly", "create_prorations"),
        ("pro_monthly", "business_monthly", "always_invoice"),
        ("business_yearly", "pro_yearly", "always_invoice"),
        ("business_yearly", "pro_monthly", "always_invoice"),
        ("pro_yearly", "pro_monthly", "none"),
    ],
)
def test_what_a_change_bills_is_what_was_shown(front: Front, start: str, key: str, behavior: str, code: str) -> None:
    discounts = {"discounts[0][promotion_code]": front.all("/v1/promotion_codes", code=code)[0]["id"]} if code else {}
    sub = front.bought(start, **discounts)
    now = front.wait(9 * DAY + 4321)
    before = len(front.invoices(sub["id"]))
    item = sub["items"]["data"][0]["id"]
    form = {"items[0][id]": item, "items[0][price]": front.price(key), "proration_behavior": behavior}
    form["proration_date"] = str(now - 100)
    shown = preview(front, sub, form)
    assert shown["billing_reason"] == "upcoming"
    assert preview(front, sub, form)["total"] == shown["total"]
    assert len(front.invoices(sub["id"])) == before
    front.form(f"/v1/subscriptions/{sub['id']}", form)
    billed = front.invoices(sub["id"])
    assert len(billed) == before + 1
    assert lines(billed[0]) == lines(shown)
    assert {name: len(billed[0][name]) if "amounts" in name else billed[0][name] for name in SUMS} == {
        name: len(shown[name]) if "amounts" in name else shown[name] for name in SUMS
    }
    if behavior != "none":
        assert shown["parent"]["subscription_details"]["subscription_proration_date"] == now - 100


def test_prorations_that_wait_show_in_the_next_invoice(front: Front) -> None:
    sub = front.bought()
    now = front.wait(10 * DAY)
    form = {"items[0][id]": sub["items"]["data"][0]["id"], "items[0][price]": front.price("business_monthly")}
    form["proration_date"] = str(now)
    shown = preview(front, sub, form)
    assert [each[2] for each in lines(shown)] == [True, True, False]
    front.form(f"/v1/subscriptions/{sub['id']}", form)
    assert len(front.invoices(sub["id"])) == 1
    front.wait(22 * DAY)
    assert lines(front.invoices(sub["id"])[0]) == lines(shown)
    assert front.invoices(sub["id"])[0]["amount_due"] == shown["amount_due"]


def test_the_next_renewal_is_shown_and_nothing_comes_after_the_end(front: Front) -> None:
    sub = front.bought()
    shown = front.form("/v1/invoices/create_preview", {"customer": sub["customer"]})
    assert (shown["amount_due"], shown["period_end"]) == (2900, sub["items"]["data"][0]["current_period_end"])
    status, error = front.refused(
        "/v1/invoices/create_preview",
        {"subscription": sub["id"], "subscription_details[cancel_at_period_end]": "true"},
    )
    assert (status, error["code"]) == (404, "invoice_upcoming_none")
    front.delete(f"/v1/subscriptions/{sub['id']}")
    assert front.refused("/v1/invoices/create_preview", {"subscription": sub["id"]})[0] == 404
    assert front.refused("/v1/invoices/create_preview", {})[1]["code"] == "parameter_missing"


def test_a_new_subscription_can_be_previewed(front: Front) -> None:
    form = {"customer": front.customer(), "subscription_details[items][0][price]": front.price("business_yearly")}
    form["discounts[0][coupon]"] = "LAUNCH20"
    shown = front.form("/v1/invoices/create_preview", form)
    assert (shown["subtotal"], shown["amount_due"]) == (99000, 79200)
    assert front.all("/v1/subscriptions", customer=form["customer"], status="all") == []


def test_credit_for_a_smaller_plan_pays_the_next_invoice(front: Front) -> None:
    sub = front.bought("business_yearly")
    now = front.wait(5 * DAY)
    form = {"items[0][id]": sub["items"]["data"][0]["id"], "items[0][price]": front.price("pro_monthly")}
    shown = preview(front, sub, form | {"proration_date": str(now)})
    assert (shown["amount_due"], shown["total"] < 0) == (0, True)
    front.form(f"/v1/subscriptions/{sub['id']}", form | {"proration_date": str(now)})
    assert front.one(f"/v1/customers/{sub['customer']}")["balance"] == shown["total"]
    front.wait(32 * DAY)
    renewal = front.invoices(sub["id"])[0]
    assert (renewal["amount_due"], renewal["status"], renewal["total"]) == (0, "paid", 2900)
