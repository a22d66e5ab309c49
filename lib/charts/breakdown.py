"""One metric split into groups: lines with their names at their ends, or stacked as areas or bars."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

import plotly.graph_objects as go
import polars as pl

from lib.charts import theme
from lib.charts.style import Style, last, layout

AT_MOST: Final = 5
"""Series in one chart; the rest is folded into the last, "Other"."""
OTHER: Final = "Other"


def breakdown(frame: pl.DataFrame, style: Style, labels: dict[str, str] | None = None) -> go.Figure:
    """``frame`` (date, group, value, unfinished), at most AT_MOST groups (see fold): lines, or stacked areas or bars.

    Each line carries its name at its right end; areas and bars have a legend. ``labels`` names groups for people.
    A click chooses the period of the group that the pointer is nearest to: see clicked.
    """
    labels = labels or {}
    days = frame["date"].unique().sort().to_list()
    groups = frame["group"].unique(maintain_order=True).to_list()
    parts = {g: _filled(frame.filter(pl.col("group") == g), days) for g in groups}
    drawn = {g: style.scale.drawn(part["value"]) for g, part in parts.items()}
    stacked = style.kind in ("bar", "area")
    bounds = _stack_bounds(drawn) if stacked else [v for values in drawn.values() for v in values]
    figure = go.Figure(layout=layout(style, days, bounds, zero=stacked))
    figure.update_layout(hovermode="closest", hoverdistance=_REACH)
    texts = _texts(days, set(frame.filter("unfinished")["date"]), parts, labels, style)
    for group, colour in zip(groups, style.colours.groups, strict=False):
        name = labels.get(group, group)
        if style.kind == "bar":
            figure.add_trace(_bar(parts[group], texts[group], colour, name, style))
        elif stacked:
            figure.add_trace(_area(days, drawn[group], colour, name))
        else:
            figure.add_trace(_line(days, drawn[group], texts[group], colour, name))
    if style.kind == "area":
        for trace in _middles(days, drawn, texts, style):
            figure.add_trace(trace)
    if stacked:
        figure.update_layout(barmode="relative", showlegend=True, legend=theme.legend(style.colours))
        figure.update_layout(margin={"t": 40})
    else:
        _labels(figure, drawn, labels, style)
    return figure


def clicked(frame: pl.DataFrame, curve: int) -> str | None:
    """The group of the series number ``curve`` of a breakdown of ``frame``; None for OTHER, which is no group."""
    groups = frame["group"].unique(maintain_order=True).to_list()
    found = str(groups[curve % len(groups)]) if groups else OTHER
    return None if found == OTHER else found


def _texts(
    days: list[date], unfinished: set[date], parts: dict[str, pl.DataFrame], labels: dict[str, str], style: Style
) -> dict[str, list[str]]:
    """What each point says: its period and its group's value; where points are few, those of the others too."""
    said = {g: [f"{labels.get(g, g)}: {style.scale.text(v)}" for v in part["value"]] for g, part in parts.items()}
    heads = [style.when(day, unfinished=day in unfinished) for day in days]
    if len(days) > _FEW:
        return {g: [f"{head}<br><b>{own}</b>" for head, own in zip(heads, s, strict=True)] for g, s in said.items()}
    rows = list(zip(*said.values(), strict=True))
    return {g: [theme.together(*each) for each in zip(heads, rows, own, strict=True)] for g, own in said.items()}


_FEW: Final = 62
"""Periods up to which each point tells the whole row: beyond, the page would grow heavy."""
_REACH: Final = 60
"""Pixels from which a point answers the pointer."""


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


def totals(frame: pl.DataFrame, *, summed: bool) -> pl.DataFrame:
    """``frame`` with one row a group, the largest first: all its periods added up, or the newest that has a value."""
    known = pl.col("value").drop_nulls()
    value = pl.when(known.len() > 0).then(known.sum()) if summed else known.last()
    each = frame.sort("date").group_by("group").agg(pl.col("date", "unfinished").last(), value=value)
    return each.sort("value", "group", descending=[True, False], nulls_last=True).select(frame.columns)


def _filled(part: pl.DataFrame, days: list[date]) -> pl.DataFrame:
    """A row for every day; days that the group has no row for stay empty."""
    return pl.DataFrame({"date": days}, schema={"date": pl.Date}).join(part, on="date", how="left").sort("date")


def _stack_bounds(drawn: dict[str, list[float | None]]) -> list[float | None]:
    columns = list(zip(*drawn.values(), strict=True))
    above = [sum(v for v in column if v and v > 0) for column in columns]
    below = [sum(v for v in column if v and v < 0) for column in columns]
    return [*above, *below]


def _line(days: list[date], values: list[float | None], text: list[str], colour: str, name: str) -> go.Scatter:
    return go.Scatter(
        x=days,
        y=values,
        mode="lines+markers",
        name=name,
        line={"color": colour, "width": 2},
        customdata=text,
        hovertemplate="%{customdata}<extra></extra>",
        **theme.target(colour),
    )


def _area(days: list[date], values: list[float | None], colour: str, name: str) -> go.Scatter:
    """A band of the stack; the pointer meets its middle instead."""
    line = {"color": colour, "width": 2}
    return go.Scatter(
        x=days, y=values, mode="lines", name=name, line=line, stackgroup="all", fillcolor=theme.faded(colour),
        hoverinfo="skip",
    )  # fmt: skip


def _middles(
    days: list[date], drawn: dict[str, list[float | None]], texts: dict[str, list[str]], style: Style
) -> Iterator[go.Scatter]:
    """Points that can be chosen, halfway up each band: the edge between two bands would be of both."""
    floor = [0.0] * len(days)
    for (group, values), colour in zip(drawn.items(), style.colours.groups, strict=False):
        known = [value or 0.0 for value in values]
        yield go.Scatter(
            x=days,
            y=[below + value / 2 if value else None for below, value in zip(floor, known, strict=True)],
            mode="markers",
            showlegend=False,
            customdata=texts[group],
            hovertemplate="%{customdata}<extra></extra>",
            **theme.target(colour),
        )
        floor = [below + value for below, value in zip(floor, known, strict=True)]


def _bar(part: pl.DataFrame, text: list[str], colour: str, name: str, style: Style) -> go.Bar:
    shapes = [theme.UNFINISHED_PATTERN if u else "" for u in part["unfinished"]]
    return go.Bar(
        x=part["date"].to_list(),
        y=style.scale.drawn(part["value"]),
        name=name,
        marker={"color": colour, "line": {"width": 0}, "pattern": theme.pattern(shapes, style.colours)},
        customdata=text,
        hovertemplate="%{customdata}<extra></extra>",
        unselected=theme.UNCHOSEN,
    )


def _labels(figure: go.Figure, drawn: dict[str, list[float | None]], labels: dict[str, str], style: Style) -> None:
    """Each line's name at its right end, pushed apart where lines end close together."""
    ends = {g: last(values) for g, values in drawn.items()}
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
