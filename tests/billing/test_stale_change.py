"""A change is confirmed only for what was shown: not when another owner, or the end of the trial, was quicker."""

from __future__ import annotations

import pytest

from lib.billing import change
from lib.billing.access import State
from lib.billing.plans import BUSINESS, PRO, Every
from lib.errors import PreviewStale
from tests.billing.buying import Buyer


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
