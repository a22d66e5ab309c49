"""Freshness: what the Settings page says of each account, help about deliveries, the line above old figures."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from lib.accounts.deliveries import Seen
from lib.accounts.roles import Role
from lib.errors import NotYourRole, StripeUnavailable, UnknownAccount
from lib.gateway import refusals, standin
from lib.store import checkpoints, reads
from lib.store.engine import transaction
from lib.store.tables import EventInbox
from lib.sync import runtime
from lib.sync.allowance import Allowance
from lib.sync.announcements import EVENT_TYPES
from lib.web import endpoint_help, guard, progress
from lib.web import freshness_words as say
from tests.web.conftest import Business, Open

HOUR = 3_600


def note(account: str, **columns: object) -> None:
    """Set these columns of the account's sync, which ended well."""
    with transaction() as db:
        checkpoints.save_run(db, account, **{"state": "done", **columns})


def checked(account: str, ago: float) -> None:
    note(account, checked=time.time() - ago)


def text(app: AppTest) -> str:
    return "\n".join(
        each.value for kind in (app.markdown, app.caption, app.info, app.success, app.error) for each in kind
    )


def press(app: AppTest, label: str) -> AppTest:
    return next(each for each in app.button if each.label == label).click().run()


# --- The section ------------------------------------------------------------------------------------------------------


def test_the_section_tells_when_how_and_at_what_cost(business: Business, open_page: Open) -> None:
    checked(business.account, 200)
    reads.add({(business.account, time.strftime("%Y-%m-%d", time.gmtime())): 1_234})
    shown = text(open_page("settings", section="Connection"))
    assert "Up to date as of 3 minutes ago" in shown
    assert "No change was delivered in the last day, so this server asks Stripe every 15 minutes what changed." in shown
    assert "Deliveries: None arrived yet." in shown
    assert "Stripe allows" in shown


def deliver(account: str, ago: float, *, state: str) -> None:
    """A delivery that came so long ago."""
    received = time.time() - ago
    with transaction() as db:
        db.add(
            EventInbox(
                id=f"evt_{state}_{ago}",
                account=account,
                type="product.updated",
                created=1,
                received=received,
                state=state,
            )
        )


def test_what_was_delivered_after_the_last_question_counts(business: Business, open_page: Open) -> None:
    checked(business.account, 1_500)
    deliver(business.account, 200, state="done")
    shown = text(open_page("settings", section="Connection"))
    assert "Up to date as of 3 minutes ago, when Stripe last delivered a change" in shown
    assert "this server asks for what was not delivered. It last asked 25 minutes ago." in shown
    deliver(business.account, 100, state="pending")
    assert "Up to date as of 25 minutes ago**" in text(open_page("settings", section="Connection"))


@pytest.mark.parametrize(
    ("expected", "asked", "delivered"),
    [
        ("Up to date as of just now", 990, None),
        ("Up to date as of 3 minutes ago", 800, 700),
        ("Up to date as of 3 minutes ago, when Stripe last delivered a change", 100, 800),
        ("Not everything is read yet", None, 800),
    ],
)
def test_the_newer_of_asking_and_delivery_is_told(expected: str, asked: float | None, delivered: float | None) -> None:
    assert say.as_of(asked, 1_000, delivered) == expected


@pytest.mark.parametrize(("told", "asked", "delivered"), [(40, None, None), (20, 20, None), (10, 20, 10), (20, 20, 30)])
def test_the_connect_page_tells_the_newest_of_all(
    told: int, asked: int | None, delivered: int | None, business: Business, open_page: Open
) -> None:
    note(business.account, finished=time.time() - 40 * 60)
    if asked:
        checked(business.account, asked * 60)
    if delivered:
        deliver(business.account, delivered * 60, state="done")
    assert f"Up to date as of {told} minutes ago" in text(open_page("connect"))


def test_before_the_first_sync_it_says_so(business: Business, open_page: Open) -> None:
    assert "Not everything is read yet" in text(open_page("settings", section="Connection"))


def test_without_an_account_there_is_no_section(newcomer: object, open_page: Open) -> None:
    assert [
        each.value for each in open_page("settings", section="Connection").subheader if each.value == "Freshness"
    ] == []


def test_check_now_asks_for_a_sync(business: Business, open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(runtime, "start", asked.append)
    press(open_page("settings", section="Connection"), "Check now")
    assert asked == [business.account]


STARTS = {
    "Check now": ("settings", {"section": "Connection"}, {"state": "done", "finished": 1.0}),
    "Update now": ("connect", {}, {"state": "done", "finished": 1.0}),
    "Try again": ("overview", {}, {"state": "failed", "error": "Stripe does not answer."}),
}


@pytest.mark.parametrize("label", STARTS)
@pytest.mark.parametrize("role", [Role.MEMBER, Role.VIEWER])
def test_a_viewer_starts_no_sync(
    label: str, role: Role, business: Business, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, query, run = STARTS[label]
    note(business.account, **run)
    monkeypatch.setattr(guard, "current_user", lambda: replace(business.user, role=role))
    (button,) = [each for each in open_page(page, **query).button if each.label == label]
    assert button.disabled is (role is Role.VIEWER)
    assert (button.help or "").startswith("An owner or a member" if role is Role.VIEWER else "")


def test_the_function_behind_asks_for_the_right_and_the_account(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(runtime, "start", asked.append)
    with pytest.raises(UnknownAccount):
        progress.ask("acct_of_somebody_else")
    monkeypatch.setattr(guard, "current_user", lambda: replace(business.user, role=Role.VIEWER))
    with pytest.raises(NotYourRole):
        progress.ask(business.account)
    assert asked == []


def test_a_failed_sync_is_told_in_its_own_sentence(business: Business, open_page: Open) -> None:
    checked(business.account, 60)
    note(business.account, state="failed", error=StripeUnavailable().message)
    assert StripeUnavailable().message in text(open_page("settings", section="Connection"))


# --- Help about deliveries --------------------------------------------------------------------------------------------


def test_the_help_has_what_is_to_be_pasted(business: Business, open_page: Open) -> None:
    codes = [each.value for each in open_page("settings", section="Connection").code]
    assert codes[:3] == [
        "http://localhost:8501/webhooks/stripe",
        "\n".join(EVENT_TYPES),
        "STRIPE_WEBHOOK_SECRET=whsec_…",
    ]
    assert "connect=true" in codes[3]
    assert all(f'"enabled_events[]={each}"' in codes[3] for each in EVENT_TYPES)


def test_waiting_for_a_test_event_ends_when_one_arrives(
    business: Business, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = press(open_page("settings", section="Connection"), "Wait for a test event")
    assert "Waiting since" in text(app)
    with transaction() as db:
        account, now = business.account, time.time()
        db.add(EventInbox(id="evt_1", account=account, type="product.updated", created=1, received=now))
    assert "A test event arrived" in text(app.run())


def test_a_refused_delivery_says_what_to_mend(business: Business, open_page: Open) -> None:
    app = press(open_page("settings", section="Connection"), "Wait for a test event")
    refusals.note("This delivery is not from Stripe: it was not signed with this endpoint's secret.")
    shown = text(app.run())
    assert "One delivery was refused" in shown
    assert "STRIPE_WEBHOOK_SECRET" in shown


def test_the_stand_in_is_asked_for_one(business: Business, open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(standin, "send_test_event", asked.append)
    press(open_page("settings", section="Connection"), "Let the stand-in send one")
    assert asked == [business.account]


def test_the_stand_in_answers(business: Business) -> None:
    standin.send_test_event(business.account)
    assert endpoint_help.address() == "http://localhost:8501/webhooks/stripe"


# --- Figures that are old ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("ago", "told"), [(50 * 60, False), (2 * HOUR, True)])
def test_a_page_of_old_figures_says_so(ago: float, told: bool, business: Business, open_page: Open) -> None:
    checked(business.account, ago)
    assert ("Stripe last answered at" in text(open_page("overview"))) is told


def test_figures_are_not_old_after_a_delivery(business: Business, open_page: Open) -> None:
    checked(business.account, 2 * HOUR)
    deliver(business.account, 300, state="done")
    assert "figures are as of then" not in text(open_page("overview"))


def test_the_time_is_of_the_accounts_zone() -> None:
    noon = 1_780_315_200.0  # 2026-06-01 12:00 UTC
    two = noon + 2 * HOUR
    assert (
        say.stale(noon, 900, two, "Europe/Berlin", "de_DE") == "Stripe last answered at 14:00; figures are as of then."
    )
    assert say.stale(noon, 900, noon + HOUR, "UTC", "en_US") is None
    assert say.stale(noon, 6 * HOUR, noon + 6 * HOUR, "UTC", "en_US") is None
    assert say.stale(None, 900, two, "UTC", "en_US") is None
    assert say.stale(noon, 900, two, "UTC", "en_US", delivered=two - 60) is None
    assert say.stale(noon, 900, two, "UTC", "de_DE", delivered=noon + 60) == (
        "Stripe last delivered a change at 12:01; figures are as of then."
    )
    assert say.stale(noon, 900, noon + 24 * HOUR, "UTC", "de_DE") == (
        "Stripe last answered at 12:00 on 01.06.2026; figures are as of then."
    )


# --- Words ------------------------------------------------------------------------------------------------------------


def test_how_changes_arrive() -> None:
    assert say.how(delivered=True, kind="oauth", every=1_800) == (
        "Stripe delivers changes as they happen. Every 30 minutes this server asks for what was not delivered."
    )
    assert say.how(delivered=False, kind="restricted_key", every=900) == (
        "This server asks Stripe every 15 minutes what changed."
    )
    assert "every hour" in say.how(delivered=False, kind="restricted_key", every=3_600)


def test_what_was_delivered() -> None:
    assert say.delivered(Seen(0, 0, (), None), 0, "en_US") == "None arrived yet."
    ignored = (("type not read", 9), ("other mode", 1))
    assert say.delivered(Seen(1_204, 1, ignored, 940.0), 1_000, "en_US") == (
        "1,204 deliveries arrived, the last one 1 minute ago. 1 waits to be worked on. "
        "10 were not needed: 9 of a kind that no figure needs, 1 from Stripe's other mode (test or live)."
    )


def test_the_allocation() -> None:
    own = Allowance(2_880, 10_000, 3)
    assert say.reads(own, "en_US") == "2,880 of 10,000 reads in 30 days (28.8%)"
    assert say.allocation(own, "en_US").startswith("Stripe allows at least 10,000 reads, and 500 for each payment")
    shared = Allowance(60_000, 50_000, 100, accounts=3, own=7)
    assert "3 accounts connected to this server share it; this one used 7." in say.allocation(shared, "en_US")
    assert "All of it is used" in say.allocation(shared, "en_US")
