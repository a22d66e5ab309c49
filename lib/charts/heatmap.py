"""Cohorts as a heat map: a row for each cohort, a column for each age, the figure in the cell, the words on hover.

The colour is the share of what the cohort started with, also where the text is a number; it never stands alone. Cells
of periods that still run have a dotted outline; periods that have not begun have no cell.
"""

from __future__ import annotations

from typing import Any, Final

import plotly.graph_objects as go

from lib.charts import theme
from lib.charts.cohorts import ALL, Row, aged
from lib.charts.theme import Palette
from lib.metrics.cohorts import Choice, Show

_ROW, _NARROWEST, _WIDEST, _ROOM, _HEAD = 32, 42, 96, 1000, 56
"""Pixels: a row's height, a column's width at least and at most, the width that columns share, the head's height."""
_LETTER: Final = 7.0
_MOST_SHADE: Final = 1.5
"""Shares beyond this get no deeper colour."""

SHADES: Final = {
    (theme.LIGHT, Show.RETENTION): ("#F5F7F9", "#6DBDC1"),
    (theme.LIGHT, Show.CHURN): ("#F5F7F9", "#E9978A"),
    (theme.DARK, Show.RETENTION): ("#172231", "#1D666C"),
    (theme.DARK, Show.CHURN): ("#172231", "#86382B"),
}
"""The colours of nothing and of the most, chosen so that ink is read on each between (at least 4.5 to 1)."""


def heatmap(table: list[Row], choice: Choice, colours: Palette) -> go.Figure:
    """The heat map of ``table`` (at least one row). Its width follows its columns: the page lets it scroll sideways."""
    ages = max(len(row.cells) for row in table)
    names = [f"<b>{row.label}</b>" if row.label == ALL else row.label for row in table]
    longest = max(len(cell.text) for row in table for cell in row.cells)
    wide = min(_WIDEST, max(_NARROWEST, _LETTER * longest + 14, _ROOM / ages))
    margin = 12 + _LETTER * max(len(row.label) + len(row.size) + 3 for row in table)
    figure = go.Figure(
        _cells(table, ages, choice, colours),
        layout=theme.layout(
            colours,
            _HEAD + _ROW * len(table),
            width=round(margin + wide * ages),
            margin={"l": round(margin), "r": 0, "t": _HEAD, "b": 0},
            hovermode="closest",
            xaxis=_axis(list(range(ages)), [str(age) for age in range(ages)], ages) | _ABOVE,
            yaxis=_axis(list(range(len(table))), _named(names, table), len(table), falling=True),
            shapes=_outlines(table, colours),
        ),
    )
    return figure.add_annotation(
        text=f"{choice.every.capitalize()}s since the first payment",
        x=-0.5,
        xanchor="left",
        y=1,
        yref="paper",
        yanchor="bottom",
        yshift=30,
        showarrow=False,
    )


def _named(names: list[str], table: list[Row]) -> list[str]:
    return [f"{name} · {row.size}" for name, row in zip(names, table, strict=True)]


_ABOVE: Final = {"side": "top"}


def _axis(at: list[int], texts: list[str], length: int, *, falling: bool = False) -> dict[str, Any]:
    ends = [-0.5, length - 0.5]
    return {
        "tickmode": "array",
        "tickangle": 0,
        "tickvals": at,
        "ticktext": texts,
        "range": ends[::-1] if falling else ends,
        "fixedrange": True,
        "showgrid": False,
        "zeroline": False,
        "ticks": "outside",
        "ticklen": 6,
        "tickcolor": "rgba(0,0,0,0)",
    }


def _cells(table: list[Row], ages: int, choice: Choice, colours: Palette) -> go.Heatmap:
    shares = [cell.share for row in table for cell in row.cells if cell.share is not None]
    deepest = min(_MOST_SHADE, max([1.0, *shares]))

    def grid(of: str, nothing: object) -> list[list[Any]]:
        return [[getattr(c, of) for c in row.cells] + [nothing] * (ages - len(row.cells)) for row in table]

    low, high = SHADES[colours, choice.show]
    return go.Heatmap(
        z=[
            [None if at >= len(row.cells) else row.cells[at].share or 0.0 for at in range(ages)] for row in table
        ],  # not available is drawn as nothing, and says n/a
        text=grid("text", ""),
        customdata=[
            [f"<b>{row.label}, {aged(at, choice.every)}</b><br>{c.sentence}" for at, c in enumerate(row.cells)]
            + [""] * (ages - len(row.cells))
            for row in table
        ],
        texttemplate="%{text}",
        textfont={"size": 13, "color": colours.ink, "family": theme.FONT},
        hovertemplate="%{customdata}<extra></extra>",
        hoverongaps=False,
        colorscale=[[0, low], [1, high]],
        zmin=0,
        zmax=deepest,
        showscale=False,
        xgap=2,
        ygap=2,
    )


def _outlines(table: list[Row], colours: Palette) -> list[dict[str, Any]]:
    """A dotted outline around each cell whose period still runs; the row of all cohorts has none of its own."""
    line = {"color": colours.muted, "width": 1.5, "dash": "dot"}
    return [
        {"type": "rect", "x0": x - 0.46, "x1": x + 0.46, "y0": y - 0.44, "y1": y + 0.44, "line": line}
        for y, row in enumerate(table)
        for x, cell in enumerate(row.cells)
        if cell.unfinished and row.label != ALL
    ]
