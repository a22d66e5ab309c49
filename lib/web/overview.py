"""The overview: six figures, MRR and its movements, what changed, the newest customers' moves, the plans."""

from __future__ import annotations

from datetime import date
from html import escape

import streamlit as st

from lib.charts import alt, movements, series
from lib.charts.style import Figure, Frame, Style
from lib.metrics.query import Query
from lib.reports.feed import Item
from lib.web import cards, figures, filters, links, plans, words
from lib.web.filters import View
from lib.web.standing import Standing, stand

PLOT = {"displayModeBar": False, "responsive": True}
_NEWEST = 8
_OVER_TIME = "Over time"


def show() -> None:
    """The whole page."""
    at = stand("Overview")
    at, view, _ = filters.row("overview", at, lambda: None)
    cards.row(at.book, at.reader)
    left, right = st.columns([7, 3], gap="large")
    with left:
        _mrr(at, view)
        _movements(at, view)
        st.subheader("Products", anchor=False)
        st.html(plans.table(figures.plans(at.book), at.reader.money(at.book.currency)))
    with right:
        _changed(at)
        _live(at)


def _mrr(at: Standing, view: View) -> None:
    result = figures.metric(at.book, "mrr", view.query())
    scale = at.reader.scale(result.metric, result.currency)
    before = view.before()
    compared = figures.metric(at.book, "mrr", before).frame if before else None
    st.subheader("MRR", anchor=False)
    st.plotly_chart(
        series.series(result.frame, at.reader.style(scale, view.interval, "area", end=view.end), compared),
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
            [_OVER_TIME, "In sum"],
            default=_OVER_TIME,
            required=True,
            key="movements",
            bind="query-params",
            label_visibility="collapsed",
        )
    scale = at.reader.money(at.book.currency)
    interval = filters.bars(view)
    start = filters.aligned(view.start, view.preset, interval)
    frame = figures.movement_totals(at.book, start, view.end, interval)
    if frame.is_empty():
        st.caption("Nobody came, left or changed plan in this period.")
        return
    style = at.reader.style(scale, interval, height=300)
    st.plotly_chart(
        movements.stack(frame, style) if shape == _OVER_TIME else _waterfall(at, (start, view.end), frame, style),
        theme=None,
        config=PLOT,
        alt=alt.movements(frame, scale),
        key=f"movements-{shape}",
    )


def _waterfall(at: Standing, days: tuple[date, date], frame: Frame, style: Style) -> Figure:
    start, last = days
    sums = movements.sums(frame)
    end = int(figures.metric(at.book, "mrr", Query(last, last)).total or 0)
    ends = (words.short_day(start, at.reader.locale), words.short_day(last, at.reader.locale))
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
    return f'<li><span class="pl-grow"><b class="{mark}">{escape(amount)}</b> {escape(sentence)}</span></li>'


def _live(at: Standing) -> None:
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.subheader("Newest", anchor=False)
        links.feed("Live feed", at.account.account)
    scale = at.reader.money(at.book.currency)
    items = "".join(
        f'<li><span class="pl-grow">{escape(each.sentence)}'
        f"<small>{escape(words.day(each.date, at.book.today, at.reader.locale))}</small></span>"
        f'<span class="pl-amount">{escape(words.amount(each.mrr or 0, scale))}</span></li>'
        for each in _moves(at)
    )
    st.html(f'<ul class="pl-list">{items}</ul>' if items else '<p class="pl-muted">Nothing in the last 12 months.</p>')


def _moves(at: Standing) -> list[Item]:
    """The newest that moved MRR; of a quiet business those of a year."""
    for days in (30, 365):
        found = [each for each in figures.feed(at.book, days, at.reader.locale) if each.mrr is not None]
        if len(found) >= _NEWEST:
            break
    return found[:_NEWEST]
