"""A curve without a figure: what a locked feature looks like. No axis, no hover, nothing to read an amount from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from lib.charts import theme
from lib.charts.theme import Palette


@dataclass(frozen=True, slots=True)
class Curve:
    """What is drawn, in shares of the height, 0 to 1: the ``past``, what may lie ``ahead``, and its range."""

    past: Sequence[float]
    ahead: Sequence[float] = ()
    low: Sequence[float] = ()
    high: Sequence[float] = ()


def shape(curve: Curve, colours: Palette, height: int) -> go.Figure:
    """The past as an area, what lies ahead dotted from its end on, within its range."""
    last, at = curve.past[-1], len(curve.past) - 1
    figure = go.Figure(layout=_layout(colours, height, len(curve.past) + len(curve.ahead)))
    if curve.low:
        figure.add_trace(_band([last, *curve.low], [last, *curve.high], at, colours))
    figure.add_trace(_line(curve.past, 0, colours, fill="tozeroy"))
    if curve.ahead:
        figure.add_trace(_line([last, *curve.ahead], at, colours, dash="dot"))
    return figure


def _layout(colours: Palette, height: int, points: int) -> dict[str, object]:
    blank = {"visible": False, "fixedrange": True}
    sides = {"xaxis": blank | {"range": [0, points - 1]}, "yaxis": blank | {"range": [0, 1]}}
    return theme.layout(colours, height, **sides) | {"hovermode": False, "margin": {"l": 0, "r": 0, "t": 0, "b": 0}}


def _line(values: Sequence[float], first: int, colours: Palette, dash: str = "solid", fill: str = "none") -> go.Scatter:
    return go.Scatter(
        x=list(range(first, first + len(values))),
        y=list(values),
        mode="lines",
        line={"color": colours.muted, "width": 2, "dash": dash},
        fill=fill,
        fillcolor=theme.faded(colours.muted, 0.12),
        hoverinfo="skip",
        showlegend=False,
    )


def _band(low: Sequence[float], high: Sequence[float], first: int, colours: Palette) -> go.Scatter:
    places = list(range(first, first + len(low)))
    return go.Scatter(
        x=[*places, *reversed(places)],
        y=[*high, *reversed(low)],
        mode="lines",
        line={"width": 0},
        fill="toself",
        fillcolor=theme.faded(colours.muted, 0.12),
        hoverinfo="skip",
        showlegend=False,
    )
