"""Goals, annotations, trend and the period in the address, on the page of a metric."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from streamlit.testing.v1 import AppTest

from lib.accounts.roles import Role
from lib.ledger.rules import Rules
from lib.metrics.segments import Condition, Op, Segment
from lib.reports import annotations, door, goals, rules, segments
from lib.web import guard, proof
from tests.web.conftest import Business, Open


def test_goal_pins_and_trend_are_drawn_and_said(business: Business, open_page: Open) -> None:
    _, today = door.span(business.account)
    goals.keep(
        business.user, business.account, "mrr", day=date(today.year + 1, 12, 31), target=Decimal(999999),
        currency="usd", today=today, now=1,
    )  # fmt: skip
    annotations.add(business.user, business.account, today - timedelta(days=40), "Raised prices", now=1)
    app = open_page("metric", slug="mrr", trend="true")
    spec = json.loads(app.get("plotly_chart")[0].proto.spec)
    assert {"annotations", "trend"} <= {each.get("name") for each in spec["data"]}
    assert "Goal $999,999" in [each["text"] for each in spec["layout"]["annotations"]]
    said = [each.value for each in app.markdown]
    assert any("of the way" in each for each in said)
    assert any(each.startswith("**1** Raised prices") for each in said)
    assert any(each.value.startswith("Trend: ") for each in app.caption)


def a_goal(business: Business, target: str, currency: str) -> None:
    _, today = door.span(business.account)
    goals.keep(
        business.user, business.account, "mrr", day=date(today.year + 1, 12, 31), target=Decimal(target),
        currency=currency, today=today, now=1,
    )  # fmt: skip


def drawn(app: AppTest) -> list[str]:
    """The words on the chart."""
    return [each["text"] for each in json.loads(app.get("plotly_chart")[0].proto.spec)["layout"]["annotations"]]


def test_a_goal_in_another_currency_is_told_and_not_compared(business: Business, open_page: Open) -> None:
    a_goal(business, "35000", "usd")
    rules.keep(business.account, Rules(currency="eur"))
    app = open_page("metric", slug="mrr", account=business.account)
    (said,) = [each.value for each in app.caption if "not compared" in each.value]
    assert "$35,000.00 for Dec 31, 2027 was set in USD, and these figures are in EUR" in said.replace("\\", "")
    assert not any("of the way" in each.value for each in app.markdown)
    assert not [each for each in drawn(app) if each.startswith("Goal")]
    rules.keep(business.account, Rules())
    assert [each for each in drawn(open_page("metric", slug="mrr")) if each.startswith("Goal $35,000")]


def test_a_goal_of_another_kind_has_no_currency(business: Business) -> None:
    _, today = door.span(business.account)
    goals.keep(
        business.user, business.account, "active_customers", day=date(today.year + 1, 12, 31), target=Decimal(500),
        currency="usd", today=today, now=1,
    )  # fmt: skip
    (kept,) = goals.of(business.user.workspace, business.account, "active_customers", "jpy")
    assert (kept.target, kept.fits("jpy")) == (500, True)


def test_a_segment_is_not_measured_by_the_goal_for_all(business: Business, open_page: Open) -> None:
    a_goal(business, "999999", "usd")
    segments.save(business.user.workspace, Segment("Germans", (Condition("country", Op.IS, ("DE",)),)), now=1)
    app = open_page("metric", slug="mrr", segment="Germans")
    assert [each for each in app.caption if "not compared with a segment" in each.value]
    assert not any("of the way" in each.value for each in app.markdown)
    assert not [each for each in drawn(app) if each.startswith("Goal")]


def test_a_viewer_sees_them_and_cannot_change_them(
    business: Business, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    annotations.add(business.user, business.account, door.span(business.account)[1], "Launch", now=1)
    monkeypatch.setattr(guard, "current_user", lambda: replace(business.user, role=Role.VIEWER))
    app = open_page("metric", slug="mrr")
    assert any(each.value.startswith("**1** Launch") for each in app.markdown)
    off = {each.label: each.disabled for each in app.button}
    assert off["Set a goal"]
    assert off["Annotate"]


def test_the_address_names_the_period_that_is_opened(business: Business, open_page: Open) -> None:
    _, today = door.span(business.account)
    month = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    app = open_page("metric", slug="new_mrr", interval="month", period=(month + timedelta(days=3)).isoformat())
    (period,) = [each for each in app.selectbox if each.label == "Period"]
    assert period.value == month
    assert app.query_params["period"] in (month.isoformat(), [month.isoformat()])


@pytest.mark.parametrize("asked", ["soon", "1066-10-14", "2026-13-40"])
def test_a_period_that_is_none_is_left_alone(asked: str, business: Business, open_page: Open) -> None:
    app = open_page("metric", slug="mrr", period=asked)
    assert not app.error
    assert proof.clicked(None) is None
