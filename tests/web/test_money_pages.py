"""Trials and Cash flow as scripts: their figures are the metrics', and a business without subscriptions is shown in."""

from __future__ import annotations

import json
from datetime import date, timedelta

import polars as pl
import pytest

from lib.accounts.sessions import SignedIn
from lib.charts import movements as stack
from lib.charts import time_axis
from lib.charts.scale import Scale
from lib.metrics.query import Query
from lib.metrics.registry import Unit
from lib.periods import Interval, add_months
from lib.reports import cash_flow, door, movements, trials
from lib.reports.movements import Narrow
from lib.store import tables, upserts
from lib.web import clicks, downloads, figures, movements_page, one_time, words
from lib.web.clicks import Click
from tests.accounts.members import Member
from tests.api.test_metrics import NEW_YEARS_NOON, connect
from tests.web.conftest import Business, Open
from tests.web.test_analysis_pages import html

DAY = timedelta(days=1)


def test_trials_are_the_metrics(business: Business, open_page: Open) -> None:
    found = trials.of(business.account)
    _, today = door.span(business.account)
    for slug, value in (("active_trials", found.running.height), ("trial_mrr", found.worth)):
        assert door.metric(business.account, slug, Query(today, today)).total == value, slug
    begun = door.metric(business.account, "new_trials", Query(add_months(today, -60), today))
    assert begun.total == found.funnel["started"].sum()
    app = open_page("trials")
    assert f"<dd>{found.running.height}</dd>" in html(app)
    assert "<dt>Conversion rate</dt>" in html(app)
    assert "<small>last 30 days</small>" in html(app)
    (told,) = [each.value for each in app.caption if "started in that month" in each.value]
    assert "conversion rate at the top of the page is of the last 30 days" in told


def test_cash_flow_is_the_metrics(business: Business, open_page: Open) -> None:
    _, today = door.span(business.account)
    query = Query(add_months(today.replace(day=1), -11), today, Interval.MONTH)
    found = cash_flow.of(business.account, query)
    for slug, column, sign in (
        ("gross_revenue", "charge", 1),
        ("refunds", "refund", -1),
        ("disputes_lost", "dispute", -1),
        ("fees", "fee", -1),
        ("payouts", "payout", -1),
        ("stripe_balance", "balance", 1),
    ):
        known = door.metric(business.account, slug, query).frame["value"].to_list()
        assert [sign * value for value in found.periods[column].to_list()] == known, slug
    app = open_page("cash-flow")
    shown = html(app)
    assert "Net activity" in shown
    assert len(app.get("plotly_chart")) == 2
    assert app.get("plotly_chart")[0].proto.alt.startswith("The balance went from ")


def test_cash_flow_says_which_months_are_cut_or_still_run(business: Business, open_page: Open) -> None:
    _, today = door.span(business.account)
    start = today.replace(day=1) - 2 * DAY
    days = {"range": "Custom", "from": start.isoformat(), "to": today.isoformat()}
    shown = open_page("cash-flow", **days).dataframe[0].value
    assert list(shown.columns)[:2] == ["date", "Note"], "beside the month, where it is in sight"
    notes = shown["Note"].to_list()
    assert notes == ["so far", time_axis.part(start, Interval.MONTH, today)]
    assert notes[1]


def test_charts_of_a_span_that_cuts_a_month_say_so(business: Business, open_page: Open) -> None:
    _, today = door.span(business.account)
    start = add_months(today.replace(day=1), -2) + DAY
    days = {"range": "Custom", "interval": "month", "from": start.isoformat(), "to": today.isoformat()}
    named = f"({time_axis.part(start, Interval.MONTH, today)} only)"
    for page, query in (("overview", {}), ("metric", {"slug": "mrr", "by": "plan"}), ("cash-flow", {})):
        charts = [each.proto.spec for each in open_page(page, **days, **query).get("plotly_chart")]
        assert [named in json.dumps(json.loads(each), ensure_ascii=False) for each in charts] == [True] * len(charts), (
            page
        )


@pytest.mark.parametrize("page", ["movements", "trials", "cohorts", "plans", "forecast", "cancellations"])
def test_without_subscriptions_the_cash_leads(
    page: str, business: Business, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(one_time, "only_payments", lambda _: True)
    app = open_page(page)
    assert ["payments at Stripe but no subscriptions" in each.value for each in app.info] == [True]
    assert not app.get("plotly_chart")
    assert app.get("page_link")[0].proto.label == "Open Cash flow"


@pytest.fixture
def workshop(newcomer: SignedIn) -> str:
    """A business that sells once and never again: six charges of a customer, no subscription, no price that recurs."""
    account, day = "acct_workshop", 86_400
    connect(Member(newcomer, "token"), account, *range(1_000, 7_000, 1_000))
    rows: list[tables.Row] = [(tables.Customer, {"id": "cus_1", "name": "Ada", "created": NEW_YEARS_NOON})]
    rows += [
        (tables.Charge, {
            "id": f"ch_{n}", "customer": "cus_1", "created": NEW_YEARS_NOON + n * day, "amount": 1_000 * (n + 1),
            "currency": "usd", "status": "succeeded",
        })
        for n in range(6)
    ]  # fmt: skip
    always = {"account": account, "observed_at": 1.0, "deleted": False}
    upserts.apply(account, [(table, row | always) for table, row in rows])
    upserts.bump(account)
    return account


@pytest.mark.parametrize("page", ["movements", "trials", "cohorts", "plans", "forecast", "cancellations"])
def test_a_business_that_sells_once_is_told_where_its_money_is(page: str, workshop: str, open_page: Open) -> None:
    app = open_page(page)
    assert ["payments at Stripe but no subscriptions" in each.value for each in app.info] == [True]
    assert not app.get("plotly_chart")
    assert app.get("page_link")[0].proto.label == "Open Cash flow"


def test_the_overview_of_a_business_that_sells_once_leads_with_cash(workshop: str, open_page: Open) -> None:
    assert figures.recurring(figures.book(workshop)) is False
    app = open_page("overview")
    headings = [each.value for each in app.subheader]
    assert "Net revenue" in headings
    assert not {"MRR", "Movements", "Products"} & set(headings)
    chart = json.loads(app.get("plotly_chart")[0].proto.spec)
    assert sum(value or 0 for value in chart["data"][0]["y"]) == pytest.approx(210)
    cash = open_page("cash-flow")
    assert not cash.error
    assert cash.get("plotly_chart")


def test_movements_go_from_mrr_to_mrr(business: Business, open_page: Open) -> None:
    _, today = door.span(business.account)
    start = add_months(today.replace(day=1), -11)
    found = movements.of(business.account, start, today)
    level = {day: door.metric(business.account, "mrr", Query(day, day)).total for day in (start - DAY, today)}
    assert (found.start, found.end) == (level[start - DAY], level[today])
    assert found.start + found.net == found.end
    known = door.movements(business.account, start, today)
    assert movements.as_csv(found.rows, found.base).count("\n") == known.height + 1

    app = open_page("movements")
    assert words.exact_amount(found.end - found.start, Scale(Unit.MONEY, found.base, "en_US")) in html(app)
    assert len(app.get("plotly_chart")) == 2


@pytest.mark.parametrize(("told", "interval"), [(True, "day"), (False, "month")])
def test_bars_by_month_say_that_they_are(told: bool, interval: str, business: Business, open_page: Open) -> None:
    captions = [each.value for each in open_page("movements", interval=interval).caption]
    assert any(each.startswith("The bars are by month, not by day") for each in captions) is told
    assert downloads.UNROUNDED in captions


@pytest.mark.parametrize(
    ("told", "query"), [(True, {"by": "plan"}), (False, {}), (False, {"slug": "arpu", "by": "plan"})]
)
def test_a_csv_with_more_decimals_than_cents_says_so(
    told: bool, query: dict[str, str], business: Business, open_page: Open
) -> None:
    app = open_page("metric", **{"slug": "mrr", **query})
    assert (downloads.UNROUNDED in [each.value for each in app.caption]) is told


def test_rows_by_type_plan_and_customer(business: Business, open_page: Open) -> None:
    app = open_page("movements", type="Churn", search="zzzz")
    assert any("No movement fits" in each.value for each in app.markdown)
    _, today = door.span(business.account)
    span = (add_months(today.replace(day=1), -11), today)
    gone = movements.of(business.account, *span, narrow=Narrow(frozenset({"churn"})))
    assert set(gone.rows["type"]) == {"churn"}
    one = gone.rows.row(0, named=True)
    mine = movements.of(business.account, *span, narrow=Narrow(search=f" {one['name'].upper()} "))
    assert set(mine.rows["customer"]) == {one["customer"]}
    planned = movements.of(business.account, *span, narrow=Narrow(plan=one["label"]))
    assert set(planned.rows["label"]) == {one["label"]}


def test_rows_of_exchange_rates_stand_last() -> None:
    rows = pl.DataFrame({"type": ["fx", "new", "fx", "churn"], "row": [1, 2, 3, 4]})
    assert movements.people_first(rows)["row"].to_list() == [2, 4, 1, 3]


@pytest.mark.parametrize(
    ("expected", "rates"),
    [
        ("Rows of exchange rates (−$12.30 in all) are left out; choose them under Type to see them.", -1_230_000_000),
        ("Rows of exchange rates are left out; choose them under Type to see them.", 0),
    ],
)
def test_what_exchange_rates_come_to_is_told_where_their_rows_are_left_out(expected: str, rates: int) -> None:
    assert movements_page.left_out(rates, Scale(Unit.MONEY, "usd", "en_US")) == expected


def test_a_click_names_a_period_and_a_series() -> None:
    event = {"selection": {"points": [{"curve_number": 1, "x": "2026-10-01 00:00"}]}}
    assert clicks.of(event) == Click(date(2026, 10, 1), 1)
    assert clicks.of({"selection": {"points": []}}) is None
    drawn = pl.DataFrame({"type": ["churn", "new", "new"]})
    assert [stack.kind_of(drawn, curve) for curve in range(3)] == ["new", "churn", None]


def test_the_address_names_the_bar_whose_rows_are_shown(business: Business, open_page: Open) -> None:
    _, today = door.span(business.account)
    day = add_months(today.replace(day=1), -1)
    query = {"range": "12 months", "interval": "month", "period": day.isoformat()}
    every = open_page("movements", **query)
    some = open_page("movements", **query, bar="new")
    told = "Everything", "New"
    for app, what in zip((every, some), told, strict=True):
        assert any(f"{what}, {day:%B %Y}" in each.value for each in app.markdown)
        assert app.query_params["period"] == day.isoformat()
    rows = movements.within(movements.of(business.account, day, today).rows, day, Interval.MONTH)
    kinds = rows.filter(pl.col("type") != "fx")
    assert every.dataframe[0].value.shape[0] == kinds.height
    assert some.dataframe[0].value.shape[0] == kinds.filter(pl.col("type") == "new").height
    some.button(key="all-rows").click().run()
    assert not {"period", "bar"} & set(some.query_params)


def test_the_rows_of_a_bar_can_be_reached_without_a_pointer(business: Business, open_page: Open) -> None:
    _, today = door.span(business.account)
    day = add_months(today.replace(day=1), -1)
    query = {"range": "12 months", "interval": "month"}
    app = open_page("movements", **query)
    whole = app.dataframe[0].value.shape[0]
    (box,) = [each for each in app.selectbox if each.label == "Period"]
    assert (box.value, len(box.options)) == ("The whole span", 13)
    assert box.options[:3] == ["The whole span", f"{today:%B %Y}", f"{day:%B %Y}"]
    box.select_index(2).run()
    assert app.query_params["period"] == day.isoformat()
    clicked = open_page("movements", **query, period=day.isoformat())
    assert app.dataframe[0].value.equals(clicked.dataframe[0].value)
    assert 0 < app.dataframe[0].value.shape[0] < whole
    (box,) = [each for each in clicked.selectbox if each.label == "Period"]
    assert box.value == day
    box.select_index(0).run()
    assert "period" not in clicked.query_params
    assert clicked.dataframe[0].value.shape[0] == whole


@pytest.mark.parametrize(("name", "written"), [("bar", "theft"), ("period", "soon"), ("period", "1999-01-01")])
def test_a_bar_that_is_none_is_taken_out_of_the_address(
    name: str, written: str, business: Business, open_page: Open
) -> None:
    assert name not in open_page("movements", **{name: written}).query_params
