"""One workspace that can't be read stops no other, and what is nobody's is shown and left alone."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from lib.accounts import deliveries
from lib.billing import access, checkout, strays, truth
from lib.billing.access import State
from lib.billing.attempts import AWAY, Attempts
from lib.billing.plans import PRO, Every
from lib.errors import AppError, KeyRefused, NotTheOperator, OtherStripeAccount, StripeBusy, StripeUnavailable
from lib.gateway.client import Page
from lib.store import billing
from lib.store.engine import transaction
from tests.accounts.members import join
from tests.billing.buying import Buyer
from tests.billing.test_events import events, pending
from tests.billing.test_truth_rows import subscription


@pytest.fixture
def both(buyer: Buyer) -> tuple[Buyer, Buyer]:
    """Two who paid at Stripe, and of whom nothing was told yet."""
    bob = Buyer(join("Bob", now=int(time.time()) + 1).user, buyer.standin)
    for each in (buyer, bob):
        each.pay(checkout.begin(each.user, PRO.slug, Every.MONTH, now=int(time.time())))
    return buyer, bob


def fails_for(workspace: str, failure: AppError, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every read of one workspace fail."""
    read = truth.refresh

    def refresh(asked: str, *, wait: bool = False) -> None:
        if asked == workspace:
            raise failure
        read(asked, wait=wait)

    monkeypatch.setattr(truth, "refresh", refresh)


def told(buyer: Buyer) -> None:
    """All that happened at Stripe is delivered, and not worked on yet."""
    heard = [each for each in events(buyer) if truth.heard(str(each["type"]))]
    kept = [deliveries.of_our_own(each, heard=truth.heard, livemode=False, received=time.time()) for each in heard]
    deliveries.keep(kept)


@pytest.mark.parametrize("bad", [0, 1])
def test_who_fails_for_good_is_settled_and_the_other_is_read(
    both: tuple[Buyer, Buyer], bad: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    told(both[0])
    fails_for(both[bad].user.workspace, OtherStripeAccount(), monkeypatch)
    assert truth.apply_events() > 0
    assert pending() == 0
    assert [each.access.state for each in (both[bad], both[1 - bad])] == [State.FREE, State.TRIAL]


@pytest.mark.parametrize("bad", [0, 1])
def test_who_fails_for_now_waits_alone(both: tuple[Buyer, Buyer], bad: int, monkeypatch: pytest.MonkeyPatch) -> None:
    told(both[0])
    with monkeypatch.context() as patched:
        fails_for(both[bad].user.workspace, StripeUnavailable(), patched)
        with pytest.raises(StripeUnavailable):
            truth.apply_events()
    assert pending() > 0
    assert [each.access.state for each in (both[bad], both[1 - bad])] == [State.FREE, State.TRIAL]
    truth.apply_events()
    assert (both[bad].access.state, pending()) == (State.TRIAL, 0)


@pytest.mark.parametrize("bad", [0, 1])
@pytest.mark.parametrize("failure", [KeyRefused(), StripeBusy()])
def test_the_hourly_read_goes_on_and_tells_that_one_failed(
    both: tuple[Buyer, Buyer], bad: int, failure: AppError, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        fails_for(both[bad].user.workspace, failure, patched)
        assert truth.reconcile() is False
    assert [each.access.state for each in (both[bad], both[1 - bad])] == [State.FREE, State.TRIAL]
    assert truth.reconcile() is True
    assert both[bad].access.state is State.TRIAL


def test_while_stripe_is_away_not_everybody_is_waited_for() -> None:
    asked: list[str] = []

    def refresh(workspace: str) -> None:
        asked.append(workspace)
        raise StripeUnavailable

    attempts = Attempts(refresh)
    everybody = [f"ws_{number}" for number in range(9)]
    assert not any(attempts.read(each) for each in (*everybody, *everybody))
    assert (len(asked), len(attempts.failed)) == (AWAY, 9)


def test_an_object_without_items_keeps_what_was_known(buyer: Buyer, monkeypatch: pytest.MonkeyPatch) -> None:
    buyer.buy(PRO)
    whole = truth._all

    def broken(*asked: object, **params: object) -> list[dict[str, object]]:
        return [each | {"items": {"data": []}} for each in whole(*asked, **params)]  # type: ignore[arg-type] # passed on

    monkeypatch.setattr(truth, "_all", broken)
    assert buyer.read().state is State.TRIAL
    with pytest.raises(LookupError):
        truth.rows.subscription_row(subscription(items={"data": []}), "ws_1", 5.0, ())


def test_events_without_a_shape_are_settled(buyer: Buyer) -> None:
    plain = {"object": "event", "type": "invoice.paid", "created": int(time.time()), "livemode": False}
    for number, data in enumerate(({}, {"object": None}, {"object": 5}, {"object": {"customer": ["x"]}}, None)):
        event = plain | {"id": f"evt_{number}", "data": data}
        deliveries.keep([deliveries.of_our_own(event, heard=truth.heard, livemode=False, received=time.time())])
    assert truth.apply_events() == 5
    assert pending() == 0


# --- Nobody's ---------------------------------------------------------------------------------------------------------


def test_what_is_paid_for_a_workspace_that_is_not_here_is_shown_and_left_alone(both: tuple[Buyer, Buyer]) -> None:
    ada, bob = both
    assert truth.reconcile() is True
    assert strays.of(ada.user) == ()
    with transaction() as db:
        billing.forget_workspace(db, bob.user.workspace)
    access.forget()
    assert truth.reconcile() is True
    (found,) = strays.of(ada.user)
    assert (found.named, found.status, found.amount, found.livemode) == (bob.user.workspace, "trialing", 2900, False)
    running = [each for each in ada.door_objects("subscription") if each["id"] == found.id]
    assert [each["status"] for each in running] == ["trialing"]
    with pytest.raises(NotTheOperator):
        strays.of(bob.user)


def test_what_others_sell_on_the_same_stripe_account_is_none_of_ours() -> None:
    for metadata in (None, {}, {"workspace": "acme"}, {"workspace": 5}, {"plan": "pro"}):
        assert strays._row(subscription(metadata=metadata), livemode=True) is None
    assert strays._row(subscription(metadata={"workspace": "ws_1"}, status="canceled"), livemode=True) is None
    assert strays._row(subscription(metadata={"workspace": "ws_1"}), livemode=True) is not None


def test_the_look_is_kept_short(buyer: Buyer, monkeypatch: pytest.MonkeyPatch) -> None:
    gateway, asked = truth.own_account(), []

    def pages(path: str, **_: object) -> Iterator[Page]:
        while True:
            asked.append(path)
            yield Page([subscription(metadata={"workspace": "ws_gone"}, id=f"sub_{len(asked)}")], has_more=True)

    monkeypatch.setattr(gateway, "pages", pages)
    strays.look(gateway)
    assert len(asked) == len(strays.of(buyer.user)) == strays.MOST_PAGES


def test_a_look_that_fails_is_no_failure_of_the_hourly_read(buyer: Buyer, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_: object) -> None:
        raise KeyRefused

    monkeypatch.setattr(strays, "look", refused)
    buyer.pay(checkout.begin(buyer.user, PRO.slug, Every.MONTH, now=int(time.time())))
    assert truth.reconcile() is True
    assert buyer.access.state is State.TRIAL
