"""Who was called: marked for the whole team and one day, by whom, taken back, and never seen by another workspace."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from lib.accounts import calls
from lib.accounts.sessions import SignedIn
from lib.errors import NotYourRole, UnknownAccount
from lib.store import connections, people
from lib.store.engine import reading, transaction
from lib.store.tables import Account, Connection, CustomerCall
from tests.accounts.members import NOON, join

A, TODAY, TOMORROW = "acct_1", date(2026, 11, 24), date(2026, 11, 25)


@pytest.fixture
def owner(ada: SignedIn) -> SignedIn:
    """Ada, with an account connected."""
    with transaction() as db:
        connections.keep_account(db, Account(id=A, name="Lumen Press", created=NOON))
        people.add(db, Connection(id="con_1", workspace=ada.workspace, account=A, kind="oauth", created=NOON))
    return ada


def test_a_mark_is_the_team_s_for_a_day(owner: SignedIn) -> None:
    bob = replace(join("Bob").user, workspace=owner.workspace, role="member")
    calls.mark(owner, A, "cus_1", TODAY, now=NOON)
    calls.mark(bob, A, "cus_1", TODAY, now=NOON + 1)  # at once: the first one's stays
    calls.mark(bob, A, "cus_2", TODAY, now=NOON)
    assert calls.of(bob, TODAY) == {"cus_1": "Ada", "cus_2": "Bob"}
    assert calls.of(owner, TOMORROW) == {}
    calls.undo(bob, "cus_1", TODAY)
    assert calls.of(owner, TODAY) == {"cus_2": "Bob"}


def test_viewers_mark_nothing_and_others_see_nothing(owner: SignedIn, eve: SignedIn) -> None:
    calls.mark(owner, A, "cus_1", TODAY, now=NOON)
    viewer = replace(owner, role="viewer")
    assert calls.of(viewer, TODAY) == {"cus_1": "Ada"}
    for act in (
        lambda: calls.mark(viewer, A, "cus_2", TODAY, now=NOON),
        lambda: calls.undo(viewer, "cus_1", TODAY),
    ):
        with pytest.raises(NotYourRole):
            act()
    with pytest.raises(UnknownAccount):
        calls.mark(eve, A, "cus_1", TODAY, now=NOON)
    calls.undo(eve, "cus_1", TODAY)
    assert (calls.of(eve, TODAY), calls.of(owner, TODAY)) == ({}, {"cus_1": "Ada"})


def test_marks_go_with_the_account(owner: SignedIn) -> None:
    calls.mark(owner, A, "cus_1", TODAY, now=NOON)
    with transaction() as db:
        connections.forget(db, A)
    with reading() as db:
        assert db.get(CustomerCall, (owner.workspace, A, "cus_1", TODAY.isoformat())) is None
