"""Pages on plans that don't include all: the lock, its price, the shape on one's own data, and never a figure of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
from streamlit.testing.v1 import AppTest

from lib import settings
from lib.accounts import api_keys, connections, team, weekly
from lib.accounts.roles import Role
from lib.api import answers
from lib.billing import access
from lib.billing.plans import EVERYTHING, FREE, PRO, Limits
from lib.metrics.query import Query
from lib.periods import Interval, add_months
from lib.reports import books, forecast, shapes
from lib.settings import Standin
from lib.store import connections as rows
from lib.store import people, tables
from lib.store.engine import transaction
from lib.web import figures, filters, guard, locked, standing
from lib.web.filters import Against, Preset, View
from tests import paying
from tests.web.conftest import Business, Open

OTHER = "acct_other"
LOCK = ":material/lock:"


@pytest.fixture(autouse=True)
def afresh() -> Iterator[None]:
    """No answer of another test."""
    access.forget()
    yield
    access.forget()


@pytest.fixture
def selling(business: Business, standin: Standin, monkeypatch: pytest.MonkeyPatch) -> Business:
    """The synced business on Free."""
    paying.sell(monkeypatch)
    settings.bind_standin(standin)
    return business


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> Limits:
    """Free shows three months here: the stand-in's business is fourteen months old."""
    limits = replace(FREE.limits, history=3)
    monkeypatch.setattr(access.plans, "FREE", replace(FREE, limits=limits))
    monkeypatch.setattr(access.plans, "PLANS", (access.plans.FREE, *access.plans.PLANS[1:]))
    return limits


def said(app: AppTest) -> str:
    texts = [each.value for each in (*app.markdown, *app.caption, *app.info, *app.warning, *app.error)]
    return "\n".join([*texts, *(each.proto.body for each in app.get("html"))]).replace("\\", "")


def ways(app: AppTest) -> list[str]:
    """What the links to the plans say."""
    return [each.proto.label for each in app.get("page_link") if "section=Your+plan" in str(each.proto)]


def beyond(business: Business) -> None:
    """Connect a second account, whose data are the first one's."""
    with transaction() as db:
        people.add(db, tables.Account(id=OTHER, name="Other shop", default_currency="usd", created=1, data_version=1))
        link = tables.Connection(
            id="con_other", workspace=business.user.workspace, account=OTHER, kind="oauth", created=answers.now() + 9
        )
        people.add(db, link)
    access.forget()


# --- Forecasts --------------------------------------------------------------------------------------------------------


def test_the_forecast_is_a_shape_and_a_price(selling: Business, open_page: Open) -> None:
    app = open_page("forecast")
    assert f"{LOCK} **Forecasts are part of Pro, $29.00 a month.**" in said(app)
    assert ways(app) == ["See plans"]
    (chart,) = app.get("plotly_chart")
    traces = json.loads(chart.proto.spec)["data"]
    shape = forecast.preview(selling.account)
    assert traces[-2]["y"] == list(shape.history)
    assert traces[-1]["y"] == [shape.history[-1], *shape.ahead]
    assert not [
        each for trace in traces for each in (trace.get("text"), trace.get("customdata"), trace.get("name")) if each
    ]
    assert chart.proto.alt == "The shape of your own MRR and of its forecast, dotted, without figures."


def test_no_figure_of_the_forecast_leaks(selling: Business, open_page: Open) -> None:
    paying.pay(selling.user.workspace)
    found = forecast.outlook(selling.account)
    last = found.history["value"][-1] / 1_000_000
    paying.lapse(selling.user.workspace)
    app = open_page("forecast")
    everything = said(app) + app.get("plotly_chart")[0].proto.spec
    assert "$" not in everything.replace("$29.00", "")
    assert f"{round(last / 100):,}" not in everything
    assert not app.get("download_button")


def test_who_pays_sees_the_forecast_and_who_stops_does_not(selling: Business, open_page: Open) -> None:
    """What was kept for the plan before is not shown again."""
    for pay, locks in (
        (lambda: paying.pay(selling.user.workspace), 0),
        (lambda: paying.lapse(selling.user.workspace), 1),
    ):
        pay()
        app = open_page("forecast")
        assert said(app).count(LOCK) == locks
        assert bool(app.get("slider") or app.slider) == (not locks)


def test_where_nothing_is_sold_there_is_no_lock(business: Business, open_page: Open) -> None:
    for page, query in (("forecast", {}), ("overview", {"range": "All time"}), ("exports", {}), ("connect", {})):
        assert LOCK not in said(open_page(page, **query)), page
    for section in ("Data", "Notifications", "Team"):
        assert LOCK not in said(open_page("settings", section=section)), section


def test_others_than_owners_are_told_whom_to_ask(
    selling: Business, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "current_user", lambda: replace(selling.user, role=Role.VIEWER))
    assert ways(open_page("forecast")) == ["An owner of this workspace can upgrade"]


# --- Older figures ----------------------------------------------------------------------------------------------------


def first_day(business: Business, limits: Limits) -> date:
    assert limits.history
    return add_months(books.ledger(business.account).today.replace(day=1), -limits.history)


@pytest.mark.parametrize("page", ["overview", "metric", "movements", "cash-flow", "cancellations"])
def test_all_time_begins_where_the_plan_does(selling: Business, open_page: Open, short: Limits, page: str) -> None:
    app = open_page(page, range="All time")
    assert not app.error
    assert "are kept. Pro, $29.00 a month, shows them." in said(app)
    assert "without figures." in said(app)
    paying.pay(selling.user.workspace)
    assert LOCK not in said(open_page(page, range="All time"))


def test_the_days_that_are_drawn_begin_there_too(selling: Business, open_page: Open, short: Limits) -> None:
    first = first_day(selling, short)
    for interval in ("day", "week", "month"):
        app = open_page("metric", range="All time", interval=interval)
        assert not app.error
        assert app.dataframe[0].value["Period"].min().date() >= first


def test_a_span_that_is_shown_whole_is_not_remarked_on(selling: Business, open_page: Open) -> None:
    for span in ("30 days", "12 months"):
        assert LOCK not in said(open_page("overview", range=span))


def test_days_of_ones_own_are_remarked_on_only_where_earlier_ones_may_be_meant(
    selling: Business, open_page: Open, short: Limits
) -> None:
    first = first_day(selling, short)
    for remarked, start in ((True, first), (False, first + timedelta(days=1))):
        days = {"from": start.isoformat(), "to": (first + timedelta(days=20)).isoformat()}
        assert remarked is (LOCK in said(open_page("metric", **days, compare="None")))


def test_a_comparison_that_would_begin_earlier_says_so(selling: Business, open_page: Open, short: Limits) -> None:
    app = open_page("metric", range="3 months", compare="Previous")
    assert not app.error
    assert "are kept. Pro, $29.00 a month, shows them." in said(app)
    assert LOCK not in said(open_page("metric", range="30 days"))


def test_a_view_compares_with_nothing_that_is_hidden() -> None:
    def before(shown: date | None) -> Query | None:
        view = View(Preset.MONTHS_3, date(2026, 4, 1), date(2026, 6, 30), Interval.DAY, Against.BEFORE, shown)
        return view.before()

    assert before(None) == before(date(2026, 1, 1)) == Query(date(2026, 1, 1), date(2026, 3, 31))
    assert before(date(2026, 1, 2)) is None


def test_weeks_of_all_time_do_not_begin_before_the_first_day() -> None:
    friday = date(2024, 11, 1)
    assert filters.aligned(friday, Preset.ALL, Interval.WEEK) == date(2024, 10, 28)
    assert filters.aligned(friday, Preset.ALL, Interval.WEEK, friday) == friday


def test_what_is_kept_of_one_plan_is_not_given_on_another(selling: Business, short: Limits) -> None:
    free = figures.book(selling.account)
    paying.pay(selling.user.workspace)
    paid = figures.book(selling.account)
    paying.lapse(selling.user.workspace)
    assert figures.book(selling.account) == free != paid
    assert (free.first, free.hidden, paid.hidden) == (first_day(selling, short), paid.first, None)
    assert (free.allowed, paid.allowed) == (short, PRO.limits)
    assert free.all_days == replace(paid, allowed=short)


def test_the_shape_of_the_hidden_years(selling: Business, short: Limits) -> None:
    drawn = shapes.hidden_years(selling.account)
    assert len(drawn) in {10, 11, 12}
    assert (min(drawn) >= 0, max(drawn) <= 1, {round(each, 2) for each in drawn} == set(drawn)) == (True, True, True)


# --- Accounts beyond the plan -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["overview", "metric", "customers", "forecast", "rules", "reconcile"])
def test_an_account_beyond_the_plan_is_a_lock_and_no_error(selling: Business, open_page: Open, page: str) -> None:
    beyond(selling)
    app = open_page(page, account=OTHER)
    assert not app.error
    assert "Other shop: Free shows one of your accounts, the oldest first. Pro, $29.00 a month, shows up to 3." in said(
        app
    )
    labels = [each.proto.label for each in app.get("page_link")]
    assert {"See plans", "Exports"} < set(labels)
    assert [each for each in labels if each.startswith("Go to ")] == [
        f"Go to {each.name}" for each in connections.of(selling.user.workspace)[:1]
    ]


def test_all_accounts_together(selling: Business, open_page: Open) -> None:
    beyond(selling)
    assert "All accounts together: Free shows one of your accounts" in said(open_page("overview", account="all"))


def test_the_account_that_is_shown_is_the_one_that_a_page_begins_with(selling: Business) -> None:
    beyond(selling)
    known = {each.account: each for each in connections.of(selling.user.workspace)}
    assert list(known)[standing._newest(known)] == selling.account
    paying.pay(selling.user.workspace)
    assert list(known)[standing._newest(known)] == OTHER


def test_exports_of_ones_own_objects_are_there_for_it(selling: Business, open_page: Open) -> None:
    beyond(selling)
    app = open_page("exports", account=OTHER)
    assert not app.error
    assert app.selectbox(key="what").options[0].startswith("Stripe: ")
    assert f"account={OTHER}" in said(app)


def test_exports_of_ones_own_objects_have_every_day(selling: Business, open_page: Open, short: Limits) -> None:
    everything = open_page("exports", what="Stripe: charges", range="All time")
    begun = figures.book(selling.account).all_days.first
    assert f"from={begun}" in said(everything)
    assert LOCK not in said(everything)
    assert f"from={first_day(selling, short)}" in said(open_page("exports", what="MRR movements", range="All time"))


# --- Settings and Connect ---------------------------------------------------------------------------------------------


def test_keys_are_locked_and_those_that_are_there_stay(selling: Business, open_page: Open) -> None:
    api_keys.create(selling.user.id, selling.user.workspace, "Sheet", now=answers.now())
    app = open_page("settings", section="Data")
    assert "Keys to the HTTP API are part of Pro, $29.00 a month." in said(app)
    assert "Create a key" not in [each.label for each in app.button]
    assert "**Sheet**" in said(app)
    assert '"metric": "mrr"' in app.code[-1].value
    paying.pay(selling.user.workspace)
    assert "Create a key" in [each.label for each in open_page("settings", section="Data").button]


def test_the_weekly_summary_is_shown_as_it_would_be(selling: Business, open_page: Open) -> None:
    app = open_page("settings", section="Notifications")
    assert "Weekly summaries by email are part of Pro, $29.00 a month." in said(app)
    assert "<li>MRR was " in said(app)
    assert not app.toggle


def test_who_chose_the_summary_before_can_end_it(selling: Business, open_page: Open) -> None:
    weekly.choose(selling.user, on=True)
    app = open_page("settings", section="Notifications")
    next(each for each in app.button if each.label.startswith("Stop the weekly")).click().run()
    assert not weekly.wanted(selling.user)


def test_an_invitation_beyond_the_seats(selling: Business, open_page: Open) -> None:
    assert LOCK not in said(open_page("settings", section="Team"))
    team.invite(selling.user, Role.MEMBER, "", now=answers.now())
    app = open_page("settings", section="Team")
    assert "Free has room for 2 people, and the team has 1 person and 1 open invitation." in said(app)
    (button,) = [each for each in app.button if each.label == "Make a link"]
    assert button.disabled


def test_connecting_beyond_the_accounts(selling: Business, open_page: Open) -> None:
    app = open_page("connect")
    assert "More connected accounts are part of Pro, $29.00 a month." in said(app)
    assert "/oauth/start" not in said(app)
    paying.pay(selling.user.workspace)
    app = open_page("connect")
    assert (LOCK in said(app), "/oauth/start" in said(app)) == (False, True)


def test_at_the_limit_what_stripe_gave_access_to_can_be_connected_again(selling: Business, open_page: Open) -> None:
    with transaction() as db:
        found = rows.live(db, selling.account)
        assert found
        found.kind = "oauth"
    assert f'href="/oauth/start?again={selling.account}"' in said(open_page("connect"))


def test_everything_is_the_same_book_where_nothing_is_sold(business: Business) -> None:
    book = figures.book(business.account)
    assert (book.hidden, book.shown, book.allowed, book.all_days) == (None, None, EVERYTHING.limits, book)
    assert locked.shows("acct_anything")
