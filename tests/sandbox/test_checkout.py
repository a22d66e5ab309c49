"""Hosted Checkout: the session, its page, the test cards, and that nothing is bought twice."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sandbox.fake_world import DAY
from tests.sandbox.shop_front import ASKS, CANCEL, DECLINED, FAILS, SUCCESS, Front, said, selling


@pytest.fixture(scope="module")
def front() -> Iterator[Front]:
    with selling() as made:
        yield made


def state(front: Front, session: dict[str, str]) -> tuple[str, str]:
    now = front.one(f"/v1/checkout/sessions/{session['id']}")
    return now["status"], now["payment_status"]


def test_a_session_is_opened_bought_and_told(front: Front) -> None:
    customer = front.customer()
    session = front.session(
        customer=customer,
        client_reference_id="user 7",
        **{"metadata[plan]": "pro", "subscription_data[metadata][w]": "1"},
    )
    assert (session["status"], session["payment_status"], session["amount_total"]) == ("open", "unpaid", 2900)
    assert session["expires_at"] == session["created"] + DAY
    page = front.words(session["url"])
    for words in ("Subscribe to Plimsoll Pro", "$29.00 per month", "Total due today $29.00", "Back to Plimsoll"):
        assert words in page
    paid = front.pay(session)
    assert (paid.status_code, paid.headers["location"]) == (
        303,
        SUCCESS.replace("{CHECKOUT_SESSION_ID}", session["id"]),
    )
    done = front.one(f"/v1/checkout/sessions/{session['id']}", **{"expand[]": ["line_items", "subscription"]})
    assert (done["status"], done["payment_status"], done["url"]) == ("complete", "paid", None)
    assert (done["client_reference_id"], done["metadata"], done["customer"]) == ("user 7", {"plan": "pro"}, customer)
    assert (done["subscription"]["status"], done["subscription"]["metadata"]) == ("active", {"w": "1"})
    assert done["line_items"]["data"][0]["price"]["lookup_key"] == "plimsoll_pro_monthly"
    assert "line_items" not in front.one(f"/v1/checkout/sessions/{session['id']}")
    assert front.all(f"/v1/checkout/sessions/{session['id']}/line_items")[0]["amount_total"] == 2900
    for name, value in (("customer", customer), ("subscription", done["subscription"]["id"])):
        assert front.ids("/v1/checkout/sessions", **{name: value}) == [session["id"]]
    assert session["id"] in front.ids("/v1/checkout/sessions", status="complete", limit=100)


def test_sent_twice_it_is_bought_once_and_the_page_says_so(front: Front) -> None:
    session = front.session(customer=front.customer())
    first, second = front.pay(session), front.pay(session)
    assert (second.status_code, second.headers["location"]) == (303, first.headers["location"])
    customer = front.one(f"/v1/checkout/sessions/{session['id']}")["customer"]
    assert len(front.all("/v1/subscriptions", customer=customer)) == 1
    page = front.get(f"/c/pay/{session['id']}")
    assert (page.status_code, "You have subscribed already" in said(page)) == (400, True)


def test_a_trial_with_a_code(front: Front) -> None:
    session = front.session(**{"subscription_data[trial_period_days]": "14", "allow_promotion_codes": "true"})
    page = front.get(session["url"])
    assert "14 days free, then $29.00 per month" in said(page)
    assert ">Start trial</button>" in page.text
    wrong = front.post(session["url"], data={"action": "apply", "promotion_code": "NO"})
    assert (wrong.status_code, "This code is invalid." in said(wrong)) == (400, True)
    assert front.post(session["url"], data={"action": "apply", "promotion_code": "launch20"}).status_code == 303
    words = front.words(session["url"])
    for each in ("LAUNCH20: 20% off for 3 months", "−$5.80", "$23.20", "Total due today $0.00"):
        assert each in words
    assert front.pay(session).status_code == 303
    assert state(front, session) == ("complete", "no_payment_required")
    sub = front.subscription(front.one(f"/v1/checkout/sessions/{session['id']}")["subscription"])
    assert (sub["status"], len(sub["discounts"])) == ("trialing", 1)
    front.wait(15 * DAY)
    assert front.invoices(sub["id"])[0]["amount_paid"] == 2320


def test_a_code_can_be_taken_off_and_a_free_month_costs_nothing(front: Front) -> None:
    session = front.session(allow_promotion_codes="true")
    front.post(session["url"], data={"action": "apply", "promotion_code": "FREEMONTH"})
    assert front.one(f"/v1/checkout/sessions/{session['id']}")["total_details"]["amount_discount"] == 2900
    front.post(session["url"], data={"action": "remove"})
    assert front.one(f"/v1/checkout/sessions/{session['id']}")["amount_total"] == 2900
    front.post(session["url"], data={"action": "apply", "promotion_code": "FREEMONTH"})
    assert front.pay(session).status_code == 303
    sub = front.one(f"/v1/checkout/sessions/{session['id']}")["subscription"]
    front.wait(32 * DAY)
    assert [each["amount_paid"] for each in front.invoices(sub)] == [2900, 0]


def test_a_declined_card_stays_on_the_page_and_another_one_works(front: Front) -> None:
    session = front.session()
    for number in (DECLINED, FAILS):
        page = front.pay(session, number)
        assert (page.status_code, "Your card was declined." in said(page)) == (402, True)
    assert state(front, session) == ("open", "unpaid")
    assert front.pay(session).status_code == 303


@pytest.mark.parametrize(
    ("sentence", "filled"),
    [
        ("Your card number is invalid.", {"number": "4242 4242 4242 4241"}),
        ("Your card number is invalid.", {"number": ""}),
        ("test cards listed below alone", {"number": "4111 1111 1111 1111"}),
        ("Your card’s expiration date is in the past.", {"expiry": "01/20"}),
        ("Your card’s expiration date is incomplete.", {"expiry": "13/34"}),
        ("Your card’s security code is incomplete.", {"cvc": "1"}),
        ("Please fill in the name on the card.", {"name": ""}),
        ("Please fill in your email address.", {"email": "nobody"}),
    ],
)
def test_what_is_filled_in_wrongly_is_said(front: Front, sentence: str, filled: dict[str, str]) -> None:
    session = front.session()
    page = front.pay(session, **filled) if "number" not in filled else front.pay(session, filled["number"])
    assert (page.status_code, sentence in said(page)) == (400, True)
    assert state(front, session)[0] == "open"


def test_a_card_that_must_be_authenticated(front: Front) -> None:
    session = front.session()
    asked = front.pay(session, ASKS).headers["location"]
    assert "/authenticate/" in asked
    assert "Your bank asks you to confirm" in front.words(asked)
    failed = front.post(asked, data={"outcome": "fail"})
    assert (failed.status_code, "unable to authenticate" in said(failed)) == (402, True)
    assert front.post(asked, data={"outcome": "complete"}).status_code == 400
    asked = front.pay(session, ASKS).headers["location"]
    assert front.post(asked, data={"outcome": "complete"}).headers["location"].endswith(session["id"])
    assert front.post(asked, data={"outcome": "complete"}).status_code == 303
    sub = front.one(f"/v1/checkout/sessions/{session['id']}")["subscription"]
    front.wait(32 * DAY)
    assert front.invoices(sub)[0]["status"] == "paid"


def test_a_button_fills_a_test_card_in(front: Front) -> None:
    session = front.session()
    page = front.get(session["url"]).text
    for number in ("4242424242424242", "4000000000000002", "4000002500003155", "4000000000000341"):
        assert f'name="fill" value="{number}"' in page
    filled = front.post(session["url"], data={"fill": "4242424242424242", "email": "e@example.com"}).text
    for value in ("4242 4242 4242 4242", "12/34", "123", "Test Customer", "e@example.com"):
        assert f'value="{value}"' in filled
    assert filled.index('value="pay"') < filled.index('name="fill"')  # Enter subscribes


def test_a_session_expires_with_the_clock_or_when_told(front: Front) -> None:
    told, aged = front.session(), front.session()
    assert front.form(f"/v1/checkout/sessions/{told['id']}/expire", {})["status"] == "expired"
    assert front.refused(f"/v1/checkout/sessions/{told['id']}/expire", {})[0] == 400
    front.wait(DAY + 60)
    assert state(front, aged) == ("expired", "unpaid")
    page = front.get(aged["url"])
    assert (page.status_code, "has expired" in said(page), CANCEL in page.text) == (410, True, True)
    assert front.pay(aged).status_code == 410
    expired = front.all("/v1/events", type="checkout.session.expired")
    assert {each["data"]["object"]["id"] for each in expired} >= {told["id"], aged["id"]}
    assert front.get("/c/pay/cs_no").status_code == 404


def test_an_address_can_be_asked_for_and_is_saved(front: Front) -> None:
    customer = front.customer()
    form = {"automatic_tax[enabled]": "true"}
    basis = {"mode": "subscription", "success_url": SUCCESS, "line_items[0][price]": front.price("pro_monthly")}
    status, error = front.refused("/v1/checkout/sessions", basis | form | {"customer": customer})
    assert (status, error["code"]) == (400, "customer_tax_location_invalid")
    session = front.session(
        customer=customer, **form, **{"customer_update[address]": "auto", "customer_update[name]": "auto"}
    )
    assert front.pay(session, country="DE").status_code == 400
    assert front.pay(session, country="DE", postal="10115").status_code == 303
    done = front.one(f"/v1/checkout/sessions/{session['id']}", **{"expand[]": "subscription"})
    assert (done["automatic_tax"]["status"], done["subscription"]["automatic_tax"]["enabled"]) == ("complete", True)
    found = front.one(f"/v1/customers/{customer}")
    assert (found["address"]["country"], found["address"]["postal_code"], found["name"]) == (
        "DE",
        "10115",
        "Ada Lovelace",
    )


def test_no_card_is_needed_for_a_trial_that_says_so(front: Front) -> None:
    more = {"subscription_data[trial_period_days]": "7", "payment_method_collection": "if_required"}
    more["subscription_data[trial_settings][end_behavior][missing_payment_method]"] = "cancel"
    session = front.session(**more)
    assert "No card is needed now" in front.words(session["url"])
    assert front.pay(session, "").status_code == 303
    sub = front.one(f"/v1/checkout/sessions/{session['id']}")["subscription"]
    assert front.subscription(sub)["default_payment_method"] is None
    front.wait(8 * DAY)
    assert front.subscription(sub)["status"] == "canceled"


@pytest.mark.parametrize(
    ("form", "param"),
    [
        ({"mode": ""}, "mode"),
        ({"mode": "payment"}, "mode"),
        ({"success_url": ""}, "success_url"),
        ({"success_url": "javascript:alert(1)"}, "success_url"),
        ({"line_items[0][price]": "price_no"}, "line_items[0][price]"),
        ({"line_items[0][quantity]": "0"}, "line_items[0][quantity]"),
        ({"customer": "cus_no"}, "customer"),
        ({"discounts[0][coupon]": "NO"}, "discounts[0][coupon]"),
        ({"expires_at": "5"}, "expires_at"),
        ({"subscription_data[trial_period_days]": "many"}, "subscription_data[trial_period_days]"),
        ({"line_items[0][colour]": "red"}, "line_items[0][colour]"),
        ({"customer_update[name]": "auto"}, "customer_update"),
    ],
)
def test_a_session_is_checked(front: Front, form: dict[str, str], param: str) -> None:
    basis = {"mode": "subscription", "success_url": SUCCESS, "line_items[0][price]": front.price("pro_monthly")}
    status, error = front.refused("/v1/checkout/sessions", basis | form)
    assert (status, error["param"]) == (400, param)


def test_names_are_escaped(front: Front) -> None:
    session = front.session(customer_email="a@b.example")
    page = front.pay(session, DECLINED, name='"><script>alert(1)</script>').text
    assert "<script>" not in page
    assert front.get(session["url"]).headers["content-security-policy"].startswith("default-src 'none'")


def test_tax_is_worked_out_from_the_address_and_is_in_every_amount(front: Front) -> None:
    session = front.session(**{"automatic_tax[enabled]": "true", "tax_id_collection[enabled]": "true"})
    assert "Tax number of your business" in front.words(session["url"])
    assert front.pay(session, country="FR", postal="75001").status_code == 303
    done = front.one(f"/v1/checkout/sessions/{session['id']}", **{"expand[]": "invoice"})
    assert (done["total_details"]["amount_tax"], done["amount_total"], done["invoice"]["total"]) == (580, 3480, 3480)
    (tax,) = done["invoice"]["total_taxes"]
    assert (tax["amount"], tax["tax_behavior"], tax["taxable_amount"]) == (580, "exclusive", 2900)
    assert done["invoice"]["automatic_tax"]["status"] == "complete"
    assert done["invoice"]["default_tax_rates"] == []


def test_a_tax_number_needs_the_customers_name(front: Front) -> None:
    form = {"mode": "subscription", "success_url": SUCCESS, "line_items[0][price]": front.price("pro_monthly")}
    form |= {"customer": front.customer(), "tax_id_collection[enabled]": "true"}
    status, error = front.refused("/v1/checkout/sessions", form)
    assert (status, error["param"]) == (400, "tax_id_collection")
    assert "customer_update[name]" in error["message"]
    made = front.form("/v1/checkout/sessions", form | {"customer_update[name]": "auto"})
    assert made["tax_id_collection"] == {"enabled": True, "required": "never"}
