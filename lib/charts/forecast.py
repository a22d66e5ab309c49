"""MRR so far and where it may go: one forecast, its ranges, and what-if beside it.

The plain mean is the forecast while there are too few months for a model; after that it is not drawn: two forecasts of
one month would leave the reader to guess which is meant.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import plotly.graph_objects as go
import polars as pl

from lib.charts import theme, time_axis
from lib.charts.scale import Scale
from lib.charts.style import Frame, Style, layout
from lib.periods import Interval

PAST: Final = 24
"""Months of history drawn: with more, what lies ahead has no room."""
_RANGES: Final = {95: 0.14, 80: 0.22}
"""Ranges in percent, the widest first, each with its opacity over the one before."""


@dataclass(frozen=True, slots=True)
class Line:
    """How a line is drawn: its name, its use in the palette, and a dash of its own, so that no colour stands alone."""

    name: str
    colour: str
    dash: str = "solid"
    width: float = 2


ACTUAL: Final = Line("MRR", "primary")
MODEL: Final = Line("Forecast", "primary", "dot")
WHAT_IF: Final = Line("What if", "reactivation", "dashdot")


def forecast(history: Frame, months: Frame, style: Style, what_if: Sequence[int] | None = None) -> go.Figure:
    """``history`` (date, value) and ``months`` (see lib.reports.forecast.MONTHS), micros; ``what_if`` month by month.

    Lines and ranges ahead begin at the last value of the past. Months without a model have the plain mean as forecast.
    """
    past = history.tail(PAST)
    ahead = months["date"].to_list()
    last = past.tail(1)
    figure = go.Figure(layout=_layout(past, months, what_if, style))

    def draw(line: Line, values: pl.Series, texts: list[str]) -> None:
        joined = pl.concat([last["value"], values])
        figure.add_trace(_trace(line, [*last["date"], *ahead], joined, ["", *texts], style))

    if _modelled(months):
        for level in _RANGES:
            figure.add_trace(_band(last, months, level, style))
    figure.add_trace(_trace(ACTUAL, past["date"].to_list(), past["value"], _said(ACTUAL, past["value"], style), style))
    if _modelled(months):
        draw(MODEL, months["model"], _said_with_ranges(months, style))
    else:
        draw(MODEL, months["plain"], _said(MODEL, months["plain"], style))
    if what_if is not None:
        values = pl.Series("what_if", what_if, dtype=pl.Int64)
        draw(WHAT_IF, values, _said(WHAT_IF, values, style))
    return figure


def _modelled(months: Frame) -> bool:
    return months["model"].null_count() == 0


def _layout(past: Frame, months: Frame, what_if: Sequence[int] | None, style: Style) -> dict[str, Any]:
    hidden = {"date", "plain"} if _modelled(months) else {"date"}
    micros = [past["value"], *(months[name].drop_nulls() for name in months.columns if name not in hidden)]
    micros += [] if what_if is None else [pl.Series(what_if, dtype=pl.Int64)]
    drawn = style.scale.drawn(pl.concat([each.rename("") for each in micros]))
    days = [*past["date"], *months["date"]]
    found = layout(style, days, drawn, zero=False)
    found["xaxis"] |= {"hoverformat": "End of %b %Y"}
    return found | {"showlegend": True, "legend": theme.legend(style.colours)}


def _trace(line: Line, days: list[date], values: pl.Series, texts: list[str], style: Style) -> go.Scatter:
    return go.Scatter(
        x=days,
        y=style.scale.drawn(values),
        name=line.name,
        mode="lines",
        line={"color": getattr(style.colours, line.colour), "width": line.width, "dash": line.dash},
        customdata=texts,
        hovertemplate=["%{customdata}<extra></extra>" if text else "<extra></extra>" for text in texts],
    )


def _band(last: Frame, months: Frame, level: int, style: Style) -> go.Scatter:
    """The range of ``level`` percent as one closed outline, from the last value there and back."""
    days = [*last["date"], *months["date"]]
    high, low = (style.scale.drawn(pl.concat([last["value"], months[f"{end}_{level}"]])) for end in ("high", "low"))
    return go.Scatter(
        x=[*days, *reversed(days)],
        y=[*high, *reversed(low)],
        name=f"{level}% range",
        mode="lines",
        line={"width": 0},
        fill="toself",
        fillcolor=theme.faded(style.colours.primary, _RANGES[level]),
        hoverinfo="skip",
    )


def _said(line: Line, values: pl.Series, style: Style) -> list[str]:
    """For each value its exact amount."""
    return [f"{line.name}: <b>{style.scale.text(value)}</b>" for value in values]


def _said_with_ranges(months: Frame, style: Style) -> list[str]:
    texts = _said(MODEL, months["model"], style)
    return [
        f"{text}" + "".join(f"<br>{level}% range: {between(row, level, style.scale)}" for level in sorted(_RANGES))
        for text, row in zip(texts, months.iter_rows(named=True), strict=True)
    ]


def between(row: dict[str, Any], level: int, scale: Scale) -> str:
    """A month's range of ``level`` percent: ``$75,328 to $116,414``."""
    return f"{scale.card(row[f'low_{level}'])} to {scale.card(row[f'high_{level}'])}"


def alt(history: Frame, months: Frame, scale: Scale, what_if: Sequence[int] | None = None) -> str:
    """What the chart shows, in sentences for those who hear the page; frames as in ``forecast``."""
    (then, value), end = history.row(-1), months.row(-1, named=True)
    when, until = (time_axis.label(day, Interval.MONTH, scale.locale) for day in (then, end["date"]))
    said = [f"MRR was {scale.text(value)} at the end of {when}."]
    if end["model"] is not None:
        ranges = ", ".join(f"{level}% range {between(end, level, scale)}" for level in sorted(_RANGES))
        said.append(f"The forecast for the end of {until} is {scale.text(end['model'])}: {ranges}.")
    else:
        said.append(f"The forecast for the end of {until} is {scale.text(end['plain'])}; it has no range yet.")
    if what_if is not None:
        said.append(f"What if, with the levers pulled, leads to {scale.text(what_if[-1])}.")
    return " ".join(said)
