"""A workspace is deleted: first its plan at Stripe, then everything here; or nothing at all."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlmodel import SQLModel, func, select

from lib.accounts import connections, team, users
from lib.accounts.roles import Role
from lib.accounts.sessions import SignedIn
from lib.accounts.team import Gone
from lib.billing import access, checkout, leaving
from lib.billing.access import State
from lib.billing.leaving import Left
from lib.billing.plans import PRO, Every
from lib.errors import NotYourRole, PlanNotCancelled, StripeUnavailable
from lib.gateway import oauth
from lib.store import billing
from lib.store import connections as rows
from lib.store.engine import reading, transaction
from lib.store.tables import Account, Annotation, BillingCustomer, Customer, LoginSession, Workspace, core
from tests import paying
from tests.accounts.members import RIGHT, PlainHasher, enter, join
from tests.billing.buying import Buyer

A, B = "acct_lumen0press1", "acct_other0shop1"


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The accounts that Stripe was told of."""
    found: list[str] = []
    monkeypatch.setattr(oauth, "deauthorize", found.append)
    return found


@pytest.fixture
def ada(selling: None, told: list[str]) -> SignedIn:
    user = join("Ada", now=int(time.time())).user
    paying.connect(user.workspace, A, B)
    with transaction() as db:
        db.add(Customer(account=A, id="cus_1", observed_at=1.0, deleted=False, name="Zoë"))
        whole = {"account": user.workspace, "day": "2026-01-31", "text": "Raised prices", "created": 1}
        db.add(Annotation(id="ann_1", workspace=user.workspace, **whole))
        db.add(Annotation(id="ann_2", workspace=None, **whole))
    connections.disconnect(user.workspace, B, now=2)
    told.clear()
    return user


def left_of(workspace: str) -> dict[str, int]:
    """How many rows of each table still name the workspace or one of its accounts."""
    found = {}
    with reading() as db:
        for table in SQLModel.metadata.sorted_tables:
            names = [each for each in ("workspace", "account") if each in table.columns]
            if table is core(Workspace) or table is core(Account):
                names = ["id"]
            for name in names:
                about = select(func.count()).select_from(table).where(table.c[name].in_([workspace, A, B]))
                found[f"{table.name}.{name}"] = db.exec(about).one()
    return {name: count for name, count in found.items() if count}


def test_nothing_of_a_deleted_workspace_stays(ada: SignedIn, told: list[str]) -> None:
    assert left_of(ada.workspace)
    team.look_at(ada, ada.workspace)
    assert leaving.delete_workspace(ada, now=3) == (Left(A, told=True),)
    assert left_of(ada.workspace) == {}
    assert told == [A]


def test_whoever_has_no_other_workspace_gets_an_empty_one(ada: SignedIn) -> None:
    eve, bob = (join(name, now=int(time.time())).user for name in ("Eve", "Bob"))
    token = team.invite(ada, Role.VIEWER, "", now=int(time.time())).token
    team.accept(eve, token, now=int(time.time()))
    leaving.delete_workspace(ada, now=3)
    (mine,) = team.workspaces(ada)
    assert mine != ada.workspace
    assert set(team.workspaces(eve)) == {eve.workspace}
    assert set(team.workspaces(bob)) == {bob.workspace}
    with reading() as db:
        assert not db.exec(select(LoginSession).where(LoginSession.workspace == ada.workspace)).all()


def test_everybody_who_was_in_it_is_told_once_by_whom_it_was_deleted(ada: SignedIn) -> None:
    eve, bob = (join(name, now=int(time.time())).user for name in ("Eve", "Bob"))
    token = team.invite(ada, Role.VIEWER, "", now=int(time.time())).token
    team.accept(eve, token, now=int(time.time()))
    leaving.delete_workspace(ada, now=3)
    (made,) = team.workspaces(ada)
    assert (team.gone(ada), team.gone(ada)) == ((Gone(ada.workspace_name, "", made),), ())
    assert (team.gone(eve), team.gone(eve)) == ((Gone(ada.workspace_name, "Ada"),), ())
    assert team.gone(bob) == ()


def test_a_namesake_is_not_told_of_an_empty_workspace(ada: SignedIn) -> None:
    """Two people of one name have workspaces of one name; the other one's is hers, and full."""
    now = int(time.time())
    namesake = users.sign_up("ada@elsewhere.example", "Ada", RIGHT, hasher=PlainHasher(), now=now)
    other = enter(namesake.id, now=now).user
    team.accept(other, team.invite(ada, Role.VIEWER, "", now=now).token, now=now)
    leaving.delete_workspace(ada, now=3)
    assert other.workspace_name == ada.workspace_name
    assert team.gone(other) == (Gone(ada.workspace_name, "Ada"),)


def leave(eve: SignedIn) -> None:
    leaving.delete_workspace(eve, now=4)


def be_taken_out(eve: SignedIn) -> None:
    team.remove(eve, eve.id, now=4)


@pytest.mark.parametrize("go", [leave, be_taken_out])
def test_word_of_a_workspace_outlives_the_next_one(go: Callable[[SignedIn], None], ada: SignedIn) -> None:
    """It is kept for the oldest workspace that is left, which may go before its reader comes back."""
    now = int(time.time())
    eve, bob = (join(name, now=now).user for name in ("Eve", "Bob"))
    team.accept(eve, team.invite(ada, Role.VIEWER, "", now=now).token, now=now)
    team.accept(bob, team.invite(eve, Role.OWNER, "", now=now).token, now=now)
    leaving.delete_workspace(ada, now=3)
    go(eve)
    assert Gone(ada.workspace_name, "Ada") in team.gone(eve)


@pytest.mark.parametrize("role", [Role.MEMBER, Role.VIEWER])
def test_only_an_owner_deletes(ada: SignedIn, role: Role) -> None:
    with pytest.raises(NotYourRole):
        leaving.delete_workspace(replace(ada, role=role), now=3)
    assert [each.account for each in connections.of(ada.workspace)] == [A]


def test_an_account_that_stripe_was_not_told_of_is_erased_and_told_later(
    ada: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(_account: str) -> None:
        raise StripeUnavailable

    monkeypatch.setattr(oauth, "deauthorize", silent)
    assert leaving.delete_workspace(ada, now=3) == (Left(A, told=False),)
    assert left_of(ada.workspace) == {}


# --- With a plan ------------------------------------------------------------------------------------------------------


def test_the_plan_is_cancelled_at_stripe_and_open_pages_are_closed(buyer: Buyer, told: list[str]) -> None:
    buyer.buy(PRO)
    (running,) = buyer.door_objects("subscription")
    assert running["status"] == "trialing"
    leaving.delete_workspace(buyer.user, now=int(time.time()))
    (ended,) = buyer.door_objects("subscription")
    assert ended["status"] == "canceled"


def test_what_was_begun_can_not_be_paid_any_more(buyer: Buyer, told: list[str]) -> None:
    url = checkout.begin(buyer.user, "pro", Every.MONTH, now=int(time.time()))
    leaving.delete_workspace(buyer.user, now=int(time.time()))
    assert buyer.submit(url, "4242 4242 4242 4242").status_code != 303
    assert buyer.door_objects("subscription") == []


def test_nothing_is_deleted_while_stripe_does_not_answer(buyer: Buyer, told: list[str]) -> None:
    buyer.buy(PRO)
    paying.connect(buyer.user.workspace, A)
    buyer.door("faults", kind="500", path="/v1/subscriptions")
    with pytest.raises(PlanNotCancelled) as failed:
        leaving.delete_workspace(buyer.user, now=int(time.time()))
    assert "nothing was deleted" in failed.value.message
    assert [each.account for each in connections.of(buyer.user.workspace)] == [A]
    assert buyer.access.state is State.TRIAL
    assert told == []


# --- Disconnecting ----------------------------------------------------------------------------------------------------


def test_the_plan_is_offered_to_run_out_only_with_the_last_account(ada: SignedIn) -> None:
    assert leaving.running(ada.workspace) is None
    paying.pay(ada.workspace)
    plan = leaving.running(ada.workspace)
    assert plan is not None
    assert plan.name == "Pro"
    assert leaving.last_account(ada.workspace, A)
    paying.connect(ada.workspace, "acct_third")
    assert not leaving.last_account(ada.workspace, A)


def test_an_erased_account_is_named_by_no_customer_of_ours(ada: SignedIn) -> None:
    with transaction() as db:
        billing.keep_customer(db, BillingCustomer(workspace=ada.workspace, customer="cus_ours", connected=A, created=1))
    connections.disconnect(ada.workspace, A, now=3, erase=True)
    with reading() as db:
        kept = billing.customer(db, ada.workspace)
        assert kept is not None
        assert (kept.customer, kept.connected) == ("cus_ours", None)
        assert rows.known(db, A) is None
    assert access.of(ada.workspace).state is State.FREE
