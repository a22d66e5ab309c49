"""The page of one metric: its figure, formula, chart, breakdown, table and download, for any slug of the registry."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from typing import Any, Final

import streamlit as st

from lib.charts import alt, breakdown, table
from lib.charts.marks import Marks, gains, trend_of
from lib.charts.scale import NOT_AVAILABLE, Scale
from lib.errors import AppError
from lib.metrics import catalog
from lib.metrics.query import By
from lib.metrics.registry import Chart, Good, Metric, Total, Unit
from lib.periods import Interval
from lib.reports import arriving, tables
from lib.reports.door import Result
from lib.reports.goals import Goal
from lib.web import back, checklist, columns, downloads, drawings, figures, filters, goals, pins, proof, words
from lib.web.filters import Against, Preset, View
from lib.web.standing import Standing, stand

_ROW, _TALLEST = 33, 400
_WHOLE: Final = "Whole"
_TOO_MANY: Final = (By.CUSTOMER,)
"""Splits that a list does not offer: more groups than lines to draw."""
_NO_METADATA: Final = (
    "No customer of this account has metadata yet. Metadata are facts of your own that you attach to customers at "
    "Stripe, each with a key: region, sales channel, size of the company. In the Stripe dashboard, open a customer and "
    "edit its *Metadata*, or send them with the API as *metadata[region]=Europe*. After the next sync the figures "
    "split by them here."
)


def show() -> None:
    """The whole page; ``?slug=`` names the metric."""
    back.returned("metric")
    asked = st.query_params.get("slug") or catalog.METRICS[0].slug
    known = {each.slug: each for each in catalog.METRICS}
    metric = known.get(asked)
    at = stand(metric.name if metric else "Metrics", lambda: _explain(metric) if metric else None)
    metric = _pick(known, asked)
    filters.told_unknown("by", _splits(metric))
    at, view, split = filters.row("metric", at, lambda: _split(at, metric))
    by, key = split or (None, "")
    if by is By.METADATA and not key:
        st.info(_NO_METADATA)
        st.stop()
    try:
        with st.skeleton(height=480):
            result = figures.metric(at.book, metric.slug, view.query(by, key))
            result = replace(result, labels=figures.labels(result, at.reader.locale))
    except AppError as error:
        st.error(error.message)
        st.stop()
    scale = at.reader.scale(metric, result.currency)
    set_ = goals.of(at, metric)
    partial = arriving.partial(at.account.account)
    _figure(at, view, result, scale, judges=not partial)
    goals.show(at, metric, set_, scale, judges=not partial)
    if by is None:
        _chart(at, view, result, scale, set_)
    else:
        _breakdown(at, view, result, scale)
    for note in [*([arriving.NOTE] if partial else []), *at.unsaid(result.notes)]:
        st.caption(words.plain(note))
    _table(result, view, at.reader.locale)
    proof.show(at, result, view, by)
    proof.arrived()
    if st.query_params.pop(checklist.PROVES, None) or proof.looked():
        checklist.saw_proof(at.user)


def _explain(metric: Metric) -> None:
    with st.popover("How it is computed", icon=":material/info:", type="tertiary", key="formula"):
        st.write(metric.formula)
        spanned = _SPANNED[metric.total]
        st.caption(f"The big figure is {spanned}. {'Higher' if metric.good is Good.UP else 'Lower'} is better.")


_SPANNED: Final = {
    Total.LAST: "the value at the end of the span",
    Total.SUM: "the sum over the span",
    Total.RATIO: "the value for the span as a whole",
}


def _pick(known: dict[str, Metric], asked: str) -> Metric:
    """The metric that the URL names, or the reader picks. An unknown slug gets a sentence and the list to pick from."""
    if asked not in known:
        st.warning(f"There is no metric called “{words.plain(asked)}”. Pick one from the list.")
    groups = list(dict.fromkeys(each.group for each in known.values()))
    order = sorted(known, key=lambda slug: groups.index(known[slug].group))
    chosen = st.selectbox(
        "Metric",
        order,
        index=order.index(asked) if asked in known else None,
        format_func=lambda slug: f"{known[slug].group} › {known[slug].name}",
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


def _splits(metric: Metric) -> list[str]:
    return [_WHOLE, *(by for by in metric.by if by not in _TOO_MANY)]


def _split(at: Standing, metric: Metric) -> tuple[By, str] | None:
    """What to split by, and the metadata key; no key: no customer has any."""
    choices = _splits(metric)
    chosen = st.selectbox("Split by", choices, key="by", bind="query-params", format_func=str, width=120)
    if chosen in (None, _WHOLE):
        return None
    return By(chosen), _key(at) if chosen == By.METADATA else ""


def _key(at: Standing) -> str:
    """The metadata key to split by, of those that the account's customers have; "" if there are none."""
    known = figures.metadata_keys(at.book)
    if not known:
        return ""
    asked = st.query_params.get("key")
    if asked is not None and asked not in known:
        instead = words.plain(next(iter(known)))
        st.warning(f"No customer has “{words.plain(asked)}” in the metadata, so the split is by “{instead}”.")
        del st.query_params["key"]
    return st.selectbox(
        "Metadata key",
        list(known),
        format_func=lambda key: key,
        key="key",
        bind="query-params",
        help="\n".join(f"* {words.plain(key)}: {count} customers" for key, count in known.items()),
        width=180,
    )


def _figure(at: Standing, view: View, result: Result, scale: Scale, *, judges: bool) -> None:
    metric, total, query = result.metric, result.total, view.before()
    before = figures.metric(at.book, metric.slug, query).total if query else None
    difference = None if total is None or before is None else total - before
    change = escape(words.change(metric, total, before, scale)) if query else ""
    days = (query.start, query.end) if query else None
    compared = words.total_sentence(before, days, scale, _AGAINST[view.against])
    st.html(
        f'<div class="pl-total"><b>{escape(scale.text(total))}</b>'
        f'<span class="{words.verdict(metric, difference if judges else None)}">{change}</span>'
        f'<span class="pl-muted">{escape(compared)}</span></div>'
    )
    if view.against is not Against.NOTHING and view.preset is Preset.ALL:
        st.caption("All time has nothing before it to compare with.")


_AGAINST: Final = {
    Against.BEFORE: "in the previous period",
    Against.YEAR: "in the same period last year",
    Against.NOTHING: "",
}


def _chart(at: Standing, view: View, result: Result, scale: Scale, set_: tuple[Goal, ...]) -> None:
    metric = result.metric
    pinned = pins.of(at, view.start, view.end)
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="chart-tools"):
        drawn = _drawn(metric)
        trend = st.toggle(
            "Trend", key="trend", bind="query-params", help="A straight line through the finished periods"
        )
        st.space("stretch")
        goals.button(at, metric, set_, scale)
        pins.button(at)
    marks = Marks(
        goal=goals.mark(at, set_) if _fits(metric, view) else None,
        pins=tuple((each.day, each.text) for each in pinned),
        trend=bool(trend),
    )
    style = at.reader.style(scale, view.interval, drawn, 320, view.end)
    event = st.plotly_chart(
        drawings.metric(at.book, metric.slug, result.query, style, view.before(), marks),
        theme=None,
        config=downloads.picture(csv_name(result)),
        alt=alt.series(metric.name, result.frame, scale, view.interval),
        on_select="rerun",
        selection_mode="points",
        key="chart",
    )
    if trend:
        found = trend_of(result.frame)
        st.caption(f"Trend: {gains(found, style)}." if found else "There are too few finished periods for a trend.")
    st.caption("Click a point to see what makes it, further down.")
    proof.clicked(event)
    pins.listed(at, pinned)


_DRAWN: Final = {"Area": Chart.AREA, "Line": Chart.LINE, "Bars": Chart.BAR}


def _drawn(metric: Metric) -> Chart:
    """How the chart is drawn: as the metric is best shown, unless the reader chose otherwise."""
    best = next(name for name, chart in _DRAWN.items() if chart is metric.chart)
    if st.query_params.get("drawn", best) not in _DRAWN:
        del st.query_params["drawn"]
    chosen = st.segmented_control(
        "Draw as",
        list(_DRAWN),
        default=best,
        required=True,
        key="drawn",
        bind="query-params",
        label_visibility="collapsed",
    )
    return _DRAWN[chosen or best]


def _fits(metric: Metric, view: View) -> bool:
    """Whether a goal is on the scale of the chart: that of a flow is for a whole month."""
    return metric.total is not Total.SUM or view.interval is Interval.MONTH


def _breakdown(at: Standing, view: View, result: Result, scale: Scale) -> None:
    frame, hidden = figures.largest(at.book, result.metric.slug, result.query)
    style = at.reader.style(scale, view.interval, _stacked(result), 320, view.end)
    event = st.plotly_chart(
        drawings.split(at.book, result.metric.slug, result.query, style),
        theme=None,
        config=downloads.picture(csv_name(result)),
        alt=alt.breakdown(result.metric.name, frame, scale, result.labels),
        on_select="rerun",
        selection_mode="points",
        key="chart-by",
    )
    st.caption("Click a point to see what makes it, further down.")
    proof.clicked(event, lambda curve: breakdown.clicked(frame, curve))
    if hidden:
        st.caption(words.hidden(hidden, additive=figures.additive(result)))
        _every_group(result)


def _every_group(result: Result) -> None:
    """What each group comes to, also those that the chart has no room for; folded until somebody asks."""
    flow = result.metric.total is Total.SUM
    rows = breakdown.totals(result.frame, summed=flow)
    column = table.Column(result.metric.name, result.metric.unit, result.currency)
    with st.expander(f"All {rows.height} groups, {'over the whole span' if flow else 'in the newest period'}"):
        st.dataframe(
            table.table(rows, column, result.query.by, result.labels).drop(table.PERIOD, table.NOTE),
            hide_index=True,
            height=min(_TALLEST, _ROW * (rows.height + 1) + 2),
            column_config={column.heading: _numbers(result)},
            placeholder=NOT_AVAILABLE,
            key="every-group",
        )


def _stacked(result: Result) -> Chart:
    """Lines beside each other, or parts of the whole: only what adds up can be stacked."""
    flow = result.metric.chart is Chart.BAR
    if not figures.additive(result):
        return Chart.BAR if flow else Chart.LINE
    stack = st.toggle(
        "Stacked",
        value=flow,
        key="stacked",
        bind="query-params",
        help="The groups on top of each other, as parts of the total",
    )
    return (Chart.BAR if flow else Chart.AREA) if stack else Chart.LINE


def _table(result: Result, view: View, locale: str) -> None:
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.subheader("Figures", anchor=False)
        downloads.csv("Download CSV", lambda: tables.metric_csv(result), csv_name(result), "table-csv")
    if tables.unrounded(result):
        st.caption(downloads.UNROUNDED)
    column = table.Column(result.metric.name, result.metric.unit, result.currency, locale)
    rows = table.table(result.frame, column, result.query.by, result.labels, (view.end, view.interval))
    st.dataframe(
        rows,
        hide_index=True,
        height=min(_TALLEST, _ROW * (rows.height + 1) + 2),
        column_config={
            table.PERIOD: st.column_config.DateColumn(format=_DATES[view.interval]),
            table.NOTE: st.column_config.TextColumn(width="small"),
            column.heading: _numbers(result),
        },
        placeholder=NOT_AVAILABLE,
        key="table",
    )


def csv_name(result: Result) -> str:
    """What tells two downloads apart: the metric, its split, its segment, its days and how they are cut."""
    query = result.query
    split = f"-by-{query.split}" if query.split else ""
    return downloads.csv_name(
        f"{result.metric.slug}{split}", query.start, query.end, query.interval, segment=result.segment
    )


_DATES: Final = {Interval.DAY: "ll", Interval.WEEK: "[Week of] ll", Interval.MONTH: "MMMM YYYY"}
"""Formats of moment.js, in the browser's language."""


def _numbers(result: Result) -> Any:  # noqa: ANN401 - Streamlit's own type is private
    """How the browser writes the figures: it sorts them as numbers, so they are sent as numbers."""
    match result.metric.unit:
        case Unit.MONEY:
            return columns.amount(None, result.currency)
        case Unit.PERCENT:
            return st.column_config.NumberColumn(format="percent")
        case Unit.COUNT | Unit.RATIO | Unit.DAYS | Unit.MONTHS:
            return st.column_config.NumberColumn(format="localized")
