"""Letting a plan run out at the end of its period: a dialog says what is kept and lost; and taking it back."""

from __future__ import annotations

from html import escape

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lib.accounts.roles import Right
from lib.accounts.sessions import SignedIn
from lib.billing import ending
from lib.billing.access import State
from lib.billing.summary import Summary
from lib.settings import settings
from lib.web import acting, plan_words, style
from lib.web.guard import require_login, require_right
from lib.web.reader import reader
from lib.web.settings import said


@st.dialog("Cancel the plan")
def dialog(user: SignedIn, found: Summary) -> None:
    """The dialog."""
    style.in_dialog(reader().mode)
    leaving(user, found)


def leaving(user: SignedIn, found: Summary) -> None:
    """What the dialog says and asks."""
    require_login()
    sold = settings().charging
    st.html(told(found, reader().locale, sold=sold))

    def cancel() -> None:
        ending.at_period_end(require_right(Right.MANAGE, opened=user))
        said.then(f"{_name(found)} is cancelled." + (" You can take that back until it ends." if sold else ""))

    row, place = st.container(horizontal=True), st.container()
    with row:
        acting.button(
            "Cancel at the end of the period", cancel, key="cancel-now", busy="Cancelling…", leads=True, told=place
        )
        if st.button("Keep the plan", key="cancel-not"):
            st.rerun()


def _name(found: Summary) -> str:
    """The plan's name; there is none where its price is none of ours by now."""
    return found.access.bought.name if found.access.subscription is not None else "The old plan"


def told(found: Summary, locale: str, *, sold: bool = True) -> str:
    """What is kept and what is lost, as HTML; where plans are not ``sold`` any more nothing is lost."""
    access = found.access
    name, until = _name(found), plan_words.day(access.until, locale)
    if not sold:
        owed = " What is owed for it stays owed." if access.state in {State.GRACE, State.LAPSED} else ""
        ends = "with its current period" if owed or access.until is None else f"on {until}"
        return (
            f'<div class="pl-plan"><p>{escape(f"{name} ends {ends}, and nothing more is charged.{owed}")}</p>'
            "<p>You lose nothing: everything is included here.</p></div>"
        )
    if access.state in {State.GRACE, State.LAPSED}:
        begins = f"{name} ends with its current period. What is owed for it stays owed."
    else:
        begins = f"{name} goes on until {until}; then this workspace is on Free. Nothing more is charged."
    gone = "".join(f"<li>{escape(each)}</li>" for each in plan_words.lost(found))
    return (
        f'<div class="pl-plan"><p>{escape(begins)}</p><p><b>What you lose then</b></p><ul class="pl-less">{gone}</ul>'
        "<p><b>What you keep</b></p><ul><li>Every account, figure and setting: nothing is deleted, and a plan brings "
        "all of it back</li><li>Everybody in the team</li><li>Exports: take everything along whenever you like</li>"
        "</ul></div>"
    )


def keep(user: SignedIn, found: Summary, told: DeltaGenerator) -> None:
    """The button that takes a cancellation back."""

    def back() -> None:
        ending.keep(user)
        said.then(f"{found.access.bought.name} goes on.")

    acting.button("Keep the plan", back, key="keep-plan", leads=True, told=told)
