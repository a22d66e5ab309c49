"""The demo business beside real accounts, on pages: opened with a click, marked, kept apart, removed with a click."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from lib.accounts import connections
from lib.accounts.roles import Role
from lib.accounts.sessions import SignedIn
from lib.api import answers
from lib.billing import access
from lib.metrics.query import Query
from lib.reports import books, door
from lib.settings import Settings, Standin
from lib.store.engine import migrate
from lib.sync import runtime, work
from lib.web import guard, made_up
from tests.accounts.members import Member, join
from tests.api.test_metrics import connect
from tests.sampling import ON_SQLITE, Server, beside_real_accounts
from tests.web.conftest import Business, Open
from tests.web.test_analysis_pages import html

pytestmark = pytest.mark.sqlite(reason=ON_SQLITE)
OPEN = "Open the demo business"
OWN = "acct_own"


@pytest.fixture
def server(
    use_settings: Callable[..., Settings], data_dir: Path, world_cache: Path, standin: Standin
) -> Iterator[Server]:
    """A server with real keys, whose sample's stand-in runs."""
    access.forget()
    with beside_real_accounts(use_settings, data_dir, world_cache, standin) as found:
        yield found
    access.forget()


@pytest.fixture
def ada(server: Server, monkeypatch: pytest.MonkeyPatch) -> SignedIn:
    """Somebody signed in who has connected nothing yet."""
    migrate()
    user = join("Ada", now=answers.now()).user
    monkeypatch.setattr(guard, "current_user", lambda: user)
    return user


@pytest.fixture
def opened(ada: SignedIn) -> str:
    """Her sample, with all its history."""
    account = connections.connect_demo(ada.workspace, now=answers.now())
    work.run(account)
    return account


@pytest.fixture
def own(ada: SignedIn, opened: str) -> str:
    """An account of her own beside it, connected before."""
    connect(Member(ada, "token"), OWN, 1000, 2050, 1)
    return OWN


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The accounts whose sync was asked for."""
    accounts: list[str] = []
    monkeypatch.setattr(runtime, "start", accounts.append)
    return accounts


def said(app: AppTest) -> str:
    kinds = (app.markdown, app.caption, app.info, app.warning, app.error, app.success)
    return "\n".join(each.value for kind in kinds for each in kind).replace("\\", "")


def labels(app: AppTest) -> list[str]:
    found = [*(each.label for each in app.button), *(each.proto.label for each in app.get("page_link"))]
    return [each.replace("\\", "") for each in found]


def press(app: AppTest, label: str) -> AppTest:
    return next(each for each in app.button if each.label == label).click().run()


# --- Opening it -------------------------------------------------------------------------------------------------------


def test_one_click_opens_it(ada: SignedIn, open_page: Open, started: list[str]) -> None:
    assert "The Connect page has a demo business" in open_page("overview").info[0].value
    app = open_page("connect")
    assert "stays apart from your own accounts, and can be removed" in said(app)
    press(app, OPEN)
    (mine,) = connections.of(ada.workspace)
    assert mine.is_sample
    assert started == [mine.account]
    assert app.query_params["account"] == mine.account


def test_one_that_does_not_start_is_told_on_the_page(
    ada: SignedIn, server: Server, open_page: Open, started: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    server.puts_to_bed()
    app = open_page("connect")
    monkeypatch.setattr(sys, "executable", "/bin/false")
    press(app, OPEN)
    assert app.error[0].value.startswith("The demo business can't be started just now")
    assert (connections.of(ada.workspace), started) == ((), [])


def test_a_viewer_can_not_open_it(ada: SignedIn, open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "current_user", lambda: replace(ada, role=Role.VIEWER))
    assert OPEN not in labels(open_page("connect"))


def test_where_several_machines_share_the_work_the_sandbox_is_named(
    ada: SignedIn, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "has_demo", lambda: False)
    overview, app = open_page("overview"), open_page("connect")
    for each in (overview, app):
        assert "several machines" in said(each)
        assert "PORT=8601 make run" in [code.value for code in each.code]
    assert OPEN not in labels(app)


def test_a_full_plan_still_has_it(
    ada: SignedIn, server: Server, open_page: Open, started: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(Member(ada, "token"), OWN, 1000)
    server.sells_plans()
    monkeypatch.setattr(access.begun, "welcome", lambda _workspace, _now: None)  # nobody was here before plans were
    app = open_page("connect")
    assert "has room for 1 account, and it is connected" in said(app)
    assert "takes no place in your plan" in said(app)
    press(app, OPEN)
    assert len(started) == 1
    access.forget()
    assert "Connect with Stripe" not in [each.value for each in open_page("connect").subheader], "still full"


def test_the_sample_alone_leaves_the_plan_s_place_free(opened: str, server: Server, open_page: Open) -> None:
    server.sells_plans()
    app = open_page("connect")
    assert "Connect with Stripe" in [each.value for each in app.subheader]
    assert "Remove it whenever you like" in said(app)
    assert "Go to Halyard (demo)" in labels(app)
    assert OPEN not in labels(app)


# --- Marked -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["overview", "customers", "cash-flow", "failed-charges", "cancellations", "live-feed"])
def test_pages_of_it_are_marked_and_lead_to_ones_own(page: str, opened: str, open_page: Open) -> None:
    app = open_page(page, account=opened)
    assert [each.value for each in app.caption].count(made_up.MARK) == 1
    assert "Connect your own account" in labels(app)
    assert "dashboard.stripe.com" not in html(app)
    assert "New subscription" not in labels(app)


def test_a_real_account_s_pages_are_not_marked(opened: str, own: str, open_page: Open) -> None:
    assert made_up.MARK not in said(open_page("overview", account=own))
    app = open_page("overview", account=opened)
    assert made_up.MARK in said(app)
    assert f"Go to {own}" in labels(app)


def test_the_sandbox_s_demo_is_not_marked_twice(business: Business, open_page: Open) -> None:
    assert made_up.MARK not in said(open_page("overview", account=business.account))


def test_a_customer_s_page_leads_nowhere_at_stripe_and_sells_nothing(opened: str, open_page: Open) -> None:
    who = books.ledger(opened).customers["customer"][0]
    app = open_page("customer", id=who, account=opened)
    assert "dashboard.stripe.com" not in html(app)
    app = open_page("new-subscription", account=opened)
    assert "is made up, so nobody can be charged in it" in app.warning[0].value


def test_the_first_step_is_still_to_connect_one_s_own(opened: str, open_page: Open) -> None:
    app = open_page("overview", account=opened)
    assert "What you see is the demo business, not yours." in said(app)


# --- Apart ------------------------------------------------------------------------------------------------------------


def test_beside_one_real_account_there_are_no_figures_of_all(opened: str, own: str, open_page: Open) -> None:
    app = open_page("overview")
    (choice,) = [each for each in app.selectbox if each.label == "Account"]
    assert choice.value == own, "the sample was opened last, and yet"
    assert choice.options == [own, "Halyard (demo)"]


def test_all_accounts_leave_it_out_and_say_so(ada: SignedIn, opened: str, own: str, open_page: Open) -> None:
    connect(Member(ada, "token"), "acct_other", 500)
    app = open_page("overview", account="all")
    assert made_up.APART in said(app)
    assert made_up.MARK not in said(app)
    span = Query(*door.span(ada.workspace))
    each = [door.metric(account, "gross_revenue", span).total or 0 for account in (own, "acct_other")]
    assert door.metric(ada.workspace, "gross_revenue", span).total == sum(each)


# --- Settings ---------------------------------------------------------------------------------------------------------


def test_settings_say_how_it_is_read_and_ask_for_no_webhooks(opened: str, open_page: Open) -> None:
    app = open_page("settings", section="Connection")
    assert "Made-up figures · since" in said(app)
    assert "This server asks the demo business every 15 minutes what changed." in said(app)
    assert "Deliveries:" not in said(app)
    assert "Stripe allows" not in said(app)
    assert not [each for each in app.expander if "deliveries" in each.label]
    assert "Remove" in labels(app)
    assert "Disconnect" not in labels(app)


def removal() -> AppTest:
    def dialog() -> None:
        import streamlit as st

        from lib.accounts import connections
        from lib.web import guard
        from lib.web.settings import connection

        user = guard.require_login()
        mine = next((each for each in connections.of(user.workspace) if each.is_sample), None)
        if mine:
            connection.removing(user, mine)
        else:
            st.write("gone")

    return AppTest.from_function(dialog, default_timeout=30).run()


def test_it_is_removed_with_a_click(ada: SignedIn, opened: str, own: str, server: Server) -> None:
    app = removal()
    assert "all that you noted about it are deleted here. Your own accounts are not concerned." in said(app)
    press(app, "Remove it")
    assert app.session_state["settings-said"] == r"Halyard \(demo\) is removed."
    assert [each.account for each in connections.of(ada.workspace)] == [own]
    assert connections.ended(ada.workspace) == ()
    assert server.stripe.asked == []
