"""What a figure must know of its reader and its place, and the layout that follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

import plotly.graph_objects as go
import polars as pl

from lib.charts import scale as scales
from lib.charts import theme, time_axis
from lib.charts.scale import Scale
from lib.charts.theme import Palette
from lib.periods import Interval

Figure: TypeAlias = go.Figure
Frame: TypeAlias = pl.DataFrame


@dataclass(frozen=True, slots=True)
class Style:
    """What a figure must know of its reader and its place. ``kind`` is area, line or bar."""

    scale: Scale
    colours: Palette
    interval: Interval = Interval.DAY
    kind: str = "line"
    height: int = 280
    end: date | None = None
    """The last day of the span; where it cuts a period, labels say which days are meant."""

    def when(self, day: date, *, unfinished: bool = False) -> str:
        """A period in words, by its first day within the span."""
        part = time_axis.part(day, self.interval, self.end, self.locale) if self.end and not unfinished else ""
        label = time_axis.label(day, self.interval, self.locale)
        said = f"{label} ({part} only)" if part else label
        return f"{said}, {theme.SO_FAR}" if unfinished else said

    @property
    def locale(self) -> str:
        """The reader's locale, as Babel writes it."""
        return self.scale.locale


def layout(style: Style, days: list[date], values: list[float | None], *, zero: bool) -> dict[str, Any]:
    """The layout of a figure over ``days`` with room for ``values`` (drawn, None left out), and for zero if asked."""
    known = [v for v in values if v is not None]
    return theme.layout(
        style.colours,
        style.height,
        xaxis=time_axis.axis(days, style.interval, style.locale, style.colours, bars=style.kind == "bar"),
        yaxis=scales.axis(style.scale, known, style.colours, zero=zero),
        bargap=0.25 if len(days) < 100 else 0.05,  # noqa: PLR2004 - many thin bars need no gaps
    )


def last(values: list[float | None]) -> float | None:
    """The last value that is there."""
    return next((v for v in reversed(values) if v is not None), None)
