"""The billing portal and hosted invoices: cards, cancellation, change of plan, and bills that are paid late."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sandbox.fake_world import DAY, Object
from tests.sandbox.shop_front import ASKS, DECLINED, FAILS, GOOD, MONTH, Front, said, selling, typed


@pytest.fixture(scope="module")
def front() -> Iterator[Front]:
    with selling() as made:
        made.do("set_portal", features={"subscription_update": {"enabled": True}})
        yield made


def save(front: Front, url: str, number: str) -> str:
    """Where saving a card leads to."""
    answer = front.post(f"{url}/card", data=typed(number, action="save"))
    assert answer.status_code == 303, said(answer)
    return str(answer.headers["location"])


def test_the_overview_tells_plan_card_and_invoices(front: Front) -> None:
    sub = front.bought()
    url = front.portal(sub["customer"])
    page = front.get(url)
    words = said(page)
    for each in ("Plimsoll Pro – $29.00 per month", "Renews on", "Visa ending in 4242", "Paid", "Return to Plimsoll"):
        assert each in words
    assert 'href="http://localhost:8501/account"' in page.text
    invoice = front.invoices(sub["id"])[0]
    assert f"/i/{invoice['id']}" in page.text
    assert "Paid" in front.words(invoice["hosted_invoice_url"])
    pdf = front.get(invoice["invoice_pdf"])
    assert (pdf.headers["content-type"], pdf.content[:5]) == ("application/pdf", b"%PDF-")


def test_a_plan_is_cancelled_with_its_period_and_resumed(front: Front) -> None:
    sub = front.bought()
    url = front.portal(sub["customer"])
    assert "Then it ends" in front.words(f"{url}/cancel/{sub['id']}")
    assert front.subscription(sub["id"])["cancel_at_period_end"] is False  # looking changes nothing
    done = front.post(f"{url}/cancel/{sub['id']}", data={"action": "cancel", "feedback": "unused"})
    assert "notice=cancelled" in done.headers["location"]
    leaving = front.subscription(sub["id"])
    assert leaving["cancel_at"] == leaving["items"]["data"][0]["current_period_end"]
    assert leaving["cancel_at_period_end"] is False  # as in Stripe's flexible billing: the date alone says it
    assert leaving["cancellation_details"]["feedback"] == "unused"
    page = front.get(url)
    assert ("Your plan ends on" in said(page), ">Resume plan</button>" in page.text) == (True, True)
    front.post(f"{url}/resume/{sub['id']}")
    assert front.subscription(sub["id"])["cancel_at"] is None
    front.post(f"{url}/cancel/{sub['id']}", data={"action": "cancel"})
    front.wait(MONTH)
    assert front.subscription(sub["id"])["status"] == "canceled"
    assert "You have no plan." in front.words(front.portal(sub["customer"]))


def test_cards_are_checked_in_the_portal(front: Front) -> None:
    sub = front.bought()
    url = front.portal(sub["customer"])
    assert front.post(f"{url}/card", data=typed(DECLINED)).status_code == 402
    assert front.post(f"{url}/card", data=typed("4242")).status_code == 400
    assert 'value="4242 4242 4242 4242"' in front.post(f"{url}/card", data={"fill": "4242424242424242"}).text
    asked = save(front, url, ASKS)
    assert "Your bank asks" in front.words(asked)
    assert front.post(asked, data={"outcome": "fail"}).status_code == 402
    asked = save(front, url, ASKS)
    assert "notice=card" in front.post(asked, data={"outcome": "complete"}).headers["location"]
    customer = front.one(f"/v1/customers/{sub['customer']}", **{"expand[]": "invoice_settings.default_payment_method"})
    assert customer["invoice_settings"]["default_payment_method"]["card"]["last4"] == "3155"
    assert len(front.all("/v1/payment_methods", customer=sub["customer"])) == 2


def fail_renewal(front: Front) -> tuple[Object, str]:
    """A subscription whose renewal failed, and its customer's portal."""
    sub = front.bought()
    save(front, front.portal(sub["customer"]), FAILS)
    front.wait(MONTH + DAY)
    assert front.subscription(sub["id"])["status"] == "past_due"
    return sub, front.portal(sub["customer"])


def test_a_good_card_pays_what_is_open_at_once(front: Front) -> None:
    sub, url = fail_renewal(front)
    assert "The last payment failed" in front.words(url)
    assert front.one(f"/v1/customers/{sub['customer']}")["delinquent"] is True
    assert "notice=paid" in save(front, url, GOOD)
    assert front.subscription(sub["id"])["status"] == "active"
    assert [each["status"] for each in front.invoices(sub["id"])] == ["paid", "paid"]
    assert front.one(f"/v1/customers/{sub['customer']}")["delinquent"] is False


def test_an_open_invoice_is_paid_with_pay_now_or_on_its_own_page(front: Front) -> None:
    sub, url = fail_renewal(front)
    invoice = front.invoices(sub["id"])[0]
    assert ">Pay now</button>" in front.get(url).text
    assert "notice=declined" in front.post(f"{url}/pay/{invoice['id']}").headers["location"]
    page = front.post(invoice["hosted_invoice_url"], data={"action": "pay"})
    assert (page.status_code, "Your card was declined." in said(page)) == (402, True)
    assert front.post(invoice["hosted_invoice_url"], data=typed(DECLINED, action="card")).status_code == 402
    assert "4242 4242 4242 4242" in front.post(invoice["hosted_invoice_url"], data={"fill": "4242424242424242"}).text
    assert front.post(invoice["hosted_invoice_url"], data=typed(GOOD, action="card")).status_code == 303
    assert "Paid" in front.words(invoice["hosted_invoice_url"])
    assert front.subscription(sub["id"])["status"] == "active"


def test_a_card_on_an_invoices_own_page_pays_that_invoice_alone(front: Front) -> None:
    sub, _ = fail_renewal(front)
    front.wait(MONTH + DAY)
    newest, oldest, _first = front.invoices(sub["id"])
    assert [newest["status"], oldest["status"]] == ["open", "open"]
    assert front.post(oldest["hosted_invoice_url"], data=typed(GOOD, action="card")).status_code == 303
    assert [each["status"] for each in front.invoices(sub["id"])] == ["open", "paid", "paid"]
    assert front.subscription(sub["id"])["status"] == "past_due"
    assert front.post(newest["hosted_invoice_url"], data={"action": "pay"}).status_code == 303
    assert front.subscription(sub["id"])["status"] == "active"


def test_dunning_goes_on_until_it_recovers_however_late(front: Front) -> None:
    sub, _ = fail_renewal(front)
    front.wait(20 * DAY)
    late = front.invoices(sub["id"])[-2]
    assert (late["status"], late["attempt_count"] >= 3) == ("open", True)
    front.wait(40 * DAY)
    assert front.subscription(sub["id"])["status"] == "past_due"
    front.do("attach_card", customer=sub["customer"])
    assert front.subscription(sub["id"])["status"] == "active"
    assert "open" not in {each["status"] for each in front.invoices(sub["id"])}


def test_a_trial_that_ends_with_a_bad_card_is_past_due_then_paid(front: Front) -> None:
    sub = front.bought(number=FAILS, **{"subscription_data[trial_period_days]": "14"})
    front.wait(15 * DAY)
    assert front.subscription(sub["id"])["status"] == "past_due"
    assert "notice=paid" in save(front, front.portal(sub["customer"]), GOOD)
    assert front.subscription(sub["id"])["status"] == "active"


def test_a_plan_is_changed_for_what_was_shown(front: Front) -> None:
    sub = front.bought()
    front.wait(6 * DAY)
    url, yearly = front.portal(sub["customer"]), front.price("business_yearly")
    place = f"{url}/plan/{sub['id']}"
    assert "Plimsoll Pro – your plan" in front.words(place)
    assert front.post(place, data={"price": sub["items"]["data"][0]["price"]["id"]}).status_code == 400
    shown = front.post(place, data={"action": "preview", "price": yearly})
    assert "Then Plimsoll Business for $990.00 per year." in said(shown)
    date = shown.text.split('name="date" value="')[1].split('"')[0]
    done = front.post(place, data={"action": "confirm", "price": yearly, "date": date})
    assert "notice=changed" in done.headers["location"]
    billed = front.invoices(sub["id"])[0]
    assert f"Due today ${billed['amount_due'] / 100:,.2f}" in said(shown)
    assert billed["status"] == "paid"


def test_a_change_that_must_be_paid_is_not_made_with_a_bad_card(front: Front) -> None:
    sub = front.bought()
    url, price = front.portal(sub["customer"]), front.price("business_monthly")
    save(front, url, FAILS)
    refused = front.post(f"{url}/plan/{sub['id']}", data={"action": "confirm", "price": price})
    assert (refused.status_code, "Your card was declined." in said(refused)) == (402, True)
    assert front.subscription(sub["id"])["items"]["data"][0]["price"]["lookup_key"] == "plimsoll_pro_monthly"


@pytest.mark.parametrize(
    ("kind", "path"),
    [("payment_method_update", "/card"), ("subscription_cancel", "/cancel/"), ("subscription_update", "/plan/")],
)
def test_a_flow_begins_where_it_should(front: Front, kind: str, path: str) -> None:
    sub = front.bought()
    form = {"flow_data[type]": kind}
    if kind != "payment_method_update":
        form[f"flow_data[{kind}][subscription]"] = sub["id"]
    url = front.portal(sub["customer"], **form)
    assert path in front.get(url).headers["location"]


def test_a_flow_leads_back_where_it_says(front: Front) -> None:
    sub = front.bought()
    form = {"flow_data[type]": "payment_method_update", "flow_data[after_completion][type]": "redirect"}
    form["flow_data[after_completion][redirect][return_url]"] = "http://localhost:8501/done"
    url = front.portal(sub["customer"], **form).removesuffix("/flow")
    assert save(front, url, GOOD) == "http://localhost:8501/done"


def test_a_visit_lasts_an_hour_and_shows_ones_own_alone(front: Front) -> None:
    mine, other = front.bought(customer=front.customer()), front.bought(customer=front.customer())
    url = front.portal(mine["customer"])
    front.post(f"{url}/cancel/{other['id']}", data={"action": "cancel"})
    assert front.subscription(other["id"])["cancel_at_period_end"] is False
    front.wait(3601)
    assert front.get(url).status_code == 410
    assert front.get("/p/session/invented").status_code == 410
    assert front.post(f"{url}/cancel/{mine['id']}", data={"action": "cancel"}).status_code == 410


def test_what_the_portal_allows_is_as_it_was_saved(front: Front) -> None:
    sub, path = front.bought(), "/v1/billing_portal/sessions"
    url, price = front.portal(sub["customer"]), front.price("business_monthly")
    changing = {"customer": sub["customer"], "flow_data[type]": "subscription_update"}
    changing["flow_data[subscription_update][subscription]"] = sub["id"]
    assert "Change plan" in front.words(url)
    front.do("set_portal", features={"subscription_update": {"enabled": False}})
    assert "Change plan" not in front.words(url)
    assert front.get(f"{url}/plan/{sub['id']}").status_code == 303
    assert front.post(f"{url}/plan/{sub['id']}", data={"action": "confirm", "price": price}).status_code == 303
    assert front.subscription(sub["id"])["items"]["data"][0]["price"]["lookup_key"] == "plimsoll_pro_monthly"
    assert "feature in the portal configuration is disabled" in front.refused(path, changing)[1]["message"]
    front.do("set_portal", features=None)
    assert front.all("/v1/billing_portal/configurations", is_default="true", active="true") == []
    assert "has not been created" in front.refused(path, {"customer": sub["customer"]})[1]["message"]
    front.do("set_portal", features={"subscription_update": {"enabled": True}})


def test_portal_sessions_are_checked(front: Front) -> None:
    path = "/v1/billing_portal/sessions"
    assert front.refused(path, {})[1]["param"] == "customer"
    assert front.refused(path, {"customer": "cus_no"})[1]["code"] == "resource_missing"
    form = {"customer": front.customer(), "flow_data[type]": "subscription_cancel"}
    assert front.refused(path, form)[1]["param"] == "flow_data[subscription_cancel][subscription]"
    assert [each["is_default"] for each in front.all("/v1/billing_portal/configurations")] == [True]
