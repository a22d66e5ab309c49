"""Any order, any repetition, any batches of what was observed end in the same tables, on both databases."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from lib.store import upserts
from lib.store.engine import reading
from lib.store.stripe_rows import from_stripe, tombstone
from lib.store.tables import Customer, Discount, Mirror, Row, Subscription, SubscriptionItem, core

_accounts = count()
_shared = settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])


@dataclass(frozen=True)
class Seen:
    """A customer with a discount and a subscription, as they were at one moment."""

    at: float
    name: str | None
    status: str
    items: frozenset[str]
    end: int | None
    tells_holder: bool

    def rows(self, account: str) -> list[Row]:
        discount = {
            "object": "discount",
            "id": "di_1",
            "start": 1,
            "end": self.end,
            "subscription": "sub_1" if self.tells_holder else None,
            "source": {"coupon": "half"},
        }
        customer = {"object": "customer", "id": "cus_1", "name": self.name, "discount": discount}
        items = [{"object": "subscription_item", "id": item, "quantity": int(self.at)} for item in sorted(self.items)]
        sub = {"object": "subscription", "id": "sub_1", "status": self.status, "items": {"data": items}}
        return [*from_stripe(customer, account, self.at), *from_stripe(sub, account, self.at)]


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Seen], list[list[Seen]]]:
    """What happened, oldest first; and how we heard of it: shuffled, repeated, in batches."""
    moments = draw(st.integers(1, 5))
    history = [
        Seen(
            at=float(at),
            name=draw(st.sampled_from(["Ada", "Grace", None])),
            status=draw(st.sampled_from(["trialing", "active", "past_due"])),
            items=draw(st.frozensets(st.sampled_from(["si_a", "si_b", "si_c"]))),
            end=draw(st.sampled_from([None, 500])),
            tells_holder=draw(st.booleans()),
        )
        for at in range(1, moments + 1)
    ]
    again = draw(st.lists(st.sampled_from(history), max_size=4))
    heard = draw(st.permutations(history + again))
    cuts = sorted(draw(st.sets(st.integers(1, len(heard)), max_size=3)))
    batches = [heard[a:b] for a, b in zip([0, *cuts], [*cuts, len(heard)], strict=True)]
    return history, batches


def _kept(account: str, table: type[Mirror], *names: str) -> list[tuple[Any, ...]]:
    row = core(table).c
    query = select(*(row[n] for n in names)).where(row.account == account).order_by(row.id)
    with reading() as session:
        return [tuple(r) for r in session.connection().execute(query)]


@pytest.mark.usefixtures("database")
@_shared
@given(histories(), st.booleans())
def test_the_tables_end_as_the_newest_moment_says(
    given_history: tuple[list[Seen], list[list[Seen]]], deletes: bool
) -> None:
    history, batches = given_history
    account = f"acct_{next(_accounts)}"
    newest = history[-1]
    if deletes:
        upserts.apply(account, tombstone("customer", "cus_1", account))
    for batch in batches:
        upserts.apply(account, [row for seen in batch for row in seen.rows(account)])
    assert _kept(account, Customer, "name", "observed_at", "deleted") == [(newest.name, newest.at, deletes)]
    assert _kept(account, Subscription, "status", "observed_at", "children_at") == [
        (newest.status, newest.at, newest.at)
    ]
    alive = [row[:2] for row in _kept(account, SubscriptionItem, "id", "quantity", "deleted") if not row[2]]
    assert alive == [(item, int(newest.at)) for item in sorted(newest.items)]
    holder = "sub_1" if any(seen.tells_holder for seen in history) else None
    assert _kept(account, Discount, "end", "subscription") == [(newest.end, holder)]


@pytest.mark.usefixtures("database")
@_shared
@given(st.permutations([(1, "active"), (2, "canceled"), (3, "active"), (4, "canceled"), (5, "past_due")]))
def test_the_newest_end_of_a_subscription_wins(heard: list[tuple[int, str]]) -> None:
    account = f"acct_{next(_accounts)}"
    for at, status in heard:
        upserts.apply(account, from_stripe({"object": "subscription", "id": "sub_1", "status": status}, account, at))
    assert _kept(account, Subscription, "status", "observed_at") == [("canceled", 4.0)]
