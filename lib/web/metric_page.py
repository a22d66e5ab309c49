"""The page of one metric: its figure, formula, chart, breakdown, table and download, for any slug of the registry."""

from __future__ import annotations

from html import escape

import polars as pl
import streamlit as st

from lib.charts import alt, series, time_axis
from lib.charts.scale import Scale
from lib.errors import AppError
from lib.metrics import catalog
from lib.metrics.query import By
from lib.metrics.registry import Chart, Metric, Total
from lib.reports import tables
from lib.reports.door import Result
from lib.web import figures, filters, words
from lib.web.filters import View
from lib.web.overview import PLOT
from lib.web.standing import Standing, stand

_WHOLE = "Whole"


def show() -> None:
    """The whole page; ``?slug=`` names the metric."""
    at = stand("Metrics")
    metric = _pick()
    view = filters.row(at.book.first, at.book.today)
    try:
        by = _split(metric)
        result = figures.metric(at.book, metric.slug, view.query(by))
    except AppError as error:
        st.error(error.message)
        st.stop()
    scale = at.reader.scale(metric, result.currency)
    _figure(result, scale)
    if by is None:
        _chart(at, view, result, scale)
    else:
        _breakdown(at, view, result, scale)
    for note in result.notes:
        st.caption(note)
    _table(result, view, scale)


def _pick() -> Metric:
    """The metric that the URL names, or the reader picks. An unknown slug gets a sentence and the list to pick from."""
    asked = st.query_params.get("slug") or catalog.METRICS[0].slug
    known = {each.slug: each for each in catalog.METRICS}
    chosen = st.selectbox(
        "Metric",
        list(known),
        index=list(known).index(asked) if asked in known else None,
        format_func=lambda slug: f"{known[slug].group}: {known[slug].name}",
        placeholder="Pick a metric",
        key=f"metric-{asked}",
        width=320,
    )
    if chosen is None:
        st.warning(f"There is no metric called “{asked}”. Pick one from the list.")
        st.stop()
    if chosen != asked:
        st.query_params["slug"] = chosen
        st.rerun()
    return known[chosen]


def _split(metric: Metric) -> By | None:
    choices = [_WHOLE, *(by for by in metric.by if by is not By.CUSTOMER)]
    chosen = st.segmented_control(
        "Split by", choices, default=_WHOLE, required=True, key="by", bind="query-params", format_func=str
    )
    return None if chosen in (None, _WHOLE) else By(chosen)


def _figure(result: Result, scale: Scale) -> None:
    metric = result.metric
    difference = None if result.total is None or result.previous is None else result.total - result.previous
    change = words.change(metric, result.total, result.previous, scale)
    st.html(
        f'<div class="pl-total"><b>{escape(scale.text(result.total))}</b>'
        f'<span class="{words.verdict(metric, difference)}">{escape(change)}</span>'
        f'<span class="pl-muted">{escape(words.total_sentence(result, scale))}</span></div>'
    )
    with st.popover("How it is computed", icon=":material/info:", type="tertiary"):
        st.write(metric.formula)
        spanned = "the sum over the span" if metric.total is Total.SUM else "the value at the end of the span"
        st.caption(f"The big figure is {spanned}. Better when it is {'higher' if metric.good == 'up' else 'lower'}.")


def _chart(at: Standing, view: View, result: Result, scale: Scale) -> None:
    compared = view.compare and view.comparable
    before = figures.metric(at.book, result.metric.slug, view.query().before()).frame if compared else None
    st.plotly_chart(
        series.series(result.frame, at.reader.style(scale, view.interval, result.metric.chart, 320), before),
        theme=None,
        config=PLOT,
        alt=alt.series(result.metric.name, result.frame, scale, view.interval),
        key="chart",
    )


def _breakdown(at: Standing, view: View, result: Result, scale: Scale) -> None:
    additive = result.metric.unit != "percent" and result.metric.slug not in _RATIOS
    frame, hidden = series.fold(result.frame, additive=additive)
    kind = Chart.BAR if result.metric.chart is Chart.BAR else Chart.LINE
    st.plotly_chart(
        series.breakdown(frame, at.reader.style(scale, view.interval, kind, 320), result.labels),
        theme=None,
        config=PLOT,
        alt=alt.breakdown(result.metric.name, frame, scale, result.labels),
        key="chart-by",
    )
    if hidden:
        st.caption(words.hidden(hidden, additive=additive))


_RATIOS = frozenset({"arpu", "ltv"})
"""Money that can't be added up over groups."""


def _table(result: Result, view: View, scale: Scale) -> None:
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.subheader("Figures", anchor=False)
        st.download_button(
            "Download CSV",
            data=lambda: tables.metric_csv(result),
            file_name=f"{result.metric.slug}-{view.start}-{view.end}.csv",
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
        )
    rows = readable(result, view, scale)
    st.dataframe(rows, hide_index=True, height=min(400, 37 * (rows.height + 1)), key="table")


def readable(result: Result, view: View, scale: Scale) -> pl.DataFrame:
    """The figures as text for people, newest first; columns Period, the metric's name, and the group."""
    frame = result.frame.sort("date", descending=True, maintain_order=True)
    columns = {
        "Period": [
            time_axis.label(d, view.interval, scale.locale) + (f", {series.SO_FAR}" if u else "")
            for d, u in frame.select("date", "unfinished").iter_rows()
        ]
    }
    if result.query.by:
        columns[result.query.by.capitalize()] = [result.labels.get(g, g) for g in frame["group"]]
    columns[result.metric.name] = [scale.text(v) for v in frame["value"]]
    return pl.DataFrame(columns)
