"""The sign-in screen: as a script (AppTest), then in a browser against a real process, where cookies matter."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from streamlit.testing.v1 import AppTest

from lib import settings
from lib.accounts import operators, sessions
from lib.api import answers
from lib.store.engine import migrate
from lib.web import login
from lib.web.navigation import PAGES
from lib.web.navigation import Page as Declared
from tests.accounts.members import Member, join
from tests.conftest import AppServer, app_process

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

MAIN = Path(login.__file__).with_name("main.py")
NO_SANDBOX = {"STRIPE_SECRET_KEY": "sk_test_unused", "STRIPE_CLIENT_ID": "ca_unused"}
RIGHT = "a short sentence"


# --- As a script ------------------------------------------------------------------------------------------------------


@pytest.fixture
def entered(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """An empty database, and who was sent to fetch a session for which address: AppTest has no browser."""
    migrate()
    went: list[tuple[str, str]] = []
    monkeypatch.setattr(login, "_enter", lambda user, address: went.append((user.email, address)))
    return went


@pytest.fixture
def ada(entered: list[tuple[str, str]]) -> Member:
    return join("Ada", now=answers.now())


def screen(choice: str | None = None) -> AppTest:
    app = AppTest.from_file(str(MAIN), default_timeout=30).run()
    assert not app.exception
    if choice:
        app.segmented_control[0].set_value(choice).run()
    return app


def fill(app: AppTest, **fields: str) -> AppTest:
    labels = {each.label: each for each in app.text_input}
    for label, text in fields.items():
        labels[label.replace("_", " ").capitalize()].set_value(text)
    app.button[0].click().run()
    assert not app.exception
    return app


def sign_up(**fields: str) -> AppTest:
    given = {"first_name": "Ada", "last_name": "Lovelace", "email": "ada@example.com"}
    return fill(screen(), **(given | {"password": RIGHT, "password_again": RIGHT} | fields))


def said(app: AppTest) -> list[str]:
    return [each.value for each in app.error]


def test_the_very_first_visitor_is_offered_an_account(entered: list[tuple[str, str]]) -> None:
    assert [each.value for each in screen().subheader] == ["Create an account"]


def test_once_somebody_is_there_the_screen_asks_who_you_are(ada: Member) -> None:
    assert [each.value for each in screen().subheader] == ["Sign in"]


def test_signing_up_lets_you_in(entered: list[tuple[str, str]]) -> None:
    assert said(sign_up()) == []
    assert entered == [("ada@example.com", "/")]


def test_whoever_runs_the_server_signs_up_by_their_link(
    entered: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPERATORS", "ada@example.com")
    settings.replace(None)
    assert ["python -m lib operator" in each for each in said(sign_up())] == [True]
    app = AppTest.from_file(str(MAIN), default_timeout=30)
    app.query_params[operators.WORD] = operators.link("ada@example.com", now=answers.now()).partition("=")[2]
    app.run()
    assert "for whoever runs this server" in app.info[0].value
    fill(app, first_name="Ada", last_name="L", email="ada@example.com", password=RIGHT, password_again=RIGHT)
    assert entered == [("ada@example.com", "/")]


@pytest.mark.parametrize(
    ("field", "text", "sentence"),
    [
        ("email", "ada", "does not look like an email"),
        ("password", "another sentence", "not the same"),
        ("first_name", "", ""),
    ],
)
def test_what_is_wrong_with_a_sign_up_is_said(
    entered: list[tuple[str, str]], field: str, text: str, sentence: str
) -> None:
    found = said(sign_up(**{field: text}))
    assert [sentence in each for each in found] == ([True] if sentence else [])


def test_a_password_longer_than_bcrypt_reads_is_said(entered: list[tuple[str, str]]) -> None:
    assert "10 to 72 characters" in said(sign_up(password="x" * 73, password_again="x" * 73))[0]


def test_signing_in(entered: list[tuple[str, str]]) -> None:
    sign_up()
    assert said(fill(screen(), email="Ada@example.com ", password=RIGHT)) == []
    assert entered[-1] == ("ada@example.com", "/")


def test_wrong_password_and_unknown_user_read_the_same(entered: list[tuple[str, str]]) -> None:
    sign_up()
    wrong = said(fill(screen(), email="ada@example.com", password="wrong password"))
    unknown = said(fill(screen(), email="bob@example.com", password="wrong password"))
    assert wrong == unknown == ["That email and password do not match. Check both and try again."]
    assert said(fill(screen(), email="ada@example.com", password="x" * 100)) == wrong
    assert len(entered) == 1


def test_a_redirect_may_name_its_reason_but_not_word_it(entered: list[tuple[str, str]]) -> None:
    app = AppTest.from_file(str(MAIN), default_timeout=30)
    for status, warned in [("ticket_refused", 1), ("Call +1 555 0100", 0)]:
        app.query_params["status"] = status
        assert len(app.run().warning) == warned


def test_a_session_lets_in_until_it_is_revoked(ada: Member) -> None:
    app = AppTest.from_file(str(MAIN), default_timeout=30)
    app.user = {"session": ada.user.session}
    assert "Sign out" in [each.label for each in app.run().button]

    sessions.revoke(ada.user.session)

    assert [each.value for each in app.run().subheader] == ["Sign in"]


# --- In a browser -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    with app_process(tmp_path_factory.mktemp("login"), **NO_SANDBOX) as running:
        yield running


def create_account(page: Page, email: str) -> None:
    page.get_by_label("Email").wait_for()
    if page.get_by_label("First name").count() == 0:
        page.get_by_test_id("stButtonGroup").get_by_role("radio", name="Create an account").click()
    page.get_by_label("First name").wait_for()
    page.wait_for_function("document.querySelectorAll('input[aria-label=Email]').length === 1")  # the other's is gone
    form = page.get_by_test_id("stForm")
    form.get_by_label("First name").fill("Ada")
    form.get_by_label("Last name").fill("Lovelace")
    form.get_by_label("Email").fill(email)
    form.get_by_label("Password", exact=True).fill(RIGHT)
    form.get_by_label("Password again").fill(RIGHT)
    form.get_by_role("button", name="Create an account").click()
    page.get_by_role("button", name="Sign out").wait_for()


FRESH = ("overview", "metric", "platform", "join")
"""One page of each kind (the first, one in the menu, an operator's, a hidden one) is opened in a process of its own.

What the first request of a process could get past is Streamlit's: a folder ``pages`` beside the main script is served
before any script ran st.navigation. That depends on the folder alone, not on the page. So a test says that there is no
such folder, another that each page's script by itself draws nothing for a stranger, and the other addresses share the
process of the tests below.
"""


def test_no_folder_beside_the_main_script_is_served_as_pages() -> None:
    assert not MAIN.with_name("pages").exists()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.url_path)
def test_a_page_by_itself_draws_nothing_for_a_stranger(page: Declared, entered: list[tuple[str, str]]) -> None:
    app = AppTest.from_file(str(page.path), default_timeout=30)
    app.query_params["account"] = "acct_1"
    drawn = {each.type for each in app.run().main}
    assert not app.exception
    assert drawn <= {"main", "html", "event"}, "the script that sends the browser away, and nothing to see"


@pytest.mark.browser
@pytest.mark.parametrize("page", [page for page in PAGES if page.url_path in FRESH], ids=lambda page: page.url_path)
def test_a_deep_link_as_the_first_request_of_a_process_shows_the_sign_in_screen_alone(
    page: Declared, browser_page: Page, tmp_path: Path
) -> None:
    with app_process(tmp_path, **NO_SANDBOX) as fresh:
        asks_who_you_are(browser_page, f"{fresh.url}{page.address}")


@pytest.mark.browser
def test_so_does_every_other(server: AppServer, browser_page: Page) -> None:
    for page in PAGES:
        asks_who_you_are(browser_page, f"{server.url}{page.address}")


def asks_who_you_are(page: Page, address: str) -> None:
    page.goto(f"{address}?account=acct_1&slug=mrr")
    page.get_by_label("Email").wait_for()
    assert page.get_by_role("heading", level=1).all_inner_texts() == ["Plimsoll"]
    assert page.get_by_role("button", name="Sign out").count() == 0
    assert page.get_by_test_id("stSidebarNav").count() == 0


@pytest.mark.browser
def test_in_and_out_in_two_tabs(server: AppServer, browser_page: Page) -> None:
    browser_page.goto(f"{server.url}/connect?status=connect_denied")
    create_account(browser_page, "tabs@example.com")
    assert browser_page.url == f"{server.url}/connect?status=connect_denied"
    cookies = {each["name"]: each for each in browser_page.context.cookies()}
    assert (cookies["plimsoll"]["httpOnly"], cookies["plimsoll"]["sameSite"]) == (True, "Lax")

    other = browser_page.context.new_page()
    other.goto(f"{server.url}/connect")
    other.get_by_role("button", name="Sign out").click()
    other.get_by_label("Email").wait_for()
    assert "plimsoll" not in {each["name"] for each in browser_page.context.cookies()}

    browser_page.get_by_role("link", name="Overview").first.click()
    browser_page.get_by_label("Email").wait_for()
    browser_page.get_by_role("button", name="Sign out").wait_for(state="detached")


@pytest.mark.browser
def test_a_stolen_ticket_signs_nobody_else_in(server: AppServer, chromium: Browser) -> None:
    """Somebody who sees the address of a ticket can't use it: not in another browser, and not a second time."""
    tickets: list[str] = []
    victim, thief = chromium.new_context(), chromium.new_context()
    page = victim.new_page()
    page.on("request", lambda request: tickets.append(request.url) if "/session/start" in request.url else None)
    page.goto(server.url)
    create_account(page, "stolen@example.com")
    for context in (thief, victim):
        context.clear_cookies(name="plimsoll")
        again = context.new_page()
        again.goto(tickets[0])
        again.get_by_text("That sign-in was not finished in time").wait_for()
        assert "plimsoll" not in {each["name"] for each in context.cookies()}
    victim.close()
    thief.close()


def test_the_real_server_keeps_strangers_from_downloads_and_counters(server: AppServer) -> None:
    spoofed = {"X-Plimsoll-Session": "0" * 64, "Cookie": "plimsoll=made-up"}
    for path in ("/media/0123.csv", "/_stcore/metrics"):
        assert httpx.get(server.url + path, headers=spoofed).status_code == 401
    assert httpx.get(server.url + "/healthz").json() == {"status": "ok"}
    assert httpx.get(server.url + "/").headers["x-frame-options"] == "SAMEORIGIN"
