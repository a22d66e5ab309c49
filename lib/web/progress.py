"""The sync's progress on a page: a banner while figures still arrive, the whole list on the Connect page."""

from __future__ import annotations

import time
from typing import Final, Literal

import streamlit as st

from lib.accounts import deliveries, workspaces
from lib.accounts.roles import Right
from lib.errors import AppError
from lib.reports import rush
from lib.sync import polling, runtime
from lib.sync.progress import Snapshot, snapshot
from lib.web import arrival, figures, links, words
from lib.web.guard import require_login, require_right
from lib.web.reader import reader
from lib.web.settings.said import refusal

EVERY: Final = 1.0
"""Seconds between looks at a running sync."""
RUSH: Final = 3.0
"""Seconds between looks at a flood of changes."""
REDRAW: Final = 10.0
"""Seconds after which a page draws its figures anew while history arrives."""
_FIRST: Final = ("mrr", "active_customers", "net_revenue")


def banner(account: str, name: str = "") -> None:
    """A line above the figures while history is still arriving, or why it stopped. Nothing otherwise.

    ``name``: which account it is, where there are several.
    """
    now = snapshot(account)
    if now.running:
        _running(account, time.time())
    elif now.error:
        failed(account, now.error, name)
    elif rush.waiting(account):
        _rushing(account, name)


def waiting(account: str) -> None:
    """What a page of figures shows before there are any."""
    now = snapshot(account)
    st.write("The first figures show up here as soon as enough of the history has arrived.")
    links.sync("See the progress", account)
    if not now.running and not now.error:
        _button("Start reading", account, type="primary")


def journey(account: str, name: str) -> None:
    """The Connect page's view of one account: progress while it runs, the first figures when it is done."""
    now = snapshot(account)
    st.subheader(words.plain(name), anchor=False)
    if now.running:
        _details(account)
        st.caption("You can leave this page: reading goes on, and you can come back to see how far it is.")
    elif now.error:
        failed(account, now.error)
    elif now.finished:
        _arrived(account, now)
    else:
        waiting(account)


@st.fragment(run_every=EVERY)
def _running(account: str, drawn: float) -> None:
    require_login()
    now = snapshot(account)
    if not now.running or now.now - drawn > REDRAW:
        st.rerun()
    st.progress(arrival.share(now), f"{arrival.headline(now, reader().locale)}. Figures are partial until then.")


@st.fragment(run_every=EVERY)
def _details(account: str) -> None:
    require_login()
    now = snapshot(account)
    if not now.running:
        st.rerun()
    locale = reader().locale
    st.progress(arrival.share(now), arrival.headline(now, locale))
    with st.container(key="parts"):
        for part in now.parts:
            st.progress(arrival.part_share(part), arrival.line(part, locale))


@st.fragment(run_every=RUSH)
def _rushing(account: str, name: str) -> None:
    """How much is left of a flood of changes; drawn anew by itself, and the page with it once the flood is over."""
    require_login()
    left = rush.waiting(account)
    if not left:
        st.rerun()
    told = arrival.flood(left, reader().locale)
    st.info(f"**{words.plain(name)}**: {told}" if name else told, icon=":material/downloading:")


def failed(account: str, sentence: str, name: str = "") -> None:
    """Why a sync stopped, and the way on."""
    st.error(f"**{words.plain(name)}**: {sentence}" if name else sentence)
    _button("Try again", account, type="primary")


def _button(label: str, account: str, *, type: Literal["primary", "tertiary"], icon: str | None = None) -> None:  # noqa: A002 - as Streamlit calls it
    """A button that starts a sync; off, with the reason, for who may not."""
    why_not = refusal(require_login(), Right.EDIT)
    key = f"{label.split(maxsplit=1)[0].lower()}-{account}"
    if st.button(label, key=key, type=type, icon=icon, disabled=bool(why_not), help=why_not):
        restart(account)


def ask(account: str) -> None:
    """Ask for a sync of an account of one's own. Raises NotYourRole, UnknownAccount, and as runtime.start."""
    user = require_right(Right.EDIT)
    runtime.start(workspaces.require_account(user.workspace, account))


def restart(account: str) -> None:
    """Ask for the sync to go on where it was."""
    try:
        ask(account)
    except AppError as error:
        st.error(error.message)
    else:
        st.rerun()


def updated(account: str) -> None:
    """How old the account's figures are, and a way to read it now. Nothing while it is being read, or never was.

    They are as old as the newest of: the history arrived, Stripe was asked what changed, it delivered a change.
    """
    now = snapshot(account)
    if now.running or not now.finished:
        return
    arrived = 0.0 if now.error else now.finished
    newest = max(arrived, polling.checked(account) or 0.0, deliveries.seen(account).up_to or 0.0)
    with st.container(horizontal=True, vertical_alignment="center"):
        if newest:
            st.caption(f"Up to date as of {arrival.ago(now.now - newest)}", width="content")
        _button("Update now", account, type="tertiary", icon=":material/refresh:")


def _arrived(account: str, now: Snapshot) -> None:
    st.success(f"Everything is here: {arrival.finished(now, reader().locale)}.")
    try:
        key = figures.book(account)
        with st.container(horizontal=True, gap="medium"):
            for slug in _FIRST:
                card = figures.card(key, slug)
                scale = reader().scale(card.metric, card.currency)
                said = words.card_sentence(card, scale)
                st.metric(card.metric.name, scale.card(card.value), help=said, width="content")
    except AppError as error:
        st.error(error.message)
    updated(account)
    links.go_overview("Open the overview", account)
