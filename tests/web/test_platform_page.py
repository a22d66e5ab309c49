"""The Platform page: for the operator alone, each check with its mark and word, secrets shown once or never."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from streamlit.testing.v1 import AppTest

from lib.accounts.sessions import SignedIn
from lib.api import openapi
from lib.billing import brand, pictures, setup
from lib.billing.brand import Brand
from lib.billing.setup import Check, Group, Mode, State
from lib.errors import NotTheOperator
from lib.gateway.platform import Made
from lib.settings import Settings, Standin
from lib.web import guard, navigation, platform_words, style
from tests.accounts.members import NOON, join
from tests.web.conftest import Open


@pytest.fixture(autouse=True)
def _anew() -> Iterator[None]:
    setup.forget()
    brand.forget()
    yield
    setup.forget()
    brand.forget()


def said(app: AppTest) -> str:
    """All that the page shows, as one text."""
    parts = [*app.markdown, *app.caption, *app.code, *app.success, *app.warning, *app.error, *app.subheader]
    return "\n".join([*(each.value for each in parts), *(each.proto.body for each in app.get("html"))])


def buttons(app: AppTest) -> list[str]:
    return [each.label for each in app.button]


def test_everybody_else_is_refused(newcomer: SignedIn, open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    bob = join("Bob", now=2**33).user
    assert bob.id != newcomer.id
    monkeypatch.setattr(guard, "current_user", lambda: bob)
    app = open_page("platform")
    assert [each.value for each in app.warning] == [NotTheOperator().message]
    assert buttons(app) == []
    assert "Secret key" not in said(app)


def test_the_page_is_the_operators_in_the_menu() -> None:
    (page,) = [each for each in navigation.PAGES if each.url_path == "platform"]
    assert (page.menu, page.operator, page.hidden) == ("Set-up", True, False)


@pytest.mark.usefixtures("newcomer")
def test_both_modes_stand_side_by_side(open_page: Open, bound_standin: Standin) -> None:
    app = open_page("platform")
    text = said(app)
    for group in Group:
        assert group.value in [each.value for each in app.subheader]
    assert text.count("<b>Test mode</b>") == text.count("<b>Live mode</b>") == len(Group)
    assert "✓</span><div><b>Secret key</b>" in text
    assert "The sandbox has no live mode." in text
    assert "http://localhost:8501/oauth/callback" in [each.value for each in app.code]
    hidden = [value for name, value in bound_standin.items() if "secret" in name or "key" in name]
    assert [each for each in hidden if str(each) in text] == []


@pytest.mark.usefixtures("newcomer")
def test_checking_again_asks_anew(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    app = open_page("platform")
    asked: list[bool] = []
    monkeypatch.setattr(setup, "forget", lambda: asked.append(True))
    next(each for each in app.button if each.label == "Check again").click().run()
    assert asked == [True]


def dialog() -> None:
    """The dialog by itself: AppTest reruns whole scripts, and a whole rerun closes a dialog."""
    from lib.billing.setup import Mode
    from lib.web import guard, platform_page

    platform_page.creating(guard.require_login(), "/webhooks/stripe", Mode.TEST)


@pytest.mark.usefixtures("newcomer")
def test_a_missing_endpoint_is_created_after_a_confirmation_and_its_secret_shown_once(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    acts: list[tuple[str, str]] = []

    def create(path: str, _events: object, *, once: str) -> tuple[Made, str]:
        acts.append((path, once))
        return Made("we_1", "whsec_shown_once"), "STRIPE_WEBHOOK_SECRET"

    monkeypatch.setattr(setup, "create", create)
    page = open_page("platform")
    assert buttons(page).count("Create this endpoint") == 1  # nothing is sold, so nobody need tell us who paid
    app = AppTest.from_function(dialog, default_timeout=60).run()
    assert acts == []
    assert "70 kinds of events of connected accounts" in said(app)
    next(each for each in app.button if each.key == "create-now").click().run()
    ((path, once),) = acts
    assert path == "/webhooks/stripe"
    assert once
    assert "STRIPE_WEBHOOK_SECRET=whsec_shown_once" in [each.value for each in app.code]
    assert "whsec_shown_once" not in repr(app.session_state)
    app.run()
    assert "whsec_shown_once" not in said(app)


def test_nobody_else_creates_an_endpoint(newcomer: SignedIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "create", lambda *_, **__: pytest.fail("it was created"))
    bob = join("Bob", now=2**33).user
    assert bob.id != newcomer.id
    monkeypatch.setattr(guard, "current_user", lambda: bob)
    app = AppTest.from_function(dialog, default_timeout=60).run()
    next(each for each in app.button if each.key == "create-now").click().run()
    assert [each.value for each in app.error] == [NotTheOperator().message]


def test_a_server_without_keys_shows_the_way_in_steps(
    newcomer: SignedIn, open_page: Open, use_settings: Callable[..., Settings]
) -> None:
    use_settings(stripe_api_base="http://127.0.0.1:9", app_url="https://plimsoll.example.com", operators=newcomer.email)
    app = open_page("platform")
    text = said(app)
    assert "First steps" in text
    assert "https://dashboard.stripe.com/test/apikeys" in text
    assert "https://plimsoll.example.com/oauth/callback" in text
    assert "No key of test mode is set." in text


# --- Branding ---------------------------------------------------------------------------------------------------------


def test_a_brand_is_kept_and_given_up(newcomer: SignedIn, open_page: Open) -> None:
    app = open_page("platform")
    keep = next(each for each in app.button if each.label == "Save this brand")
    assert keep.disabled
    next(each for each in app.text_input if each.label == "Name").set_value("Harbour").run()
    next(each for each in app.button if each.label == "Save this brand").click().run()
    assert brand.current().name == "Harbour"
    assert "The brand is saved and shown everywhere." in said(app)
    next(each for each in app.button if each.label == "Back to Plimsoll's own").click().run()
    assert brand.current() == Brand()
    assert "Back to Plimsoll's own" not in buttons(app)
    assert newcomer.id


@pytest.mark.usefixtures("newcomer")
def test_one_size_is_told_for_a_picture_and_what_is_larger_is_refused_by_that_sentence(open_page: Open) -> None:
    uploaders = open_page("platform").get("file_uploader")
    assert ["256 KB at most" in each.proto.label for each in uploaders] == [True, True]
    assert all(each.proto.max_upload_size_mb * 2**20 > 4 * pictures.LARGEST for each in uploaders)
    assert '[class*="st-key-brand-"] [data-testid="stFileUploaderDropzoneInstructions"]{display:none}' in style.css()


@pytest.mark.usefixtures("newcomer")
def test_a_colour_that_can_not_be_read_is_refused_before_it_is_kept(open_page: Open) -> None:
    app = open_page("platform")
    app.color_picker[0].set_value("#FFD700").run()
    assert "has a contrast of 1.4 to white" in app.error[0].value
    assert next(each for each in app.button if each.label == "Save this brand").disabled


def test_the_brand_is_on_the_page_that_joins_a_team(newcomer: SignedIn, open_page: Open) -> None:
    from lib.accounts import team
    from lib.accounts.roles import Role
    from lib.web import join_page

    invite = team.invite(newcomer, Role.VIEWER, "Bob", now=NOON)
    found = team.read(invite.token, now=NOON)
    assert " on " not in join_page.said(found)
    brand.keep(newcomer, Brand(name="Harbour"))
    assert "** on Harbour as a viewer" in join_page.said(found)
    assert open_page("platform")


def test_sentences_name_the_brand_and_say_truly_what_is_written(newcomer: SignedIn, open_page: Open) -> None:
    brand.keep(newcomer, Brand(name="Harbour"))
    told = " ".join(each.value for each in open_page("connect").caption)
    assert "Harbour reads, and changes one thing only: it creates a subscription when an owner here asks" in told
    assert "Plimsoll" not in told
    assert openapi.describe("http://x", (), brand.current().title)["info"]["title"] == "Harbour"


def test_sentences_shown_to_customers_name_nobody_else(
    newcomer: SignedIn, open_page: Open, use_settings: Callable[..., Settings]
) -> None:
    brand.keep(newcomer, Brand(name="Harbour"))
    use_settings(stripe_secret_key="sk_test_x", stripe_client_id="ca_x")
    for name in ("connect", "overview", "settings"):
        app = open_page(name)
        told = [each.value for kind in (app.markdown, app.caption, app.info) for each in kind]
        assert [each for each in told if "Plimsoll" in each] == []
        for button in app.get("link_button"):
            assert "Plimsoll" not in button.proto.url


# --- Words ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "mark", "word", "colour"),
    [
        (State.OK, "✓", "In place", "pl-good"),
        (State.WRONG, "✕", "Wrong", "pl-bad"),
        (State.AMISS, "!", "To fix", "pl-bad"),
        (State.MISSING, "✕", "Missing", "pl-bad"),
        (State.UNKNOWN, "○", "Not yet", "pl-muted"),
    ],
)
def test_a_state_has_a_mark_a_word_and_a_colour(state: State, mark: str, word: str, colour: str) -> None:
    check = Check("Secret <key>", Group.KEYS, Mode.TEST, state, "So & so.", "Do <this>.", link="https://x/?a=1&b=2")
    html = platform_words.cell(check)
    assert f'{colour}" aria-hidden="true">{mark}<' in html
    assert f"{word}</span>" in html
    assert "Secret &lt;key&gt;" in html
    assert "So &amp; so." in html
    assert 'Do &lt;this&gt;. <a href="https://x/?a=1&amp;b=2" target="_blank"' in html


def test_the_summary_counts_each_state() -> None:
    def one(state: State) -> Check:
        return Check("x", Group.KEYS, Mode.TEST, state, "")

    every = [one(each) for each in (State.OK, State.OK, State.WRONG, State.AMISS, State.MISSING, State.UNKNOWN)]
    html = platform_words.summary(every)
    assert "✕ 3 to fix" in html
    assert "✓ 2 in place" in html
    assert "○ 1 not yet" in html
    assert "to fix" not in platform_words.summary([one(State.OK)])
