"""The page of forecasts as a script, and its sentences."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from lib.charts.scale import Scale
from lib.errors import HistoryTooShort, NothingToForecast
from lib.metrics.forecast_backtest import COVERAGE, SCORES
from lib.metrics.forecast_cash import CASH_FLOW
from lib.metrics.forecast_levers import Levers, Pace
from lib.metrics.registry import Unit
from lib.reports import forecast
from lib.reports.forecast import Cash, Outlook, Projection
from lib.web import forecast_page, forecast_words
from lib.web.forecast_page import pulled_by, resting
from tests.web.conftest import Business, Open

USD = Scale(Unit.MONEY, "usd")


def drawn(app: AppTest) -> list[dict[str, Any]]:
    (chart,) = app.get("plotly_chart")
    found: list[dict[str, Any]] = json.loads(chart.proto.spec)["data"]
    return found


def said(app: AppTest) -> str:
    texts = [each.value for each in (*app.markdown, *app.caption, *app.info, *app.warning)]
    return "\n".join([*texts, *(each.proto.body for each in app.get("html"))]).replace("\\", "")


# --- The page ---------------------------------------------------------------------------------------------------------


def test_the_page_shows_the_reports_own_forecast(business: Business, open_page: Open) -> None:
    app = open_page("forecast")
    found = forecast.outlook(business.account)
    assert [each.value for each in app.subheader] == [
        "What if",
        "How wrong it has been",
        "Figures",
        "Cash from renewals",
    ]
    assert [trace["name"] for trace in drawn(app)] == ["95% range", "80% range", "MRR", "Forecast"]
    assert f"<b>{USD.card(found.months['model'][-1])}</b>" in said(app)
    assert app.get("plotly_chart")[0].proto.alt.startswith("MRR was $")
    assert "Left out: customers who are still to come, metered usage" in said(app)


def test_levers_start_at_todays_rates_and_a_pulled_one_draws_a_line(business: Business, open_page: Open) -> None:
    app = open_page("forecast")
    pace = forecast.outlook(business.account).pace
    assert pace is not None
    assert [each.value for each in app.slider] == [round(float(pace.churn) * 100, 1), 0, 0]
    assert "Move a lever to see what would change." in said(app)
    app.slider(key="price").set_value(10.0).run()
    assert drawn(app)[-1]["name"] == "What if"
    assert re.search(
        r"With your changes, MRR at the end of \w+ \d+ would be \$[\d,]+ more than if the last three full months "
        r"went on unchanged: \$[\d,]+ instead of \$[\d,]+\. That is what the levers do, not a second forecast;",
        said(app),
    )
    app.button[0].click().run()
    assert [each.value for each in app.slider] == [round(float(pace.churn) * 100, 1), 0, 0]
    assert drawn(app)[-1]["name"] == "Forecast"


def test_no_other_figure_stands_beside_the_forecast_of_a_month(business: Business, open_page: Open) -> None:
    app = open_page("forecast")
    found = forecast.outlook(business.account)
    last = found.months.row(-1, named=True)
    ends = {f"{end}_{level}" for end in ("low", "high") for level in (80, 95)}
    told = {USD.card(last[name]) for name in ends | {"model"}}
    base = found.scenario(Levers())
    assert base is not None
    rivals = {USD.card(last["plain"]), USD.card(base[-1])} - told
    assert rivals
    shown = said(app) + app.get("plotly_chart")[0].proto.alt
    assert not [each for each in rivals if each in shown]
    assert "Plain mean" not in shown


def test_levers_live_in_the_address(business: Business, open_page: Open) -> None:
    app = open_page("forecast", growth="2.5")
    assert app.slider(key="growth").value == 2.5
    assert drawn(app)[-1]["name"] == "What if"


@pytest.mark.parametrize("asked", ["900", "dear", "nan"])
def test_a_lever_that_can_not_go_there_says_so(asked: str, business: Business, open_page: Open) -> None:
    app = open_page("forecast", price=asked)
    assert f"“{asked}” is no price change to try here; choose one from −50% to 50%." in said(app)
    assert app.slider(key="price").value == 0


def test_percent_are_written_as_the_reader_writes_numbers(business: Business, open_page: Open) -> None:
    for each in open_page("forecast").slider:
        assert (each.proto.format, each.label.endswith(", in percent")) == ("localized", True)
    told = forecast_words.bad_lever("churn a month", "900", 0.0, 22.5, "de_DE")
    assert told.endswith("choose one from 0\N{NO-BREAK SPACE}% to 22,5\N{NO-BREAK SPACE}%.")


@pytest.mark.parametrize(
    "error", [HistoryTooShort(needed=3, months=1, day="2027-01-01"), NothingToForecast(month="October 2026")]
)
def test_without_a_forecast_the_page_says_why_and_still_shows_renewals(
    error: HistoryTooShort | NothingToForecast,
    business: Business,
    open_page: Open,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refused(_key: object) -> Outlook:
        raise error

    monkeypatch.setattr(forecast_page, "outlook", refused)
    app = open_page("forecast")
    assert [each.value for each in app.info] == [error.message]
    assert [each.value for each in app.subheader] == ["Cash from renewals"]


# --- Levers -----------------------------------------------------------------------------------------------------------

PACE = Pace(mrr=10**11, new=Fraction(10**9), churn=Fraction(314, 10_000), expansion=Fraction(0))


def test_a_lever_at_rest_changes_nothing_though_it_shows_a_rounded_rate() -> None:
    levers = resting(PACE)
    assert [each.rest for each in levers] == [3.1, 0, 0]
    assert pulled_by(levers, {"churn": 3.1, "growth": 0.0, "price": 0.0}) == Levers()
    moved = pulled_by(levers, {"churn": 2.1, "growth": 0.5, "price": -10.0})
    assert moved == Levers(Fraction(-1, 100), Fraction(5, 1000), Fraction(-1, 10))


def test_the_lever_of_churn_reaches_beyond_a_high_churn() -> None:
    assert resting(PACE)[0].high == 20
    assert resting(replace(PACE, churn=Fraction(3, 10)))[0].high == 60


# --- Words ------------------------------------------------------------------------------------------------------------

DOLLAR = 100_000_000


def outlook(months: int, scores: list[Any] | None = None, coverage: list[Any] | None = None) -> Outlook:
    """An account with so many months of $100, and a forecast of one more."""
    days = pl.date_range(pl.date(2026, 1, 1), pl.date(2026, months, 1), "1mo", eager=True)
    model = (110, 100, 120, 90, 130) if months >= 6 else (None,) * 5
    row = [days[-1].replace(month=months + 1), *(None if n is None else n * DOLLAR for n in model), 105 * DOLLAR]
    return Outlook(
        currency="usd",
        today=row[0],
        history=pl.DataFrame({"date": days, "value": [100 * DOLLAR] * months}),
        projection=Projection(
            pl.DataFrame([row], schema=forecast.MONTHS, orient="row"),
            pl.DataFrame(scores or [], schema=SCORES, orient="row"),
            pl.DataFrame(coverage or [], schema=COVERAGE, orient="row"),
        ),
        pace=PACE,
    )


SCORED = [(1, 9, 0.03, 0.04, 3 * DOLLAR, 4 * DOLLAR), (12, 3, 0.1, 0.2, 10 * DOLLAR, 20 * DOLLAR)]
HELD = [(80, 1, 9, 8), (80, 12, 3, 2), (95, 1, 9, 9), (95, 12, 3, 3)]


def test_the_headline_is_the_model_or_says_that_it_is_none() -> None:
    assert forecast_words.headline(outlook(6), USD) == (
        "$110", "MRR at the end of July 2026 by the forecast; the 80% range is $100 to $120"
    )  # fmt: skip
    assert forecast_words.headline(outlook(4), USD) == (
        "$105", "MRR at the end of May 2026 by the forecast; it has no range yet"
    )  # fmt: skip
    assert forecast_words.few_months(outlook(4)).startswith("There are 4 full months of MRR so far. From 6 on,")


def test_the_errors_of_the_past_are_told_with_those_of_the_plain_mean() -> None:
    assert forecast_words.judged(outlook(6, SCORED), USD) == (
        "Made again for every past month from what was known then, this forecast was off by 3.0% on average one month "
        "ahead. A yardstick to judge that by, each month adding what the three before added on average, was off by "
        "4.0%. Twelve months ahead it was 10.0% against 20.0%."
    )
    worse = forecast_words.judged(outlook(6, [(1, 9, 0.04, 0.03, 0, 0)]), USD)
    assert worse.endswith("was off by 3.0%. So far the yardstick has done better here.")
    assert forecast_words.judged(outlook(6), USD).startswith("There are no past forecasts to judge this one by yet.")


@pytest.mark.parametrize(
    ("row", "warned"), [((80, 12, 19, 13), True), ((80, 12, 19, 14), False), ((95, 3, 9, 0), False)]
)
def test_ranges_that_held_too_seldom_are_called_too_narrow(row: tuple[int, ...], warned: bool) -> None:
    told = forecast_words.narrow(outlook(6, SCORED, [row]))
    assert told.startswith("Take the ranges as too narrow: of the 80% ranges twelve months ahead, 13 of 19") is warned
    assert bool(told) is warned


def test_the_track_record_tells_both_errors_and_how_often_ranges_held() -> None:
    table = " ".join(re.sub(r"<[^>]+>", " ", forecast_words.track_record(outlook(6, SCORED, HELD), USD)).split())
    assert "One month ahead 9 3.0% ($3.00) 4.0% ($4.00) 8 of 9 9 of 9" in table
    assert "Twelve months ahead 3 10.0% ($10.00) 20.0% ($20.00) 2 of 3 3 of 3" in table


def test_what_if_is_told_against_todays_pace() -> None:
    found = outlook(6)
    dearer = forecast_words.what_if(found, Levers(price=Fraction(1, 10)), USD)
    assert "more than if the last three full months went on unchanged" in dearer
    cheaper = forecast_words.what_if(found, Levers(price=Fraction(-1, 10)), USD)
    assert "less than if the last three full months went on unchanged" in cheaper
    (same, *_rest) = forecast_words.what_if(found, Levers(growth=Fraction(1, 10**12)), USD).split(". That")
    assert "would be the same as if" in same
    assert " instead of " not in same
    assert "$" not in forecast_words.what_if(found, Levers(), USD)
    assert forecast_words.what_if(replace(found, pace=None), Levers(), USD) == ""


def test_a_month_has_one_forecast_in_the_table() -> None:
    shown = forecast_words.months_table(outlook(6), None, USD)
    assert re.findall(r"<td>(.*?)</td>", shown) == ["$110", "$100 to $120", "$90.00 to $130"]
    assert "$105" not in shown


def test_ranges_without_a_model_are_not_available_in_the_table() -> None:
    shown = forecast_words.months_table(outlook(4), None, USD)
    assert shown.count(">n/a<") == 2
    assert ">$105<" in shown
    assert ">What if<" in forecast_words.months_table(outlook(6), [1], USD)


def cash(expected: int | None, trials: int | None, conversion: Fraction | None, *, on_trial: bool = True) -> Cash:
    """Two months with renewals of $1 and $2; what is after churn and from trials in dollars, the same in both."""
    after, begun = (None if each is None else each * DOLLAR for each in (expected, trials))
    rows = [
        (date(2026, 11, 24), date(2026, 11, 30), DOLLAR, after, begun, False),
        (date(2026, 12, 1), date(2026, 12, 31), 2 * DOLLAR, after, begun, True),
    ]
    frame = pl.DataFrame(rows, schema=CASH_FLOW, orient="row")
    churn = None if expected is None else Fraction(1, 20)
    return Cash("usd", frame["date"][0], frame, churn, conversion, on_trial)


def test_renewals_are_told_with_the_rates_they_are_reckoned_at() -> None:
    assert forecast_words.cash_sentence(cash(1, 3, Fraction(3, 2)), USD) == (
        "Running subscriptions renew for $3.00 from today to the end of December 2026. At the customer churn rate of "
        "the last 30 days, 5.0%, $2.00 of that comes in. Running trials add $6.00 if 100.0% of them convert, as in the "
        "last 30 days, and churn alike."
    )
    assert forecast_words.cash_sentence(cash(None, None, None), USD).endswith(
        "What running trials may add can't be told: none began in the last 30 days."
    )
    assert forecast_words.cash_sentence(cash(None, None, None, on_trial=False), USD).endswith("December 2026.")


def test_an_amount_that_can_not_be_told_is_no_zero_in_the_table() -> None:
    shown = forecast_words.cash_table(cash(None, 3, Fraction(1)), USD)
    assert shown.count(">n/a<") == 3
    assert "November 2026, from today" in shown
    assert "From trials" not in forecast_words.cash_table(cash(1, 0, None, on_trial=False), USD)
