"""A price that was raised: who pays the old one keeps the plan, and whose plan is unknown still buys no second one."""

from __future__ import annotations

import time
from typing import Any

import pytest

from lib.billing import checkout, rows
from lib.billing.access import State
from lib.billing.plans import BUSINESS, PRO, Every, Plan
from lib.errors import AlreadySubscribed
from lib.store import billing
from lib.store.engine import reading, transaction
from lib.store.tables import BillingSubscription
from tests.billing.buying import Buyer
from tests.billing.test_truth_rows import price, subscription

OLD = price(id="price_old", lookup_key=None)
YEARLY = OLD | {"recurring": {"interval": "year", "interval_count": 1}}
HALF_YEARLY = OLD | {"recurring": {"interval": "month", "interval_count": 6}}


@pytest.fixture
def raised(buyer: Buyer, monkeypatch: pytest.MonkeyPatch) -> Buyer:
    """Somebody who bought Pro by the year before its price was raised: the lookup key is on another price now."""
    buyer.buy(PRO, Every.YEAR)
    monkeypatch.setattr(Plan, "lookup_key", lambda plan, every: f"raised_{plan.slug}_{every}")
    return buyer


def forget_rows(buyer: Buyer) -> None:
    with transaction() as db:
        for row in billing.subscriptions(db, buyer.user.workspace):
            db.delete(row)


def test_who_pays_the_old_price_keeps_the_plan(raised: Buyer) -> None:
    found = raised.read()
    assert (found.plan, found.every, found.state) == (PRO, Every.YEAR, State.TRIAL)


def test_the_plan_that_we_wrote_on_the_subscription_counts_where_nothing_was_known(raised: Buyer) -> None:
    forget_rows(raised)
    found = raised.read()
    assert (found.plan, found.every) == (PRO, Every.YEAR)


def test_a_subscription_of_an_unknown_price_is_still_one(raised: Buyer, monkeypatch: pytest.MonkeyPatch) -> None:
    """It gives no plan, and nobody sells a second one beside it."""
    forget_rows(raised)
    monkeypatch.setattr(rows, "_bought", lambda *_: (None, None))
    assert raised.read().state is State.FREE
    with reading() as db:
        (row,) = billing.live(db, raised.user.workspace)
    assert (row.plan, row.status) == (None, "trialing")
    with pytest.raises(AlreadySubscribed):
        checkout.begin(raised.user, BUSINESS.slug, Every.MONTH, now=int(time.time()))


def kept(**more: object) -> BillingSubscription:
    known: dict[str, object] = {"id": "sub_1", "workspace": "ws_1", "customer": "cus_1", "status": "active"}
    known |= {"plan": "business", "price": "price_old", "created": 1, "observed_at": 1.0}
    return BillingSubscription.model_validate(known | more)


OURS = {"workspace": "ws_1", "plan": "pro"}


@pytest.mark.parametrize(
    ("plan", "interval", "told", "metadata", "before"),
    [
        ("pro", "month", price(), {"workspace": "ws_1", "plan": "business"}, kept()),
        ("business", "month", OLD, OURS, kept()),
        ("business", "year", YEARLY, {}, kept()),
        ("pro", "month", OLD, OURS, None),
        ("pro", "month", OLD, OURS, kept(price="price_other")),
        ("pro", "month", OLD, OURS, kept(plan=None)),
        ("pro", None, HALF_YEARLY, OURS, None),
        (None, None, OLD, {}, kept(price="price_other")),
        (None, None, OLD, {}, kept(id="sub_other")),
        (None, None, OLD, {"plan": "pro"}, None),
        (None, None, OLD, {"workspace": "ws_2", "plan": "pro"}, None),
        (None, None, OLD, {"workspace": "ws_1", "plan": "free"}, None),
        (None, None, OLD, {"workspace": "ws_1", "plan": "gold"}, None),
        (None, None, OLD, None, None),
    ],
)
def test_which_plan_a_price_that_is_not_ours_now_was(
    plan: str | None,
    interval: str | None,
    told: dict[str, Any],
    metadata: dict[str, str] | None,
    before: BillingSubscription | None,
) -> None:
    row = rows.subscription_row(subscription(price=told, metadata=metadata), "ws_1", 5.0, (), before)
    assert (row.plan, row.interval) == (plan, interval)
