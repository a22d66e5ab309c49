"""The sync's progress on a page: a banner while figures still arrive, the whole list on the Connect page."""

from __future__ import annotations

import time

import streamlit as st

from lib.errors import AppError
from lib.sync import runtime
from lib.web import arrival, figures, links, words
from lib.web.arrival import Arrival, Part
from lib.web.guard import require_login
from lib.web.reader import reader

_EVERY = 1.0
"""Seconds between looks at a running sync."""


def state(account: str) -> Arrival:
    """Where the account's sync stands now."""
    raise NotImplementedError


def banner(account: str) -> None:
    """A line above the figures while history is still arriving, or why it stopped. Nothing otherwise."""
    now = state(account)
    if now.running:
        _running(account)
    elif now.error:
        _failed(account, now.error)


def waiting(account: str) -> None:
    """What a page of figures shows before there are any."""
    st.write("The first figures show up here as soon as the history has arrived.")
    links.connect("See the progress")
    if not state(account).running and st.button("Start reading", type="primary"):
        restart(account)


def journey(account: str, name: str) -> None:
    """The Connect page's view of one account: progress while it runs, the first figures when it is done."""
    now = state(account)
    st.subheader(name, anchor=False)
    if now.running:
        _details(account)
        st.caption("You can leave this page: reading goes on, and coming back shows where it is.")
    elif now.error:
        _failed(account, now.error)
    else:
        _first_figures(account, now)


@st.fragment(run_every=_EVERY)
def _running(account: str) -> None:
    require_login()
    now = state(account)
    if not now.running:
        st.rerun()
    with st.container(key="arrival"):
        st.progress(
            now.share, f"{arrival.headline(now, time.time(), reader().locale)}. Figures are partial until then."
        )


@st.fragment(run_every=_EVERY)
def _details(account: str) -> None:
    require_login()
    now = state(account)
    if not now.running:
        st.rerun()
    locale = reader().locale
    st.progress(now.share, arrival.headline(now, time.time(), locale))
    with st.container(key="parts"):
        for part in now.parts:
            st.progress(part.share, arrival.line(part, locale))


def _failed(account: str, sentence: str) -> None:
    st.error(sentence)
    if st.button("Try again", key=f"again-{account}"):
        restart(account)


def restart(account: str) -> None:
    """Ask for the sync to go on where it was."""
    try:
        runtime.start(account)
    except AppError as error:
        st.error(error.message)
    else:
        st.rerun()


def _first_figures(account: str, now: Arrival) -> None:
    st.success(f"Everything is here: {arrival.finished(now, time.time(), reader().locale)}.")
    try:
        key = figures.book(account)
        with st.container(horizontal=True, gap="large"):
            for slug in ("mrr", "active_customers", "net_revenue"):
                card = figures.card(key, slug)
                scale = reader().scale(card.metric, card.currency)
                st.metric(
                    card.metric.name, scale.card(card.value), help=words.card_sentence(card, scale), width="content"
                )
    except AppError as error:
        st.error(error.message)
    links.overview("Open the overview", account)


__all__ = ["Part"]
