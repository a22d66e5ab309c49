"""The overview: six figures, MRR and its movements, what changed, the newest customers' moves, the plans."""

from __future__ import annotations

from html import escape

import streamlit as st

from lib.charts import alt, movements, series
from lib.periods import Interval
from lib.web import cards, figures, filters, plans, words
from lib.web.filters import View
from lib.web.standing import Standing, stand

PLOT = {"displayModeBar": False, "responsive": True}
_NEWEST = 8


def show() -> None:
    """The whole page."""
    at = stand("Overview")
    view = filters.row(at.book.first, at.book.today)
    cards.row(at.book, at.reader)
    left, right = st.columns([7, 3], gap="large")
    with left:
        _mrr(at, view)
        _movements(at, view)
        st.subheader("Plans", anchor=False)
        st.html(plans.table(figures.plans(at.book), at.reader.money(at.book.currency)))
    with right:
        _changed(at)
        _live(at)


def _mrr(at: Standing, view: View) -> None:
    result = figures.metric(at.book, "mrr", view.query())
    scale = at.reader.scale(result.metric, result.currency)
    before = figures.metric(at.book, "mrr", view.query().before()).frame if view.compare and view.comparable else None
    st.subheader("MRR", anchor=False)
    st.plotly_chart(
        series.series(result.frame, at.reader.style(scale, view.interval, "area"), before),
        theme=None,
        config=PLOT,
        alt=alt.series(result.metric.name, result.frame, scale, view.interval),
        key="mrr-chart",
    )


def _movements(at: Standing, view: View) -> None:
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.subheader("Movements", anchor=False)
        shape = st.segmented_control(
            "Movements as",
            ["Over time", "In sum"],
            default="Over time",
            required=True,
            key="movements",
            bind="query-params",
            label_visibility="collapsed",
        )
    scale = at.reader.money(at.book.currency)
    interval = filters.bars(view)
    frame = figures.movement_totals(at.book, view.start, view.end, interval)
    if frame.is_empty():
        st.caption("Nobody came, left or changed plan in this span.")
        return
    style = at.reader.style(scale, interval, height=300)
    st.plotly_chart(
        movements.stack(frame, style) if shape == "Over time" else _waterfall(at, view, interval),
        theme=None,
        config=PLOT,
        alt=alt.movements(frame, scale),
        key=f"movements-{shape}",
    )


def _waterfall(at: Standing, view: View, interval: Interval) -> movements.Figure:
    frame = figures.movement_totals(at.book, view.start, view.end, interval)
    sums: dict[str, int] = dict(frame.group_by("type").sum().select("type", "value").iter_rows())
    end = int(figures.metric(at.book, "mrr", view.query()).total or 0)
    style = at.reader.style(at.reader.money(at.book.currency), interval, height=300)
    ends = (words.short_day(view.start, at.reader.locale), words.short_day(view.end, at.reader.locale))
    return movements.waterfall(end - sum(sums.values()), sums, end, style, ends)


def _changed(at: Standing) -> None:
    st.subheader("What changed this month", anchor=False)
    scale = at.reader.money(at.book.currency)
    changes = figures.changes(at.book, at.book.today.replace(day=1), at.book.today)
    if not changes:
        st.caption("Nothing yet.")
        return
    st.html(f'<ul class="pl-list">{"".join(_change(*words.changed(c, scale), c.kind) for c in changes)}</ul>')


def _change(amount: str, sentence: str, kind: str) -> str:
    mark = {"churn": "pl-bad", "contraction": "pl-bad", "fx": "pl-muted"}.get(kind, "pl-good")
    return f'<li><span class="pl-grow">{escape(sentence)}</span><span class="pl-amount {mark}">{escape(amount)}</span></li>'


def _live(at: Standing) -> None:
    st.subheader("Newest", anchor=False)
    scale = at.reader.money(at.book.currency)
    items = "".join(
        f'<li><span class="pl-grow">{escape(each.sentence)}'
        f"<small>{escape(words.day(each.date, at.book.today, at.reader.locale))}</small></span>"
        f'<span class="pl-amount">{escape(words.amount(each.amount, scale))}</span></li>'
        for each in figures.newest(at.book, _NEWEST)
    )
    st.html(f'<ul class="pl-list">{items}</ul>')
