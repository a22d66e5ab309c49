"""A server that sells no plans any more while some still run: they are charged, so they can be cancelled."""

from __future__ import annotations

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from lib import settings as settings_module
from lib.accounts.roles import Role
from lib.billing import access, ending, leaving, plans, portal, setup, summary, truth
from lib.billing.access import State
from lib.billing.plans import PRO
from lib.billing.setup import prices
from lib.errors import BillingOff, NotSubscribed
from lib.web import guard, plan_leaving, plan_unsold
from tests import paying
from tests.billing.buying import Buyer
from tests.billing.test_setup import found


@pytest.fixture
def off(buyer: Buyer, monkeypatch: pytest.MonkeyPatch) -> Buyer:
    """Ada, who is on trial of Pro; then the server stopped selling."""
    buyer.buy(PRO)
    stop_selling(buyer, monkeypatch)
    return buyer


def stop_selling(buyer: Buyer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BILLING", "off")
    settings_module.replace(None)
    buyer.rebind()
    access.forget()


def test_who_is_charged_still_sees_what_and_can_cancel_it(off: Buyer) -> None:
    assert access.of(off.user.workspace).state is State.OFF
    assert portal.address(off.user)
    standing = summary.unsold(off.user)
    assert standing is not None
    assert (standing.access.state, standing.access.bought, standing.amount) == (State.TRIAL, PRO, 2900)
    running = leaving.running(off.user.workspace)
    assert running is not None
    assert (running.name, running.until) == ("Pro", standing.access.until)
    ending.at_period_end(off.user)
    (sold,) = off.door_objects("subscription")
    assert sold["cancel_at_period_end"] is True
    assert leaving.running(off.user.workspace) is None
    with pytest.raises(BillingOff):
        ending.keep(off.user)


def test_what_a_webhook_did_not_tell_is_still_read_by_the_hour(off: Buyer) -> None:
    off.advance(15)
    assert truth.reconcile()
    standing = summary.unsold(off.user)
    assert standing is not None
    assert standing.access.state is State.ACTIVE
    assert [each.total for each in portal.invoices(off.user)] == [2900, 0]


def test_who_never_bought_has_nothing_to_cancel_or_to_pay(buyer: Buyer, monkeypatch: pytest.MonkeyPatch) -> None:
    stop_selling(buyer, monkeypatch)
    assert summary.unsold(buyer.user) is None
    assert leaving.running(buyer.user.workspace) is None
    for act in (portal.address, ending.at_period_end):
        with pytest.raises(NotSubscribed):
            act(buyer.user)
    assert plans.EVERYTHING.sells in texts(shown(buyer, monkeypatch))


def test_a_plan_whose_price_is_none_of_ours_by_now_can_be_let_go_too(selling: None) -> None:
    workspace = paying.workspace()
    paying.pay(workspace)
    assert leaving.running(workspace) == leaving.Plan("Pro", None)
    paying.pay(workspace, None)
    assert leaving.running(workspace) == leaving.Plan("The old plan", None)


def test_the_platform_page_says_how_many_are_charged_still(off: Buyer) -> None:
    check = found(prices.BILLING)
    assert check.state is setup.State.WRONG
    assert check.says.startswith("Off, because BILLING=off is set, but 1 subscription is still charged at Stripe")
    assert "Set BILLING=on again" in check.todo
    ending.at_period_end(off.user)
    assert found(prices.BILLING).state is setup.State.OK


# --- The page ---------------------------------------------------------------------------------------------------------


def page() -> None:
    from lib.web import guard
    from lib.web.settings import plan, said

    said.draw()
    plan.section(guard.require_login())


def shown(buyer: Buyer, monkeypatch: pytest.MonkeyPatch, role: Role = Role.OWNER) -> AppTest:
    monkeypatch.setattr(guard, "current_user", lambda: replace(buyer.user, role=role))
    return AppTest.from_function(page, default_timeout=60).run()


def texts(app: AppTest) -> str:
    drawn = [each.proto.body for each in app.get("html")] + [each.value for each in (*app.markdown, *app.caption)]
    return " ".join(drawn)


def test_the_page_offers_the_way_out_to_owners(off: Buyer, monkeypatch: pytest.MonkeyPatch) -> None:
    app = shown(off, monkeypatch)
    assert "there is nothing to pay" not in texts(app)
    assert "on Pro is charged at Stripe, $29.00 a month: cancel it before, and nothing is." in texts(app)
    assert plan_unsold.INCLUDED in texts(app)
    assert [each.label for each in app.button] == ["Cancel the plan", "Card, invoices and cancelling at Stripe"]
    member = shown(off, monkeypatch, Role.MEMBER)
    assert not member.button
    assert "An owner of this workspace can cancel it here." in texts(member)


def test_cancelling_takes_nothing_away_where_everything_is_included(off: Buyer) -> None:
    standing = summary.unsold(off.user)
    assert standing is not None
    told = plan_leaving.told(standing, "en_US", sold=False)
    assert "nothing more is charged" in told
    assert "You lose nothing" in told
    assert "on Free" not in told
