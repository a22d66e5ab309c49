"""Annotations under a chart: the numbered list of its pins, and the forms to write, change and remove one."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date

import streamlit as st

from lib.accounts import roles
from lib.accounts.roles import Right
from lib.errors import AppError
from lib.reports import annotations as report
from lib.reports.annotations import LONGEST, Annotation
from lib.web import asking, rounds, words
from lib.web.standing import Standing

_VIEWER = "Viewers can't annotate. An owner or a member can."


def of(at: Standing, start: date, end: date) -> tuple[Annotation, ...]:
    """As reports.annotations.between."""
    return report.between(at.user.workspace, at.account.account, start, end)


def button(at: Standing) -> None:
    """The way to write one."""
    if not roles.may(at.user, Right.EDIT):
        st.button("Annotate", icon=":material/push_pin:", disabled=True, help=_VIEWER, key="annotate-off")
        return
    with (
        st.popover("Annotate", icon=":material/push_pin:", key=rounds.key("annotate")),
        st.form("annotate-form", border=False),
    ):
        today, written = at.book.today, at.reader.date_input
        day = st.date_input("Day", value=today, max_value=today, key=rounds.key("annotate-day"), format=written)
        text = st.text_input(
            "What happened", placeholder="Raised prices", max_chars=LONGEST, key=rounds.key("annotate-text")
        )
        if st.form_submit_button("Save", type="primary") and isinstance(day, date):
            _do(lambda: report.add(at.user, at.account.account, day, text, now=int(time.time())))


def listed(at: Standing, found: tuple[Annotation, ...]) -> None:
    """The list, numbered as the pins are."""
    may = roles.may(at.user, Right.EDIT)
    for number, each in enumerate(found, 1):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            who = f" · {words.plain(each.author)}" if each.author else ""
            day = words.short_day(each.day, at.reader.locale)
            st.markdown(f"**{number}** {words.plain(each.text)}  \n:small[{day}{who}]", width="stretch")
            if may:
                _change(at, number, each)


def _change(at: Standing, number: int, each: Annotation) -> None:
    with st.popover("Change", type="tertiary", key=f"annotation-{each.id}", help=f"Change annotation {number}"):
        with st.form(f"change-{each.id}", border=False):
            day = st.date_input("Day", value=each.day, max_value=at.book.today, format=at.reader.date_input)
            text = st.text_input("What happened", value=each.text, max_chars=LONGEST)
            if st.form_submit_button("Save", type="primary") and isinstance(day, date):
                _do(lambda: report.change(at.user, at.account.account, each.id, day, text))
        asking.button("Remove", f"remove-{each.id}")
        lost = f"Remove “{words.plain(each.text)}”? It will disappear from everybody's charts."
        if asking.confirmed(f"remove-{each.id}", lost, yes="Remove it"):
            _do(lambda: report.remove(at.user, at.account.account, each.id))


def _do(act: Callable[[], None]) -> None:
    try:
        act()
    except AppError as error:
        st.error(error.message)
        return
    rounds.over()
    st.rerun()
