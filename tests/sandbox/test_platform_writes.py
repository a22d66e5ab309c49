"""Requests that change something: strict as Stripe's, once only with a key, and only where they are allowed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from lib.sandbox.http.server import running
from lib.sandbox.http.state import Options
from tests.sandbox.fake_world import DAY, Client
from tests.sandbox.shop_front import Front, selling


@pytest.fixture(scope="module")
def front() -> Iterator[Front]:
    with selling() as made:
        yield made


def subscribed(front: Front, customer: str, **more: str) -> dict[str, str]:
    return {"customer": customer, "items[0][price]": front.price("pro_monthly")} | more


# --- The catalogue ----------------------------------------------------------------------------------------------------


def test_the_plans_are_found_by_lookup_key(front: Front) -> None:
    keys = ["plimsoll_pro_monthly", "plimsoll_pro_yearly", "plimsoll_business_monthly", "plimsoll_business_yearly"]
    found = front.all("/v1/prices", **{"lookup_keys[]": keys, "expand[]": "data.product"})
    told = {each["lookup_key"]: (each["unit_amount"], each["recurring"]["interval"]) for each in found}
    assert told == dict(zip(keys, [(2900, "month"), (29000, "year"), (9900, "month"), (99000, "year")], strict=True))
    assert {each["product"]["name"] for each in found} == {"Plimsoll Pro", "Plimsoll Business"}


def test_the_codes_are_on_sale(front: Front) -> None:
    launch = front.all("/v1/promotion_codes", code="LAUNCH20", **{"expand[]": "data.promotion.coupon"})[0]
    coupon = launch["promotion"]["coupon"]
    assert (coupon["percent_off"], coupon["duration_in_months"]) == (20, 3)
    assert front.one("/v1/coupons/FREEMONTH")["duration"] == "once"


# --- Customers --------------------------------------------------------------------------------------------------------


def test_a_customer_is_made_and_changed(front: Front) -> None:
    made = front.form("/v1/customers", {"name": "Ada", "email": "ada@example.com", "metadata[user]": "7"})
    assert (made["name"], made["metadata"], made["invoice_settings"]["default_payment_method"]) == (
        "Ada",
        {"user": "7"},
        None,
    )
    form = {"name": "Ada Byron", "metadata[user]": "", "metadata[team]": "x"}
    changed = front.form(f"/v1/customers/{made['id']}", form)
    assert (changed["name"], changed["email"], changed["metadata"]) == ("Ada Byron", "ada@example.com", {"team": "x"})
    assert front.one(f"/v1/customers/{made['id']}")["name"] == "Ada Byron"


@pytest.mark.parametrize(
    ("form", "code", "param"),
    [
        ({"nickname": "x"}, "parameter_unknown", "nickname"),
        ({"address[planet]": "x"}, "parameter_unknown", "address[planet]"),
        ({"email": "nobody"}, "email_invalid", "email"),
        ({"tax_exempt": "none"}, None, "tax_exempt"),
        ({"expand[]": "nothing"}, None, "expand"),
    ],
)
def test_what_makes_no_sense_is_refused(front: Front, form: dict[str, str], code: str | None, param: str) -> None:
    status, error = front.refused("/v1/customers", form)
    assert (status, error.get("code"), error["param"]) == (400, code, param)


def test_wrong_ids_are_missing_resources(front: Front) -> None:
    customer = front.customer()
    assert front.refused("/v1/customers/cus_no", {"name": "x"})[0] == 404
    status, error = front.refused("/v1/subscriptions", {"customer": "cus_no", "items[0][price]": "price_no"})
    assert (status, error["code"], error["param"]) == (400, "resource_missing", "customer")
    error = front.refused("/v1/subscriptions", {"customer": customer, "items[0][price]": "price_no"})[1]
    assert (error["code"], error["param"]) == ("resource_missing", "items[0][price]")
    error = front.refused("/v1/subscriptions", {"customer": customer})[1]
    assert (error["code"], error["param"]) == ("parameter_missing", "items")


# --- Once only --------------------------------------------------------------------------------------------------------


def test_the_same_key_gives_the_same_answer(front: Front) -> None:
    headers = {"Idempotency-Key": "make-me-once"}
    before = len(front.all("/v1/customers"))
    answers = [front.post("/v1/customers", data={"name": "Once"}, headers=headers) for _ in range(2)]
    assert answers[0].content == answers[1].content
    assert ("idempotent-replayed" in answers[0].headers, answers[1].headers["idempotent-replayed"]) == (False, "true")
    assert len(front.all("/v1/customers")) == before + 1
    status, error = front.refused("/v1/customers", {"name": "Twice"}, **headers)
    assert (status, error["type"]) == (400, "idempotency_error")


def test_a_failure_is_kept_too_but_not_a_request_that_never_began(front: Front) -> None:
    form = {"customer": "cus_no", "items[0][price]": "price_no"}
    first = front.post("/v1/subscriptions", data=form, headers={"Idempotency-Key": "fails"})
    again = front.post("/v1/subscriptions", data=form, headers={"Idempotency-Key": "fails"})
    assert (first.status_code, again.content) == (400, first.content)
    assert again.headers["idempotent-replayed"] == "true"
    assert front.refused("/v1/customers", {"nickname": "x"}, **{"Idempotency-Key": "strict"})[0] == 400
    assert front.form("/v1/customers", {"name": "x"}, **{"Idempotency-Key": "strict"})["name"] == "x"


def test_an_answer_that_was_lost_is_had_again_with_the_key(front: Front) -> None:
    front.post("/_sandbox/faults", json={"kind": "lost", "path": "/v1/customers", "count": 1})
    headers = {"Idempotency-Key": "lost"}
    with pytest.raises(httpx.HTTPError):
        front.post("/v1/customers", data={"name": "Lost"}, headers=headers)
    before = len(front.all("/v1/customers"))
    assert front.form("/v1/customers", {"name": "Lost"}, **headers)["name"] == "Lost"
    assert len(front.all("/v1/customers")) == before


# --- Who may ----------------------------------------------------------------------------------------------------------


def test_restricted_keys_and_read_only_connections_change_nothing(front: Front) -> None:
    standin = front.standin
    with Client(str(front.base_url), standin, standin.cast.platform.restricted_key) as reader:
        answer = reader.post("/v1/customers", data={"name": "x"})
        assert (answer.status_code, "rak_customer_write" in answer.json()["error"]["message"]) == (403, True)
    account = standin.cast.demo.id
    connections = standin.connections
    connections.exchange(connections.issue(account, "read_only"))
    status, error = front.refused("/v1/customers", {"name": "x"}, **{"Stripe-Account": account})
    assert (status, f"for this endpoint on account '{account}'" in error["message"]) == (403, True)
    connections.revoke(account)
    assert front.refused("/v1/customers", {"name": "x"}, **{"Stripe-Account": account})[1]["code"] == "account_invalid"
    assert front.refused("/v1/customers", {}, Authorization="")[0] == 401


def test_a_connected_account_with_read_write_can_be_written_and_pays_a_fee() -> None:
    with running(Options(months=2, customers=12)) as (base, standin):
        assert standin.cast.demo.ready.wait(60)
        connections, account = standin.connections, standin.cast.demo.id
        connections.exchange(connections.issue(account, "read_write"))
        with Front(base, standin, standin.access.secret_key, account) as ours:
            paid = next(each for each in ours.all("/v1/charges") if each["paid"])
            price = next(
                each
                for each in ours.all("/v1/prices", currency="usd", **{"recurring[interval]": "month"})
                if each["recurring"]["usage_type"] == "licensed" and each["unit_amount"]
            )
            form = {"customer": paid["customer"], "items[0][price]": price["id"], "application_fee_percent": "1.5"}
            sub = ours.form("/v1/subscriptions", form)
            assert (sub["application_fee_percent"], sub["application"]) == (1.5, connections.client_id)
            charge = ours.all("/v1/charges")[0]
            assert charge["application_fee_amount"] == (charge["amount"] * 15 + 500) // 1000
            movement = ours.one(f"/v1/balance_transactions/{charge['balance_transaction']}")
            assert [each["type"] for each in movement["fee_details"]] == ["stripe_fee", "application_fee"]
            changed = ours.form(f"/v1/subscriptions/{sub['id']}", {"metadata[seat]": "4"})
            assert changed["metadata"] == {"seat": "4"}
            assert ours.refused("/v1/checkout/sessions", {"mode": "subscription"})[0] == 400


def test_a_fee_needs_another_account(front: Front) -> None:
    form = subscribed(front, front.customer(), application_fee_percent="10")
    status, error = front.refused("/v1/subscriptions", form)
    assert (status, error["param"]) == (400, "application_fee_percent")


# --- Subscriptions ----------------------------------------------------------------------------------------------------


def test_without_a_card_only_a_trial_or_an_invoice_can_begin(front: Front) -> None:
    customer = front.customer()
    status, error = front.refused("/v1/subscriptions", subscribed(front, customer))
    assert (status, error["code"]) == (400, "resource_missing")
    assert "no attached payment source" in error["message"]
    trial = front.form("/v1/subscriptions", subscribed(front, customer, trial_period_days="14", **{"metadata[a]": "b"}))
    assert (trial["status"], trial["metadata"], trial["trial_end"]) == (
        "trialing",
        {"a": "b"},
        trial["created"] + 14 * DAY,
    )
    sent = subscribed(front, customer, collection_method="send_invoice", days_until_due="30")
    assert front.form("/v1/subscriptions", sent)["days_until_due"] == 30
    waits = front.form("/v1/subscriptions", subscribed(front, customer, payment_behavior="default_incomplete"))
    assert (waits["status"], front.invoices(waits["id"])[0]["status"]) == ("incomplete", "open")


def test_error_if_incomplete_makes_nothing(front: Front) -> None:
    customer = front.customer()
    front.do("attach_card", customer=customer, number="4000000000000341")
    form = subscribed(front, customer, payment_behavior="error_if_incomplete")
    status, error = front.refused("/v1/subscriptions", form)
    assert (status, error["type"], error["code"]) == (402, "card_error", "card_declined")
    assert front.all("/v1/subscriptions", customer=customer, status="all") == []
    form["payment_behavior"] = "allow_incomplete"
    assert front.form("/v1/subscriptions", form)["status"] == "incomplete"


def test_a_subscription_ends_at_once_or_with_its_period(front: Front) -> None:
    sub = front.bought(**{"subscription_data[metadata][workspace]": "w1"})
    assert (sub["status"], sub["metadata"]) == ("active", {"workspace": "w1"})
    path = f"/v1/subscriptions/{sub['id']}"
    leaving = front.form(path, {"cancel_at_period_end": "true", "metadata[note]": "x"})
    assert (leaving["cancel_at_period_end"], leaving["metadata"]) == (True, {"workspace": "w1", "note": "x"})
    assert front.form(path, {"cancel_at_period_end": "false"})["cancel_at"] is None
    assert front.subscription(sub["id"])["metadata"] == {"workspace": "w1", "note": "x"}
    assert front.delete(path).json()["status"] == "canceled"
    assert front.delete(path).status_code == 404
    assert front.refused(path, {"cancel_at_period_end": "true"})[0] == 400


def test_a_trial_can_be_ended_now(front: Front) -> None:
    sub = front.bought(**{"subscription_data[trial_period_days]": "14"})
    assert sub["status"] == "trialing"
    now = front.form(f"/v1/subscriptions/{sub['id']}", {"trial_end": "now"})
    assert (now["status"], front.invoices(sub["id"])[0]["amount_paid"]) == ("active", 2900)


def test_a_running_subscription_gets_a_code_and_loses_it(front: Front) -> None:
    sub = front.bought()
    code = front.all("/v1/promotion_codes", code="LAUNCH20")[0]["id"]
    path = f"/v1/subscriptions/{sub['id']}"
    given = front.form(path, {"discounts[0][promotion_code]": code, "expand[]": "discounts"})["discounts"]
    assert [(each["source"]["coupon"], each["promotion_code"]) for each in given] == [("LAUNCH20", code)]
    assert front.form("/v1/invoices/create_preview", {"subscription": sub["id"]})["amount_due"] == 2320
    assert front.form(path, {"discounts": ""})["discounts"] == []


def test_items_are_checked(front: Front) -> None:
    sub = front.bought()
    path, item = f"/v1/subscriptions/{sub['id']}", sub["items"]["data"][0]["id"]
    yearly = front.price("pro_yearly")
    assert front.refused(path, {"items[0][id]": "si_no", "items[0][price]": yearly})[1]["code"] == "resource_missing"
    assert "same `recurring.interval`" in front.refused(path, {"items[0][price]": yearly})[1]["message"]
    assert "at least one" in front.refused(path, {"items[0][id]": item, "items[0][deleted]": "true"})[1]["message"]
    assert front.refused(path, {"proration_date": "5", "metadata[a]": "b"})[1]["param"] == "proration_date"


def test_the_platforms_business_survives_a_restart(tmp_path: Path) -> None:
    with selling(state=tmp_path) as front:
        sub = front.bought()
        key = {"Idempotency-Key": "kept"}
        customer = front.form("/v1/customers", {"name": "Kept"}, **key)["id"]
        front.form("/v1/webhook_endpoints", {"url": "http://127.0.0.1:9/x", "enabled_events[]": "*"})
    with selling(state=tmp_path) as front:
        assert front.subscription(sub["id"])["status"] == "active"
        assert front.form("/v1/customers", {"name": "Kept"}, **{"Idempotency-Key": "kept"})["id"] == customer
        assert front.invoices(sub["id"])[0]["hosted_invoice_url"].startswith(str(front.base_url))
        assert len(front.all("/v1/webhook_endpoints")) == 1
        assert front.wait(40 * DAY)
        assert front.invoices(sub["id"])[0]["billing_reason"] == "subscription_cycle"
