"""The chart of forecasts: what is drawn where, and what it says to those who hear it."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from lib.charts import forecast
from lib.charts.scale import Scale
from lib.charts.style import Style
from lib.charts.theme import DARK, LIGHT, Palette
from lib.metrics.forecast import HISTORY
from lib.metrics.registry import Unit
from lib.periods import Interval

DOLLAR = 100_000_000
USD = Scale(Unit.MONEY, "usd")
PAST = pl.DataFrame(
    [(date(2026, 9, 1), 900 * DOLLAR), (date(2026, 10, 1), 1000 * DOLLAR)], schema=HISTORY, orient="row"
)
COLUMNS = ("date", "model", "low_80", "high_80", "low_95", "high_95", "plain")


def months(*rows: tuple[str, int | None, int | None, int | None, int | None, int | None, int]) -> pl.DataFrame:
    """Dollars."""
    full = [(date.fromisoformat(day), *(None if n is None else n * DOLLAR for n in ns)) for day, *ns in rows]
    return pl.DataFrame(full, schema=dict.fromkeys(COLUMNS, pl.Int64) | {"date": pl.Date}, orient="row")


AHEAD = months(("2026-11-01", 1100, 1050, 1150, 1000, 1200, 1120), ("2026-12-01", 1200, 1100, 1300, 1000, 1400, 1240))
YOUNG = months(("2026-11-01", None, None, None, None, None, 1120))


def style(colours: Palette = LIGHT) -> Style:
    return Style(USD, colours, Interval.MONTH)


def test_lines_and_ranges_go_on_from_the_last_value_of_the_past() -> None:
    wide, narrow, actual, model = forecast.forecast(PAST, AHEAD, style()).data
    assert (wide.name, narrow.name, actual.name, model.name) == ("95% range", "80% range", "MRR", "Forecast")
    assert list(actual.y) == [900, 1000]
    assert list(model.y) == [1000, 1100, 1200]
    assert list(wide.y) == [1000, 1200, 1400, 1000, 1000, 1000]
    assert list(narrow.y) == [1000, 1150, 1300, 1100, 1050, 1000]


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_no_two_lines_share_a_dash_and_ranges_are_of_the_lines_colour(colours: Palette) -> None:
    data = forecast.forecast(PAST, AHEAD, style(colours), [1, 2]).data
    dashes = [trace.line.dash for trace in data if trace.mode == "lines" and trace.fill is None]
    assert sorted(dashes) == ["dashdot", "dot", "solid"]
    red, green, blue = (int(colours.primary[n : n + 2], 16) for n in (1, 3, 5))
    assert data[0].fillcolor == f"rgba({red},{green},{blue},0.14)"


def test_without_a_model_the_plain_mean_is_the_forecast() -> None:
    actual, model = forecast.forecast(PAST, YOUNG, style()).data
    assert (actual.name, model.name, list(model.y)) == ("MRR", "Forecast", [1000, 1120])
    assert forecast.alt(PAST, YOUNG, USD) == (
        "MRR was $1,000.00 at the end of October 2026. The forecast for the end of November 2026 is $1,120.00; it has "
        "no range yet."
    )


def test_the_tooltip_tells_the_exact_amount_and_both_ranges() -> None:
    (*_, model) = forecast.forecast(PAST, AHEAD, style()).data
    assert list(model.customdata) == [
        "",
        "Forecast: <b>$1,100.00</b><br>80% range: $1,050 to $1,150<br>95% range: $1,000 to $1,200",
        "Forecast: <b>$1,200.00</b><br>80% range: $1,100 to $1,300<br>95% range: $1,000 to $1,400",
    ]


def test_a_long_past_leaves_room_for_what_lies_ahead() -> None:
    days = pl.date_range(date(2020, 1, 1), date(2026, 10, 1), "1mo", eager=True)
    long = pl.DataFrame({"date": days, "value": [DOLLAR] * days.len()}, schema=HISTORY)
    assert len(forecast.forecast(long, AHEAD, style()).data[2].x) == forecast.PAST


def test_the_sentences_for_screen_readers() -> None:
    assert forecast.alt(PAST, AHEAD, USD, [1300 * DOLLAR, 1500 * DOLLAR]) == (
        "MRR was $1,000.00 at the end of October 2026. The forecast for the end of December 2026 is $1,200.00: 80% "
        "range $1,100 to $1,300, 95% range $1,000 to $1,400. What if, with the levers pulled, leads to $1,500.00."
    )
