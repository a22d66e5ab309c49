"""What is owed, one trial for each owner, and what Stripe's records say of whoever connects or leaves later."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import httpx
import pytest

from lib.accounts import team
from lib.accounts.roles import Role
from lib.accounts.sessions import SignedIn
from lib.billing import access, checkout, ending, portal, summary, trials, truth
from lib.billing.access import State
from lib.billing.plans import PRO, Every
from lib.errors import PayFirst, StripeUnavailable
from lib.gateway import Gateway
from lib.store import billing, people
from lib.store.engine import reading, transaction
from lib.store.tables import Membership
from tests import paying
from tests.accounts.members import join
from tests.billing.buying import FAILS_LATER, GOOD, Buyer
from tests.billing.test_buying import pay_all, untried

__all__ = ["untried"]


def now() -> int:
    return int(time.time())


def pay_there(address: str) -> None:
    """Pay on an invoice's own page with a good card."""
    typed = {"number": GOOD, "expiry": "12/40", "cvc": "123", "name": "Ada", "action": "card"}
    assert httpx.post(address, data=typed, timeout=20).status_code == 303


# --- Invoice by invoice -----------------------------------------------------------------------------------------------


def test_each_page_takes_what_its_button_says(untried: Buyer) -> None:
    untried.buy(PRO)
    untried.new_card(FAILS_LATER)
    for _ in range(2):
        untried.advance(31)
        untried.read()
    owed = summary.of(untried.user).owed
    assert owed is not None
    assert [each.amount for each in owed.bills] == [2900, 2900]
    assert owed.amount == 5800
    assert owed.bills[0].created < owed.bills[1].created
    pay_there(str(owed.bills[0].page))
    untried.read()
    left = summary.of(untried.user).owed
    assert left is not None
    assert left.bills == owed.bills[1:]
    pay_there(str(left.bills[0].page))
    assert (untried.read().state, untried.access.plan) == (State.ACTIVE, PRO)
    assert summary.of(untried.user).owed is None


# --- Paid between two reads -------------------------------------------------------------------------------------------


def test_who_pays_between_the_two_reads_is_not_locked(untried: Buyer, monkeypatch: pytest.MonkeyPatch) -> None:
    untried.buy(PRO)
    untried.new_card(FAILS_LATER)
    untried.advance(60)
    page = Gateway.page

    def pays_meanwhile(self: Gateway, path: str, **params: Any) -> Any:  # noqa: ANN401 - Stripe's
        if path == "/v1/invoices":
            monkeypatch.setattr(Gateway, "page", page)
            untried.new_card()
        return page(self, path, **params)

    monkeypatch.setattr(Gateway, "page", pays_meanwhile)
    assert (untried.read().state, untried.access.plan) == (State.ACTIVE, PRO)


# --- A plan that has ended --------------------------------------------------------------------------------------------


@pytest.fixture
def gone(untried: Buyer) -> Buyer:
    """Somebody whose month was not paid, and whose plan has ended since."""
    untried.buy(PRO)
    untried.new_card(FAILS_LATER)
    untried.advance(32)
    untried.read()
    ending.at_period_end(untried.user)
    untried.advance(31)
    assert untried.read().state is State.FREE
    return untried


def test_an_unpaid_month_is_paid_before_the_plan_is_bought_again(gone: Buyer) -> None:
    gone.new_card()
    with pytest.raises(PayFirst):
        checkout.begin(gone.user, "pro", Every.MONTH, now=now())
    owed = summary.of(gone.user).owed
    assert owed is not None
    assert [each.amount for each in owed.bills] == [2900]
    pay_there(str(owed.bills[0].page))
    gone.buy(PRO)
    assert gone.access.state is State.ACTIVE
    assert [each.status for each in portal.invoices(gone.user)] == ["paid"] * 3


def test_members_are_not_told_what_is_owed(gone: Buyer) -> None:
    assert summary.of(replace(gone.user, role=Role.MEMBER)).owed is None


# --- One trial for each owner -----------------------------------------------------------------------------------------


@pytest.fixture
def twice(buyer: Buyer) -> tuple[Buyer, Buyer]:
    """One person who owns two workspaces."""
    other = join("Bob", now=now()).user
    with transaction() as db:
        people.add(db, Membership(user=buyer.user.id, workspace=other.workspace, role=Role.OWNER))
    return buyer, Buyer(replace(buyer.user, workspace=other.workspace), buyer.standin)


def test_of_two_pages_opened_first_one_can_be_paid(twice: tuple[Buyer, Buyer]) -> None:
    one, two = twice
    first, second = (checkout.begin(each.user, "pro", Every.MONTH, now=now()) for each in twice)
    assert one.submit(first, GOOD).status_code != 303
    two.pay(second)
    assert two.read().state is State.TRIAL
    assert trials.days(one.user.workspace) == 0
    one.buy(PRO)
    assert one.access.state is State.ACTIVE


def test_a_trial_that_nobody_told_of_counts(twice: tuple[Buyer, Buyer]) -> None:
    one, two = twice
    one.pay(checkout.begin(one.user, "pro", Every.MONTH, now=now()))
    two.buy(PRO)
    assert two.access.state is State.ACTIVE
    assert one.access.state is State.TRIAL


def test_pages_opened_in_the_very_same_moment_give_one_trial(
    twice: tuple[Buyer, Buyer], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = twice
    post, opened = Gateway.post, []

    def both(self: Gateway, path: str, **params: Any) -> Any:  # noqa: ANN401 - Stripe's
        if path == "/v1/checkout/sessions" and not opened:
            opened.append(one)
            two.pay(checkout.begin(two.user, "pro", Every.MONTH, now=now()))
        return post(self, path, **params)

    monkeypatch.setattr(Gateway, "post", both)
    one.pay(checkout.begin(one.user, "pro", Every.MONTH, now=now()))
    assert (one.read().state, two.read().state) == (State.ACTIVE, State.TRIAL)


def test_strangers_pages_are_left_alone(buyer: Buyer) -> None:
    url = checkout.begin(buyer.user, "pro", Every.MONTH, now=now())
    Buyer(join("Eve", now=now()).user, buyer.standin).buy(PRO)
    assert buyer.submit(url, GOOD).status_code == 303


# --- What Stripe's records say ----------------------------------------------------------------------------------------


def named(buyer: Buyer) -> list[object]:
    """The account that Stripe names with the customer and with what it subscribed to, and the one that is kept."""
    told = [*buyer.door_objects("customer"), *buyer.door_objects("subscription")]
    with reading() as db:
        kept = billing.customer(db, buyer.user.workspace)
    assert kept is not None
    return [each["metadata"].get("stripe_user_id") for each in told] + [kept.connected]


def test_an_account_that_is_connected_after_buying_is_named_at_stripe(buyer: Buyer) -> None:
    buyer.buy(PRO)
    assert named(buyer) == [None, None, None]
    paying.connect(buyer.user.workspace, "acct_1shop", "acct_2shop")
    truth.tell_connected(buyer.user.workspace)
    assert named(buyer) == ["acct_1shop"] * 3
    before = len(buyer.door_objects("event"))
    assert truth.reconcile()
    assert len(buyer.door_objects("event")) == before, "nothing is told twice"
    assert {each["metadata"]["workspace"] for each in buyer.door_objects("customer")} == {buyer.user.workspace}


def test_what_could_not_be_told_at_once_is_told_by_the_hour(buyer: Buyer, monkeypatch: pytest.MonkeyPatch) -> None:
    buyer.buy(PRO)
    paying.connect(buyer.user.workspace, "acct_1shop")
    buyer.door("faults", kind="500", path="/v1/subscriptions")
    truth.tell_connected(buyer.user.workspace)
    buyer.door("faults", clear=True)
    assert truth.reconcile()
    assert named(buyer) == ["acct_1shop"] * 3


def emails(buyer: Buyer) -> list[str]:
    return [each["email"] for each in buyer.door_objects("customer")]


def with_owners(buyer: Buyer, *names: str) -> list[SignedIn]:
    """More owners of the workspace."""
    made = [join(name, now=now()).user for name in names]
    with transaction() as db:
        for each in made:
            people.add(db, Membership(user=each.id, workspace=buyer.user.workspace, role=Role.OWNER))
    return [replace(each, workspace=buyer.user.workspace) for each in made]


def test_mail_goes_to_an_owner_who_is_still_here(buyer: Buyer) -> None:
    buyer.buy(PRO)
    (bob,) = with_owners(buyer, "Bob")
    assert truth.reconcile()
    assert emails(buyer) == [buyer.user.email]
    team.remove(bob, buyer.user.id, now=now())
    assert truth.reconcile()
    assert emails(buyer) == [bob.email]


def test_an_address_that_was_chosen_at_stripe_stays(buyer: Buyer) -> None:
    buyer.buy(PRO)
    (made,) = buyer.door_objects("customer")
    truth.own_account().post(f"/v1/customers/{made['id']}", once="books", email="books@shop.example")
    (bob,) = with_owners(buyer, "Bob")
    team.remove(bob, buyer.user.id, now=now())
    assert truth.reconcile()
    assert emails(buyer) == ["books@shop.example"]


def test_a_stripe_that_takes_no_word_keeps_nobodys_plan_from_being_read(
    buyer: Buyer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(*_args: object, **_named: object) -> None:
        raise StripeUnavailable

    buyer.pay(checkout.begin(buyer.user, "pro", Every.MONTH, now=now()))
    paying.connect(buyer.user.workspace, "acct_1shop")
    monkeypatch.setattr(Gateway, "post", silent)
    assert buyer.read().plan is PRO
    access.forget()
    pay_all(buyer)
