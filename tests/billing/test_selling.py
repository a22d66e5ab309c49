"""A subscription made for an owner's customer, from the page to the stand-in over HTTP, where Stripe refuses it."""

from __future__ import annotations

import time

import pytest
from streamlit.testing.v1 import AppTest

from lib.accounts import connections
from lib.billing import selling as sales
from lib.errors import AppError, BadSubscription, CustomerMustConfirm, CustomerNotCharged, ResourceMissing
from lib.gateway import Gateway
from lib.sync import backfill
from lib.web import guard
from lib.web.navigation import PAGES
from tests.billing.buying import Buyer

PAGE = next(each.path for each in PAGES if each.url_path == "new-subscription")


@pytest.fixture
def cardless(buyer: Buyer) -> tuple[Buyer, str, str, Gateway]:
    """An owner with the demo business, a customer there without a card, and the way to their Stripe."""
    account = connections.connect_demo(buyer.user.workspace, now=int(time.time()))
    gateway = Gateway(connections.credential(account))
    who = gateway.post("/v1/customers", once="who", name="Nadia Nocard", email="nadia@example.com")
    backfill.run(account, gateway)
    return buyer, account, str(who["id"]), gateway


def press(app: AppTest, label: str) -> AppTest:
    app = next(each for each in app.button if each.label == label).click().run()
    assert not app.exception
    return app


def test_a_customer_without_a_card_is_refused_in_stripes_own_words_and_then_tried_anew(
    cardless: tuple[Buyer, str, str, Gateway], monkeypatch: pytest.MonkeyPatch
) -> None:
    buyer, account, who, gateway = cardless
    monkeypatch.setattr(guard, "current_user", lambda: buyer.user)
    app = AppTest.from_file(str(PAGE), default_timeout=60)
    app.query_params["customer"], app.query_params["account"] = who, account
    app.run()
    price = next(each for each in sales.prices(buyer.user, account) if each.currency == "usd")
    next(each for each in app.selectbox if each.label == "Price").set_value(price.id).run()
    press(press(app, "Review"), "Create the subscription")
    assert "This customer has no attached payment source or default payment method" in app.error[0].value
    assert gateway.page("/v1/subscriptions", customer=who, status="all").data == []
    buyer.door("do", account=account, operation="attach_card", customer=who)
    press(app, "Create the subscription")
    assert "The subscription of Nadia Nocard" in app.success[0].value
    assert len(gateway.page("/v1/subscriptions", customer=who).data) == 1


def test_a_customer_who_is_gone_is_told_as_such(cardless: tuple[Buyer, str, str, Gateway]) -> None:
    buyer, account, who, _ = cardless
    price = next(each for each in sales.prices(buyer.user, account) if each.currency == "usd")
    agreed = sales.offer(buyer.user, account, who, price.id, 1, 0)
    buyer.door("do", account=account, operation="delete_customer", customer=who)
    with pytest.raises(ResourceMissing, match="Stripe no longer has what this is for"):
        sales.create(buyer.user, agreed, once="one")


@pytest.mark.parametrize(
    ("number", "error"),
    [("4000000000000341", CustomerNotCharged), ("4000002760003184", CustomerMustConfirm)],
    ids=["that fails", "whose bank asks"],
)
def test_a_card_that_does_not_pay_makes_nothing_that_would_only_expire(
    cardless: tuple[Buyer, str, str, Gateway], number: str, error: type[AppError]
) -> None:
    buyer, account, who, gateway = cardless
    buyer.door("do", account=account, operation="attach_card", customer=who, number=number)
    price = next(each for each in sales.prices(buyer.user, account) if each.currency == "usd")
    agreed = sales.offer(buyer.user, account, who, price.id, 1, 0)
    with pytest.raises(error, match="nothing was created"):
        sales.create(buyer.user, agreed, once="one")
    assert gateway.page("/v1/subscriptions", customer=who, status="all").data == []
    tried = sales.create(buyer.user, sales.offer(buyer.user, account, who, price.id, 1, 14), once="two")
    assert gateway.get(f"/v1/subscriptions/{tried}")["status"] == "trialing"


@pytest.mark.parametrize("quantity", [1, 10, 25])
def test_a_price_of_packages_is_billed_as_the_page_says(
    cardless: tuple[Buyer, str, str, Gateway], quantity: int
) -> None:
    buyer, account, who, gateway = cardless
    buyer.door("do", account=account, operation="attach_card", customer=who)
    price = next(each for each in sales.prices(buyer.user, account) if each.currency == "usd" and each.size > 1)
    agreed = sales.offer(buyer.user, account, who, price.id, quantity, 0)
    sales.create(buyer.user, agreed, once="one")
    charge = gateway.page("/v1/charges", customer=who).data[0]
    assert (agreed.amount, agreed.fee) == (charge["amount"], charge["application_fee_amount"])
    assert agreed.amount == price.unit * -(-quantity // 10)


def discounted(cardless: tuple[Buyer, str, str, Gateway]) -> sales.Offer:
    """A customer with a coupon of their own, who is offered a subscription to begin at once."""
    buyer, account, who, _ = cardless
    buyer.door("do", account=account, operation="attach_card", customer=who)
    buyer.door("do", account=account, operation="discount", id_=who, coupon="FRIEND10")
    price = next(each for each in sales.prices(buyer.user, account) if each.currency == "usd" and each.unit > 0)
    return sales.offer(buyer.user, account, who, price.id, 1, 0)


def test_the_first_payment_is_the_one_that_stripe_charges(cardless: tuple[Buyer, str, str, Gateway]) -> None:
    buyer, _, who, gateway = cardless
    agreed = discounted(cardless)
    assert agreed.first
    assert agreed.due == agreed.amount - agreed.first.discount < agreed.amount
    sales.create(buyer.user, agreed, once="one")
    charge = gateway.page("/v1/charges", customer=who).data[0]
    assert (charge["amount"], charge["application_fee_amount"]) == (agreed.due, agreed.first_fee)


def test_what_became_another_amount_meanwhile_is_not_charged(cardless: tuple[Buyer, str, str, Gateway]) -> None:
    buyer, account, who, gateway = cardless
    agreed = discounted(cardless)
    buyer.door("do", account=account, operation="discount", id_=who, coupon="HALFYEAR")
    with pytest.raises(BadSubscription, match="its amount or fee has changed since you looked"):
        sales.create(buyer.user, agreed, once="one")
    assert gateway.page("/v1/subscriptions", customer=who, status="all").data == []
