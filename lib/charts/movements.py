"""Movements of MRR, or of cash: stacked bars about zero with the net as a line; the waterfall between two levels."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import Final

import plotly.graph_objects as go
import polars as pl

from lib.charts import kinds as every
from lib.charts import scale as scales
from lib.charts import theme, time_axis
from lib.charts.kinds import Kind, Kinds
from lib.charts.style import Style

_THIN: Final = 0.3
"""Width of fx bars against the others."""
_DAY_MS: Final = 86_400_000
_NET: Final = "Net"


def stack(frame: pl.DataFrame, style: Style, among: Kinds = every.MOVEMENTS) -> go.Figure:
    """``frame`` (date, type, value in signed micros, unfinished) as bars about zero, and the net as a line.

    ``among`` are the types that are drawn, in the order of the stack. Every type has its colour and its pattern; an
    unfinished period is drawn paler and says so in its label; one that the span cuts says which days it has. What the
    pointer is on is what a click chooses: a bar, never the net, which every bar's label tells.
    """
    whole = time_axis.firsts(frame["date"], style.interval)
    begins = dict(sorted(zip(whole, frame["date"], strict=True), reverse=True))
    frame = frame.with_columns(date=whole)
    days = frame["date"].unique().sort().to_list()
    held = {(d, t): v for d, t, v in frame.group_by("date", "type").agg(pl.col("value").sum()).iter_rows()}
    unfinished = set(frame.filter("unfinished")["date"].to_list())
    kinds = [k for k in among if any((d, k.key) in held for d in days)]
    net = [sum(held.get((d, k.key), 0) for k in kinds) for d in days]
    above = [sum(max(0, held.get((d, k.key), 0)) for k in kinds) for d in days]
    below = [sum(min(0, held.get((d, k.key), 0)) for k in kinds) for d in days]
    bounds = [v * style.scale.factor for v in (*above, *below)]
    figure = go.Figure(
        layout=theme.layout(
            style.colours,
            style.height,
            barmode="relative",
            hovermode="closest",
            bargap=0.3,
            showlegend=True,
            legend=theme.legend(style.colours),
            xaxis=time_axis.axis(days, style.interval, style.locale, style.colours, bars=True),
            yaxis=scales.axis(style.scale, bounds, style.colours, zero=True),
        )
    )
    figure.update_layout(margin={"t": 40})
    told = {k.key: [f"{k.name}: {style.scale.text(held.get((d, k.key), 0))}" for d in days] for k in kinds}
    nets = _nets([begins[d] for d in days], net, [d in unfinished for d in days], style)
    for kind in kinds:
        values = [held.get((d, kind.key), 0) for d in days]
        there = [[told[k.key][i] for k in kinds if held.get((d, k.key))] for i, d in enumerate(days)]
        said = [theme.together(*each) for each in zip(nets, there, told[kind.key], strict=True)]
        figure.add_trace(_bar(kind, days, values, said, unfinished, style))
    figure.add_trace(_net(days, net, style))
    last = pl.DataFrame({"date": days, "unfinished": [d in unfinished for d in days]})
    theme.note_so_far(figure, last, [v * style.scale.factor for v in above], style.colours)
    return figure


def kind_of(frame: pl.DataFrame, curve: int, among: Kinds = every.MOVEMENTS) -> str | None:
    """The type that the series number ``curve`` of a stack of ``frame`` draws; None for the net."""
    there = set(frame["type"])
    drawn = [kind.key for kind in among if kind.key in there]
    return drawn[curve] if curve < len(drawn) else None


def _bar(  # noqa: PLR0913, PLR0917 - one series: what it is, where, how much, what it says, and its look
    kind: Kind, days: list[date], values: list[int], said: list[str], unfinished: set[date], style: Style
) -> go.Bar:
    return go.Bar(
        x=days,
        y=[v * style.scale.factor for v in values],
        name=kind.name,
        width=_step(days) * _THIN if kind.key == "fx" else None,
        marker={
            "color": kind.colour(style.colours),
            "opacity": [0.55 if d in unfinished else 1 for d in days],
            "line": {"width": 0},
            "pattern": theme.pattern(kind.pattern, style.colours),
        },
        customdata=said,
        hovertemplate="%{customdata}<extra></extra>",
        unselected=theme.UNCHOSEN,
    )


def _nets(days: list[date], values: list[int], unfinished: list[bool], style: Style) -> list[str]:
    """Each period (its first day within the span) and its net, in words."""
    when = [style.when(d, unfinished=u) for d, u in zip(days, unfinished, strict=True)]
    return [f"{w}<br>{_NET}: {style.scale.text(v)}" for v, w in zip(values, when, strict=True)]


def _net(days: list[date], values: list[int], style: Style) -> go.Scatter:
    return go.Scatter(
        x=days,
        y=[v * style.scale.factor for v in values],
        name=_NET,
        mode="lines+markers" if len(days) < 40 else "lines",  # noqa: PLR2004 - beyond that the dots run together
        line={"color": style.colours.ink, "width": 1.5},
        marker={"size": 5, "color": style.colours.page, "line": {"color": style.colours.ink, "width": 1.5}},
        hoverinfo="skip",
        unselected={"marker": {"opacity": 1}},
    )


def _step(days: list[date]) -> float:
    """Milliseconds from one bar to the next."""
    gaps = [(b - a).days for a, b in pairwise(days)]
    return float(min(gaps, default=1) * _DAY_MS)


def sums(frame: pl.DataFrame) -> dict[str, int]:
    """The span's movements by type, signed micros, of ``frame`` (type, value)."""
    return dict(frame.group_by("type").agg(pl.col("value").sum()).iter_rows())


def waterfall(  # noqa: PLR0913, PLR0917 - two levels, what lies between them, and how it is drawn
    start: int, changes: dict[str, int], end: int, style: Style, ends: tuple[str, str], among: Kinds = every.MOVEMENTS
) -> go.Figure:
    """From ``start`` to ``end`` (micros) through ``changes`` by type; ``ends`` names the two outer bars.

    Bars lie, so that names and amounts are read on a phone too; each begins where the one above it ended. Types
    without an amount are left out.
    """
    kinds = [k for k in among if changes.get(k.key)]
    running = [start]
    for kind in kinds:
        running.append(running[-1] + changes[kind.key])
    sizes = [start, *(abs(changes[k.key]) for k in kinds), end]
    bases = [0, *(min(a, b) for a, b in pairwise(running)), 0]
    factor = style.scale.factor
    texts = [style.scale.card(start), *(signed(changes[k.key], style) for k in kinds), style.scale.card(end)]
    figure = go.Figure(
        go.Bar(
            orientation="h",
            y=[ends[0], *(k.name for k in kinds), ends[1]],
            x=[s * factor for s in sizes],
            base=[b * factor for b in bases],
            text=texts,
            textposition="outside",
            constraintext="none",
            cliponaxis=False,
            textfont={"size": 13, "color": style.colours.ink},
            marker={
                "color": [style.colours.primary, *(k.colour(style.colours) for k in kinds), style.colours.primary],
                "line": {"width": 0},
                "pattern": theme.pattern(["", *(k.pattern for k in kinds), ""], style.colours),
            },
            hovertemplate="%{y}: <b>%{text}</b><extra></extra>",
        ),
        layout=theme.layout(style.colours, style.height, hovermode="closest", bargap=0.35),
    )
    low, reach = min(0, *running, end) * factor, max(0, *running, end) * factor
    across = scales.axis(style.scale, [reach, low], style.colours, zero=True)
    across |= {"range": [low, reach], "showticklabels": False, "automargin": False}
    return figure.update_layout(yaxis=_NAMES, xaxis=across, margin={"r": 24 + 8 * max(map(len, texts))})


_NAMES: Final = {"autorange": "reversed", "fixedrange": True, "showgrid": False, "ticks": "", "automargin": True}


def signed(micros: int, style: Style) -> str:
    """An amount with its sign, for labels: ``+$1,240``, ``−$480``."""
    return ("+" if micros > 0 else "−" if micros < 0 else "") + style.scale.card(abs(micros))
