"""Settings, Notifications: the weekly summary by email, for those who choose it."""

from __future__ import annotations

from html import escape
from typing import Final

import streamlit as st

from lib.accounts import connections, mail, weekly
from lib.accounts.sessions import SignedIn
from lib.accounts.weekly import Recipient
from lib.billing import access
from lib.billing.plans import Feature
from lib.errors import AppError
from lib.reports import weekly as summary
from lib.web import locked, words
from lib.web.settings import said

_HOW: Final = (
    "This server has no way to send email yet. Whoever runs it sets SMTP_URL (like "
    "smtps://name:password@mail.example.com:465) and MAIL_FROM (like plimsoll@example.com), and restarts it."
)


def section(user: SignedIn) -> None:
    """The whole section."""
    st.subheader("Weekly summary", anchor=False)
    ready, on = mail.ready(), weekly.wanted(user)
    if not access.of(user.workspace).has(Feature.EMAILS):
        _locked(user, on=on)
        return
    chosen = st.toggle(
        "Email me a summary every Monday at 8:00, in the time zone of the first connected account",
        value=on,
        disabled=not ready and not on,
    )
    if chosen != on:
        weekly.choose(user, on=chosen)
        said.then("The next summary comes on Monday." if chosen else "You will get no more summaries.")
    if not ready:
        st.info(words.plain(_HOW))
        return
    st.caption(f"MRR, customers and failed charges of the week before, to {words.plain(user.email)}.")
    if st.button("Send me one now"):
        _send(user)


def _locked(user: SignedIn, *, on: bool) -> None:
    """What the next summary would say."""
    kept = "Your choice is kept: the next one comes once the plan is paid." if on else "It comes every Monday at 8:00."
    locked.feature(user, Feature.EMAILS, f"How the week went, in a few sentences in your inbox. {kept}")
    if on and st.button("Stop the weekly summary"):
        weekly.choose(user, on=False)
        said.then("You will get no more summaries.")
    mine = [each for each in connections.own(connections.of(user.workspace)) if locked.shows(each.account)]
    if mine:
        st.caption("This is what it would say today:")
    with st.container(key="weekly-preview"):
        for each in mine:
            sentences = "".join(f"<li>{escape(sentence)}</li>" for sentence in summary.told(each.account))
            st.html(f"<p><b>{escape(each.name)}</b></p><ul>{sentences}</ul>")


def _send(user: SignedIn) -> None:
    try:
        with st.spinner("Sending"):
            summary.send(Recipient.of(user))
    except AppError as error:
        st.error(words.plain(error.message))
        return
    said.then(f"A summary is on its way to {words.plain(user.email)}.")
