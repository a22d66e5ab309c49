"""Another Stripe key than the one that sold: nothing is lost, nothing is mixed up, and no clock is poisoned."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from lib import settings as settings_module
from lib.billing import access, admin, checkout, leaving, moment, truth
from lib.billing.access import State
from lib.billing.plans import BUSINESS, PRO, Every
from lib.errors import OtherStripeAccount, PlanNotCancelled, ResourceMissing
from lib.settings import Standin
from lib.store import billing, ours
from lib.store.engine import reading, transaction
from lib.store.ours import Here
from lib.store.tables import BillingCustomer, BillingSubscription
from tests.billing.buying import DAY, Buyer
from tests.conftest import standin_process


@pytest.fixture
def other(world_cache: Path) -> Iterator[Standin]:
    """The stand-in of another account: another key, and none of our customers."""
    with standin_process("--cache", str(world_cache), "--seed", "31") as info:
        yield info


def at(buyer: Buyer, standin: Standin) -> Buyer:
    """The same owner with the key of ``standin`` set."""
    settings_module.bind_standin(standin)
    return replace(buyer, standin=standin)


def kept(buyer: Buyer) -> list[dict[str, object]]:
    """All that is kept of what the workspace bought, whoever sold it."""
    with reading() as db:
        found = billing._subscriptions(db, buyer.user.workspace)
    return [each.model_dump() for each in found]


def customers(buyer: Buyer) -> list[BillingCustomer]:
    with reading() as db:
        return list(billing._customers(db, buyer.user.workspace))


def test_another_accounts_key_sells_anew_and_the_first_finds_its_customer_again(buyer: Buyer, other: Standin) -> None:
    buyer.buy(PRO)
    before, first = kept(buyer), buyer.standin
    there = at(buyer, other)
    assert there.read().state is State.FREE
    with reading() as db:
        assert billing.live(db, buyer.user.workspace) == ()
        assert len(billing.live_elsewhere(db, buyer.user.workspace)) == 1
    assert "another Stripe key" in admin.overview(buyer.user).lines[0].status
    there.buy(BUSINESS)
    assert there.access.plan is BUSINESS
    assert at(buyer, first).read().plan is PRO
    assert next(each for each in kept(buyer) if each["id"] == before[0]["id"])["ended_at"] is None
    assert len({(each.platform, each.livemode) for each in customers(buyer)}) == 2


def test_a_wrong_key_loses_no_customer_of_whom_it_is_not_known_who_sold(buyer: Buyer, other: Standin) -> None:
    buyer.buy(PRO)
    first = buyer.standin
    with transaction() as db:
        (row,) = billing._customers(db, buyer.user.workspace)
        row.platform = row.livemode = None
        db.add(row)
    before = kept(buyer)
    with pytest.raises(OtherStripeAccount):
        at(buyer, other).read()
    with pytest.raises(OtherStripeAccount):
        checkout.begin(buyer.user, PRO.slug, Every.MONTH, now=int(time.time()))
    assert truth.reconcile() is False
    assert (kept(buyer), len(customers(buyer))) == (before, 1)
    assert at(buyer, first).read().plan is PRO
    assert customers(buyer)[0].platform == first["platform_account"]


def test_a_customer_that_stripe_says_was_deleted_is_forgotten(buyer: Buyer, monkeypatch: pytest.MonkeyPatch) -> None:
    buyer.buy(PRO)
    (row,) = customers(buyer)

    def missing(*_: object) -> None:
        raise ResourceMissing

    monkeypatch.setattr(truth, "_told", missing)
    with pytest.raises(OtherStripeAccount):
        buyer.read()
    buyer.door("do", account=buyer.standin["platform_account"], operation="delete_customer", customer=row.customer)
    assert buyer.read().state is State.FREE
    assert customers(buyer) == []
    assert kept(buyer)[0]["ended_at"] is not None


def test_test_data_that_were_wiped_are_gone(buyer: Buyer, world_cache: Path) -> None:
    """The same account in test mode, and empty: there is no money in it, and people must be able to buy again."""
    buyer.buy(PRO)
    with standin_process("--cache", str(world_cache)) as emptied:
        again = at(buyer, emptied)
        assert again.read().state is State.FREE
        again.buy(PRO)
        assert again.access.plan is PRO


def test_what_stripes_list_has_no_more_is_ended(buyer: Buyer) -> None:
    buyer.buy(PRO)
    (sold,) = kept(buyer)
    with transaction() as db:
        billing.keep(db, BillingSubscription.model_validate(sold | {"id": "sub_gone", "plan": "business"}))
    assert buyer.access.plan is BUSINESS
    assert buyer.read().plan is PRO
    ended = {each["id"]: each["status"] for each in kept(buyer) if each["ended_at"] is not None}
    assert ended == {"sub_gone": "canceled"}


@pytest.mark.parametrize(
    ("has", "sure", "platform", "livemode"),
    [
        (True, True, "acct_1", False),
        (False, False, "acct_2", False),
        (False, False, "acct_1", True),
        (False, False, None, True),
        (True, False, None, False),
        (True, False, None, None),
        (True, False, "acct_1", None),
    ],
)
def test_whose_customer_it_is(has: bool, sure: bool, platform: str | None, livemode: bool | None) -> None:
    row = BillingCustomer(customer="cus_1", workspace="ws_1", platform=platform, livemode=livemode, created=1)
    here = Here("key", "acct_1", livemode=False)
    assert (here.has(row), here.surely_has(row)) == (has, sure)
    assert Here(None, None, None).has(row)


# --- The clock --------------------------------------------------------------------------------------------------------


def test_the_sandboxs_clock_counts_only_in_the_sandbox(
    buyer: Buyer, other: Standin, use_settings: Callable[..., object]
) -> None:
    buyer.buy(PRO)
    buyer.advance(300)
    buyer.read()
    ahead = time.time() + 299 * DAY
    assert moment.now() > ahead
    at(buyer, other)
    assert moment.now() < ahead
    use_settings(billing=True, stripe_secret_key="sk_test_of_real_stripe")
    assert abs(moment.now() - time.time()) < 60
    moment.saw(ahead)
    with reading() as db:
        assert ours.clock(db) == 0
    use_settings(billing=True)
    settings_module.bind_standin(buyer.standin)
    access.forget()
    assert moment.now() > ahead


def test_a_workspace_stays_while_another_key_may_still_charge_for_it(buyer: Buyer, other: Standin) -> None:
    buyer.buy(PRO)
    first = buyer.standin
    with transaction() as db:
        (row,) = billing._customers(db, buyer.user.workspace)
        row.livemode = True
        db.add(row)
    there = at(buyer, other)
    with pytest.raises(PlanNotCancelled, match="another Stripe key"):
        leaving.delete_workspace(there.user, now=1)
    with transaction() as db:
        (row,) = billing._customers(db, buyer.user.workspace)
        row.livemode = False
        db.add(row)
    leaving.delete_workspace(there.user, now=1)  # what was sold in test mode costs nobody anything
    assert first["base"] != other["base"]
