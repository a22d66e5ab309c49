"""One metric over time: a line, an area or bars, with its comparison dashed and its unfinished period marked."""

from __future__ import annotations

from datetime import date
from itertools import zip_longest
from typing import Any, TypeAlias

import plotly.graph_objects as go
import polars as pl

from lib.charts import scale as scales
from lib.charts import theme, time_axis
from lib.charts.marks import Marks, draw
from lib.charts.style import Style, last, layout
from lib.periods import Interval

Ends: TypeAlias = tuple[float | None, float | None]


def series(
    frame: pl.DataFrame, style: Style, comparison: pl.DataFrame | None = None, marks: Marks | None = None
) -> go.Figure:
    """``frame`` (date, value, unfinished) drawn as ``style.kind``; ``comparison`` has the same columns, earlier dates;
    ``marks``: a goal, annotations, a trend.

    The two are laid over each other row by row. Rows without a value leave a gap; they are never drawn as zero.
    A click anywhere in a period chooses its point: but for pins, nothing else on the figure answers the pointer.
    """
    placed = frame.with_columns(date=time_axis.firsts(frame["date"], style.interval)) if style.kind == "bar" else frame
    days = placed["date"].to_list()
    values = style.scale.drawn(frame["value"])
    before = style.scale.drawn(comparison["value"].head(len(days))) if comparison is not None else []
    goal = [] if marks is None or marks.goal is None else [marks.goal * style.scale.factor]
    figure = go.Figure(layout=layout(style, days, [*values, *before, *goal], zero=style.kind != "line"))
    figure.update_layout(hoverdistance=theme.reach(len(days)))
    hover = _joined(_hover(frame, style), _said(comparison.head(len(days)), style) if comparison is not None else [])
    for trace in [_bars(placed, values, hover, style)] if style.kind == "bar" else _line(frame, values, hover, style):
        figure.add_trace(trace)
    if comparison is not None:
        figure.add_trace(_comparison(before, days, style))
    if style.kind == "bar":
        theme.note_so_far(figure, placed, values, style.colours)
    else:
        _end_label(figure, frame, values, style)
        if len(before) == len(values):
            _before_label(figure, days, (last(values), last(before)), style)
    return draw(figure, placed, style, marks) if marks else figure


def _hover(frame: pl.DataFrame, style: Style) -> list[str]:
    """For each row: the period, the exact value, the change since the row before."""
    lines: list[str] = []
    before: float | None = None
    for day, value, unfinished in frame.select("date", "value", "unfinished").iter_rows():
        when = style.when(day, unfinished=unfinished)
        change = style.scale.change(value, before) if lines else ""
        extra = f"  {change}" if change and change != scales.NOT_AVAILABLE and not unfinished else ""
        lines.append(f"{when}<br><b>{style.scale.text(value)}</b>{extra}")
        before = value
    return lines


def _said(frame: pl.DataFrame, style: Style) -> list[str]:
    """For each row of the comparison: its value and its own period."""
    return [
        f"before: {style.scale.text(value)} ({time_axis.label(day, style.interval, style.locale)})"
        for day, value in frame.select("date", "value").iter_rows()
    ]


def _joined(hover: list[str], said: list[str]) -> list[str]:
    """What points say, the comparison included: its line would catch their clicks if it spoke for itself."""
    return [f"{own}<br>{before}" if before else own for own, before in zip_longest(hover, said, fillvalue="")]


def _comparison(values: list[float | None], days: list[date], style: Style) -> go.Scatter:
    return go.Scatter(
        x=days[: len(values)],
        y=values,
        mode="lines",
        name="before",
        line={"color": style.colours.ink if style.kind == "bar" else style.colours.muted, "width": 1.5, "dash": "dash"},
        hoverinfo="skip",
    )


def _line(frame: pl.DataFrame, values: list[float | None], hover: list[str], style: Style) -> list[go.Scatter]:
    """The finished stretch solid, the unfinished one dotted from the last finished point on."""
    days = frame["date"].to_list()
    unfinished = frame["unfinished"].to_list()
    done = unfinished.index(True) if True in unfinished else len(days)
    line = {"color": style.colours.primary, "width": 2}
    fill: dict[str, Any] = {"fill": "tozeroy", "fillcolor": style.colours.tint} if style.kind == "area" else {}
    traces = [
        go.Scatter(
            x=days[:done],
            y=values[:done],
            line=line,
            mode="lines+markers",
            customdata=hover[:done],
            hovertemplate="%{customdata}<extra></extra>",
            **theme.target(style.colours.primary, seen=done == 1),
            **fill,
        )
    ]
    if done < len(days):
        start = max(0, done - 1)
        traces.append(
            go.Scatter(
                x=days[start:],
                y=values[start:],
                mode="lines+markers",
                marker={"size": [0] * (done - start) + [7] * (len(days) - done), "color": style.colours.primary},
                unselected={"marker": {"opacity": 1}},
                line=line | {"dash": "dot"},
                customdata=[None] * (done - start) + hover[done:],
                hovertemplate=["<extra></extra>"] * (done - start)
                + ["%{customdata}<extra></extra>"] * (len(days) - done),
                **fill,
            )
        )
    return traces


def _bars(frame: pl.DataFrame, values: list[float | None], hover: list[str], style: Style) -> go.Bar:
    shapes = [theme.UNFINISHED_PATTERN if u else "" for u in frame["unfinished"]]
    return go.Bar(
        x=frame["date"].to_list(),
        y=values,
        marker={
            "color": style.colours.primary,
            "line": {"width": 0},
            "pattern": theme.pattern(shapes, style.colours),
        },
        unselected=theme.UNCHOSEN,
        customdata=hover,
        hovertemplate="%{customdata}<extra></extra>",
    )


def _end_label(figure: go.Figure, frame: pl.DataFrame, values: list[float | None], style: Style) -> None:
    """The last value, written at the line's end."""
    known = [i for i, v in enumerate(values) if v is not None]
    if not known:
        return
    final = known[-1]
    text = style.scale.card(frame["value"][final])
    unfinished = frame["unfinished"][final] and style.interval is not Interval.DAY
    ending = f"<br>{theme.SO_FAR}" if unfinished else ""
    _at_end(figure, frame["date"][final], values[final], text + ending, style.colours.ink)
    figure.update_layout(margin={"r": 16 + 8 * max(len(text), len(theme.SO_FAR))})


def _before_label(figure: go.Figure, days: list[date], lines: Ends, style: Style) -> None:
    """Write "before" at the end of the comparison, unless the line's own label stands there."""
    (now, before), (low, high) = lines, figure.layout.yaxis.range
    if before is None or not days:
        return
    if now is None or abs(now - before) > (high - low) * 40 / style.height:
        _at_end(figure, days[-1], before, "before", style.colours.muted)


def _at_end(figure: go.Figure, day: date, value: float | None, text: str, colour: str) -> None:
    figure.add_annotation(
        x=day, y=value, text=text, showarrow=False, xanchor="left", xshift=8, align="left", font={"color": colour}
    )
