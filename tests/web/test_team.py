"""The team in the pages: links made and shown once, invitations accepted, and viewers who can change nothing."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from lib.accounts import team
from lib.accounts.roles import Role
from lib.api import answers
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
