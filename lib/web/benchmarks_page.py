"""Benchmarks: how this month stands beside one's own past."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from html import escape
from typing import Final
from urllib.parse import urlencode

import streamlit as st
from babel.dates import format_date

from lib.charts.scale import NOT_AVAILABLE
from lib.reports import arriving
from lib.reports import benchmarks as report
from lib.reports.benchmarks import SHARES, Benchmarks, Row
from lib.reports.door import Value
from lib.web import downloads, filters, segment_picker, words
from lib.web.figures import Book
from lib.web.standing import Standing, stand

_HEADS: Final = (
    "Metric", "This month so far", "Last month, same days", "A year ago, same days", "Average of 12 months",
    "Best month", "Last month's place",
)  # fmt: skip


def show() -> None:
    """The whole page."""
    at = stand("Benchmarks", _explain)
    at = segment_picker.choose("benchmarks", at)
    segment_picker.told("benchmarks", at)
    found = benchmarks(at.book)
    partial = arriving.partial(at.account.account)
    st.markdown(words.plain(_NO_RECORDS if partial else sentence(found, at.reader.locale)))
    st.html(html(found, at, partial=partial))
    if not partial and (told := above_all(found)):
        st.caption(words.plain(told))
    name = downloads.csv_name("benchmarks", at.book.today, segment=at.book.segment)
    downloads.csv("Download CSV", lambda: report.as_csv(found), name, "benchmarks-csv")


_NO_RECORDS: Final = f"{arriving.NOTE} Which month was best is told once everything is here."


@lru_cache(maxsize=16)
def benchmarks(key: Book) -> Benchmarks:
    """As reports.benchmarks.of."""
    return report.of(key.account, key.segment)


def _explain() -> None:
    with st.popover("", icon=":material/info:", type="tertiary", help="How it is computed", key="formula"):
        st.write(
            "You are compared with your own past, never with other businesses. A month that is not over is held "
            "against the same days of the month before and of a year ago. What a metric counts over 30 days or 12 "
            "months, whatever the month, says so below its name: of a month it is the figure of its last day. Best and "
            "place count finished months only. "
            "Averages are of sums and levels; a mean of ratios would mean nothing."
        )


_OVER: Final = {
    "customer_churn_rate": "over the 30 days up to then",
    "ltv": "by the churn of the 30 days up to then",
    "net_revenue_retention": "over the 12 months up to then",
    "trial_conversion_rate": "over the 30 days up to then",
}
"""What a metric's figures are counted over where that is not the month that the heading names."""


def over(slug: str, *, by_start: bool) -> str:
    """The same, by the account's rules; empty where it is just the month."""
    return "of trials begun in these days" if slug in SHARES and by_start else _OVER.get(slug, "")


def sentence(found: Benchmarks, locale: str) -> str:
    """In what last month was the best ever."""
    month = _month(found.last_month, locale)
    best = [row.metric.name for row in found.records]
    if not best:
        return f"{month} set no record among these figures."
    named = best[0] if len(best) == 1 else f"{', '.join(best[:-1])} and {best[-1]}"
    return f"{month} was your best finished month so far in {named}."


def above_all(found: Benchmarks) -> str:
    """Why a share is above 100%, and that such a month is no record; empty where none is."""
    row = next((each for each in found.rows if each.above_all), None)
    if row is None:
        return ""
    said = (
        f"{row.metric.name} can pass 100%: it divides the trials that converted in 30 days by those that began in the "
        "same 30 days, and some of the first began earlier."
    )
    if not row.beyond:
        return said
    count = len(row.beyond)
    months = (
        "1 finished month was above 100% and is" if count == 1 else f"{count} finished months were above 100% and are"
    )
    return f"{said} {months} not counted in best month and place."


def _month(day: date, locale: str) -> str:
    return str(format_date(day, "MMMM y", locale=locale))


def html(found: Benchmarks, at: Standing, *, partial: bool = False) -> str:
    """The table; each metric leads to its page, at this month and of the same customers. ``partial``: data is still
    arriving, so nothing is called good, bad or the best.
    """
    head = "".join(f'<th scope="col">{escape(each)}</th>' for each in _HEADS)
    body = "".join(_line(row, found, at, partial=partial) for row in found.rows)
    return (
        '<div class="pl-scroll" tabindex="0" role="region" aria-label="Benchmarks"><table class="pl-grid">'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _line(row: Row, found: Benchmarks, at: Standing, *, partial: bool) -> str:
    scale = at.reader.scale(row.metric, found.base)
    days = dict(filters.between(found.today.replace(day=1), found.today))
    segment = {"segment": at.book.segment.name} if at.book.segment else {}
    query = {"slug": row.metric.slug, "account": at.account.account, **days, **segment}
    best = place = NOT_AVAILABLE
    if row.best_month and not partial:
        best = f"{escape(scale.text(row.best))}<br><small>{escape(_month(row.best_month, at.reader.locale))}</small>"
    if row.rank and not partial:
        place = f"{row.rank} of {row.months}"
    cells = (
        escape(scale.text(row.now)),
        _beside(row, row.last, at, found, partial=partial),
        _beside(row, row.year_ago, at, found, partial=partial),
        escape(scale.text(row.average)),
        best,
        escape(place),
    )
    link = f'<a href="/metric?{escape(urlencode(query))}" target="_self">{escape(row.metric.name)}</a>'
    if counted := over(row.metric.slug, by_start=found.by_start):
        link += f'<br><small class="pl-muted">{escape(counted)}</small>'
    return f'<tr><th scope="row">{link}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'


def _beside(row: Row, before: Value, at: Standing, found: Benchmarks, *, partial: bool) -> str:
    """A value of the past and what became of it since, coloured by whether that is good unless it is ``partial``."""
    scale = at.reader.scale(row.metric, found.base)
    if before is None or row.now is None:
        return escape(scale.text(before))
    change = words.change(row.metric, row.now, before, scale)
    mark = words.verdict(row.metric, None if partial else row.now - before)
    return f'{escape(scale.text(before))}<br><small class="{mark}">{escape(change)}</small>'
