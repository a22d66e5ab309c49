"""Figures as they were drawn, kept for as long as what they show and how they show it is the same.

Plotly looks at every point of a figure while it is built, which takes longer than the rest of most pages. What is kept
is shared by all sessions and never changed: Streamlit sends a copy.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from lib.charts import breakdown, kinds, movements, series
from lib.charts.marks import Marks
from lib.charts.style import Figure, Style
from lib.metrics.query import Query
from lib.reports import cash_flow
from lib.web import figures
from lib.web.figures import Book

_KEPT: Final = 48
"""Figures of one sort: a few readers' pages, light and dark, with a few spans each."""


@lru_cache(maxsize=_KEPT)
def metric(key: Book, slug: str, query: Query, style: Style, before: Query | None, marks: Marks) -> Figure:  # noqa: PLR0913, PLR0917 - what it shows, and how
    """A metric as a whole, with its comparison and its marks; see charts.series."""
    compared = figures.metric(key, slug, before).frame if before else None
    return series.series(figures.metric(key, slug, query).frame, style, compared, marks)


@lru_cache(maxsize=_KEPT)
def split(key: Book, slug: str, query: Query, style: Style) -> Figure:
    """A metric by its largest groups; see charts.breakdown."""
    frame, _ = figures.largest(key, slug, query)
    return breakdown.breakdown(frame, style, figures.labels(figures.metric(key, slug, query), style.scale.locale))


@lru_cache(maxsize=_KEPT)
def cash(key: Book, query: Query, style: Style) -> Figure:
    """What moved the balance, period by period; see charts.movements."""
    return movements.stack(cash_flow.stacked(figures.cash(key, query)), style, kinds.CASH)
