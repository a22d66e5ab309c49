"""A change is confirmed only for what was shown: not when another owner, a discount or the clock was quicker."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from lib.billing import change, checkout, moment, portal, truth
from lib.billing.access import State
from lib.billing.change import Preview
from lib.billing.plans import BUSINESS, PRO, Every
from lib.errors import AppError, CheckoutOpening, PreviewStale
from tests.billing.buying import Buyer


@pytest.fixture
def paying(buyer: Buyer) -> Buyer:
    """A buyer whose trial of Pro is over."""
    buyer.buy(PRO)
    buyer.advance(15)
    buyer.read()
    return buyer


def subscription(buyer: Buyer) -> str:
    return str(truth.own_account().page("/v1/subscriptions", status="all").data[0]["id"])


def bills(buyer: Buyer) -> list[tuple[str | None, int | None]]:
    return [(each.status, each.total) for each in portal.invoices(buyer.user)]


def test_another_owner_changed_it_meanwhile(buyer: Buyer) -> None:
    buyer.buy(PRO)
    buyer.advance(15)
    yearly = change.preview(buyer.user, "pro", Every.YEAR)
    change.confirm(buyer.user, change.preview(buyer.user, "business", Every.MONTH))
    with pytest.raises(PreviewStale):
        change.confirm(buyer.user, yearly)
    assert (buyer.access.plan, buyer.access.every) == (BUSINESS, Every.MONTH)


def test_a_trial_that_is_over_makes_free_changes_cost(buyer: Buyer) -> None:
    buyer.buy(PRO)
    seen = change.preview(buyer.user, "business", Every.MONTH)
    assert seen.due == 0
    buyer.advance(15)
    with pytest.raises(PreviewStale):
        change.confirm(buyer.user, seen)
    assert (buyer.access.state, buyer.access.plan) == (State.ACTIVE, PRO)


def test_a_coupon_that_came_between_makes_the_amount_another(paying: Buyer) -> None:
    seen = change.preview(paying.user, "business", Every.YEAR)
    paying.door(
        "do",
        account=paying.standin["platform_account"],
        operation="discount",
        id_=subscription(paying),
        coupon="LAUNCH20",
    )
    with pytest.raises(PreviewStale):
        change.confirm(paying.user, seen)
    assert paying.access.plan is PRO
    anew = change.preview(paying.user, "business", Every.YEAR)
    assert anew.due == seen.due - 19800
    change.confirm(paying.user, anew)
    assert bills(paying)[0] == ("paid", anew.due)


def test_a_code_that_ran_out_between_charges_nothing_more_than_the_button_said(paying: Buyer) -> None:
    paying.door(
        "do",
        account=paying.standin["platform_account"],
        operation="discount",
        id_=subscription(paying),
        coupon="LAUNCH20",
    )
    seen = change.preview(paying.user, "business", Every.YEAR)
    assert (seen.discount, seen.tax) == (19800, 0)
    assert sum(each.amount for each in seen.lines) - seen.discount == seen.total == seen.due
    truth.own_account().post(f"/v1/subscriptions/{subscription(paying)}", once="ends", discounts="")
    before = bills(paying)
    with pytest.raises(PreviewStale):
        change.confirm(paying.user, seen)
    assert (paying.access.plan, bills(paying)) == (PRO, before)


def test_of_two_changes_confirmed_at_once_one_is_made(paying: Buyer) -> None:
    both = [change.preview(paying.user, "business", every) for every in Every]

    def confirm(seen: Preview) -> str:
        try:
            change.confirm(paying.user, seen)
        except AppError as error:
            return error.code
        return "made"

    before = len(bills(paying))
    with ThreadPoolExecutor(2) as both_at_once:
        told = list(both_at_once.map(confirm, both))
    assert min(told) in {"checkout_opening", "preview_stale"}
    assert told.count("made") == 1
    assert len(bills(paying)) == before + 1


def test_while_somebody_else_changes_nothing_is_changed(paying: Buyer) -> None:
    seen = change.preview(paying.user, "business", Every.MONTH)
    with checkout.alone(paying.user, now=moment.now()), pytest.raises(CheckoutOpening, match="changing its plan"):
        change.confirm(paying.user, seen)
    change.confirm(paying.user, seen)
    assert paying.access.plan is BUSINESS


def test_a_preview_from_before_the_renewal_is_stale_and_blames_no_card(
    paying: Buyer, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = change.preview(paying.user, "business", Every.MONTH)
    paying.advance(31)
    monkeypatch.setattr(change, "GOOD_FOR", 40 * 86_400)
    with pytest.raises(PreviewStale):
        change.confirm(paying.user, seen)
    assert paying.access.plan is PRO
