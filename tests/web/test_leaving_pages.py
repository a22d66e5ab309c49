"""Leaving, in the dialogs: the plan may run out with the last account, and a workspace goes only by its name."""

from __future__ import annotations

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from lib.accounts import connections, team
from lib.accounts.roles import Role
from lib.accounts.sessions import SignedIn
from lib.accounts.team import Gone
from lib.billing import ending, leaving
from lib.errors import PlanNotCancelled, StripeUnavailable
from lib.gateway import oauth
from lib.web import gone as farewell
from lib.web import guard
from tests import paying
from tests.web.conftest import Open
from tests.web.test_plan_section import SOON, day, fails, failures, has, html

A = "acct_lumen0press1"


@pytest.fixture
def ada(newcomer: SignedIn, monkeypatch: pytest.MonkeyPatch) -> SignedIn:
    """An owner with one account, on a server that sells plans."""
    paying.sell(monkeypatch)
    paying.connect(newcomer.workspace, A)
    monkeypatch.setattr(oauth, "deauthorize", lambda _account: None)
    return newcomer


def disconnecting() -> None:
    from lib.accounts import connections
    from lib.web import guard
    from lib.web.settings import connection

    user = guard.require_login()
    for each in connections.of(user.workspace)[:1]:
        connection.ending(user, each)


def deleting() -> None:
    from lib.web import guard
    from lib.web.settings import leaving

    leaving.deleting(guard.require_login())


def asked(dialog: object) -> AppTest:
    return AppTest.from_function(dialog, default_timeout=60).run()  # type: ignore[arg-type] # a script


def go_on(app: AppTest, name: str, key: str) -> AppTest:
    app.text_input[0].set_value(name)
    return app.button(key=key).click().run()


# --- Disconnecting ----------------------------------------------------------------------------------------------------


def test_the_last_account_may_take_the_plan_along(ada: SignedIn, monkeypatch: pytest.MonkeyPatch) -> None:
    has(ada)
    let_go: list[SignedIn] = []
    monkeypatch.setattr(ending, "at_period_end", let_go.append)
    app = asked(disconnecting)
    (offered,) = app.checkbox
    assert offered.label == f"Also cancel Pro at the end of the period on {day(SOON)}"
    assert not offered.value
    assert "Otherwise Pro goes on and is charged as before" in app.caption[-1].value
    offered.check().run()
    go_on(app, "Shop 1", "disconnect-now")
    assert let_go == [ada]
    assert "The plan ends with its current period." in app.session_state["settings-said"]
    assert connections.of(ada.workspace) == ()


def test_unless_it_is_asked_for_the_plan_goes_on(ada: SignedIn, monkeypatch: pytest.MonkeyPatch) -> None:
    has(ada)
    monkeypatch.setattr(ending, "at_period_end", lambda _user: pytest.fail("cancelled"))
    go_on(asked(disconnecting), "Shop 1", "disconnect-now")
    assert connections.of(ada.workspace) == ()


@pytest.mark.parametrize("row", [None, {"ends_at": SOON}])
def test_without_a_plan_that_goes_on_nothing_is_offered(ada: SignedIn, row: dict[str, object] | None) -> None:
    if row:
        has(ada, **row)
    assert not asked(disconnecting).checkbox


def test_with_another_account_left_nothing_is_offered(ada: SignedIn) -> None:
    has(ada)
    paying.connect(ada.workspace, "acct_second")
    assert not asked(disconnecting).checkbox


def test_a_plan_that_could_not_be_cancelled_is_told(ada: SignedIn, monkeypatch: pytest.MonkeyPatch) -> None:
    has(ada)
    monkeypatch.setattr(ending, "at_period_end", fails(StripeUnavailable()))
    app = asked(disconnecting)
    app.checkbox[0].check().run()
    go_on(app, "Shop 1", "disconnect-now")
    assert "The plan continues, though" in app.session_state["settings-said"]
    assert connections.of(ada.workspace) == ()


# --- Deleting the workspace -------------------------------------------------------------------------------------------


def test_a_workspace_goes_only_by_its_name(ada: SignedIn) -> None:
    app = asked(deleting)
    go_on(app, "Somebody else's", "delete-now")
    assert "nothing was done" in app.error[0].value
    assert ada.workspace in team.workspaces(ada)
    go_on(app, ada.workspace_name, "delete-now")
    assert ada.workspace not in team.workspaces(ada)
    assert "window.location.assign" in html(app)
    assert [each.value for each in app.success] == ["The workspace is deleted. A new page opens in a moment …"]


IS_GONE = "is deleted, with all that was in it."
EMPTY = "ws_made"


@pytest.mark.parametrize(
    ("sentence", "gone"),
    [
        (f"The workspace **Grace** {IS_GONE} You have a new, empty one of that name now.", Gone("Grace", "", EMPTY)),
        (f"The workspace **Acme** {IS_GONE} You have a new, empty one now: **Grace**.", Gone("Acme", "", EMPTY)),
        (f"The workspace **Grace** {IS_GONE} You are in another one of that name now.", Gone("Grace", "")),
        (f"The workspace **Grace** {IS_GONE} You are in another one of that name now.", Gone("Grace", "", "ws_left")),
        (f"The workspace **Acme** {IS_GONE} You are in **Grace** now.", Gone("Acme", "")),
        (
            "The workspace **Ac\\*me** was deleted by Ada, with all that was in it. You are in **Grace** now.",
            Gone("Ac*me", "Ada"),
        ),
    ],
)
def test_whoever_was_in_a_deleted_workspace_is_told(sentence: str, gone: Gone) -> None:
    assert farewell.said(gone, EMPTY, "Grace") == sentence


def test_it_is_told_until_another_page_is_opened(ada: SignedIn) -> None:
    def page() -> None:
        import streamlit as st

        from lib.web import gone, guard

        gone.tell(guard.require_login(), moved=st.toggle("moved"))

    leaving.delete_workspace(ada, now=3)
    app = asked(page)
    assert [len(app.info), len(app.run().info), len(app.toggle[0].set_value(True).run().info)] == [1, 1, 0]


def test_who_pays_is_told_that_the_plan_ends_at_once(ada: SignedIn, monkeypatch: pytest.MonkeyPatch) -> None:
    has(ada, ends_at=SOON)
    app = asked(deleting)
    assert any("Pro is cancelled at once" in each.value for each in app.markdown)
    monkeypatch.setattr(leaving.ending, "at_once", fails(StripeUnavailable()))
    go_on(app, ada.workspace_name, "delete-now")
    assert failures(app) == [PlanNotCancelled(reason=StripeUnavailable().message).message]
    assert [each.account for each in connections.of(ada.workspace)] == [A]


def test_only_owners_delete(ada: SignedIn, open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not open_page("settings", section="Data").button(key="delete-workspace").disabled
    monkeypatch.setattr(guard, "current_user", lambda: replace(ada, role=Role.MEMBER))
    assert open_page("settings", section="Data").button(key="delete-workspace").disabled
    app = asked(deleting)
    go_on(app, ada.workspace_name, "delete-now")
    assert "role" in failures(app)[0]
    assert ada.workspace in team.workspaces(ada)
