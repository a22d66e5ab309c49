"""A clock that was ahead, and was set right: what it saw must not outlive what is seen now."""

from __future__ import annotations

import time

import pytest
from sqlmodel import select

from lib.store import upserts
from lib.store.engine import reading, transaction
from lib.store.tables import Account, Subscription, SubscriptionItem

HOURS = 3600.0


def keep(seen: float, quantity: int, items: tuple[str, ...]) -> None:
    subscription = {
        "account": "acct_1", "id": "sub_1", "observed_at": seen, "deleted": False, "children_at": seen,
        "collection_method": "charge_automatically" if quantity == 1 else "send_invoice",
    }  # fmt: skip
    children = [
        {"account": "acct_1", "id": id_, "observed_at": seen, "deleted": False, "subscription": "sub_1",
         "quantity": quantity}
        for id_ in items
    ]  # fmt: skip
    upserts.apply("acct_1", [(Subscription, subscription), *((SubscriptionItem, child) for child in children)])


def items() -> list[tuple[str, int | None, bool]]:
    with reading() as db:
        query = select(SubscriptionItem).order_by(SubscriptionItem.id)
        return [(each.id, each.quantity, each.deleted) for each in db.exec(query)]


@pytest.fixture(autouse=True)
def account(database: str) -> None:
    assert database
    with transaction() as db:
        db.add(Account(id="acct_1", created=0))


def test_what_is_seen_now_beats_what_was_seen_in_the_future() -> None:
    now = time.time()
    keep(now + 2 * HOURS, 1, ("si_1", "si_2"))
    keep(now - 1, 2, ("si_1",))
    assert items() == [("si_1", 2, False), ("si_2", 1, True)]
    with reading() as db:
        assert db.exec(select(Subscription.collection_method)).one() == "send_invoice"


def test_what_was_seen_before_is_still_beaten_by_what_was_seen_since() -> None:
    now = time.time()
    keep(now - 1, 2, ("si_1",))
    keep(now - HOURS, 1, ("si_1", "si_2"))
    assert items() == [("si_1", 2, False), ("si_2", 1, True)]


def test_a_clock_that_is_ahead_still_sees_new_things_itself() -> None:
    now = time.time()
    keep(now + 2 * HOURS, 1, ("si_1", "si_2"))
    keep(now + 2 * HOURS + 1, 2, ("si_2",))
    assert items() == [("si_1", 1, True), ("si_2", 2, False)]
