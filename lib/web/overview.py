"""The overview: the reader's cards, MRR and its movements, what changed, the newest customers' moves, the plans.

Of a business where nothing recurs, cash leads.
"""

from __future__ import annotations

from datetime import date
from html import escape

import streamlit as st

from lib.charts import alt, movements, series
from lib.charts.marks import Marks
from lib.charts.style import Figure, Frame, Style
from lib.metrics.query import Query
from lib.reports.feed import Item
from lib.web import (
    card_choice,
    cards,
    checklist,
    clicks,
    digest,
    drawings,
    figures,
    filters,
    goals,
    links,
    pins,
    plans,
    words,
)
from lib.web.filters import View
from lib.web.standing import Standing, stand

PLOT = {"displayModeBar": False, "responsive": True}
_NEWEST = 8
_OVER_TIME = "Over time"


def show() -> None:
    """The whole page."""
    at = stand("Overview", card_choice.edit)
    at, view, _ = filters.row("overview", at, lambda: None)
    recurring = figures.recurring(at.book)
    usual = cards.SLUGS if recurring else cards.CASH
    card_choice.dialog(at, usual)
    checklist.show(at)
    cards.row(at.book, at.reader, card_choice.chosen(at.user, usual))
    left, right = st.columns([7, 3], gap="large")
    with left:
        if recurring:
            _mrr(at, view)
            _movements(at, view)
            st.subheader("Products", anchor=False)
            st.html(plans.table(figures.plans(at.book), at.reader.money(at.book.currency)))
        else:
            _cash(at, view)
    with right:
        digest.draw(at)
        _live(at)


def _mrr(at: Standing, view: View) -> None:
    st.subheader("MRR", anchor=False)
    with st.skeleton(height=280):
        result = figures.metric(at.book, "mrr", view.query())
    scale = at.reader.scale(result.metric, result.currency)
    goal = goals.of(at, result.metric)
    pinned = tuple((each.day, each.text) for each in pins.of(at, view.start, view.end))
    marks = Marks(goals.mark(at, goal), pinned)
    style = at.reader.style(scale, view.interval, "area", end=view.end)
    event = st.plotly_chart(
        drawings.metric(at.book, "mrr", result.query, style, view.before(), marks),
        theme=None,
        config=PLOT,
        alt=alt.series(result.metric.name, result.frame, scale, view.interval),
        on_select="rerun",
        selection_mode="points",
        key="mrr-chart",
    )
    clicks.to_metric(at, "mrr", clicks.of(event))


def _movements(at: Standing, view: View) -> None:
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.subheader("Movements", anchor=False)
        shape = st.segmented_control(
            "Movements as",
            [_OVER_TIME, "In total"],
            default=_OVER_TIME,
            required=True,
            key="movements",
            bind="query-params",
            label_visibility="collapsed",
        )
    scale = at.reader.money(at.book.currency)
    interval = filters.bars(view)
    start = filters.aligned(view.start, view.preset, interval, view.shown)
    with st.skeleton(height=300):
        frame = figures.movement_totals(at.book, start, view.end, interval)
    if frame.is_empty():
        st.caption("Nobody came, left or changed plan in this period.")
        return
    style = at.reader.style(scale, interval, height=300, end=view.end)
    if shape != _OVER_TIME:
        figure = _waterfall(at, (start, view.end), frame, style)
        st.plotly_chart(figure, theme=None, config=PLOT, alt=alt.movements(frame, scale), key="movements-sum")
        return
    event = st.plotly_chart(
        movements.stack(frame, style),
        theme=None,
        config=PLOT,
        alt=alt.movements(frame, scale),
        on_select="rerun",
        selection_mode="points",
        key="movements-bars",
    )
    click = clicks.of(event)
    clicks.to_movements(at, click, movements.kind_of(frame, click.curve) if click else None)


def _waterfall(at: Standing, days: tuple[date, date], frame: Frame, style: Style) -> Figure:
    start, last = days
    sums = movements.sums(frame)
    end = int(figures.metric(at.book, "mrr", Query(last, last)).total or 0)
    ends = (f"Before {words.short_day(start, at.reader.locale)}", words.short_day(last, at.reader.locale))
    return movements.waterfall(end - sum(sums.values()), sums, end, style, ends)


def _cash(at: Standing, view: View) -> None:
    """What leads where nothing recurs: the money that came, less what was given back."""
    interval = filters.bars(view)
    span = Query(filters.aligned(view.start, view.preset, interval, view.shown), view.end, interval)
    result = figures.metric(at.book, "net_revenue", span)
    scale = at.reader.scale(result.metric, result.currency)
    st.subheader("Net revenue", anchor=False)
    event = st.plotly_chart(
        series.series(result.frame, at.reader.style(scale, interval, "bar", end=view.end)),
        theme=None,
        config=PLOT,
        alt=alt.series(result.metric.name, result.frame, scale, interval),
        on_select="rerun",
        selection_mode="points",
        key="cash-chart",
    )
    clicks.to_metric(at, "net_revenue", clicks.of(event))


def _live(at: Standing) -> None:
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.subheader("Newest", anchor=False)
        links.feed("Live feed", at.account.account)
    scale, recurring = at.reader.money(at.book.currency), figures.recurring(at.book)
    items = "".join(
        f'<li><span class="pl-grow">{escape(each.sentence)}'
        f"<small>{escape(words.day(each.date, at.book.today, at.reader.locale))}</small></span>"
        f'<span class="pl-amount">{escape(words.amount(each.mrr or 0, scale)) if recurring else ""}</span></li>'
        for each in _moves(at, recurring=recurring)
    )
    st.html(f'<ul class="pl-list">{items}</ul>' if items else '<p class="pl-muted">Nothing in the last 12 months.</p>')


def _moves(at: Standing, *, recurring: bool) -> list[Item]:
    """The newest that moved MRR, or money where nothing recurs; of a quiet business those of a year."""
    for days in (30, 365):
        told = figures.feed(at.book, days, at.reader.locale, payments=not recurring)
        found = [each for each in told if each.mrr is not None or not recurring]
        if len(found) >= _NEWEST:
            break
    return found[:_NEWEST]
