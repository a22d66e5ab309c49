"""A card whose bank asks at every payment: a plan can still be changed, once its owner has answered at Stripe."""

from __future__ import annotations

import re
import time

import httpx
import pytest

from lib.billing import change, checkout, ending, portal, truth
from lib.billing.access import State
from lib.billing.plans import BUSINESS, PRO, Every
from lib.errors import KeepFirst
from tests.billing.buying import ALWAYS_ASKS, Buyer


def answer(buyer: Buyer, page: str) -> httpx.Response:
    """Complete what a bank asks on a page of Stripe's."""
    with httpx.Client(timeout=20, base_url=buyer.standin["base"]) as browser:
        return browser.post(page, data={"outcome": "complete"})


@pytest.fixture
def asked(buyer: Buyer) -> Buyer:
    """Who bought Pro with such a card, has a trial of it behind them, and paid."""
    url = checkout.begin(buyer.user, PRO.slug, Every.MONTH, now=int(time.time()))
    answer(buyer, buyer.submit(url, ALWAYS_ASKS).headers["location"])
    buyer.advance(15)
    assert buyer.read().state is State.GRACE, "nobody was there to answer"
    pay(buyer, next(each.page for each in portal.invoices(buyer.user) if each.status == "open") or "")
    assert buyer.read().state is State.ACTIVE
    return buyer


def pay(buyer: Buyer, page: str) -> None:
    """Pay on an invoice's page with the card on file."""
    sent = httpx.post(page, data={"action": "pay"})
    assert re.search("/authenticate/", sent.headers["location"])
    answer(buyer, sent.headers["location"])


def test_the_change_is_made_for_just_what_was_shown_once_the_bank_was_answered(asked: Buyer) -> None:
    seen = change.preview(asked.user, "business", Every.YEAR)
    page = change.confirm(asked.user, seen)
    assert page is not None
    assert (asked.access.plan, asked.access.every, asked.access.state) == (PRO, Every.MONTH, State.ACTIVE)
    newest = portal.invoices(asked.user)[0]
    assert (newest.status, newest.due, newest.page) == ("open", seen.due, page)
    pay(asked, page)
    assert asked.read().state is State.ACTIVE
    assert (asked.access.plan, asked.access.every) == (BUSINESS, Every.YEAR)
    paid = portal.invoices(asked.user)[0]
    assert (paid.status, paid.total) == ("paid", seen.total)


def test_who_does_not_answer_keeps_what_they_had_and_pays_nothing(asked: Buyer) -> None:
    assert change.confirm(asked.user, change.preview(asked.user, "business", Every.YEAR))
    asked.advance(1.1)
    assert (asked.read().state, asked.access.plan) == (State.ACTIVE, PRO)
    assert portal.invoices(asked.user)[0].status == "void"
    asked.advance(25)
    assert asked.read().bought is PRO


def test_another_try_takes_the_place_of_the_first(asked: Buyer) -> None:
    first = change.confirm(asked.user, change.preview(asked.user, "business", Every.YEAR))
    second = change.confirm(asked.user, change.preview(asked.user, "business", Every.MONTH))
    assert first
    assert second
    assert first != second
    assert [each.status for each in portal.invoices(asked.user)][:2] == ["open", "void"]
    pay(asked, second)
    assert (asked.read().plan, asked.access.every) == (BUSINESS, Every.MONTH)


def test_a_plan_that_is_to_end_is_kept_first(asked: Buyer) -> None:
    ending.at_period_end(asked.user)
    with pytest.raises(KeepFirst, match="Press Keep the plan first"):
        change.confirm(asked.user, change.preview(asked.user, "business", Every.YEAR))
    assert (asked.access.state, asked.access.plan) == (State.ENDING, PRO)
    assert truth.own_account().page("/v1/subscriptions").data[0]["pending_update"] is None
    ending.keep(asked.user)
    assert change.confirm(asked.user, change.preview(asked.user, "business", Every.YEAR))


def test_a_change_that_costs_nothing_asks_nothing(asked: Buyer) -> None:
    pay(asked, change.confirm(asked.user, change.preview(asked.user, "business", Every.YEAR)) or "")
    asked.read()
    asked.advance(30)
    asked.read()
    seen = change.preview(asked.user, "pro", Every.MONTH)
    assert seen.due == 0
    assert change.confirm(asked.user, seen) is None
    assert asked.access.plan is PRO
