"""What people put on a chart: a goal's line, numbered pins of annotations, a trend."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

import plotly.graph_objects as go
import polars as pl

from lib.charts.style import Style
from lib.periods import Interval, period_start

_MONTH: Final = 365.2425 / 12
_FEWEST: Final = 3


@dataclass(frozen=True, slots=True)
class Marks:
    """``goal`` in the metric's raw unit; ``pins``: days and what happened on them; ``trend``: whether to draw one."""

    goal: float | None = None
    pins: tuple[tuple[date, str], ...] = ()
    trend: bool = False


@dataclass(frozen=True, slots=True)
class Trend:
    """The straight line of least squares: raw values at the first and the last day, and what it gains in a month."""

    days: tuple[date, date]
    ends: tuple[float, float]
    monthly: float


def trend_of(frame: pl.DataFrame) -> Trend | None:
    """The line of least squares (Gauss) through the finished periods of ``frame`` (date, value, unfinished); None with
    fewer than three.
    """
    known = frame.filter(~pl.col("unfinished"), pl.col("value").is_not_null())
    if known.height < _FEWEST:
        return None
    first = known["date"][0]
    x = (known["date"] - first).dt.total_days().cast(pl.Float64)
    y = known["value"].cast(pl.Float64)
    across = x - x.mean()
    slope = float((across * y).sum()) / float((across * across).sum())
    middle = float(y.mean() or 0)  # type: ignore[arg-type] # the mean of numbers is one
    start, end = middle + slope * float(across[0]), middle + slope * float(across[-1])
    return Trend((first, known["date"][-1]), (start, end), slope * _MONTH)


def draw(figure: go.Figure, frame: pl.DataFrame, style: Style, marks: Marks) -> go.Figure:
    """Put ``marks`` on a figure of ``frame``; returns it."""
    if marks.trend and (found := trend_of(frame)):
        _trend(figure, found, style)
    if marks.goal is not None:
        _goal(figure, marks.goal, style)
    if marks.pins:
        _pins(figure, frame, marks.pins, style)
    return figure


def _goal(figure: go.Figure, goal: float, style: Style) -> None:
    level = goal * style.scale.factor
    line = {"color": style.colours.new, "width": 1.5, "dash": "longdash"}
    figure.add_shape(type="line", xref="paper", x0=0, x1=1, y0=level, y1=level, line=line)
    figure.add_annotation(
        xref="paper", x=0, y=level, text=f"Goal {style.scale.card(goal)}", showarrow=False, xanchor="left",
        yanchor="bottom", font={"color": style.colours.new},
    )  # fmt: skip


def _trend(figure: go.Figure, found: Trend, style: Style) -> None:
    factor = style.scale.factor
    figure.add_trace(
        go.Scatter(
            x=list(found.days),
            y=[each * factor for each in found.ends],
            mode="lines",
            name="trend",
            line={"color": style.colours.contraction, "width": 1.5, "dash": "dashdot"},
            hoverinfo="skip",
        )
    )


def gains(found: Trend, style: Style) -> str:
    """What a trend gains in a month: ``+$1,240 a month``."""
    sign = "+" if found.monthly > 0 else "−" if found.monthly < 0 else ""
    return f"{sign}{style.scale.card(abs(found.monthly))} a month"


def _pins(figure: go.Figure, frame: pl.DataFrame, pins: tuple[tuple[date, str], ...], style: Style) -> None:
    """A numbered pin at the top for each; where two fall on one place, the numbers stand together."""
    days = frame["date"].to_list()
    places: dict[date, list[int]] = {}
    for number, (day, _) in enumerate(pins):
        place = period_start(day, style.interval) if style.interval is not Interval.DAY else day
        places.setdefault(max(place, days[0]) if days else place, []).append(number)
    top = figure.layout.yaxis.range[1]
    figure.add_trace(
        go.Scatter(
            x=list(places),
            y=[top] * len(places),
            mode="markers+text",
            name="annotations",
            cliponaxis=False,
            marker={
                "size": 20,
                "color": style.colours.page,
                "line": {"color": style.colours.ink, "width": 1},
            },
            text=[",".join(str(n + 1) for n in numbers) for numbers in places.values()],
            textfont={"size": 13, "color": style.colours.ink},
            unselected={"marker": {"opacity": 1}, "textfont": {"color": style.colours.ink}},
            customdata=["<br>".join(f"{n + 1}: {_safe(pins[n][1])}" for n in numbers) for numbers in places.values()],
            hovertemplate="%{customdata}<extra></extra>",
        )
    )
    figure.update_layout(margin={"t": 24})
    for place in places:
        figure.add_shape(
            type="line", x0=place, x1=place, yref="paper", y0=0, y1=1, layer="below",
            line={"color": style.colours.rule, "width": 1, "dash": "dot"},
        )  # fmt: skip


def _safe(text: str) -> str:
    """Text that Plotly shows letter by letter: it reads a few tags of HTML."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
