"""Paid, and not back yet: the tab was closed, another workspace is shown, or nobody is signed in any more."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from lib.accounts import sessions, team
from lib.accounts.roles import Role
from lib.accounts.sessions import SignedIn
from lib.billing import access, checkout, ending, truth
from lib.billing.access import State
from lib.billing.plans import PRO, Every
from lib.errors import AlreadySubscribed, CheckoutUnknown, StripeUnavailable
from lib.store import people
from lib.store.engine import transaction
from lib.store.tables import Membership
from lib.web import guard
from lib.web.settings import plan
from tests.accounts.members import join
from tests.billing.buying import Buyer
from tests.billing.test_unsold import page, texts


def now() -> int:
    return int(time.time())


@pytest.fixture(autouse=True)
def _anew() -> None:
    truth._looked.clear()


def begun(buyer: Buyer) -> str:
    """The address of Stripe's page that a buyer is on."""
    return checkout.begin(buyer.user, "pro", Every.MONTH, now=now())


def second(buyer: Buyer, role: Role = Role.OWNER) -> SignedIn:
    """The same person, looking at another workspace that they are in."""
    other = join("Bob", now=now()).user
    with transaction() as db:
        people.add(db, Membership(user=buyer.user.id, workspace=other.workspace, role=role))
    return replace(buyer.user, workspace=other.workspace)


def opened(buyer: Buyer, monkeypatch: pytest.MonkeyPatch, **query: str) -> AppTest:
    monkeypatch.setattr(guard, "current_user", lambda: buyer.user)
    app = AppTest.from_function(page, default_timeout=60)
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


# --- The tab was closed -----------------------------------------------------------------------------------------------


def test_the_page_reads_what_was_paid_where_no_webhook_told(buyer: Buyer, monkeypatch: pytest.MonkeyPatch) -> None:
    buyer.pay(begun(buyer))
    assert buyer.access.state is State.FREE
    app = opened(buyer, monkeypatch)
    assert [each.value for each in app.success] == ["Your trial of Pro has begun. Thank you."]
    assert "Trial of Pro until" in texts(app)
    assert not app.info
    assert buyer.access.plan is PRO


def test_who_has_not_paid_yet_is_told_and_stripe_not_asked_at_every_look(
    buyer: Buyer, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = begun(buyer)
    asked: list[str] = []
    read = truth.refresh
    monkeypatch.setattr(truth, "refresh", lambda workspace: (asked.append(workspace), read(workspace)))
    for _ in range(2):
        app = opened(buyer, monkeypatch)
        assert [each.value for each in app.info] == [plan.BEGUN]
    assert asked == [buyer.user.workspace]
    buyer.pay(url)
    app.button(key="check-again").click().run()
    assert [each.value for each in app.success] == ["Your trial of Pro has begun. Thank you."]


def test_it_is_asked_again_a_little_later(buyer: Buyer, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(truth, "refresh", asked.append)
    for moment in (100.0, 100.0 + truth.AGAIN - 1, 100.0 + truth.AGAIN):
        truth.look("ws_1", now=moment)
    truth.look("ws_2", now=100.0)
    assert asked == ["ws_1", "ws_1", "ws_2"]


def test_a_stripe_that_does_not_answer_keeps_the_page_from_nobody(
    buyer: Buyer, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun(buyer)

    def silent(_workspace: str) -> None:
        raise StripeUnavailable

    monkeypatch.setattr(truth, "refresh", silent)
    app = opened(buyer, monkeypatch)
    assert [each.value for each in app.info] == [plan.BEGUN]
    assert "Free. There is nothing to pay." in texts(app)


def test_what_has_come_and_gone_is_not_on_its_way(buyer: Buyer) -> None:
    assert not checkout.waiting(buyer.user.workspace)
    buyer.buy(PRO)
    ending.at_once(buyer.user.workspace)
    assert buyer.access.state is State.FREE
    assert not checkout.waiting(buyer.user.workspace)


# --- Another workspace, or nobody, is there ---------------------------------------------------------------------------


def test_who_is_back_while_another_workspace_shows_is_taken_to_the_one_that_paid(buyer: Buyer) -> None:
    session = buyer.pay(begun(buyer))
    other = second(buyer)
    team.look_at(other, other.workspace)
    assert checkout.finish(other, session)
    assert buyer.access.plan is PRO
    assert access.of(other.workspace).state is State.FREE
    there = sessions.find(buyer.user.session, now=now())
    assert there is not None
    assert there.workspace == buyer.user.workspace


def test_who_has_left_the_workspace_learns_nothing_of_its_payment(buyer: Buyer) -> None:
    session = buyer.pay(begun(buyer))
    stranger = second(buyer)
    eve = join("Eve", now=now()).user
    for user in (eve, replace(eve, workspace=stranger.workspace), replace(eve, workspace=buyer.user.workspace)):
        with pytest.raises(CheckoutUnknown):
            checkout.finish(user, session)
    assert buyer.access.state is State.FREE


def test_who_is_back_late_from_a_page_that_was_paid_is_welcome_still(buyer: Buyer) -> None:
    session = buyer.pay(begun(buyer))
    with pytest.raises(AlreadySubscribed):
        begun(buyer)
    assert checkout.finish(buyer.user, session)


def test_who_had_to_sign_in_again_is_sent_on_to_the_return(buyer: Buyer, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened(buyer, monkeypatch, returned='cs_1"&x=</script>')
    assert 'assign("/billing/return?session_id=cs_1%22%26x%3D%3C%2Fscript%3E")' in texts(app)
    assert "pl-standing" not in texts(app)
