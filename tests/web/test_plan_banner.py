"""What every page tells of the plan: only where there is something to do, worded for who may do it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from lib.accounts.roles import Role
from lib.accounts.sessions import SignedIn
from lib.web import guard, plan_banner
from tests import paying
from tests.web.conftest import Business, Open
from tests.web.test_plan_section import DAY, NOW, bill, day, has, html

SOON = NOW + 2 * DAY
LAPSED = (
    "Pro was not paid, so this workspace is on Free until it is. Nothing is deleted, and this goes on working: "
    "figures of the last 24 months of the oldest account, reading from Stripe, and exports."
)


@pytest.fixture
def ada(newcomer: SignedIn, monkeypatch: pytest.MonkeyPatch) -> SignedIn:
    paying.sell(monkeypatch)
    return newcomer


def banner() -> None:
    from lib.web import guard, plan_banner

    plan_banner.show(guard.require_login())


def drawn() -> AppTest:
    return AppTest.from_function(banner, default_timeout=60).run()


@pytest.mark.parametrize(
    ("sentence", "row"),
    [
        (f"The trial of Pro ends on {day(SOON)}; from then on it costs $29.00 a month.", {"status": "trialing"}),
        (
            f"The trial of Pro ends on {day(SOON)}; from then on it costs $29.00 a month before discounts.",
            {"status": "trialing", "discounted": True},
        ),
        (f"Pro ends on {day(SOON)}, after that this workspace is on Free. Nothing is deleted.", {"ends_at": SOON}),
        (
            f"The last payment for Pro failed: $29.00 is owed. Pro goes on until {day(NOW + 13 * DAY)}.",
            {"status": "past_due", "unpaid_since": NOW - DAY},
        ),
        (
            LAPSED,
            {"status": "past_due", "unpaid_since": NOW - 30 * DAY},
        ),
    ],
)
def test_what_needs_a_word_is_told(ada: SignedIn, sentence: str, row: dict[str, object]) -> None:
    has(ada, trial_end=SOON, **row)
    bill(ada, status="open", due=2900)
    assert sentence in html(drawn())


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"status": "trialing", "trial_end": NOW + 4 * DAY},
        {"ends_at": NOW + 8 * DAY},
        {"status": "canceled", "ended_at": NOW - DAY},
        {"status": "incomplete"},
    ],
)
def test_nothing_is_told_without_need(ada: SignedIn, row: dict[str, object]) -> None:
    has(ada, **row)
    assert html(drawn()) == ""


def test_others_are_told_who_can_pay_and_no_amount(ada: SignedIn, monkeypatch: pytest.MonkeyPatch) -> None:
    has(ada, status="past_due", unpaid_since=NOW - DAY)
    bill(ada, status="open", due=2900)
    monkeypatch.setattr(guard, "current_user", lambda: replace(ada, role=Role.VIEWER))
    told = html(drawn())
    assert "An owner of this workspace can pay in Settings." in told
    assert "$29.00" not in told


def test_only_what_is_harmless_can_be_put_away(ada: SignedIn) -> None:
    has(ada, status="trialing", trial_end=SOON)
    app = drawn()
    app.button(key="plan-banner-away").click().run()
    assert html(app) == ""
    has(ada, status="past_due", unpaid_since=NOW - 30 * DAY)
    app.run()
    assert "was not paid" in html(app)
    assert not app.button


def test_where_nothing_is_charged_not_even_the_database_is_asked(
    newcomer: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    has(newcomer, status="past_due", unpaid_since=NOW - 30 * DAY)
    monkeypatch.setattr(plan_banner.access, "of", lambda _workspace: pytest.fail("asked"))
    monkeypatch.setattr(plan_banner.moment, "now", lambda: pytest.fail("asked"))
    assert html(drawn()) == ""


def test_pages_of_figures_and_settings_show_it_once(
    business: Business, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    paying.sell(monkeypatch)
    has(business.user, status="past_due", unpaid_since=NOW - DAY)
    for page, query in (("overview", {}), ("customers", {}), ("settings", {"section": "Data"})):
        assert html(open_page(page, **query)).count("The last payment for Pro failed") == 1
    assert "The last payment for Pro failed" not in html(open_page("settings", section="Your plan"))
