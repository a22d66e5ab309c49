"""Stripe Tax on our own plans, where BILLING_TAX is set: from Checkout over a preview to the invoice, to the cent."""

from __future__ import annotations

import time
from collections.abc import Callable

import httpx
import pytest

from lib.billing import change, checkout, portal, summary, truth
from lib.billing.access import State
from lib.billing.plans import BUSINESS, PRO, Every
from lib.web import plan_change, plan_words
from tests.billing.buying import GOOD, Buyer

FROM_GERMANY = {"country": "DE", "postal": "10115"}


@pytest.fixture
def taxing(buyer: Buyer, use_settings: Callable[..., object]) -> Buyer:
    use_settings(billing=True, billing_tax=True, billing_trial_days=0)
    buyer.rebind()
    return buyer


def bought(buyer: Buyer, **filled_in: str) -> str:
    """Buy Pro by the month from somewhere; the session's id."""
    url = checkout.begin(buyer.user, PRO.slug, Every.MONTH, now=int(time.time()))
    card = {"number": GOOD, "expiry": "12/40", "cvc": "123", "name": "Ada", "email": "ada@example.com"}
    answer = httpx.post(url, data=card | filled_in | {"action": "pay"})
    assert answer.status_code == 303, answer.text
    checkout.finish(buyer.user, session := answer.headers["location"].partition("session_id=")[2])
    return str(session)


def totals(buyer: Buyer) -> list[int | None]:
    return [each.total for each in portal.invoices(buyer.user)]


def test_a_plan_is_bought_previewed_and_changed_with_tax(taxing: Buyer) -> None:
    session = truth.own_account().get(f"/v1/checkout/sessions/{bought(taxing, **FROM_GERMANY)}")
    assert (session["amount_subtotal"], session["total_details"]["amount_tax"], session["amount_total"]) == (
        2900,
        551,
        3451,
    )
    assert totals(taxing) == [3451]
    taxing.advance(10)
    taxing.read()
    seen = change.preview(taxing.user, "business", Every.YEAR)
    net = sum(each.amount for each in seen.lines)
    assert (seen.tax, seen.total) == (pytest.approx(net * 0.19, abs=1), net + seen.tax)
    assert seen.tax > 0
    told = plan_change.table(seen, "en_US")
    assert '<span class="pl-grow">Tax</span>' in told
    assert "on $990.00 a year plus any tax." in told
    change.confirm(taxing.user, seen)
    assert (taxing.access.plan, totals(taxing)[0]) == (BUSINESS, seen.due)
    assert plan_words.cost(summary.of(taxing.user), "en_US") == "$990.00 a year plus any tax"


def test_a_code_and_tax_are_two_rows(taxing: Buyer) -> None:
    bought(taxing, **FROM_GERMANY)
    (found,) = truth.own_account().page("/v1/subscriptions").data
    taxing.door(
        "do", account=taxing.standin["platform_account"], operation="discount", id_=found["id"], coupon="LAUNCH20"
    )
    seen = change.preview(taxing.user, "business", Every.YEAR)
    assert seen.discount == 19800
    assert sum(each.amount for each in seen.lines) - seen.discount + seen.tax == seen.total
    told = plan_change.table(seen, "en_US")
    assert 'Discount</span><span class="pl-amount">−$198.00' in told
    assert 'Tax</span><span class="pl-amount">$' in told
    assert "before discounts and any tax." in told
    change.confirm(taxing.user, seen)
    assert totals(taxing)[0] == seen.due


def test_a_business_with_a_tax_number_is_sold_to_without(taxing: Buyer) -> None:
    session = truth.own_account().get(f"/v1/checkout/sessions/{bought(taxing, **FROM_GERMANY, tax_id='DE123456789')}")
    assert session["customer_details"]["tax_ids"] == [{"type": "eu_vat", "value": "DE123456789"}]
    (bill,) = truth.own_account().page("/v1/invoices").data
    assert (bill["total"], bill["customer_tax_ids"]) == (2900, [{"type": "eu_vat", "value": "DE123456789"}])
    assert taxing.access.state is State.ACTIVE


def test_who_lives_where_nothing_is_collected_pays_the_price(taxing: Buyer) -> None:
    bought(taxing, country="US", postal="10001")
    assert totals(taxing) == [2900]
    (bill,) = truth.own_account().page("/v1/invoices").data
    assert (bill["automatic_tax"]["enabled"], bill["automatic_tax"]["status"]) == (True, "complete")


def test_renewals_are_taxed_too(taxing: Buyer) -> None:
    bought(taxing, **FROM_GERMANY)
    taxing.advance(32)
    taxing.read()
    assert totals(taxing) == [3451, 3451]
