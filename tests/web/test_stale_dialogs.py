"""A dialog may stand open while a role or a workspace changes: what it writes is asked of who looks now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace

import pytest
import streamlit as st

from lib.accounts import connections, roles, team, views
from lib.accounts.roles import Right, Role
from lib.errors import NotYourRole, WorkspaceChanged
from lib.gateway import oauth
from lib.ledger.rules import Rules
from lib.metrics.segments import Condition, Op, Segment
from lib.reports import rules, segments
from lib.reports.rules import Counting
from lib.web import asking, guard, rules_page, segment_dialog
from lib.web import views as web_views
from lib.web.settings import data
from lib.web.settings import team as team_settings
from tests.accounts.members import join
from tests.web.conftest import Business

GERMANS = Segment("Germans", (Condition("country", Op.IS, ("DE",)),))


def at(business: Business) -> SimpleNamespace:
    """What a dialog holds of its page."""
    return SimpleNamespace(user=business.user)


def save_segment(business: Business) -> None:
    segment_dialog._save(at(business), segment_dialog._Draft("metric", None), "New", GERMANS.conditions)


def change_segment(business: Business) -> None:
    segment_dialog._save(at(business), segment_dialog._Draft("metric", GERMANS), "New", GERMANS.conditions)


def delete_segment(business: Business) -> None:
    segment_dialog._ask(at(business), segment_dialog._Draft("metric", GERMANS), GERMANS)


def keep_rules(business: Business) -> None:
    rules_page.confirming(business.account, "Halyard", Counting(Rules(churn_at_click=True), "UTC", "usd"))


def delete_data(business: Business) -> None:
    for ended in connections.ended(business.user.workspace):
        data.forgetting(business.user, ended)


def change_views(business: Business) -> None:
    web_views.managing(business.user)


def remove_somebody(business: Business) -> None:
    grace = next(each for each in team.members(business.user) if each.name == "Grace")
    team_settings._remove.__wrapped__(business.user, grace)  # type: ignore[attr-defined]


def lower_oneself(business: Business) -> None:
    ada = next(each for each in team.members(business.user) if each.name == "Ada")
    team_settings._lower.__wrapped__(business.user, ada, Role.VIEWER)  # type: ignore[attr-defined]


DIALOGS: dict[str, Callable[[Business], None]] = {
    act.__name__: act
    for act in (
        save_segment,
        change_segment,
        delete_segment,
        keep_rules,
        delete_data,
        change_views,
        remove_somebody,
        lower_oneself,
    )
}


@pytest.fixture
def said(business: Business, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A workspace with something of every kind; every button of a dialog is clicked. What goes wrong is said here."""
    ada, errors = business.user, []
    segments.save(ada.workspace, GERMANS, now=1)
    views.save(ada, "Ours", page="metric", query={}, shared=True, now=1)
    team.accept(join("Grace").user, team.invite(ada, Role.MEMBER, "", now=1).token, now=1)
    monkeypatch.setattr(oauth, "deauthorize", lambda _account: None)
    for name in ("button", "form_submit_button"):
        monkeypatch.setattr(st, name, lambda *_, **__: True)
    monkeypatch.setattr(data, "named", lambda *_: True)
    monkeypatch.setattr(asking, "confirmed", lambda *_, **__: True)
    monkeypatch.setattr(st, "error", errors.append)
    monkeypatch.setattr(st, "rerun", lambda **_: pytest.fail("something was done"))
    return errors


def standing(business: Business) -> object:
    """All that a dialog could have changed."""
    ada = business.user
    return (
        segments.of(ada.workspace), [each.name for each in views.of(ada)],
        [(each.name, each.role) for each in team.members(ada)],
        connections.of(ada.workspace), connections.ended(ada.workspace), rules.current(business.account),
    )  # fmt: skip


@pytest.mark.parametrize("name", DIALOGS)
@pytest.mark.parametrize("elsewhere", [False, True])
def test_what_a_dialog_writes_is_asked_of_who_looks_now(
    name: str, elsewhere: bool, business: Business, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ada opened the dialog as an owner. By now she is a viewer, or looks at a workspace of her own."""
    now = replace(business.user, role=Role.VIEWER)
    if elsewhere:
        other = join("Eve").user
        now = replace(business.user, workspace=other.workspace, role=Role.OWNER)
    if name == "delete_data":
        connections.disconnect(business.user.workspace, business.account, now=1_900_000_000)
    before = standing(business)
    monkeypatch.setattr(guard, "current_user", lambda: now)
    DIALOGS[name](business)
    assert standing(business) == before
    assert said or name == "change_views"  # a viewer is offered nobody's views there


def test_who_is_asked(business: Business, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = business.user
    assert guard.still(ada) == ada
    monkeypatch.setattr(guard, "current_user", lambda: replace(ada, role=Role.MEMBER))
    assert guard.require_right(Right.EDIT, opened=ada).role == Role.MEMBER
    with pytest.raises(NotYourRole):
        guard.require_right(Right.MANAGE, opened=ada)
    monkeypatch.setattr(guard, "current_user", lambda: replace(ada, workspace="ws_other"))
    with pytest.raises(WorkspaceChanged):
        guard.require_right(Right.MANAGE, opened=ada)
    assert roles.may(ada, Right.MANAGE)
