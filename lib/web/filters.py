"""The filter row: which days, cut how, compared or not. All of it lives in the URL."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from html import escape
from typing import Final, TypeVar

import streamlit as st

from lib.errors import BadDate
from lib.metrics.query import By, Query
from lib.periods import ROLLING_DAYS, Interval, add_months, months_back, parse_date, period_start
from lib.web import locked, memory, segment_picker, words
from lib.web.reader import DEFAULT_LOCALE, reader
from lib.web.standing import Standing


class Preset(StrEnum):
    """Spans by name, as the URL writes them: ``?range=12 months``."""

    DAYS_30 = "30 days"
    MONTHS_3 = "3 months"
    MONTHS_12 = "12 months"
    ALL = "All time"
    CUSTOM = "Custom"


class Against(StrEnum):
    """What a span is compared with, as the URL writes it: ``?compare=Last year``."""

    BEFORE = "Previous"
    YEAR = "Last year"
    NOTHING = "None"


_FEW_DAYS, _MANY_DAYS = 92, 1200
_YEAR_OF_WEEKS: Final = timedelta(weeks=52)


@dataclass(frozen=True, slots=True)
class View:
    """What the reader chose to look at. Days are those of the account's reporting time zone."""

    preset: Preset
    start: date
    end: date
    interval: Interval
    against: Against
    shown: date | None = None
    """The first day that the plan shows; None: it hides none."""

    def query(self, by: By | None = None, key: str = "") -> Query:
        """The question to the reports; ``key``: of the metadata to split by."""
        return Query(self.start, self.end, self.interval, by, key)

    def before(self) -> Query | None:
        """The span to compare with; None when there is none, the plan does not show it or the reader wants none.

        Like with like: see periods.comparable. Last year's is 12 months earlier to the day; cut by week it is 52 weeks
        earlier, so that whole weeks are laid over whole weeks.
        """
        if self.against is Against.NOTHING or self.preset is Preset.ALL:
            return None
        found = self._before()
        return None if self.shown and found.start < self.shown else found

    def _before(self) -> Query:
        if self.against is Against.YEAR:
            if self.interval is Interval.WEEK:
                return Query(self.start - _YEAR_OF_WEEKS, self.end - _YEAR_OF_WEEKS, self.interval)
            return Query(*months_back(self.start, self.end, 12), self.interval)
        return self.query().compared()


_MONTHS = {Preset.MONTHS_3: 3, Preset.MONTHS_12: 12}


def span(preset: Preset, first: date, today: date, chosen: tuple[date, ...] = ()) -> tuple[date, date]:
    """First and last day of ``preset``; for CUSTOM the ``chosen`` days, of which the second may still be missing.

    Months are those of the calendar, the present one included: the span is the same however it is cut.
    """
    match preset:
        case Preset.DAYS_30:
            return today - timedelta(days=ROLLING_DAYS - 1), today
        case Preset.MONTHS_3 | Preset.MONTHS_12:
            return add_months(today.replace(day=1), 1 - _MONTHS[preset]), today
        case Preset.ALL:
            return min(first, today), today
        case Preset.CUSTOM:
            if not chosen:
                return span(Preset.MONTHS_12, first, today)
            return min(chosen), max(chosen) if len(chosen) > 1 else max(today, *chosen)


def aligned(start: date, preset: Preset, interval: Interval, shown: date | None = None) -> date:
    """``start``, moved for "All time" to the first of its period: nothing happened before it, so nothing is cut.

    Not further back than ``shown``, the first day that the plan shows; None: it hides none.
    """
    first = period_start(start, interval) if preset is Preset.ALL else start
    return max(first, shown) if shown else first


def bars(view: View) -> Interval:
    """The interval for movement bars: never so many bars that none can be told from the next."""
    days = (view.end - view.start).days
    if view.interval is Interval.DAY and days > _FEW_DAYS:
        return Interval.WEEK if days < 2 * _FEW_DAYS else Interval.MONTH
    return view.interval


def bars_told(view: View) -> str:
    """Why movement bars are not cut as the reader chose, in a sentence; empty where they are."""
    if (drawn := bars(view)) is view.interval:
        return ""
    days = (view.end - view.start).days + 1
    return (
        f"The bars are by {drawn}, not by {view.interval}: {days} bars would be too thin to tell apart. To see each "
        f"{view.interval}, choose a span of at most {_FEW_DAYS + 1} days."
    )


T = TypeVar("T")


def row(page: str, at: Standing, split: Callable[[], T]) -> tuple[Standing, View, T]:
    """Draw the row and return what was chosen: the ground, cut down to a segment if one is, the days, and what
    ``split`` drew into the row and returned.

    A split (it returned something) has no comparison: its lines would be too many to tell apart. ``page`` tells pages
    apart.
    """
    first, today = at.book.first, at.book.today
    memory.recall(page, _NAMES)
    said = [*_linked(first, today), *_mended(first, today)]
    summary = st.empty()
    with st.container(key="filters", horizontal=True, gap="small"):
        preset, start, end = _span(first, today)
        interval = st.segmented_control(
            "By", list(Interval), default=Interval.DAY, required=True, key="interval", bind="query-params"
        )
        extra = split()
        at = segment_picker.choose(page, at)
        against = st.segmented_control(
            "Compare with",
            list(Against),
            default=Against.BEFORE,
            required=True,
            key="compare",
            bind="query-params",
            disabled=extra is not None,
            help=_WHY_NOT_SPLIT if extra is not None else None,
        )
    memory.remember(page, _NAMES)
    for sentence in said:
        st.warning(sentence)
    interval, shown = Interval(interval or Interval.DAY), at.book.shown
    began = aligned(start, preset, interval, shown)
    view = View(preset, began, end, interval, Against(against or Against.BEFORE), shown)
    summary.html(f"<details class='pl-filters'><summary>{escape(described(view))}</summary></details>")
    segment_picker.told(page, at)
    _locked(at, preset, start, cut=extra is None and view.before() is None and view.against is not Against.NOTHING)
    return at, view, extra


def days(page: str, at: Standing) -> tuple[Standing, date, date]:
    """The row of a page that has a span and nothing else to choose; returns the ground, cut down to a segment if one
    is chosen, and the first and last day.
    """
    first, today = at.book.first, at.book.today
    memory.recall(page, _SPAN)
    said = [*_linked(first, today), *_mended(first, today)]
    summary = st.empty()
    with st.container(key="filters", horizontal=True, gap="small"):
        preset, start, end = _span(first, today)
        at = segment_picker.choose(page, at)
    memory.remember(page, _SPAN)
    for sentence in said:
        st.warning(sentence)
    summary.html(f"<details class='pl-filters'><summary>{escape(preset)}</summary></details>")
    segment_picker.told(page, at)
    _locked(at, preset, start)
    return at, start, end


def flows(page: str, at: Standing, *, segment: bool = False) -> tuple[Standing, View]:
    """The row of a page that compares nothing: the span, how it is cut, and the ``segment`` where that can be asked."""
    first, today = at.book.first, at.book.today
    memory.recall(page, _NAMES)
    said = [*_linked(first, today), *_mended(first, today)]
    summary = st.empty()
    with st.container(key="filters", horizontal=True, gap="small"):
        preset, start, end = _span(first, today)
        cut = st.segmented_control(
            "By", list(Interval), default=Interval.MONTH, required=True, key="interval", bind="query-params"
        )
        at = segment_picker.choose(page, at) if segment else at
    memory.remember(page, _NAMES)
    for sentence in said:
        st.warning(sentence)
    interval, shown = Interval(cut or Interval.MONTH), at.book.shown
    view = View(preset, aligned(start, preset, interval, shown), end, interval, Against.NOTHING, shown)
    summary.html(f"<details class='pl-filters'><summary>{escape(described(view))}</summary></details>")
    if segment:
        segment_picker.told(page, at)
    _locked(at, preset, start)
    return at, view


def _locked(at: Standing, preset: Preset, start: date, *, cut: bool = False) -> None:
    """Say that the plan hides earlier days, where somebody looks for them; ``cut``: a comparison would begin there."""
    asks = preset is Preset.ALL or (preset is Preset.CUSTOM and start == at.book.shown)
    if at.book.shown and (asks or cut):
        locked.history(at.user, at.book.shown, at.book.account, drawn=preset is Preset.ALL)


def _span(first: date, today: date) -> tuple[Preset, date, date]:
    """Ask for the span, by name or by its days."""
    chosen = st.segmented_control(
        "Span", list(Preset), default=Preset.MONTHS_12, required=True, key="range", bind="query-params"
    )
    preset = Preset(chosen or Preset.MONTHS_12)
    return preset, *span(preset, first, today, _days(first, today) if preset is Preset.CUSTOM else ())


_OLD_COMPARE: Final = {"true": Against.BEFORE, "false": Against.NOTHING}
"""How links and views write it that were kept when there were two choices."""
_SPAN: Final = ("range", "days")
_NAMES: Final = (*_SPAN, "interval", "compare")


def described(view: View) -> str:
    """The row in a few words, for the phone's button: ``12 months, by day``."""
    return f"{view.preset}, by {view.interval}"


def _days(first: date, today: date) -> tuple[date, ...]:
    start = max(first, span(Preset.MONTHS_12, first, today)[0])
    picked = st.date_input(
        "Days",
        value=(start, today),
        min_value=first,
        max_value=today,
        key="days",
        bind="query-params",
        format=reader().date_input,
        width=232,
    )
    return picked if isinstance(picked, tuple) else (picked,)


def between(start: date, end: date) -> tuple[tuple[str, str], ...]:
    """What the address of a link says that is about these days.

    Not as ``range`` and ``days``: on the way to another page Streamlit drops what widgets of this one are bound to.
    """
    return (FROM, start.isoformat()), (TO, end.isoformat())


FROM: Final = "from"
TO: Final = "to"


def _linked(first: date, today: date) -> list[str]:
    """Give the widgets the days that such a link is about; what is wrong with them in sentences."""
    asked = [st.query_params.pop(name, "") for name in (FROM, TO)]
    if not all(asked):
        return []
    days, said = chosen_days(asked, first, today, reader().locale)
    if days:
        st.session_state["range"], st.session_state["days"] = Preset.CUSTOM, days
        st.query_params["range"], st.query_params["days"] = Preset.CUSTOM, [day.isoformat() for day in days]
    return said


def _mended(first: date, today: date) -> list[str]:
    """Sentences on what the address asked for and nobody can have: the widgets would replace it without a word."""
    kept = st.query_params.get_all("days") if st.query_params.get("range") == Preset.CUSTOM else []
    days, said = chosen_days(kept, first, today, reader().locale)
    if said and "days" in st.query_params:
        del st.query_params["days"]
        if days:
            st.session_state["days"] = days
    if (old := st.query_params.get("compare")) in _OLD_COMPARE:
        del st.query_params["compare"]
        st.session_state["compare"] = _OLD_COMPARE[old]
    for name, choices in (("range", Preset), ("interval", Interval), ("compare", Against)):
        said += unknown(name, choices)
    return said


def told_unknown(name: str, options: Iterable[str], *, narrows: bool = False) -> None:
    """Say, before the widget called ``name`` is drawn, what the address asks of it and it does not offer.

    Streamlit takes that out without a word. ``options``: as the address writes them; ``narrows``: the widget leaves out
    what is not asked for.
    """
    for sentence in unknown(name, options, narrows=narrows):
        st.warning(sentence)


def unknown(name: str, options: Iterable[str], *, narrows: bool = False) -> list[str]:
    """The same as sentences, one for each value; none where all is known."""
    offered = [str(each) for each in options]
    asked = [each for each in st.query_params.get_all(name) if each]
    missing = [each for each in asked if each not in offered]
    known = f"one of {', '.join(map(words.plain, offered))}" if len(offered) <= _NAMED else "another from the list"
    advice = f"; choose {known}" if offered else ""
    said = [f"“{words.plain(each)}” is not available here{advice}." for each in missing]
    if said and narrows and len(missing) == len(asked):
        said[-1] += _LEAVES_NOTHING_OUT
    return said


_NAMED: Final = 12
"""Choices that a sentence names."""
_LEAVES_NOTHING_OUT: Final = " Until then, this filter leaves nothing out."


def chosen_days(
    written: list[str], first: date, today: date, locale: str = DEFAULT_LOCALE
) -> tuple[tuple[date, ...], list[str]]:
    """Custom days as the address writes them, and what is wrong with them in sentences.

    No days: they can't be had, and the default stands in. Days in the wrong order come back in the right one.
    """
    try:
        days = tuple(parse_date(each) for each in written)
    except BadDate as error:
        return (), [error.message + _INSTEAD]
    if any(not first <= day <= today for day in days):
        known = [words.short_day(day, locale) for day in (first, today)]
        return (), [f"There are figures from {known[0]} to {known[1]} only.{_INSTEAD}"]
    if list(days) != sorted(days):
        return tuple(sorted(days)), ["The first day was after the last day, so they were swapped."]
    return days, []


_INSTEAD: Final = " The last 12 months are shown instead."
_WHY_NOT_SPLIT: Final = "A split is not compared: its lines would be too many to tell apart."
