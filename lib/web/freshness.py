"""How fresh each account is, on the Settings page: when it was brought up to date, how, and at what cost in reads."""

from __future__ import annotations

import time
from typing import Final

import streamlit as st

from lib.accounts import connections, deliveries
from lib.accounts.connections import Connected
from lib.accounts.roles import Right
from lib.accounts.sessions import SignedIn
from lib.errors import AppError
from lib.sync import allowance, polling
from lib.sync.progress import snapshot
from lib.web import endpoint_help, progress, words
from lib.web import freshness_words as say
from lib.web.guard import require_login
from lib.web.reader import reader
from lib.web.settings.said import refusal

EVERY: Final = 5.0
"""Seconds between two looks of the section at itself."""


def section(user: SignedIn) -> None:
    """The whole section; nothing where no account is connected."""
    mine = connections.of(user.workspace)
    if not mine:
        return
    st.subheader("Freshness", anchor=False)
    _accounts()
    if told := [each for each in mine if _delivered_to(each)]:
        endpoint_help.show(told)
    if any(each.kind == "restricted_key" for each in mine):
        st.caption(
            "Stripe delivers changes to this server only for accounts connected with Connect with Stripe. "
            "An account with a restricted key is asked for changes instead, every 15 minutes while "
            "Stripe's allowance lasts."
        )


def _delivered_to(account: Connected) -> bool:
    """Whether Stripe can deliver what happens in it."""
    return account.kind != "restricted_key" and not account.is_sample


@st.fragment(run_every=EVERY)
def _accounts() -> None:
    """Every account, drawn anew by itself: its facts change while one looks."""
    user = require_login()
    mine = connections.of(user.workspace)
    for each in mine:
        with st.container(border=True, key=f"fresh-{each.account}"):
            _account(user, each, alone=len(mine) == 1)


def _account(user: SignedIn, account: Connected, *, alone: bool) -> None:
    now, locale = time.time(), reader().locale
    state, seen, asked = snapshot(account.account), deliveries.seen(account.account), polling.checked(account.account)
    if not alone:
        st.markdown(f"**{words.plain(account.name)}**")
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        known = say.as_of(asked, now, seen.up_to)
        st.markdown(f"**{'Being brought up to date' if state.running else known}**", width="stretch")
        why_not = refusal(user, Right.EDIT)
        off, key = state.running or bool(why_not), f"check-{account.account}"
        if st.button("Check now", key=key, disabled=off, help=why_not, icon=":material/refresh:"):
            _check(account.account)
    if state.error:
        st.error(state.error)
    delivered, every = polling.delivers(account.account, now), polling.every(account.account, now)
    asked_ago = None if asked is None else now - asked
    st.write(say.how(delivered=delivered, kind=account.kind, every=every, asked_ago=asked_ago))
    if _delivered_to(account):
        st.caption(f"Deliveries: {say.delivered(seen, now, locale)}")
    if not account.is_sample:
        _reads(account.account, now, locale)


def _reads(account: str, now: float, locale: str) -> None:
    found = allowance.of(account, now)
    st.progress(min(1.0, found.share), say.reads(found, locale))
    st.caption(say.allocation(found, locale))


def _check(account: str) -> None:
    """Ask for a look now; the section then shows how it goes."""
    try:
        progress.ask(account)
    except AppError as error:
        st.error(error.message)
    else:
        st.rerun(scope="fragment")


def banner(account: Connected) -> None:
    """A quiet line above figures that are older than an hour; nothing while a sync runs or has told why it stopped, nor
    of a sample, which Stripe knows nothing of.
    """
    if account.is_sample:
        return
    state, now = snapshot(account.account), time.time()
    checked = polling.checked(account.account)
    if state.running or state.error or checked is None or now - checked <= say.STALE:
        return
    every = polling.every(account.account, now)
    delivered = deliveries.seen(account.account).up_to
    if said := say.stale(checked, every, now, account.timezone, reader().locale, delivered=delivered):
        st.caption(f":material/schedule: {words.plain(said)}")
