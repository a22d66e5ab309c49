"""Movements: how MRR went from one day to another, period by period and row by row."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Final

import streamlit as st

from lib.charts import alt, movements
from lib.charts.scale import Scale
from lib.charts.style import Frame
from lib.metrics.query import Query
from lib.periods import Interval, period_start
from lib.reports import movements as report
from lib.reports.movements import Movements, Narrow
from lib.web import back, browser, clicks, columns, downloads, facts, figures, filters, one_time, words
from lib.web.facts import Fact
from lib.web.figures import Book
from lib.web.filters import View
from lib.web.overview import PLOT
from lib.web.proof import called
from lib.web.standing import Standing, stand

_ANY: Final = "All plans"
_NAMES: Final = tuple(report.KINDS.values())
_MOST: Final = 1000
"""Rows that a browser is sent; the file has all."""


def show() -> None:
    """The whole page."""
    back.returned("movements")
    at = stand("Movements", _explain)
    one_time.instead(at)
    at, view = filters.flows("movements", at, segment=True)
    whole = _all(at.book, view.start, view.end)
    scale = at.reader.money(whole.base)
    facts.show(_facts(at, view, whole, scale))
    frame = figures.movement_totals(at.book, view.start, view.end, filters.bars(view))
    if frame.is_empty():
        st.caption("Nobody came, left or changed plan in this span.")
        return
    bar = _chart(at, view, frame, scale)
    _sum(at, view, whole, scale)
    _rows(at, view, whole, bar, scale)


@lru_cache(maxsize=32)
def _all(key: Book, start: date, end: date, narrow: Narrow | None = None) -> Movements:
    """As reports.movements.of."""
    return report.of(key.account, start, end, key.segment, narrow)


@lru_cache(maxsize=32)
def _plans(key: Book) -> tuple[str, ...]:
    return tuple(report.plans(key.account, key.segment))


def _explain() -> None:
    with st.popover("", icon=":material/info:", type="tertiary", help="How it is computed", key="formula"):
        st.write(
            "Every change of MRR is one row: **new** from a customer's first day, **expansion** and **contraction** "
            "while they stay, **churn** on the day they leave, **reactivation** when they come back. "
            "**Exchange rates** are what other currencies gained or lost. Start, rows and end add up to the cent."
        )


def _facts(at: Standing, view: View, whole: Movements, scale: Scale) -> list[Fact]:
    net = whole.end - whole.start
    return [
        Fact("MRR before", scale.text(whole.start), words.short_day(view.start, at.reader.locale)),
        Fact("Net change", words.exact_amount(net, scale)),
        Fact("MRR at the end", scale.text(whole.end), words.short_day(view.end, at.reader.locale)),
    ]


# --- Period by period -------------------------------------------------------------------------------------------------


def _chart(at: Standing, view: View, frame: Frame, scale: Scale) -> tuple[date, str | None] | None:
    """The bars; returns what somebody clicked, as ``chosen``."""
    st.subheader("Over time", anchor=False)
    style = at.reader.style(scale, filters.bars(view), "bar", height=320, end=view.end)
    if told := filters.bars_told(view):
        st.caption(told)
    event = st.plotly_chart(
        movements.stack(frame, style),
        theme=None,
        config=PLOT,
        alt=alt.movements(frame, scale),
        on_select="rerun",
        selection_mode="points",
        key=f"over-time-{st.session_state.get(_ROUND, 0)}",
    )
    st.caption("Click a bar, or choose its period below, to see its rows.")
    if click := clicks.new(event, "movements"):
        _write(click.day, movements.kind_of(frame, click.curve))
    if click or st.session_state.pop(clicks.CAME, False):
        browser.scroll_to("st-key-movement-rows")
    return chosen(view)


def _write(day: date, kind: str | None) -> None:
    """The clicked bar into the address: ``?period=2026-10-01&bar=churn``."""
    st.query_params[_PERIOD] = day.isoformat()
    if kind is None:
        st.query_params.pop(_BAR, None)
    else:
        st.query_params[_BAR] = kind


def chosen(view: View) -> tuple[date, str | None] | None:
    """The bar that the address names: a period (its first day) and a type, of all types if none is named.

    What lies outside the span, or is no day or no type, is taken out of the address.
    """
    kind = st.query_params.get(_BAR)
    if kind not in report.KINDS:
        kind = st.query_params.pop(_BAR, None) and None
    try:
        day = date.fromisoformat(st.query_params.get(_PERIOD, ""))
    except ValueError:
        day = date.max
    if not period_start(view.start, filters.bars(view)) <= day <= view.end:
        _see_all()
        return None
    return day, kind


def _see_all() -> None:
    for name in (_PERIOD, _BAR):
        st.query_params.pop(name, None)


def _forget() -> None:
    """As _see_all; the chart is drawn anew, with nothing chosen."""
    _see_all()
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1


_PERIOD, _BAR = "period", "bar"
_ROUND: Final = "movements-round"


def _period(at: Standing, view: View, bar: tuple[date, str | None] | None) -> None:
    """The way to a bar's rows without a pointer: every period of the chart, the newest first. The address alone keeps
    which it is.
    """
    interval = filters.bars(view)
    days = Query(view.start, view.end, interval).frame(at.book.today)["date"].sort(descending=True).to_list()
    begin = period_start(bar[0], interval) if bar else None
    key = f"movements-period-{interval}-{view.start}-{view.end}"
    st.session_state[key] = next((day for day in days if period_start(day, interval) == begin), _SPAN)
    st.selectbox(
        "Period",
        [_SPAN, *days],
        format_func=lambda day: (
            day if day == _SPAN else called(period_start(day, interval), interval, at.reader.locale)
        ),
        key=key,
        on_change=_choose,
        args=(key,),
        width=200,
    )


def _choose(key: str) -> None:
    """Open the rows of the period that was chosen, of the type that was open; the chart forgets what was clicked."""
    day, kind = st.session_state[key], st.query_params.get(_BAR)
    _forget()
    if day != _SPAN:
        _write(day, kind)


_SPAN: Final = "The whole span"


def _sum(at: Standing, view: View, whole: Movements, scale: Scale) -> None:
    st.subheader("In total", anchor=False)
    ends = [words.short_day(day, at.reader.locale) for day in (view.start, view.end)]
    st.plotly_chart(
        movements.waterfall(
            whole.start,
            whole.sums,
            whole.end,
            at.reader.style(scale, view.interval, "bar", height=300),
            (f"Before {ends[0]}", ends[1]),
        ),
        theme=None,
        config=PLOT,
        alt=f"MRR went from {scale.text(whole.start)} to {scale.text(whole.end)}: {_told(whole, scale)}.",
        key="in-sum",
    )


def _told(whole: Movements, scale: Scale) -> str:
    return ", ".join(
        f"{name.lower()} {words.exact_amount(whole.sums[kind], scale)}"
        for kind, name in report.KINDS.items()
        if whole.sums.get(kind)
    )


# --- Row by row -------------------------------------------------------------------------------------------------------


def _rows(at: Standing, view: View, whole: Movements, bar: tuple[date, str | None] | None, scale: Scale) -> None:
    st.container(key="movement-rows", height=1, border=False)
    st.subheader("Every movement", anchor=False)
    rates = left_out(whole.sums.get("fx", 0), scale)
    found = _all(at.book, view.start, view.end, _narrow(at, view, bar, rates))
    rows = _clicked_rows(at, filters.bars(view), found.rows, bar) if bar else found.rows
    said = _sentence(rows.height, rows, scale)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.markdown(words.plain(said))
        if rows.height:
            name = downloads.csv_name("movements", view.start, view.end, segment=at.book.segment)
            columns.download("Download CSV", lambda: report.as_csv(rows, found.base), name, "movements-csv")
    if rows.is_empty():
        return
    st.caption(downloads.UNROUNDED)
    shown = report.people_first(rows).head(_MOST)
    columns.people(
        report.table(shown, found.base, at.reader.locale),
        shown["customer"].to_list(),
        at.account.account,
        "movements",
        {
            "date": columns.day("Day"),
            "type": st.column_config.TextColumn("Type", width=136),
            "label": st.column_config.TextColumn("Plan", width=200),
            "amount": st.column_config.TextColumn("As paid, a month", alignment="right"),
            "amount_base": columns.money("MRR", found.base),
        },
    )

    rates_last = set(rows["type"]) > {"fx"}
    if rates_last:
        st.caption("Rows of exchange rates stand last.")
    if rows.height > _MOST:
        which = "first" if rates_last else "newest"
        st.caption(f"The {which} {words.scale_count(_MOST, scale)} are shown; the CSV has every row.")


def left_out(rates: int, scale: Scale) -> str:
    """What is said while rows of exchange rates are left out, which come to ``rates`` (micros) in the span."""
    worth = f" ({words.exact_amount(rates, scale)} in all)" if rates else ""
    return f"Rows of exchange rates{worth} are left out; choose them under Type to see them."


def _narrow(at: Standing, view: View, bar: tuple[date, str | None] | None, rates: str) -> Narrow:
    """What is looked for; without a type, all but exchange rates, which touch every customer every day: ``rates`` is
    said then.

    ``bar``: what is opened; its type is looked for in any case.
    """
    of_bar = bar[1] if bar else None
    plans = [_ANY, *_plans(at.book)]
    filters.told_unknown("type", _NAMES)
    filters.told_unknown("plan", plans, narrows=True)
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        _period(at, view, bar)
        named = st.pills("Type", _NAMES, selection_mode="multi", key="type", bind="query-params")
        plan = st.selectbox("Plan", plans, key="plan", bind="query-params", width=200)
        search = st.text_input(
            "Search", placeholder="Customer's name, email or id", key="search", bind="query-params", width=240
        )
    if not named and of_bar is None:
        st.caption(words.plain(rates))
    kinds = frozenset({of_bar}) if of_bar else report.known(named or report.BY_PEOPLE)
    return Narrow(kinds, None if plan in (None, _ANY) else plan, search or "")


def _clicked_rows(at: Standing, interval: Interval, rows: Frame, bar: tuple[date, str | None]) -> Frame:
    day, kind = bar
    when = words.plain(called(period_start(day, interval), interval, at.reader.locale))
    what = report.KINDS[kind] if kind else "Everything"
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f":material/filter_alt: **{what}, {when}**", width="content")
        st.button("All rows", icon=":material/close:", type="tertiary", key="all-rows", on_click=_forget)
    return report.within(rows, day, interval)


def _sentence(count: int, rows: Frame, scale: Scale) -> str:
    if not count:
        return "No movement fits what you look for. Remove a filter to see more."
    each = ", ".join(
        f"{report.KINDS[kind].lower()} {words.exact_amount(amount, scale)}" for kind, amount, _ in report.by_kind(rows)
    )
    rows_said = "1 row" if count == 1 else f"{words.scale_count(count, scale)} rows"
    return f"{rows_said}: {each}."
