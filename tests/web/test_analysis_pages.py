"""Cohorts, Plans and Cancellations as scripts: what they show of a synced business, in every view."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from lib.charts.theme import LIGHT
from lib.metrics.cohorts import Choice, Every, Measure, Of, Show
from lib.metrics.plans import Level
from lib.reports import cancellations as cancelled
from lib.reports import cohorts, door, plans
from lib.web import cancellations_page, cohorts_page, plans_page
from lib.web.reader import Reader
from tests.web.conftest import Business, Open

TAG = re.compile(r"<[^>]+>")


def html(app: AppTest) -> str:
    return "\n".join(each.proto.body for each in app.get("html") if "<style" not in each.proto.body)


def heat(app: AppTest) -> dict[str, Any]:
    (chart,) = app.get("plotly_chart")
    found: dict[str, Any] = json.loads(chart.proto.spec)
    return found


# --- Cohorts ----------------------------------------------------------------------------------------------------------


def test_the_heat_map_shows_the_reports_own_cohorts(business: Business, open_page: Open) -> None:
    app = open_page("cohorts")
    found = cohorts.table(business.account, Choice())
    drawn = heat(app)
    assert len(drawn["data"][0]["text"]) == found.count + 1
    assert drawn["layout"]["yaxis"]["ticktext"][0].startswith("<b>All cohorts</b>")
    assert drawn["data"][0]["textfont"]["color"] == LIGHT.ink
    assert app.get("plotly_chart")[0].proto.alt.startswith(f"Customer retention of {found.count} cohorts by month")


@pytest.mark.parametrize("every", list(Every))
@pytest.mark.parametrize("measure", list(Measure))
@pytest.mark.parametrize("of", list(Of))
def test_every_view_has_a_map_a_sentence_and_a_table(
    of: Of, measure: Measure, every: Every, business: Business, open_page: Open
) -> None:
    app = open_page("cohorts", of=of.value, show="churn", every=every.value, **{"as": measure.value})
    choice = Choice(of, Show.CHURN, measure, every)
    assert heat(app)["layout"]["annotations"][0]["text"] == f"{every.capitalize()}s since the first payment"
    assert cohorts_page.sentence(choice) in [each.value for each in app.markdown]
    assert '<th scope="row">All cohorts</th>' in html(app)


def test_no_more_than_24_cohorts_until_asked_and_the_page_says_so(business: Business, open_page: Open) -> None:
    count = cohorts.table(business.account, Choice(every=Every.WEEK)).count
    assert count > cohorts_page.MOST
    few, everything = open_page("cohorts", every="week"), open_page("cohorts", every="week", all="true")
    assert len(heat(few)["data"][0]["text"]) == cohorts_page.MOST + 1
    assert f"The newest 24 of {count} cohorts are shown" in "".join(each.value for each in few.caption)
    assert len(heat(everything)["data"][0]["text"]) == count + 1


# --- Plans ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", list(Level))
def test_every_plan_has_its_row_and_they_add_up_to_mrr(level: Level, business: Business, open_page: Open) -> None:
    shown = html(open_page("plans", level=level.value))
    found = plans.table(business.account, level)
    assert shown.count('<th scope="row">') == len(found.rows) + 1
    mrr = door.card(business.account, "mrr").value
    assert sum(row.mrr for row in found.rows) == found.total.mrr == mrr


@pytest.mark.parametrize(("shown", "left", "rate"), [("0.0%*", 1, 0.0), ("0.0%", 0, 0.0), ("0.03%", 3, 0.0003)])
def test_no_churn_beside_customers_who_left_says_why(shown: str, left: int, rate: float, business: Business) -> None:
    found = plans.table(business.account, Level.PLAN)
    row = replace(found.held[0], churned_customers=left, churn_rate=rate)
    one = replace(found, total=row, rows=(row,))
    table = plans_page.html(one, Reader().money(found.currency))
    assert re.findall(r"<td>([^<]*)</td></tr>", table) == [shown, shown]
    assert bool(plans_page.apart(one)) is shown.endswith("*")


def test_the_sentence_of_the_plans_tells_how_many_have_nobody(business: Business) -> None:
    found = plans.table(business.account, Level.PLAN)
    assert plans_page.sentence(found).startswith(f"{len(found.held)} plans have customers today")


# --- Cancellations ----------------------------------------------------------------------------------------------------


def test_cancellations_show_reasons_and_lead_to_stripe(business: Business, open_page: Open) -> None:
    app = open_page("cancellations", range="All time")
    shown = html(app)
    found = cancelled.table(business.account, *door.span(business.account))
    said, ended, everyone = (each.value for each in app.dataframe)
    assert "Too expensive" in set(said["label"])
    assert said["share"].sum() == ended["share"].sum() == pytest.approx(1)
    heads = [json.loads(each.proto.columns)["share"] for each in app.dataframe[:2]]
    assert [each["type_config"]["format"] for each in heads] == ["percent"] * 2
    assert said["count"].sum() == ended["count"].sum() == len(everyone) == len(found.rows)
    assert list(everyone["cancelled"].dt.date) == [row.cancelled for row in found.rows]
    heads = ["What customers said", "How it ended", "In their words", "Who cancelled"]
    assert [each.value for each in app.subheader] == heads
    assert re.search(rf'href="https://dashboard.stripe.com/{business.account}/test/subscriptions/sub_\w+"', shown)
    assert "<script" not in shown


def test_a_comment_is_shown_letter_by_letter(
    business: Business, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = cancelled.table

    def evil(*of: Any) -> cancelled.Cancellations:  # noqa: ANN401 - passed on
        found = real(*of)
        return replace(found, rows=tuple(replace(row, comment="<img src=x onerror=1>") for row in found.rows))

    monkeypatch.setattr(cancelled, "table", evil)
    cancellations_page._table.cache_clear()
    shown = html(open_page("cancellations", range="All time"))
    cancellations_page._table.cache_clear()
    assert "&lt;img src=x" in shown
    assert "<img" not in shown


def test_one_that_still_runs_is_leaving_and_its_mrr_is_at_stake(business: Business) -> None:
    found = cancelled.table(business.account, *door.span(business.account))
    staying = [row for row in found.rows if not row.gone]
    assert staying
    money = Reader().money(found.currency)
    assert all(cancellations_page.leaving(row, money).startswith("leaving on ") for row in staying if row.leaves)
    assert found.total.at_stake == sum(row.at_stake for row in staying)
    assert "at stake" in cancellations_page.sentence(found, "Since Mar 3, 2026", money)


def test_cancellations_of_days_that_the_reader_picks(business: Business, open_page: Open) -> None:
    everything = cancelled.table(business.account, *door.span(business.account))
    day = everything.rows[len(everything.rows) // 2].cancelled
    app = open_page("cancellations", range="Custom", days=day.isoformat())
    app.date_input[0].set_value((day, day)).run()
    assert list(app.dataframe[-1].value["cancelled"].dt.date) == [
        r.cancelled for r in everything.rows if r.cancelled == day
    ]
    assert any(each.value.startswith("On ") for each in app.markdown)


def test_a_span_without_cancellations_says_so(business: Business, open_page: Open) -> None:
    cut = {row.cancelled for row in cancelled.table(business.account, *door.span(business.account)).rows}
    first, today = door.span(business.account)
    day = next(d for d in (today - timedelta(days=n) for n in range((today - first).days)) if d not in cut)
    app = open_page("cancellations", range="Custom")
    app.date_input[0].set_value((day, day)).run()
    assert app.info[0].value.startswith("On ")
    assert "no subscription was cancelled" in app.info[0].value
    assert not app.dataframe


def test_a_span_in_words() -> None:
    start, end = date(2026, 3, 3), date(2026, 3, 9)
    assert cancellations_page.span(start, end, end, "en_US") == "Since Mar 3, 2026"
    assert cancellations_page.span(start, end, date(2026, 4, 1), "en_US") == "From Mar 3, 2026 to Mar 9, 2026"
    assert cancellations_page.span(end, end, end, "en_US") == "On Mar 9, 2026"
