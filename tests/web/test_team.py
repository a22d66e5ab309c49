"""The team in the pages: links made and shown once, invitations accepted, and viewers who can change nothing."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from lib.accounts import team
from lib.accounts.roles import Role
from lib.api import answers
from lib.errors import LastOwner
from lib.web import guard, workspace
from lib.web.settings import team as team_settings
from tests.accounts.members import join
from tests.web.conftest import Business, Open


def press(app: AppTest, label: str) -> None:
    """Click the button of this label."""
    next(each for each in app.button if each.label == label).click().run()


def test_an_owner_makes_a_link_that_is_shown_once(business: Business, open_page: Open) -> None:
    app = open_page("settings", section="Team")
    next(each for each in app.text_input if each.label == "For whom").input("Grace")
    press(app, "Make a link")
    (shown,) = [each.value for each in app.code]
    token = re.fullmatch(r"http://\S+/join\?invite=([\w-]+)", shown)
    assert token
    assert team.read(token[1], now=answers.now()).by == "Ada"
    app.run()
    assert not app.code
    assert any("**Grace**, invited as a member" in each.value for each in app.markdown)


def test_the_link_asks_before_one_joins(business: Business, open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    token = team.invite(business.user, Role.VIEWER, "", now=answers.now()).token
    eve = join("Eve", now=answers.now()).user
    monkeypatch.setattr(guard, "current_user", lambda: eve)
    app = open_page("join", invite=token)
    assert "Ada invites you to **Ada's workspace** as a viewer." in [each.value for each in app.markdown]
    press(app, "Join")
    assert [person.name for person in team.members(business.user)] == ["Ada", "Eve"]
    again = open_page("join", invite=token)
    assert [each.value for each in again.warning] == [
        "This invitation is no longer valid: it was used, taken back, or is older than seven days. Ask for a new link."
    ]


def with_grace(business: Business, role: Role) -> str:
    """Grace joins Ada's team; her id."""
    grace = join("Grace", now=answers.now()).user
    team.accept(grace, team.invite(business.user, role, "", now=answers.now()).token, now=answers.now())
    return grace.id


def roles_of(business: Business) -> dict[str, Role]:
    return {each.name: each.role for each in team.members(business.user)}


def choose(app: AppTest, whose: str, role: Role) -> None:
    next(each for each in app.selectbox if each.label == f"Role of {whose}").set_value(role).run()


def test_an_owner_who_lowers_their_own_role_is_asked_first(
    business: Business, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_grace(business, Role.OWNER)
    app = open_page("settings", section="Team")
    choose(app, "Ada", Role.MEMBER)
    assert roles_of(business)["Ada"] is Role.OWNER
    assert team_settings.lost(Role.MEMBER) in [each.value for each in app.markdown]
    assert {"Become a member", "Stay an owner"} <= {each.label for each in app.button}
    app.run()  # as after the dialog was closed
    assert next(each.value for each in app.selectbox if each.label == "Role of Ada") is Role.OWNER

    ada = next(each for each in team.members(business.user) if each.name == "Ada")
    for pressed, role in (("Stay", Role.OWNER), ("Become", Role.MEMBER)):
        with monkeypatch.context() as patch:
            patch.setattr(st, "button", lambda label, *_, by=pressed, **__: label.startswith(by))
            patch.setattr(st, "rerun", lambda **_: None)
            team_settings._lower.__wrapped__(business.user, ada, Role.MEMBER)  # type: ignore[attr-defined]
        assert roles_of(business)["Ada"] is role


def test_another_role_is_told_and_can_be_taken_back(business: Business, open_page: Open) -> None:
    with_grace(business, Role.MEMBER)
    app = open_page("settings", section="Team")
    choose(app, "Grace", Role.VIEWER)
    assert roles_of(business)["Grace"] is Role.VIEWER
    assert [each.value for each in app.success] == ["Grace is now a viewer."]
    press(app, "Undo")
    assert roles_of(business)["Grace"] is Role.MEMBER
    assert [each.value for each in app.success] == ["Grace is a member again."]
    assert "Undo" not in [each.label for each in app.button]


def test_the_invitations_that_a_role_takes_with_it_are_counted(business: Business, open_page: Open) -> None:
    grace = with_grace(business, Role.OWNER)
    team.invite(replace(business.user, id=grace), Role.VIEWER, "", now=answers.now())
    app = open_page("settings", section="Team")
    choose(app, "Grace", Role.MEMBER)
    assert [each.value for each in app.success] == [team_settings.given("Grace", Role.MEMBER, 1)]


def test_the_only_owner_can_t_be_lowered_nor_leave(business: Business, open_page: Open) -> None:
    with_grace(business, Role.MEMBER)
    app = open_page("settings", section="Team")
    assert {each.label: each.disabled for each in app.selectbox if each.label.startswith("Role of")} == {
        "Role of Ada": True,
        "Role of Grace": False,
    }
    assert next(each for each in app.button if each.label == "Leave").disabled
    assert any(each.value.startswith("You are the only owner.") for each in app.caption)
    with pytest.raises(LastOwner):
        team.set_role(business.user, business.user.id, Role.VIEWER)


@pytest.mark.parametrize(
    ("expected", "ended"),
    [
        ("Bo\\*b is now a member.", 0),
        ("Bo\\*b is now a member. An open invitation they made no longer works.", 1),
        ("Bo\\*b is now a member. 3 open invitations they made no longer work.", 3),
    ],
)
def test_what_a_role_takes_with_it_is_told(expected: str, ended: int) -> None:
    assert team_settings.given("Bo*b", Role.MEMBER, ended) == expected


def test_a_viewer_is_told_who_can(business: Business, open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "current_user", lambda: replace(business.user, role=Role.VIEWER))
    connect = open_page("connect")
    assert any("An owner of this workspace can do this" in each.value for each in connect.info)
    assert not [each for each in connect.button if each.label == "Open the demo business"]
    settings = open_page("settings", section="Team")
    assert not [each for each in settings.button if each.label == "Make a link"]


def test_the_link_is_an_address_of_this_server() -> None:
    assert team_settings.link("a b").endswith("/join?invite=a+b")


def test_workspaces_of_one_name_are_told_apart() -> None:
    names = {"a": "Ada's", "b": "Bolt", "c": "Ada's"}
    assert workspace.apart(names) == {"a": "Ada's", "b": "Bolt", "c": "Ada's (2)"}
