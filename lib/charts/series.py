"""One metric over time: a line, an area or bars, with its comparison dashed and its unfinished period marked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final, TypeAlias

import plotly.graph_objects as go
import polars as pl

from lib.charts import scale as scales
from lib.charts import theme, time_axis
from lib.charts.scale import Scale
from lib.charts.theme import Palette
from lib.periods import Interval

Figure: TypeAlias = go.Figure
Ends: TypeAlias = tuple[float | None, float | None]
AT_MOST: Final = 5
"""Series in one chart; the rest is folded into the last, "Other"."""
OTHER: Final = "Other"


@dataclass(frozen=True, slots=True)
class Style:
    """What a figure must know of its reader and its place. ``kind`` is area, line or bar."""

    scale: Scale
    colours: Palette
    interval: Interval = Interval.DAY
    kind: str = "line"
    height: int = 280

    @property
    def locale(self) -> str:
        """The reader's locale, as Babel writes it."""
        return self.scale.locale


def series(frame: pl.DataFrame, style: Style, comparison: pl.DataFrame | None = None) -> go.Figure:
    """``frame`` (date, value, unfinished) drawn as ``style.kind``; ``comparison`` has the same columns, earlier dates.

    The two are laid over each other row by row. Rows without a value leave a gap; they are never drawn as zero.
    """
    days = frame["date"].to_list()
    values = style.scale.drawn(frame["value"])
    before = style.scale.drawn(comparison["value"].head(len(days))) if comparison is not None else []
    figure = go.Figure(layout=_layout(style, days, [*values, *before], zero=style.kind != "line"))
    if comparison is not None:
        figure.add_trace(_comparison(comparison.head(len(days)), before, days, style))
    hover = _hover(frame, style)
    if style.kind == "bar":
        figure.add_trace(_bars(frame, values, hover, style))
        theme.note_so_far(figure, frame, values, style.colours)
    else:
        for trace in _line(frame, values, hover, style):
            figure.add_trace(trace)
        _end_label(figure, frame, values, style)
        if len(before) == len(values):
            _before_label(figure, days, (_last(values), _last(before)), style)
    return figure


def breakdown(frame: pl.DataFrame, style: Style, labels: dict[str, str] | None = None) -> go.Figure:
    """``frame`` (date, group, value, unfinished), at most AT_MOST groups (see fold): lines, or stacked bars.

    Each line carries its name at its right end; bars have a legend. ``labels`` names groups for people.
    """
    labels = labels or {}
    days = frame["date"].unique().sort().to_list()
    groups = frame["group"].unique(maintain_order=True).to_list()
    parts = {g: _filled(frame.filter(pl.col("group") == g), days) for g in groups}
    drawn = {g: style.scale.drawn(part["value"]) for g, part in parts.items()}
    bars = style.kind == "bar"
    bounds = _stack_bounds(drawn) if bars else [v for values in drawn.values() for v in values]
    figure = go.Figure(layout=_layout(style, days, bounds, zero=bars))
    for group, colour in zip(groups, style.colours.groups, strict=False):
        name = labels.get(group, group)
        text = [f"{name}: {style.scale.text(v)}" for v in parts[group]["value"]]
        figure.add_trace(
            _group_bar(parts[group], text, colour, name, style)
            if bars
            else _group_line(days, drawn[group], text, colour, name)
        )
    if bars:
        figure.update_layout(barmode="relative", showlegend=True, legend=theme.legend(style.colours))
        figure.update_layout(margin={"t": 40})
    else:
        _group_labels(figure, drawn, labels, style)
    return figure


def fold(frame: pl.DataFrame, *, additive: bool, at_most: int = AT_MOST) -> tuple[pl.DataFrame, int]:
    """The largest groups by their last value, largest first, and how many others there were.

    What can be added up is folded into one group, OTHER; ratios can't be, so their small groups are left out: the
    caller says how many.
    """
    size = pl.col("value").drop_nulls().last() if not additive else pl.col("value").abs().sum()
    order = frame.group_by("group").agg(size=size).sort("size", "group", descending=[True, False], nulls_last=True)
    names = order["group"].to_list()
    kept = names if len(names) <= at_most else names[: at_most - additive]
    rank = pl.DataFrame({"group": kept, "rank": range(len(kept))}, schema_overrides={"group": frame["group"].dtype})
    top = frame.join(rank, on="group").sort("rank", "date").drop("rank")
    hidden = len(names) - len(kept)
    if not hidden or not additive:
        return top, hidden
    rest = frame.filter(~pl.col("group").is_in(kept)).group_by("date", maintain_order=True)
    other = rest.agg(pl.col("value").sum(), pl.col("unfinished").any()).with_columns(group=pl.lit(OTHER))
    return pl.concat([top, other.select(top.columns)]), hidden


def _layout(style: Style, days: list[date], values: list[float | None], *, zero: bool) -> dict[str, Any]:
    known = [v for v in values if v is not None]
    return theme.layout(
        style.colours,
        style.height,
        xaxis=time_axis.axis(days, style.interval, style.locale, style.colours, bars=style.kind == "bar"),
        yaxis=scales.axis(style.scale, known, style.colours, zero=zero),
        bargap=0.25 if len(days) < 100 else 0.05,  # noqa: PLR2004 - many thin bars need no gaps
    )


def _hover(frame: pl.DataFrame, style: Style) -> list[str]:
    """For each row: the period, the exact value, the change since the row before."""
    lines: list[str] = []
    before: float | None = None
    for day, value, unfinished in frame.select("date", "value", "unfinished").iter_rows():
        when = time_axis.label(day, style.interval, style.locale) + (f", {theme.SO_FAR}" if unfinished else "")
        change = style.scale.change(value, before) if lines else ""
        extra = f"  {change}" if change and change != scales.NOT_AVAILABLE and not unfinished else ""
        lines.append(f"{when}<br><b>{style.scale.text(value)}</b>{extra}")
        before = value
    return lines


def _comparison(frame: pl.DataFrame, values: list[float | None], days: list[date], style: Style) -> go.Scatter:
    text = [
        f"before: {style.scale.text(value)} ({time_axis.label(day, style.interval, style.locale)})"
        for day, value in frame.select("date", "value").iter_rows()
    ]
    return go.Scatter(
        x=days[: len(values)],
        y=values,
        mode="lines",
        name="before",
        line={"color": style.colours.ink if style.kind == "bar" else style.colours.muted, "width": 1.5, "dash": "dash"},
        zorder=1,
        customdata=text,
        hovertemplate="%{customdata}<extra></extra>",
    )


def _line(frame: pl.DataFrame, values: list[float | None], hover: list[str], style: Style) -> list[go.Scatter]:
    """The finished stretch solid, the unfinished one dotted from the last finished point on."""
    days = frame["date"].to_list()
    unfinished = frame["unfinished"].to_list()
    done = unfinished.index(True) if True in unfinished else len(days)
    line = {"color": style.colours.primary, "width": 2}
    fill: dict[str, Any] = {"fill": "tozeroy", "fillcolor": style.colours.tint} if style.kind == "area" else {}
    alone = {"mode": "lines+markers"} if done == 1 else {"mode": "lines"}
    traces = [
        go.Scatter(
            x=days[:done],
            y=values[:done],
            line=line,
            customdata=hover[:done],
            hovertemplate="%{customdata}<extra></extra>",
            **alone,
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
        customdata=hover,
        hovertemplate="%{customdata}<extra></extra>",
    )


def _end_label(figure: go.Figure, frame: pl.DataFrame, values: list[float | None], style: Style) -> None:
    """The last value, written at the line's end."""
    known = [i for i, v in enumerate(values) if v is not None]
    if not known:
        return
    last = known[-1]
    text = style.scale.card(frame["value"][last])
    unfinished = frame["unfinished"][last] and style.interval is not Interval.DAY
    ending = f"<br>{theme.SO_FAR}" if unfinished else ""
    _at_end(figure, frame["date"][last], values[last], text + ending, style.colours.ink)
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


def _last(values: list[float | None]) -> float | None:
    return next((v for v in reversed(values) if v is not None), None)


def _filled(part: pl.DataFrame, days: list[date]) -> pl.DataFrame:
    """A row for every day; days that the group has no row for stay empty."""
    return pl.DataFrame({"date": days}, schema={"date": pl.Date}).join(part, on="date", how="left").sort("date")


def _stack_bounds(drawn: dict[str, list[float | None]]) -> list[float | None]:
    columns = list(zip(*drawn.values(), strict=True))
    above = [sum(v for v in column if v and v > 0) for column in columns]
    below = [sum(v for v in column if v and v < 0) for column in columns]
    return [*above, *below]


def _group_line(days: list[date], values: list[float | None], text: list[str], colour: str, name: str) -> go.Scatter:
    return go.Scatter(
        x=days,
        y=values,
        mode="lines",
        name=name,
        line={"color": colour, "width": 2},
        customdata=text,
        hovertemplate="%{customdata}<extra></extra>",
    )


def _group_bar(part: pl.DataFrame, text: list[str], colour: str, name: str, style: Style) -> go.Bar:
    shapes = [theme.UNFINISHED_PATTERN if u else "" for u in part["unfinished"]]
    return go.Bar(
        x=part["date"].to_list(),
        y=style.scale.drawn(part["value"]),
        name=name,
        marker={"color": colour, "line": {"width": 0}, "pattern": theme.pattern(shapes, style.colours)},
        customdata=text,
        hovertemplate="%{customdata}<extra></extra>",
    )


def _group_labels(
    figure: go.Figure, drawn: dict[str, list[float | None]], labels: dict[str, str], style: Style
) -> None:
    """Each line's name at its right end, pushed apart where lines end close together."""
    ends = {g: _last(values) for g, values in drawn.items()}
    low, high = figure.layout.yaxis.range
    least = (high - low) * 18 / max(1, style.height - 50)
    at = spread({g: v for g, v in ends.items() if v is not None}, least)
    for group, colour in zip(drawn, style.colours.groups, strict=False):
        if group in at:
            figure.add_annotation(
                xref="paper",
                x=1,
                y=at[group],
                text=shortened(labels.get(group, group)),
                showarrow=False,
                xanchor="left",
                xshift=8,
                font={"size": 13, "color": colour},
            )
    widest = max((len(shortened(labels.get(g, g))) for g in drawn), default=0)
    figure.update_layout(margin={"r": 16 + 7 * widest})


def shortened(name: str, most: int = 16) -> str:
    """``name`` cut to ``most`` characters, with an ellipsis where it was cut."""
    return name if len(name) <= most else name[: most - 1].rstrip() + "…"


def spread(at: dict[str, float], least: float) -> dict[str, float]:
    """Positions moved apart to be ``least`` from each other, in their order from the lowest up."""
    placed: dict[str, float] = {}
    floor = -float("inf")
    for name, value in sorted(at.items(), key=lambda item: item[1]):
        placed[name] = max(value, floor)
        floor = placed[name] + least
    return placed
