"""Trials: who decides soon, what they would be worth, and how many of those before them stayed."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import streamlit as st
from babel.dates import format_date

from lib.charts.scale import NOT_AVAILABLE, Scale
from lib.metrics.registry import Unit
from lib.reports import trials as report
from lib.reports.trials import SOON, Trials
from lib.web import columns, downloads, facts, figures, grid, one_time, segment_picker, words
from lib.web.facts import Fact
from lib.web.figures import Book
from lib.web.grid import Line
from lib.web.standing import Standing, stand

_HEADS: Final = (
    "Month of start",
    "Started",
    "Became paying",
    "Left",
    "Still on trial",
    "Conversion rate",
    "Days to pay",
)
_MONTHS: Final = 24


def show() -> None:
    """The whole page."""
    at = stand("Trials", _explain)
    one_time.instead(at)
    at = segment_picker.choose("trials", at)
    segment_picker.told("trials", at)
    found = trials(at.book)
    if found.funnel.is_empty():
        st.info(
            "No subscription of these customers ever began with a trial. A trial set at Stripe, on a price or on a "
            "subscription, shows up here by itself."
        )
        return
    scale = at.reader.money(found.base)
    facts.show(_facts(at, found, scale))
    _running(at, found)
    _funnel(at, found, scale)


@lru_cache(maxsize=16)
def trials(key: Book) -> Trials:
    """As reports.trials.of."""
    return report.of(key.account, key.segment)


def _explain() -> None:
    with st.popover("", icon=":material/info:", type="tertiary", help="How it is computed", key="formula"):
        st.write(
            "A trial is a subscription that began with free days. It **became paying** on the day from which it counts "
            "in MRR, and **left** if its trial is over and it never did. The conversion rate of a month divides those "
            "who became paying by those who have decided; trials still running are left out."
        )
        st.caption("The 30-day conversion rate above it is the metric of the same name, by the rules of this account.")


def _facts(at: Standing, found: Trials, scale: Scale) -> list[Fact]:
    rate, length = (figures.card(at.book, slug) for slug in ("trial_conversion_rate", "trial_length"))
    soon = found.soon.height
    return [
        Fact("On trial now", words.scale_count(found.running.height, scale)),
        Fact("Would add to MRR", scale.text(found.worth), "if all of them stay"),
        Fact(f"End within {SOON} days", words.scale_count(soon, scale)),
        Fact("Conversion rate", at.reader.scale(rate.metric, rate.currency).text(rate.value), "last 30 days"),
        Fact("Trial length", at.reader.scale(length.metric, length.currency).text(length.value), "last 30 days"),
    ]


def _running(at: Standing, found: Trials) -> None:
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.subheader("On trial now", anchor=False)
        if found.running.height:
            name = downloads.csv_name("trials-running", at.book.today, segment=at.book.segment)
            columns.download("Download CSV", lambda: report.running_csv(found), name, "running-csv")
    if found.running.is_empty():
        st.caption("Nobody is on trial today.")
        return
    st.caption(sentence(found))
    columns.people(
        report.table(found, at.account.account, livemode=at.account.livemode),
        found.running["customer"].to_list(),
        at.account.account,
        "trials",
        {
            "email": st.column_config.TextColumn("Email", width=200),
            "plan": st.column_config.TextColumn("Plan", width=160),
            "end": columns.day("Trial ends", "The first day that is no longer free"),
            "days": st.column_config.NumberColumn("Days left", width=80),
            "worth": columns.money("Would be MRR", found.base),
            "leaving": st.column_config.TextColumn("Then", width=200),
            "stripe": columns.stripe(),
        },
    )


def sentence(found: Trials) -> str:
    """Who decides soon, in words."""
    count = found.soon.height
    if not count:
        return f"No trial ends within {SOON} days."
    return f"{'1 trial ends' if count == 1 else f'{count} trials end'} within {SOON} days, at the top of the list."


def _funnel(at: Standing, found: Trials, scale: Scale) -> None:
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.subheader("What became of them", anchor=False)
        name = downloads.csv_name("trials-by-month", at.book.today, segment=at.book.segment)
        columns.download("Download CSV", lambda: report.funnel_csv(found), name, "funnel-csv")
    st.caption(_BY_START)
    st.html(grid.table(_HEADS, lines(found, scale), "Trials by the month they started"))
    if found.funnel.height > _MONTHS:
        st.caption(f"The newest {_MONTHS} months; the CSV has every one.")


_BY_START: Final = (
    "Each row is of the trials that started in that month, with what became of them until today. The conversion rate "
    "at the top of the page is of the last 30 days, so the two differ."
)


def lines(found: Trials, scale: Scale) -> list[Line]:
    """The table's rows, one a month, newest first."""
    percent = Scale(Unit.PERCENT, scale.currency, scale.locale)
    days = Scale(Unit.DAYS, scale.currency, scale.locale)
    return [
        Line(
            str(format_date(month, "MMMM y", locale=scale.locale)),
            [
                *(words.scale_count(count, scale) for count in counts),
                NOT_AVAILABLE if rate is None else percent.text(rate),
                NOT_AVAILABLE if took is None else days.text(took),
            ],
        )
        for month, *counts, rate, took in report.months(found, _MONTHS)
    ]
