"""Notes about customers: written by who may, changed by who wrote them, and never seen by another workspace."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lib.accounts import customer_notes
from lib.accounts.sessions import SignedIn
from lib.errors import BadNote, NotYourRole, UnknownAccount, UnknownNote
from lib.store import connections, people
from lib.store.engine import transaction
from lib.store.tables import Account, Connection
from tests.accounts.members import NOON, join

A = "acct_1"


@pytest.fixture
def owner(ada: SignedIn) -> SignedIn:
    """Ada, with an account connected."""
    with transaction() as db:
        connections.keep_account(db, Account(id=A, name="Lumen Press", created=NOON))
        people.add(db, Connection(id="con_1", workspace=ada.workspace, account=A, kind="oauth", created=NOON))
    return ada


@pytest.fixture
def member(owner: SignedIn) -> SignedIn:
    return replace(join("Bob").user, workspace=owner.workspace, role="member")


def add(user: SignedIn, text: str, *, at: int = NOON) -> str:
    return customer_notes.add(user, A, "cus_1", text, now=at)


def texts(user: SignedIn, customer: str = "cus_1") -> list[tuple[str, str | None, bool]]:
    return [(each.text, each.author, each.mine) for each in customer_notes.of(user, A, customer)]


def test_notes_are_read_by_the_team_newest_first(owner: SignedIn, member: SignedIn) -> None:
    add(owner, "  Asked for an invoice.\nBy post. ")
    add(member, "Called back.", at=NOON + 60)
    assert texts(owner) == [("Called back.", "Bob", False), ("Asked for an invoice.\nBy post.", "Ada", True)]
    assert texts(owner, "cus_2") == []


def test_one_changes_only_what_one_wrote_and_deletes_what_the_team_wrote(owner: SignedIn, member: SignedIn) -> None:
    note = add(owner, "Old")
    with pytest.raises(UnknownNote):
        customer_notes.rewrite(member, note, "Not my words")
    customer_notes.rewrite(owner, note, "New")
    assert texts(member) == [("New", "Ada", False)]
    customer_notes.remove(member, note)
    assert texts(owner) == []


def test_a_viewer_reads_and_writes_nothing(owner: SignedIn, member: SignedIn) -> None:
    note, viewer = add(owner, "Read me"), replace(member, role="viewer")
    assert texts(viewer) == [("Read me", "Ada", False)]
    for act in (
        lambda: add(viewer, "x"),
        lambda: customer_notes.rewrite(viewer, note, "x"),
        lambda: customer_notes.remove(viewer, note),
    ):
        with pytest.raises(NotYourRole):
            act()


def test_another_workspace_finds_nothing(owner: SignedIn, eve: SignedIn) -> None:
    note = add(owner, "Ours")
    with pytest.raises(UnknownAccount):
        customer_notes.of(eve, A, "cus_1")
    with pytest.raises(UnknownAccount):
        add(eve, "x")
    for act in (lambda: customer_notes.rewrite(eve, note, "x"), lambda: customer_notes.remove(eve, note)):
        with pytest.raises(UnknownNote):
            act()
    assert texts(owner) == [("Ours", "Ada", True)]


@pytest.mark.parametrize("text", ["", " \n ", "x" * 2_001])
def test_a_note_says_something_and_not_too_much(text: str, owner: SignedIn) -> None:
    with pytest.raises(BadNote):
        add(owner, text)
