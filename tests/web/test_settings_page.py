"""The Settings page: an account is ended only by its name, erased or kept; keys are shown once and revocable."""

from __future__ import annotations

import pytest
from sqlmodel import func, select
from streamlit.testing.v1 import AppTest

from lib.accounts import api_keys, connections, sessions
from lib.errors import BadApiKey
from lib.gateway import oauth
from lib.store.engine import reading
from lib.store.tables import Invoice
from lib.web.settings import connection
from tests.web.conftest import Business, Open


def rows(account: str) -> int:
    with reading() as db:
        return db.exec(select(func.count()).select_from(Invoice).where(Invoice.account == account)).one()


def click(app: AppTest, label: str) -> AppTest:
    """The last button of that label: a dialog comes after its page."""
    return [each for each in app.button if each.label == label][-1].click().run()


def dialog() -> None:
    """The dialog by itself: AppTest reruns whole scripts, and a whole rerun closes a dialog."""
    from lib.accounts import connections
    from lib.web import guard
    from lib.web.settings import connection

    user = guard.require_login()
    for each in connections.of(user.workspace):
        connection.ending(user, each)


def disconnect(typed: str, choice: str) -> AppTest:
    app = AppTest.from_function(dialog, default_timeout=60).run()
    app.radio[0].set_value(choice)
    next(each for each in app.text_input if each.label.startswith("Type ")).set_value(typed)
    return click(app, "Disconnect")


@pytest.fixture(autouse=True)
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Accounts given back at Stripe: the shared stand-in keeps its access for other tests."""
    accounts: list[str] = []
    monkeypatch.setattr(oauth, "deauthorize", accounts.append)
    return accounts


@pytest.mark.parametrize(("left", "choice"), [(False, connection.ERASE), (True, connection.KEEP)])
def test_an_account_is_disconnected_and_its_data_erased_or_kept(
    left: bool, choice: str, business: Business, told: list[str]
) -> None:
    (mine,) = connections.of(business.user.workspace)
    assert rows(mine.account) > 0
    app = disconnect(mine.name, choice)
    assert connections.of(business.user.workspace) == ()
    assert bool(rows(mine.account)) is left
    assert told == [mine.account]
    assert "is disconnected and its data" in app.session_state["settings-said"]


def test_another_name_ends_nothing(business: Business, told: list[str]) -> None:
    app = disconnect("Some other shop", connection.ERASE)
    assert "nothing was done" in app.error[0].value
    assert len(connections.of(business.user.workspace)) == 1
    assert rows(business.account) > 0
    assert told == []


def test_a_key_is_shown_once_works_and_is_revoked(business: Business, open_page: Open) -> None:
    app = open_page("settings", section="Data")
    next(each for each in app.text_input if each.label == "Name").set_value("Sheet")
    click(app, "Create a key")
    key, curl = (each.value for each in list(app.code)[-2:])
    assert f"Bearer {key}" in curl
    assert api_keys.require(key) == business.user.workspace
    app.run()
    assert key not in [each.value for each in app.code]
    click(app, "Revoke")
    assert api_keys.require(key) == business.user.workspace, "it is asked first"
    assert "Revoke the key Sheet?" in app.warning[0].value
    click(app, "Keep it")
    assert not app.warning
    click(app, "Revoke")
    click(app, "Revoke it")
    with pytest.raises(BadApiKey):
        api_keys.require(key)


def test_sign_out_everywhere_ends_every_session(business: Business, open_page: Open) -> None:
    assert sessions.find(business.user.session, now=0)
    click(open_page("settings"), "Sign out everywhere")
    assert sessions.find(business.user.session, now=0) is None


# --- Accounts that are no longer read ---------------------------------------------------------------------------------


def parting() -> None:
    """The dialog that deletes kept data, by itself."""
    from lib.accounts import connections
    from lib.web import guard
    from lib.web.settings import data

    user = guard.require_login()
    for each in connections.ended(user.workspace):
        data.forgetting(user, each)


def test_kept_data_is_listed_and_deleted_by_its_name(business: Business, open_page: Open, told: list[str]) -> None:
    (mine,) = connections.of(business.user.workspace)
    connections.disconnect(business.user.workspace, mine.account, now=1_790_000_000)
    app = open_page("settings", section="Data")
    assert any("its data is kept as it was then" in each.value for each in app.markdown)
    assert [each.label for each in app.button if each.label == "Delete its data"]

    asked = AppTest.from_function(parting, default_timeout=60).run()
    asked.text_input[0].set_value("Some other shop")
    click(asked, "Delete")
    assert "nothing was done" in asked.error[0].value
    assert rows(mine.account)

    asked.text_input[0].set_value(mine.name)
    click(asked, "Delete")
    assert not rows(mine.account)
    assert connections.ended(business.user.workspace) == ()


def test_pages_of_figures_tell_that_access_was_withdrawn(business: Business, open_page: Open) -> None:
    connections.withdrawn(business.account, now=1_790_000_000)
    app = open_page("overview")
    assert "was withdrawn at Stripe on Sep 21, 2026. Its data is kept" in app.warning[0].value
    assert "was withdrawn at Stripe" in open_page("connect").warning[0].value
