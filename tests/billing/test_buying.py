"""Buying, changing, failing, ending: over real HTTP against the stand-in, whose webhooks reach nobody here.

Nothing is told to us in these tests: what a lost webhook would have said is read on the way back, or by the hour.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from lib.accounts import sessions
from lib.accounts.roles import Role
from lib.accounts.sessions import SignedIn
from lib.billing import access, change, checkout, ending, leaving, portal, trials, truth
from lib.billing.access import State
from lib.billing.plans import BUSINESS, PRO, Every
from lib.errors import (
    AlreadySubscribed,
    BillingOff,
    CheckoutOpening,
    CheckoutUnknown,
    NotSubscribed,
    NotYourRole,
    PayFirst,
    PaymentRefused,
    PortalNotSetUp,
    PreviewStale,
    PriceDiffers,
    PriceMissing,
    UnknownPlan,
)
from lib.settings import Settings
from lib.store import billing, people
from lib.store.engine import reading, transaction
from lib.store.tables import BillingSubscription, Connection
from tests import paying
from tests.accounts.members import join
from tests.billing.buying import DAY, DECLINED, FAILS_LATER, Buyer

Use = Callable[..., Settings]


def now() -> int:
    return int(time.time())


@pytest.fixture
def untried(buyer: Buyer, monkeypatch: pytest.MonkeyPatch) -> Buyer:
    """A buyer on a server that gives no trial: the first payment is at once."""
    monkeypatch.setenv("BILLING_TRIAL_DAYS", "0")
    from lib import settings as settings_module

    settings_module.replace(None)
    buyer.rebind()
    return buyer


def test_a_trial_begins_without_a_payment_and_renews_as_a_paid_plan(buyer: Buyer) -> None:
    assert buyer.access.state is State.FREE
    buyer.buy(PRO)
    begun = buyer.access
    assert (begun.state, begun.plan, begun.every) == (State.TRIAL, PRO, Every.MONTH)
    assert abs((begun.until or 0) - (now() + 14 * DAY)) < 120
    buyer.advance(15)
    paid = buyer.read()
    assert (paid.state, paid.plan) == (State.ACTIVE, PRO)
    assert [(each.status, each.total) for each in portal.invoices(buyer.user)] == [("paid", 2900), ("paid", 0)]


def test_who_had_a_trial_gets_no_second_one(buyer: Buyer) -> None:
    assert trials.days(buyer.user.workspace) == 14
    buyer.buy(PRO)
    ending.at_once(buyer.user.workspace)
    assert buyer.access.state is State.FREE
    assert trials.days(buyer.user.workspace) == 0
    buyer.buy(BUSINESS, Every.YEAR)
    assert (buyer.access.state, buyer.access.plan, buyer.access.every) == (State.ACTIVE, BUSINESS, Every.YEAR)
    assert portal.invoices(buyer.user)[0].total == 99000


def test_who_deletes_the_workspace_and_comes_back_gets_no_second_one(buyer: Buyer) -> None:
    buyer.buy(PRO)
    leaving.delete_workspace(buyer.user, now=now())
    again = sessions.find(buyer.user.session, now=now())
    assert again is not None
    assert again.workspace != buyer.user.workspace
    assert trials.days(again.workspace) == 0
    assert trials.days(join("Bob", now=now()).user.workspace) == 14


def test_a_stripe_account_brings_no_second_trial_to_another_owner(buyer: Buyer) -> None:
    buyer.buy(PRO)
    other = join("Bob", now=now()).user
    for workspace, revoked in ((buyer.user.workspace, 5), (other.workspace, None)):
        with transaction() as db:
            known = {"kind": "oauth", "created": 1, "revoked_at": revoked}
            people.add(db, Connection(id=f"con_{workspace}", workspace=workspace, account="acct_1", **known))
    buyer.read()
    assert trials.days(other.workspace) == 0


def test_a_declined_card_buys_nothing_and_another_one_can_be_tried(untried: Buyer) -> None:
    url = checkout.begin(untried.user, "pro", Every.MONTH, now=now())
    assert "declined" in untried.submit(url, DECLINED).text
    assert untried.read().state is State.FREE
    checkout.finish(untried.user, untried.pay(url))
    assert untried.access.plan is PRO


def test_a_failed_renewal_has_grace_then_free_then_recovers_with_all_its_history(untried: Buyer) -> None:
    untried.buy(PRO)
    untried.new_card(FAILS_LATER)
    assert untried.read().state is State.ACTIVE
    untried.advance(32)
    failed = untried.read()
    assert (failed.state, failed.plan) == (State.GRACE, PRO)
    owed_since = (failed.until or 0) - access.GRACE
    untried.advance(10)
    assert untried.read().state is State.GRACE
    untried.advance(5)
    lapsed = untried.read()
    assert (lapsed.state, lapsed.plan.slug, lapsed.bought) == (State.LAPSED, "free", PRO)
    untried.advance(31)
    assert (untried.read().until or 0) - access.GRACE == owed_since, "a second unpaid month buys no second grace"
    untried.new_card()
    pay_all(untried)
    assert (untried.read().state, untried.access.plan) == (State.ACTIVE, PRO)


def pay_all(buyer: Buyer) -> None:
    """Pay what is open with the card on file, as the portal's button does."""
    for each in portal.invoices(buyer.user):
        if each.status == "open":
            buyer.door("do", account=buyer.standin["platform_account"], operation="pay_invoice", id_=each.id)


def test_another_plan_costs_just_what_the_preview_said(untried: Buyer) -> None:
    untried.buy(PRO)
    untried.advance(10)
    untried.read()
    seen = change.preview(untried.user, "business", Every.MONTH)
    assert seen.due > 0
    assert sum(each.amount for each in seen.lines) == seen.total == seen.due
    assert any(each.amount < 0 for each in seen.lines), "what Pro has left is given back"
    change.confirm(untried.user, seen)
    assert (untried.access.plan, untried.access.state) == (BUSINESS, State.ACTIVE)
    billed = portal.invoices(untried.user)[0]
    assert (billed.status, billed.total) == ("paid", seen.total)


def test_from_month_to_year_starts_a_year_now(untried: Buyer) -> None:
    untried.buy(PRO)
    seen = change.preview(untried.user, "pro", Every.YEAR)
    change.confirm(untried.user, seen)
    assert untried.access.every is Every.YEAR
    assert portal.invoices(untried.user)[0].total == seen.total
    assert 360 * DAY < (untried.access.until or 0) - now() < 372 * DAY


def test_a_change_within_the_trial_costs_nothing_now(buyer: Buyer) -> None:
    buyer.buy(PRO)
    before = buyer.access.until
    seen = change.preview(buyer.user, "business", Every.MONTH)
    assert (seen.due, seen.trial_end) == (0, before)
    change.confirm(buyer.user, seen)
    assert (buyer.access.plan, buyer.access.state, buyer.access.until) == (BUSINESS, State.TRIAL, before)


def test_an_old_preview_is_not_charged(untried: Buyer) -> None:
    untried.buy(PRO)
    seen = change.preview(untried.user, "business", Every.MONTH)
    untried.advance(0.1)
    untried.read()
    with pytest.raises(PreviewStale):
        change.confirm(untried.user, seen)
    assert untried.access.plan is PRO


def test_a_cancelled_plan_runs_out_and_can_be_kept_until_then(untried: Buyer) -> None:
    untried.buy(PRO)
    ending.at_period_end(untried.user)
    assert (untried.access.state, untried.access.plan) == (State.ENDING, PRO)
    ending.keep(untried.user)
    assert untried.access.state is State.ACTIVE
    ending.at_period_end(untried.user)
    untried.advance(32)
    assert untried.read().state is State.FREE


def test_ended_without_a_word_is_ended_by_the_clock(untried: Buyer) -> None:
    untried.buy(PRO)
    ending.at_period_end(untried.user)
    with reading() as db:
        rows = billing.subscriptions(db, untried.user.workspace)
    assert access.of_rows("ws", rows, (rows[0].ends_at or 0)).state is State.FREE


# --- What is refused --------------------------------------------------------------------------------------------------


def test_a_strangers_session_gives_nothing_away(buyer: Buyer) -> None:
    mine = buyer.buy(PRO)
    stranger = join("Eve", now=now()).user
    for session in (mine, "cs_test_made_up", "", "../../v1/account", "cs_1?expand[]=customer"):
        with pytest.raises(CheckoutUnknown):
            checkout.finish(stranger, session)
    access.forget()
    assert access.of(stranger.workspace).state is State.FREE
    assert portal.invoices(stranger) == ()
    for act in (portal.address, ending.at_period_end, ending.keep):
        with pytest.raises(NotSubscribed):
            act(stranger)
    with pytest.raises(NotSubscribed):
        change.preview(stranger, "business", Every.MONTH)


def test_a_preview_of_another_workspace_changes_nothing(buyer: Buyer) -> None:
    buyer.buy(PRO)
    seen = change.preview(buyer.user, "business", Every.MONTH)
    other = Buyer(join("Eve", now=now()).user, buyer.standin)
    other.buy(PRO)
    with pytest.raises(PreviewStale):
        change.confirm(other.user, seen)
    assert (buyer.access.plan, other.access.plan) == (PRO, PRO)


@pytest.mark.parametrize("role", [Role.MEMBER, Role.VIEWER])
def test_only_an_owner_buys_changes_and_cancels(buyer: Buyer, role: Role) -> None:
    buyer.buy(PRO)
    seen = change.preview(buyer.user, "business", Every.MONTH)
    member = SignedIn(**{each: getattr(buyer.user, each) for each in FIELDS} | {"role": role})
    for act in (
        lambda: checkout.begin(member, "pro", Every.MONTH, now=now()),
        lambda: change.preview(member, "business", Every.MONTH),
        lambda: change.confirm(member, seen),
        lambda: ending.at_period_end(member),
        lambda: ending.keep(member),
        lambda: portal.address(member),
        lambda: portal.invoices(member),
    ):
        with pytest.raises(NotYourRole):
            act()
    assert buyer.read().state is State.TRIAL


FIELDS = ("id", "email", "name", "workspace", "workspace_name", "session")


def test_a_portal_that_nobody_set_up_is_told_at_the_click(buyer: Buyer) -> None:
    buyer.buy(PRO)
    assert portal.address(buyer.user)
    buyer.door("do", account=buyer.standin["platform_account"], operation="set_portal", features=None)
    with pytest.raises(PortalNotSetUp, match="the Platform page says how"):
        portal.address(buyer.user)


def test_a_second_plan_is_not_sold_beside_the_first(buyer: Buyer) -> None:
    buyer.buy(PRO)
    with pytest.raises(AlreadySubscribed):
        checkout.begin(buyer.user, "business", Every.MONTH, now=now())


def test_of_two_open_payment_pages_only_the_newest_can_be_paid(buyer: Buyer) -> None:
    first = checkout.begin(buyer.user, "pro", Every.MONTH, now=now())
    second = checkout.begin(buyer.user, "business", Every.MONTH, now=now())
    assert buyer.submit(first, "4242 4242 4242 4242").status_code != 303
    checkout.finish(buyer.user, buyer.pay(second))
    assert buyer.access.plan is BUSINESS


@pytest.mark.parametrize("slug", ["free", "gold", "everything"])
def test_what_is_not_sold_is_not_sold(buyer: Buyer, slug: str) -> None:
    with pytest.raises(UnknownPlan):
        checkout.begin(buyer.user, slug, Every.MONTH, now=now())


def test_where_nothing_is_charged_nothing_is_sold(buyer: Buyer, use_settings: Use) -> None:
    use_settings(billing=False)
    buyer.rebind()
    with pytest.raises(BillingOff):
        checkout.begin(buyer.user, "pro", Every.MONTH, now=now())
    assert access.of(buyer.user.workspace).state is State.OFF


def test_a_price_that_is_missing_or_another_is_not_charged(buyer: Buyer, use_settings: Use) -> None:
    use_settings(billing=True, stripe_price_id_pro="price_gone")
    buyer.rebind()
    with pytest.raises(PriceMissing) as missing:
        checkout.begin(buyer.user, "pro", Every.MONTH, now=now())
    assert "STRIPE_PRICE_ID_PRO" in missing.value.message
    yearly = truth.own_account().page("/v1/prices", lookup_keys=["plimsoll_pro_yearly"]).data[0]["id"]
    use_settings(billing=True, stripe_price_id_pro=yearly)
    buyer.rebind()
    with pytest.raises(PriceDiffers):
        checkout.begin(buyer.user, "pro", Every.MONTH, now=now())


def test_the_customer_is_kept_with_the_connected_account_and_made_once(buyer: Buyer) -> None:
    paying.connect(buyer.user.workspace, "acct_1shop")
    buyer.buy(PRO)
    (made,) = buyer.door_objects("customer")
    (sold,) = buyer.door_objects("subscription")
    named = {"workspace": buyer.user.workspace, "stripe_user_id": "acct_1shop"}
    assert made["metadata"] == named
    assert sold["metadata"] == named | {"plan": "pro"}
    with reading() as db:
        kept = billing.customer(db, buyer.user.workspace)
    assert kept is not None
    assert (kept.customer, kept.connected) == (made["id"], "acct_1shop")


def test_a_customer_deleted_at_stripe_is_made_anew(buyer: Buyer) -> None:
    buyer.buy(PRO)
    with reading() as db:
        first = billing.customer(db, buyer.user.workspace)
    buyer.door("do", account=buyer.standin["platform_account"], operation="delete_customer", customer=first.customer)
    assert buyer.read().state is State.FREE
    buyer.buy(PRO)
    assert not buyer.access.plan.free


# --- What must not happen twice, or for nothing -----------------------------------------------------------------------


def test_a_change_whose_payment_fails_is_not_made_and_can_be_tried_again(untried: Buyer) -> None:
    untried.buy(PRO)
    untried.new_card(FAILS_LATER)
    with pytest.raises(PaymentRefused):
        change.confirm(untried.user, change.preview(untried.user, "business", Every.MONTH))
    assert (untried.access.plan, untried.access.state) == (PRO, State.ACTIVE)
    assert all(each.status == "paid" for each in portal.invoices(untried.user))
    untried.new_card()
    change.confirm(untried.user, change.preview(untried.user, "business", Every.MONTH))
    assert (untried.access.plan, untried.access.state) == (BUSINESS, State.ACTIVE)


def test_a_second_click_changes_once(untried: Buyer) -> None:
    untried.buy(PRO)
    seen = change.preview(untried.user, "business", Every.MONTH)
    change.confirm(untried.user, seen)
    with pytest.raises(PreviewStale):
        change.confirm(untried.user, seen)
    assert [each.total for each in portal.invoices(untried.user)] == [seen.total, 2900]


def test_nothing_is_changed_while_something_is_owed(untried: Buyer) -> None:
    untried.buy(PRO)
    seen = change.preview(untried.user, "business", Every.MONTH)
    untried.new_card(FAILS_LATER)
    untried.advance(32)
    assert untried.read().state is State.GRACE
    for act in (
        lambda: change.preview(untried.user, "business", Every.MONTH),
        lambda: change.confirm(untried.user, seen),
    ):
        with pytest.raises(PayFirst):
            act()


def test_a_plan_that_was_to_end_goes_on_when_it_is_changed(buyer: Buyer) -> None:
    buyer.buy(PRO)
    ending.at_period_end(buyer.user)
    change.confirm(buyer.user, change.preview(buyer.user, "business", Every.MONTH))
    assert (buyer.access.plan, buyer.access.state) == (BUSINESS, State.TRIAL)


def test_what_the_portal_cancelled_by_a_date_can_be_kept_and_changed(untried: Buyer) -> None:
    untried.buy(PRO)
    untried.cancel_in_the_portal()
    found = truth.own_account().page("/v1/subscriptions", status="all").data[0]
    assert (found["cancel_at_period_end"], found["cancel_at"] is not None) == (False, True)
    assert untried.read().state is State.ENDING
    ending.keep(untried.user)
    assert untried.access.state is State.ACTIVE
    untried.cancel_in_the_portal()
    change.confirm(untried.user, change.preview(untried.user, "business", Every.MONTH))
    assert (untried.access.plan, untried.access.state) == (BUSINESS, State.ACTIVE)


def test_of_two_who_buy_in_the_same_moment_one_is_told_to_wait(buyer: Buyer) -> None:
    with checkout.alone(buyer.user, now=now()), pytest.raises(CheckoutOpening):
        checkout.begin(buyer.user, "pro", Every.MONTH, now=now())
    with checkout.alone(buyer.user, now=now() - checkout.STALE - 1):
        checkout.begin(buyer.user, "pro", Every.MONTH, now=now())


def test_a_page_that_nobody_remembers_is_closed_too(buyer: Buyer) -> None:
    forgotten = checkout.begin(buyer.user, "pro", Every.MONTH, now=now())
    with transaction() as db:
        begun = [each.id for each in billing.checkouts(db, buyer.user.workspace, since=0)]
        billing.forget_checkouts_of(db, buyer.user.workspace, begun)
    checkout.begin(buyer.user, "pro", Every.MONTH, now=now())
    assert buyer.submit(forgotten, "4242 4242 4242 4242").status_code != 303


def test_a_plan_whose_price_at_stripe_is_another_by_now_is_not_bought_twice(buyer: Buyer) -> None:
    buyer.buy(PRO)
    with transaction() as db:
        (row,) = billing.subscriptions(db, buyer.user.workspace)
        billing.keep(db, BillingSubscription(**(row.model_dump() | {"plan": None, "observed_at": row.observed_at + 1})))
    with pytest.raises(AlreadySubscribed):
        checkout.begin(buyer.user, "pro", Every.MONTH, now=now())


def test_while_a_workspace_is_deleted_nobody_buys_for_it(buyer: Buyer) -> None:
    with checkout.alone(buyer.user, now=now()), pytest.raises(CheckoutOpening):
        leaving.delete_workspace(buyer.user, now=now())
