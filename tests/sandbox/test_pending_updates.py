"""A card whose bank asks every time, and a change that waits until its owner has answered."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sandbox.fake_world import DAY, Object
from tests.sandbox.shop_front import DECLINED, Front, selling, typed

ALWAYS = "4000 0027 6000 3184"


@pytest.fixture(scope="module")
def front() -> Iterator[Front]:
    with selling() as made:
        yield made


def answers(front: Front, page: str, outcome: str = "complete") -> str:
    """Answer the bank's question that a page's form led to; where that leads."""
    assert "Your bank asks you to confirm" in front.words(page)
    answer = front.post(page, data={"outcome": outcome})
    return str(answer.headers.get("location", answer.text))


def bought(front: Front, key: str = "pro_monthly") -> Object:
    session = front.session(key)
    asked = front.pay(session, ALWAYS)
    assert answers(front, asked.headers["location"]).startswith("http://localhost:8501/thanks")
    return front.subscription(front.one(f"/v1/checkout/sessions/{session['id']}")["subscription"])


def change(sub: Object, price: str, **more: str) -> dict[str, str]:
    form = {"items[0][id]": sub["items"]["data"][0]["id"], "items[0][price]": price}
    return form | {"proration_behavior": "always_invoice"} | more


def waits(front: Front, sub: Object, **more: str) -> Object:
    form = change(sub, front.price("business_yearly"), payment_behavior="pending_if_incomplete", **more)
    return front.form(f"/v1/subscriptions/{sub['id']}", form | {"expand[0]": "latest_invoice"})


def stands(sub: Object) -> tuple[str, str, Object | None]:
    return sub["status"], sub["items"]["data"][0]["price"]["lookup_key"], sub["pending_update"]


def test_such_a_card_pays_while_its_owner_is_asked_and_never_by_itself(front: Front) -> None:
    sub = bought(front)
    assert sub["status"] == "active"
    front.wait(32 * DAY)
    renewal = front.invoices(sub["id"])[0]
    assert (renewal["status"], front.subscription(sub["id"])["status"]) == ("open", "past_due")
    asked = front.post(f"/i/{renewal['id']}", data={"action": "pay"}).headers["location"]
    assert "unable to authenticate" in answers(front, asked, "fail")
    asked = front.post(f"/i/{renewal['id']}", data={"action": "pay"}).headers["location"]
    assert answers(front, asked) == f"/i/{renewal['id']}"
    assert (front.invoices(sub["id"])[0]["status"], front.subscription(sub["id"])["status"]) == ("paid", "active")


def test_a_change_that_must_be_paid_is_refused_with_what_it_needs(front: Front) -> None:
    sub = bought(front)
    form = change(sub, front.price("business_monthly"), payment_behavior="error_if_incomplete")
    status, error = front.refused(f"/v1/subscriptions/{sub['id']}", form)
    assert (status, error["type"]) == (402, "card_error")
    assert error["code"] == "subscription_payment_intent_requires_action"
    assert stands(front.subscription(sub["id"])) == ("active", "plimsoll_pro_monthly", None)
    assert len(front.invoices(sub["id"])) == 1


def test_a_change_that_waits_is_made_when_it_is_paid_just_as_it_was_shown(front: Front) -> None:
    sub = bought(front)
    now = front.wait(10 * DAY)
    form = {"subscription": sub["id"], "subscription_details[items][0][id]": sub["items"]["data"][0]["id"]}
    form |= {"subscription_details[items][0][price]": front.price("business_yearly")}
    form |= {"subscription_details[proration_behavior]": "always_invoice"}
    shown = front.form("/v1/invoices/create_preview", form | {"subscription_details[proration_date]": str(now)})
    waiting = waits(front, sub, proration_date=str(now), **{"metadata[plan]": "business"})
    bill = waiting["latest_invoice"]
    assert stands(waiting)[:2] == ("active", "plimsoll_pro_monthly")
    assert now < waiting["pending_update"]["expires_at"] <= now + DAY
    wanted = waiting["pending_update"]["subscription_items"][0]["price"]["lookup_key"]
    assert (wanted, waiting["pending_update"]["metadata"]) == ("plimsoll_business_yearly", {"plan": "business"})
    assert (bill["status"], bill["amount_due"], bill["total"]) == ("open", shown["amount_due"], shown["total"])
    asked = front.post(bill["hosted_invoice_url"], data={"action": "pay"}).headers["location"]
    answers(front, asked)
    done = front.subscription(sub["id"])
    assert stands(done) == ("active", "plimsoll_business_yearly", None)
    assert done["metadata"]["plan"] == "business"
    assert front.invoices(sub["id"])[0]["status"] == "paid"
    end = done["items"]["data"][0]["current_period_end"]
    assert 364 * DAY < end - now < 367 * DAY
    front.wait(370 * DAY)
    assert front.invoices(sub["id"])[0]["total"] == 99000


def test_a_change_that_nobody_pays_for_is_dropped_and_its_invoice_voided(front: Front) -> None:
    sub = bought(front)
    bill = waits(front, sub)["latest_invoice"]
    front.wait(DAY)
    assert stands(front.subscription(sub["id"])) == ("active", "plimsoll_pro_monthly", None)
    assert front.one(f"/v1/invoices/{bill['id']}")["status"] == "void"
    front.wait(31 * DAY)
    assert front.invoices(sub["id"])[0]["total"] == 2900


def test_another_change_takes_the_place_of_the_one_that_waits(front: Front) -> None:
    sub = bought(front)
    first = waits(front, sub)["latest_invoice"]
    second = waits(front, sub)["latest_invoice"]
    assert first["id"] != second["id"]
    assert front.one(f"/v1/invoices/{first['id']}")["status"] == "void"


def test_another_card_can_pay_for_what_waits(front: Front) -> None:
    sub = bought(front)
    bill = waits(front, sub)["latest_invoice"]
    declined = front.post(bill["hosted_invoice_url"], data=typed(DECLINED, action="card"))
    assert "declined" in declined.text
    front.post(bill["hosted_invoice_url"], data=typed(action="card"))
    assert stands(front.subscription(sub["id"]))[1] == "plimsoll_business_yearly"


def test_only_some_changes_can_wait_and_a_card_that_pays_waits_for_nothing(front: Front) -> None:
    sub = bought(front)
    form = change(sub, front.price("pro_yearly"), payment_behavior="pending_if_incomplete")
    status, error = front.refused(f"/v1/subscriptions/{sub['id']}", form | {"cancel_at_period_end": "false"})
    assert (status, error["param"]) == (400, "cancel_at_period_end")
    other = front.bought()
    form = change(other, front.price("pro_yearly"), payment_behavior="pending_if_incomplete")
    assert stands(front.form(f"/v1/subscriptions/{other['id']}", form)) == ("active", "plimsoll_pro_yearly", None)
