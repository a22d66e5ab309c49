"""Saved views: one's own are one's own, the team's are for the team, and nobody reaches into another workspace."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lib.accounts import views
from lib.accounts.sessions import SignedIn
from lib.errors import AppError, BadView, NotYourRole, TooManyViews, UnknownView, ViewNameTaken
from lib.store import people, tables
from lib.store.engine import transaction
from tests.accounts.members import NOON, join

QUERY = {"slug": ["mrr"], "days": ["2026-01-01", "2026-03-31"]}


def save(user: SignedIn, name: str, *, shared: bool = False) -> str:
    return views.save(user, name, page="metric", query=QUERY, shared=shared, now=NOON)


def names(user: SignedIn) -> list[str]:
    return [each.name for each in views.of(user)]


@pytest.fixture
def bob(ada: SignedIn) -> SignedIn:
    """A member of Ada's workspace."""
    own = join("Bob").user
    with transaction() as db:
        people.add(db, tables.Membership(user=own.id, workspace=ada.workspace, role="member"))
    return replace(own, workspace=ada.workspace, role="member")


def test_a_view_is_an_address_with_a_name(ada: SignedIn) -> None:
    save(ada, "  Spring   MRR ")
    (view,) = views.of(ada)
    assert (view.name, view.mine, view.shared, view.author) == ("Spring MRR", True, False, "Ada")
    assert view.address == "/metric?slug=mrr&days=2026-01-01&days=2026-03-31"


def test_only_shared_views_are_seen_by_the_team_and_none_by_others(ada: SignedIn, bob: SignedIn, eve: SignedIn) -> None:
    save(ada, "Own")
    save(ada, "Team's", shared=True)
    assert names(ada) == ["Own", "Team's"]
    assert names(bob) == ["Team's"]
    assert names(eve) == []
    assert [each.mine for each in views.of(bob)] == [False]


def test_what_a_role_may_not_do_is_refused(ada: SignedIn, bob: SignedIn) -> None:
    viewer = replace(bob, role="viewer")
    team = save(ada, "Team's", shared=True)
    own = save(viewer, "Mine")
    for act in (
        lambda: save(viewer, "Ours", shared=True),
        lambda: views.remove(viewer, team),
        lambda: views.rename(viewer, team, "Changed"),
        lambda: views.share(viewer, own, shared=True),
    ):
        with pytest.raises(NotYourRole):
            act()
    views.rename(viewer, own, "My own")
    assert names(viewer) == ["My own", "Team's"]
    views.remove(viewer, own)
    views.remove(bob, team)
    assert names(ada) == []


def test_nobody_touches_what_is_not_theirs(ada: SignedIn, bob: SignedIn, eve: SignedIn) -> None:
    own = save(ada, "Own")
    team = save(ada, "Team's", shared=True)
    for act in (
        lambda: views.remove(bob, own),
        lambda: views.rename(bob, own, "x"),
        lambda: views.remove(eve, team),
        lambda: views.share(bob, team, shared=False),
        lambda: views.remove(ada, "view_nothing"),
    ):
        with pytest.raises(UnknownView):
            act()
    assert names(ada) == ["Own", "Team's"]


def test_a_name_is_needed_and_taken_once(ada: SignedIn, bob: SignedIn) -> None:
    cases: list[tuple[str, type[AppError]]] = [("  ", BadView), ("x" * 61, BadView), ("Own", ViewNameTaken)]
    first = save(ada, "Own")
    for name, error in cases:
        with pytest.raises(error):
            save(ada, name)
    save(bob, "Own")
    other = save(ada, "Other")
    with pytest.raises(ViewNameTaken):
        views.rename(ada, other, "Own")
    views.rename(ada, first, "Own")
    views.share(ada, first, shared=True)
    assert names(bob) == ["Own", "Own"]


def test_there_is_an_end_to_how_many(ada: SignedIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "MOST", 1)
    save(ada, "One")
    with pytest.raises(TooManyViews):
        save(ada, "Two")
