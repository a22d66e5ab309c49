"""What people put on a chart: the goal's line within the picture, pins with their numbers, the trend's slope."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest

from lib.charts import series
from lib.charts.marks import Marks, gains, trend_of
from lib.charts.scale import Scale
from lib.charts.style import Style
from lib.charts.theme import LIGHT
from lib.metrics.registry import Unit

DOLLAR = 100_000_000
FIRST = date(2026, 3, 1)


def frame(*dollars: float | None, unfinished: bool = True) -> pl.DataFrame:
    """A day each; the last one is not over."""
    days = [FIRST + timedelta(days=i) for i in range(len(dollars))]
    values = [None if each is None else int(each * DOLLAR) for each in dollars]
    over = [unfinished and i == len(dollars) - 1 for i in range(len(dollars))]
    return pl.DataFrame({"date": days, "value": values, "unfinished": over}, schema_overrides={"value": pl.Int64})


STYLE = Style(Scale(Unit.MONEY, "usd", "en_US"), LIGHT)


@pytest.mark.parametrize(
    ("daily", "values"),
    [(2, (10, 12, 14, 99)), (0, (5, 5, 5, 5)), (-1, (9, None, 7, 6, 50)), (0.5, (0, 1, 1, 0))],
)
def test_the_trend_gains_what_least_squares_say(daily: float, values: tuple[float | None, ...]) -> None:
    expected = {0.5: 0.5}.get(daily, daily)
    found = trend_of(frame(*values))
    assert found is not None
    assert found.monthly / DOLLAR == pytest.approx(expected * 365.2425 / 12)


def test_two_points_make_no_trend() -> None:
    assert trend_of(frame(1, 2, 3)) is None


def test_a_trend_in_words() -> None:
    found = trend_of(frame(10, 12, 14, 0))
    assert found is not None
    assert gains(found, STYLE) == "+$60.87 a month"


def test_the_goal_lies_within_the_picture() -> None:
    figure = series.series(frame(10, 12, 14), STYLE, None, Marks(goal=50 * DOLLAR))
    (line,) = figure.layout.shapes
    assert line.y0 == line.y1 == 50
    assert figure.layout.yaxis.range[1] >= 50
    assert "Goal $50.00" in [each.text for each in figure.layout.annotations]


def test_pins_are_numbered_and_harmless() -> None:
    pins = ((FIRST, "Launch"), (FIRST, "<b>x</b>"), (FIRST + timedelta(days=2), "Sale"))
    figure = series.series(frame(10, 12, 14), STYLE, None, Marks(pins=pins))
    (trace,) = [each for each in figure.data if each.name == "annotations"]
    assert list(trace.text) == ["1,2", "3"]
    assert trace.customdata[0] == "1: Launch<br>2: &lt;b&gt;x&lt;/b&gt;"
