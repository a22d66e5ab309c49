"""The column of a list to call in which somebody is ticked off, and who of the team did."""

from __future__ import annotations

import time
from typing import Any, Final

import streamlit as st

from lib.accounts import calls, roles
from lib.accounts.calls import Called
from lib.accounts.roles import Right
from lib.errors import AppError
from lib.reports import books
from lib.web import drawn
from lib.web.standing import ALL, Standing

COLUMN: Final = "called"
_KEY: Final = "called-click"
_HIDE: Final = "hide-called"


def hidden(customers: list[str], called: Called) -> bool:
    """Say how many of ``customers`` were called today, and whether the reader wants to see only the others."""
    done = sum(each in called for each in customers)
    if not done:
        return False
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"{done} of {len(customers)} customers called today.", width="content")
        return st.toggle("Hide customers already called", key=_HIDE, bind="query-params")


def labels(at: Standing, customers: list[str], called: Called) -> list[str]:
    """What stands in the column: ``Mark as called``, or who called; a click then takes it back."""
    may = roles.may(at.user, Right.EDIT)
    free = "Mark as called" if may else ""
    undo = "Undo: " if may else ""
    return [f"{undo}✓ {called[each] or 'Somebody'}" if each in called else free for each in customers]


def column(at: Standing, width: int) -> Any:  # noqa: ANN401 - Streamlit's own type is private
    """How the column is drawn, ``width`` pixels wide: to click on by who may, else to read."""
    if not roles.may(at.user, Right.EDIT):
        return st.column_config.TextColumn("Called today", width=width)
    return st.column_config.ButtonColumn("Called today", type="tertiary", alignment="left", width=width, key=_KEY)


def clicked(at: Standing, customers: list[str], called: Called) -> None:
    """Do what was clicked, to whom and what the list said then, and draw it anew.

    To be called with an empty list, too: whoever stood there may have been called by somebody else since.
    """
    clicked_on = drawn.clicked(_KEY, [(each, each in called) for each in customers])
    if clicked_on is None:
        return
    customer, was_called = clicked_on
    try:
        if was_called:
            calls.undo(at.user, customer, at.book.today)
        else:
            calls.mark(at.user, _home(at, customer), customer, at.book.today, now=int(time.time()))
    except AppError as error:
        st.error(error.message)
        return
    st.rerun()


def _home(at: Standing, customer: str) -> str:
    """The account that a customer belongs to."""
    account = at.account.account
    return (books.home(account, customer) or account) if at.account.kind == ALL else account
