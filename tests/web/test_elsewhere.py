"""Links say whose figures they are: another workspace of the reader's is offered, and one of others is not told of."""

from __future__ import annotations

import pytest

from lib.accounts import sessions, team, views
from lib.accounts.roles import Role
from lib.accounts.sessions import SignedIn
from lib.api import answers
from lib.errors import UnknownAccount
from lib.web import guard
from tests.accounts.members import Member, join
from tests.api.test_metrics import connect
from tests.web.conftest import Business, Open

EVES = ("acct_eve1", "acct_eve2")


@pytest.fixture
def eve(business: Business) -> SignedIn:
    """Eve, who has two accounts in a workspace of her own."""
    eve = join("Eve", now=answers.now()).user
    for account in EVES:
        connect(Member(eve, "token"), account, 1000)
    return eve


@pytest.fixture
def both(business: Business, eve: SignedIn, monkeypatch: pytest.MonkeyPatch) -> SignedIn:
    """Eve at Ada's, where she is a viewer. Each click asks the store who she is, as outside of tests."""
    team.accept(eve, team.invite(business.user, Role.VIEWER, "", now=1).token, now=1)

    def now() -> SignedIn:
        found = sessions.find(eve.session, now=answers.now())
        assert found is not None
        return found

    monkeypatch.setattr(guard, "current_user", now)
    assert now().workspace == business.user.workspace
    return eve


@pytest.mark.parametrize("asked", ["the workspace", EVES[0]])
def test_what_is_in_another_workspace_of_mine_is_one_click_away(asked: str, both: SignedIn, open_page: Open) -> None:
    asked = both.workspace if asked == "the workspace" else asked
    app = open_page("overview", account=asked)
    assert not app.get("plotly_chart")
    assert app.info[0].value == "This link is about **Eve's workspace**. You are looking at **Ada's workspace**."
    app.button(key=f"switch-{both.workspace}").click().run()
    (choice,) = [each for each in app.selectbox if each.label == "Account"]
    assert choice.value == asked
    found = sessions.find(both.session, now=answers.now())
    assert found is not None
    assert found.workspace == both.workspace


def test_it_is_offered_where_nothing_is_connected_too(both: SignedIn, business: Business, open_page: Open) -> None:
    empty = join("Grace", now=answers.now()).user
    team.accept(both, team.invite(empty, Role.VIEWER, "", now=1).token, now=1)
    app = open_page("metric", slug="mrr", account=business.account)
    assert [each.label for each in app.button if each.key == f"switch-{business.user.workspace}"]


def test_what_is_somebody_else_s_is_as_unknown_as_what_is_not(
    eve: SignedIn, business: Business, open_page: Open
) -> None:
    for asked in (eve.workspace, EVES[0], "acct_no_such", "ws_no_such"):
        app = open_page("overview", account=asked)
        (said,) = [each.value for each in app.warning]
        assert said.replace("\\", "") == UnknownAccount(account=asked).message
        assert not [each for each in app.button if str(each.key).startswith("switch-")]


def test_the_address_of_all_accounts_names_the_workspace(
    eve: SignedIn, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "current_user", lambda: eve)
    app = open_page("overview", account="all")
    assert app.query_params["account"] in (eve.workspace, [eve.workspace])
    (choice,) = [each for each in app.selectbox if each.label == "Account"]
    choice.set_value(EVES[1]).run()
    (choice,) = [each for each in app.selectbox if each.label == "Account"]
    choice.set_value(eve.workspace).run()
    assert app.query_params["account"] in (eve.workspace, [eve.workspace])


def test_a_view_of_all_accounts_names_the_workspace(
    eve: SignedIn, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lib.web import views as web_views

    monkeypatch.setattr(guard, "current_user", lambda: eve)
    address = open_page("overview", account="all").query_params
    monkeypatch.setattr(web_views.st, "query_params", _Address(address))
    views.save(eve, "All", page="", query=web_views.chosen(eve), shared=False, now=1)
    (kept,) = views.of(eve)
    assert f"account={eve.workspace}" in kept.address


@pytest.mark.parametrize(("kept", "widget"), [({}, ()), ({"status": ["Paying"]}, ("status",))])
def test_a_view_keeps_a_filter_by_status_and_no_passing_status(
    kept: dict[str, list[str]], widget: tuple[str, ...], business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lib.web import views as web_views

    monkeypatch.setattr(web_views.st, "query_params", _Address(status="Paying"))
    monkeypatch.setattr(web_views.st, "session_state", {key: ["Paying"] for key in widget})
    found = web_views.chosen(business.user)
    assert {name: each for name, each in found.items() if name == "status"} == kept


class _Address(dict[str, str]):
    """The address of a page that was run, as the sidebar finds it."""

    def get_all(self, name: str) -> list[str]:
        found = self[name]
        return found if isinstance(found, list) else [found]
