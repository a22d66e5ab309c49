"""The page of one metric: its figure, formula, chart, breakdown, table and download, for any slug of the registry."""

from __future__ import annotations

from html import escape
from typing import Final

import streamlit as st

from lib.charts import alt, breakdown, series, table
from lib.charts.scale import NOT_AVAILABLE, Scale
from lib.errors import AppError
from lib.metrics import catalog
from lib.metrics.query import By
from lib.metrics.registry import Chart, Good, Metric, Total, Unit
from lib.periods import Interval
from lib.reports import tables
from lib.reports.door import Result
from lib.web import figures, filters, words
from lib.web.filters import View
from lib.web.overview import PLOT
from lib.web.standing import Standing, stand

_ROW, _TALLEST = 33, 400
_WHOLE: Final = "Whole"
_TOO_MANY: Final = (By.CUSTOMER, By.METADATA)
"""Splits that a row of buttons can't offer: more groups than lines to draw, or a key to name."""


def show() -> None:
    """The whole page; ``?slug=`` names the metric."""
    asked = st.query_params.get("slug") or catalog.METRICS[0].slug
    known = {each.slug: each for each in catalog.METRICS}
    metric = known.get(asked)
    at = stand(metric.name if metric else "Metrics", lambda: _explain(metric) if metric else None)
    metric = _pick(known, asked)
    view, by = filters.row("metric", at.book.first, at.book.today, lambda: _split(metric))
    try:
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
    _table(result, view)


def _explain(metric: Metric) -> None:
    with st.popover("", icon=":material/info:", type="tertiary", help="How it is computed", key="formula"):
        st.write(metric.formula)
        spanned = _SPANNED[metric.total]
        st.caption(f"The big figure is {spanned}. {'Higher' if metric.good is Good.UP else 'Lower'} is better.")


_SPANNED: Final = {
    Total.LAST: "the value at the end of the span",
    Total.SUM: "the sum over the span",
    Total.RATIO: "that of the span as a whole",
}


def _pick(known: dict[str, Metric], asked: str) -> Metric:
    """The metric that the URL names, or the reader picks. An unknown slug gets a sentence and the list to pick from."""
    if asked not in known:
        st.warning(f"There is no metric called “{words.plain(asked)}”. Pick one from the list.")
    chosen = st.selectbox(
        "Metric",
        list(known),
        index=list(known).index(asked) if asked in known else None,
        format_func=lambda slug: f"{known[slug].group}: {known[slug].name}",
        placeholder="Pick a metric",
        label_visibility="collapsed",
        key=f"metric-{asked}",
        width=320,
    )
    if chosen is None:
        st.stop()
    if chosen != asked:
        st.query_params["slug"] = chosen
        st.rerun()
    return known[chosen]


def _split(metric: Metric) -> By | None:
    choices = [_WHOLE, *(by for by in metric.by if by not in _TOO_MANY)]
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


def _chart(at: Standing, view: View, result: Result, scale: Scale) -> None:
    before = view.before()
    compared = figures.metric(at.book, result.metric.slug, before).frame if before else None
    st.plotly_chart(
        series.series(result.frame, at.reader.style(scale, view.interval, result.metric.chart, 320), compared),
        theme=None,
        config=PLOT,
        alt=alt.series(result.metric.name, result.frame, scale, view.interval),
        key="chart",
    )


def _breakdown(at: Standing, view: View, result: Result, scale: Scale) -> None:
    frame, hidden = figures.largest(at.book, result.metric.slug, result.query)
    kind = Chart.BAR if result.metric.chart is Chart.BAR else Chart.LINE
    st.plotly_chart(
        breakdown.breakdown(frame, at.reader.style(scale, view.interval, kind, 320), result.labels),
        theme=None,
        config=PLOT,
        alt=alt.breakdown(result.metric.name, frame, scale, result.labels),
        key="chart-by",
    )
    if hidden:
        st.caption(words.hidden(hidden, additive=figures.additive(result)))


def _table(result: Result, view: View) -> None:
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
    column = table.Column(result.metric.name, result.metric.unit, result.currency)
    rows = table.table(result.frame, column, result.query.by, result.labels)
    st.dataframe(
        rows,
        hide_index=True,
        height=min(_TALLEST, _ROW * (rows.height + 1) + 2),
        column_config={
            table.PERIOD: st.column_config.DateColumn(format=_DATES[view.interval]),
            column.heading: st.column_config.NumberColumn(format=number_format(result)),
        },
        placeholder=NOT_AVAILABLE,
        key="table",
    )


_DATES: Final = {Interval.DAY: "ll", Interval.WEEK: "[Week of] ll", Interval.MONTH: "MMMM YYYY"}
"""Formats of moment.js, in the browser's language."""
_FORMATS: Final = {"usd": "dollar", "eur": "euro", "jpy": "yen"}


def number_format(result: Result) -> str:
    """How the browser writes the figures: it sorts them as numbers, so they are sent as numbers."""
    match result.metric.unit:
        case Unit.MONEY:
            return _FORMATS.get(result.currency, "localized")
        case Unit.PERCENT:
            return "percent"
        case Unit.COUNT | Unit.RATIO | Unit.DAYS | Unit.MONTHS:
            return "localized"
