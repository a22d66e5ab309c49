"""Settings, Account: who one is here, the password, the browsers that are signed in, keyboard shortcuts."""

from __future__ import annotations

import time

import streamlit as st
from streamlit_authenticator import Hasher

from lib.accounts import preferences, profile, sessions
from lib.accounts.profile import NewPassword
from lib.accounts.sessions import SignedIn
from lib.errors import AppError
from lib.web import browser, shortcuts, words
from lib.web.settings import said

_WIDTH = 360
"""Pixels of a field."""


def section(user: SignedIn) -> None:
    """The whole section."""
    _name(user)
    _password(user)
    _sessions(user)
    _keyboard(user)


def _name(user: SignedIn) -> None:
    st.subheader("You", anchor=False)
    st.markdown(f"**{words.plain(user.name)}**  \n:small[{words.plain(user.email)}]")
    with st.form("profile", border=False):
        name = st.text_input(
            "Your name", value=user.name, max_chars=profile.LONGEST_NAME, autocomplete="name", width=_WIDTH
        )
        if not st.form_submit_button("Save your name"):
            return
    try:
        kept = profile.rename(user, name)
    except AppError as error:
        st.error(error.message)
        return
    said.then(f"Your name here is now {words.plain(kept)}.")


def _password(user: SignedIn) -> None:
    st.subheader("Password", anchor=False)
    st.caption("A new password signs you out on every other device.")
    with st.form("password", border=False, clear_on_submit=True):
        current = st.text_input("Current password", type="password", autocomplete="current-password", width=_WIDTH)
        new = st.text_input("New password", type="password", autocomplete="new-password", width=_WIDTH)
        again = st.text_input("New password again", type="password", autocomplete="new-password", width=_WIDTH)
        if not st.form_submit_button("Change your password"):
            return
    try:
        typed = NewPassword(current, new, again)
        profile.change_password(user, typed, address=_address(), hasher=Hasher, now=int(time.time()))
    except AppError as error:
        st.error(error.message)
        return
    said.then("Your password is changed, and you are signed out on every other device.")


def _address() -> str:
    """Where the browser is, as far as the network tells; Streamlit gives none for this machine itself."""
    address = st.context.ip_address
    return address if isinstance(address, str) else "local"


def _sessions(user: SignedIn) -> None:
    st.subheader("Where you are signed in", anchor=False)
    for each in profile.sessions(user, now=int(time.time())):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            where = "This browser" if each.here else "Another browser"
            st.markdown(
                f"**{where}**  \n:small[Signed in {said.day(each.created)} · last used {said.day(each.seen)}]",
                width="stretch",
            )
            if not each.here and st.button("Sign out there", key=f"end-{each.hash}"):
                profile.end(user, each.hash)
                said.then("That browser is signed out.")
    if st.button("Sign out everywhere", help="On this device and on every other"):
        sessions.revoke_all(user.id)
        browser.post("/session/end", csrf=sessions.csrf(user.session))
        st.stop()


def _keyboard(user: SignedIn) -> None:
    st.subheader("Keyboard shortcuts", anchor=False)
    on = shortcuts.wanted(user)
    if st.toggle("Use single keys to change dates and pages; press ? on any page to see them", value=on) != on:
        preferences.put(user, shortcuts.PREFERENCE, not on)
        said.then(f"Keyboard shortcuts are {'off' if on else 'on'}.")
    with st.expander("Show all shortcuts"):
        st.html(f'<dl class="pl-keys">{shortcuts.table()}</dl>')
