"""The Platform page: what must be set up at Stripe for this server, each thing checked live, and the server's brand."""

from __future__ import annotations

import time
from typing import Final

import streamlit as st

from lib.accounts import identifiers
from lib.accounts.sessions import SignedIn
from lib.billing import operators, setup
from lib.billing.setup import Check, Group, Mode, Report, Side
from lib.errors import AppError, NotTheOperator
from lib.sync.announcements import EVENT_TYPES
from lib.web import arrival, brand_form, first_setup, platform_words, style
from lib.web.guard import require_login
from lib.web.reader import reader

_ONCE: Final = "endpoint-once"
"""Session state: the name of the act that an open dialog would do."""
_LINES: Final = 6
"""Lines of a value that are shown without scrolling."""


def show() -> None:
    """The whole page."""
    user = require_login()
    style.apply()
    st.title("Platform", anchor=False)
    try:
        operators.require_operator(user)
    except NotTheOperator as error:
        st.warning(error.message)
        return
    st.write("What Stripe must know of this server, and how the server shows itself. Only who runs it sees this page.")
    sides = setup.both()
    first_setup.show(next(each for each in sides if each.main))
    _report(user, sides)
    brand_form.section(user)


def _report(user: SignedIn, sides: tuple[Side, Side]) -> None:
    row = st.container(horizontal=True, vertical_alignment="center", key="platform-head")
    with row:
        if st.button("Check again", icon=":material/refresh:"):
            setup.forget()
    with st.spinner("Asking Stripe…"):
        report = setup.look(EVENT_TYPES)
    with row:
        st.html(platform_words.summary(report.checks), width="content")
        st.caption(f"Checked {arrival.ago(time.time() - report.at)}.", width="content")
    for group in Group:
        _group(user, report, group, sides)


def _group(user: SignedIn, report: Report, group: Group, sides: tuple[Side, Side]) -> None:
    st.subheader(group.value, anchor=False)
    if about := platform_words.ABOUT.get(group):
        st.caption(about)
    for side, column in zip(sides, st.columns(2, gap="large"), strict=True):
        found = report.of(group, side.mode)
        with column, st.container(key=f"setup-{'mode' if found else 'none'}-{side.mode}-{group.name}"):
            st.html(platform_words.head(side))
            if not found:
                st.html(f'<p class="pl-muted">{platform_words.nothing(side)}</p>')
            for check in found:
                _check(user, check)


def _check(user: SignedIn, check: Check) -> None:
    with st.container(key=f"setup-{check.mode}-{_slug(check.name)}", gap="xsmall"):
        st.html(platform_words.cell(check))
        if check.copy:
            long = check.copy.count("\n") >= _LINES
            st.code(check.copy, language=None, wrap_lines=True, height=180 if long else "content")
        if check.events:
            with st.expander(f"All {len(check.events)} kinds of events, to paste"):
                st.code("\n".join(check.events), language=None, height=180)
        if check.create and st.button("Create this endpoint", key=f"create-{check.create}"):
            st.session_state[_ONCE] = identifiers.token()
            creating(user, check.create, check.mode)


def _slug(name: str) -> str:
    """A name as part of a CSS class."""
    return "".join(each if each.isalnum() else "-" for each in name.lower())


@st.dialog("Create this endpoint")
def creating(user: SignedIn, path: str, mode: Mode) -> None:
    """Ask once more before the endpoint that delivers to ``path`` is made, then show its secret, once."""
    style.in_dialog(reader().mode)
    where, count, whose = platform_words.endpoint(path, EVENT_TYPES)
    st.write(f"Stripe will deliver {count} kinds of events of {whose} to this address, in {mode} mode:")
    st.code(where, language=None, wrap_lines=True)
    st.write("Its signing secret is shown once, here, for you to put into the server's settings.")
    if st.button("Create it", type="primary", key="create-now"):
        _created(user, path)


def _created(user: SignedIn, path: str) -> None:
    """Make it, and show its secret this once: it is in no session state, log or table."""
    try:
        operators.require_operator(require_login())
        made, setting = setup.create(path, EVENT_TYPES, once=st.session_state.get(_ONCE) or user.session)
    except AppError as error:
        st.error(error.message)
        return
    st.success("The endpoint is there. Copy this now: it is kept nowhere here, and not shown again.")
    st.code(f"{setting}={made.secret}", language=None, wrap_lines=True)
    st.caption(f"Put it into .env or the environment as {setting}, restart the server, then check again.")
