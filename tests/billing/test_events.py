"""What our own account's webhooks come to: however late, often and in whatever order, what Stripe says now counts."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import permutations

import httpx
import pytest
from sqlmodel import col, select

from lib.accounts import deliveries
from lib.accounts.deliveries import OWN_ACCOUNT
from lib.billing import access, checkout, ending, truth
from lib.billing.access import State
from lib.billing.plans import PRO, Every
from lib.errors import StripeUnavailable
from lib.gateway import Patience
from lib.store import billing, tables
from lib.store.engine import reading, transaction
from tests.billing.buying import Buyer

Event = dict[str, object]


def events(buyer: Buyer) -> list[Event]:
    """What Stripe would have delivered about our own account, oldest first."""
    asked = {"limit": "100"}
    key = {"Authorization": f"Bearer {buyer.standin['secret_key']}"}
    found = httpx.get(f"{buyer.standin['base']}/v1/events", params=asked, headers=key, timeout=20).json()["data"]
    return list(reversed(found))


def deliver(told: list[Event]) -> None:
    """Keep these as the door does, and let them be worked on."""
    received = time.time()
    kept = [deliveries.of_our_own(each, heard=truth.heard, livemode=False, received=received) for each in told]
    deliveries.keep(kept)
    truth.apply_events()


def pending() -> int:
    with reading() as db:
        query = select(tables.EventInbox).where(tables.EventInbox.account == OWN_ACCOUNT)
        return len(db.exec(query.where(col(tables.EventInbox.state) == "pending")).all())


@pytest.fixture
def bought(buyer: Buyer) -> Iterator[Buyer]:
    """Somebody who paid at Stripe, closed the browser, and was never told of here."""
    buyer.pay(checkout.begin(buyer.user, PRO.slug, Every.MONTH, now=int(time.time())))
    assert buyer.access.state is State.FREE
    return buyer


def test_a_webhook_alone_turns_the_plan_on(bought: Buyer) -> None:
    deliver([each for each in events(bought) if each["type"] == "checkout.session.completed"])
    assert (bought.access.state, bought.access.plan) == (State.TRIAL, PRO)
    assert pending() == 0


def test_the_same_events_in_any_order_and_twice_come_to_the_same(bought: Buyer) -> None:
    began = [each for each in events(bought) if truth.heard(str(each["type"]))]
    ending.at_once(bought.user.workspace)
    with transaction() as db:
        for row in billing.subscriptions(db, bought.user.workspace):
            db.delete(row)
    ended = [each for each in events(bought) if str(each["type"]).startswith("customer.subscription.")][-3:]
    for order in permutations(ended):
        deliver([*order, *began, *order])
        assert bought.access.state is State.FREE, [each["type"] for each in order]


def test_an_old_event_that_says_active_gives_no_plan_to_who_cancelled(bought: Buyer) -> None:
    created = next(each for each in events(bought) if each["type"] == "customer.subscription.created")
    bought.read()
    ending.at_once(bought.user.workspace)
    deliver([created | {"id": "evt_late"}])
    assert bought.access.state is State.FREE


def test_an_event_that_lies_about_its_object_changes_nothing(bought: Buyer) -> None:
    """Whatever it holds, only whose customer it names is taken from it."""
    bought.read()
    forged = next(each for each in events(bought) if each["type"] == "customer.subscription.created")
    subject = forged["data"]["object"]  # type: ignore[index] # JSON
    deliver([forged | {"id": "evt_x", "data": {"object": subject | {"status": "active", "items": {"data": []}}}}])
    assert bought.access.state is State.TRIAL


def test_a_stranger_at_stripe_is_nobody_here(buyer: Buyer) -> None:
    subject = {"id": "sub_1", "object": "subscription", "customer": "cus_somebody_else", "status": "active"}
    told = {"id": "evt_1", "object": "event", "type": "customer.subscription.created", "created": int(time.time())}
    for customer in ("cus_somebody_else", None, 5, {"id": "cus_x"}, {"id": None}):
        deliver(
            [told | {"id": f"evt_{customer}", "livemode": False, "data": {"object": subject | {"customer": customer}}}]
        )
    assert buyer.access.state is State.FREE
    assert pending() == 0


def test_while_stripe_is_away_deliveries_wait_and_nothing_is_lost(
    bought: Buyer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(truth, "Patience", lambda: Patience(attempts=2, first=0.01))
    told = events(bought)
    bought.door("faults", kind="500", path="/v1/subscriptions")
    with pytest.raises(StripeUnavailable):
        deliver(told)
    assert pending() > 0
    bought.door("faults", clear=True)
    truth.reconcile()
    assert (bought.access.state, pending()) == (State.TRIAL, 0)


def test_an_older_read_never_replaces_a_newer_one(bought: Buyer) -> None:
    bought.read()
    with reading() as db:
        (row,) = billing.subscriptions(db, bought.user.workspace)
    stale = tables.BillingSubscription(
        **(row.model_dump() | {"status": "canceled", "observed_at": row.observed_at - 1})
    )
    with transaction() as db:
        assert not billing.keep(db, stale)
    access.forget()
    assert bought.access.state is State.TRIAL
