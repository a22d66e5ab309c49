"""The Settings page: connected accounts and their end, API keys, and the reader's own sessions."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Final

import streamlit as st

from lib.accounts import api_keys, connections, sessions
from lib.accounts.api_keys import ApiKey
from lib.accounts.connections import Connected
from lib.accounts.sessions import SignedIn
from lib.errors import AppError
from lib.settings import settings
from lib.web import browser, freshness, links, style, words
from lib.web.guard import require_login
from lib.web.reader import reader

KINDS: Final = {"oauth": "Connect with Stripe", "restricted_key": "Restricted key", "demo": "Demo business"}
"""How an account is connected, in words."""
ERASE: Final = "Delete its data here now"
KEEP: Final = "Keep the data until I connect again"
_SAID: Final = "settings-said"
"""What the last act came to, kept over the rerun that redraws the page."""


def show() -> None:
    """The whole page."""
    user = require_login()
    style.apply()
    st.title("Settings", anchor=False)
    if said := st.session_state.pop(_SAID, None):
        st.success(said)
    _accounts(user)
    freshness.section(user)
    _keys(user)
    _self(user)


def day(moment: int) -> str:
    """The day (UTC) of an epoch second, as the reader's locale writes it."""
    return words.short_day(datetime.fromtimestamp(moment, UTC).date(), reader().locale)


# --- Connected accounts -----------------------------------------------------------------------------------------------


def _accounts(user: SignedIn) -> None:
    st.subheader("Connected accounts", anchor=False)
    mine = connections.of(user.workspace)
    if not mine:
        st.write("No Stripe account is connected.")
        links.go_connect("Connect an account")
    for each in mine:
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            mode = "" if each.livemode else " · test mode"
            st.markdown(
                f"**{words.plain(each.name)}**  \n:small[{words.plain(each.account)} · "
                f"{KINDS.get(each.kind, each.kind)}{mode} · since {day(each.created)}]",
                width="stretch",
            )
            if st.button("Disconnect", key=f"disconnect-{each.account}"):
                _disconnect(user, each)


@st.dialog("Disconnect this account")
def _disconnect(user: SignedIn, account: Connected) -> None:
    ending(user, account)


def ending(user: SignedIn, account: Connected) -> None:
    """What the dialog asks: the account's name, typed, and what becomes of its data."""
    require_login()
    st.write(f"Plimsoll stops reading **{words.plain(account.name)}**. {_at_stripe(account)}")
    choice = st.radio("What happens to its data here", [ERASE, KEEP])
    if choice == ERASE:
        st.caption("Figures, customers and history are deleted here for good. Nothing is deleted at Stripe.")
    typed = st.text_input(f"Type {words.plain(account.name)} to go on", autocomplete="off")
    if not st.button("Disconnect", type="primary", key="disconnect-now"):
        return
    if " ".join(typed.split()) != " ".join(account.name.split()):
        st.error("That is not the account's name, so nothing was done. Type it as it stands above.")
        return
    _end(user, account, erase=choice == ERASE)
    st.rerun()


def _at_stripe(account: Connected) -> str:
    if account.kind == "restricted_key":
        return "The key is deleted here; at Stripe it goes on working until you delete it there too."
    return "The access is given back at Stripe as well."


def _end(user: SignedIn, account: Connected, *, erase: bool) -> None:
    """Disconnect, and keep the sentence that says how it went."""
    after = "its data here is deleted" if erase else "its data is kept here until you connect it again"
    said = f"{words.plain(account.name)} is disconnected and {after}."
    try:
        connections.disconnect(user.workspace, account.account, now=int(time.time()), erase=erase)
    except AppError as error:
        gone = account.account not in {each.account for each in connections.of(user.workspace)}
        said = f"{said} Stripe could not be told: remove the access there too." if gone else error.message
    st.session_state[_SAID] = said


# --- API keys ---------------------------------------------------------------------------------------------------------


def _keys(user: SignedIn) -> None:
    st.subheader("API keys", anchor=False)
    st.write("A key reads this workspace's figures over HTTP, for a spreadsheet or a program of yours.")
    with st.form("api-key", border=False, clear_on_submit=True):
        name = st.text_input("Name", placeholder="Spreadsheet", max_chars=api_keys.LONGEST_NAME, width=320)
        if st.form_submit_button("Create a key"):
            _made(api_keys.create(user.id, user.workspace, name, now=int(time.time())))
    for each in api_keys.of(user.workspace):
        _key(user, each)


def _made(key: str) -> None:
    st.success("This is the key. Copy it now: it is not shown again.")
    st.code(key, language=None)
    st.caption("Try it:")
    address = f"{settings().app_url.rstrip('/')}/api/v1/metrics/mrr"
    st.code(f'curl -H "Authorization: Bearer {key}" {address}', language="bash", wrap_lines=True)


def _key(user: SignedIn, key: ApiKey) -> None:
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(f"**{words.plain(key.name)}**  \n:small[Made {day(key.created)}]", width="stretch")
        if st.button("Revoke", key=f"revoke-{key.hash}"):
            api_keys.revoke(user.workspace, key.hash)
            st.session_state[_SAID] = f"The key {words.plain(key.name)} no longer opens anything."
            st.rerun()


# --- The reader -------------------------------------------------------------------------------------------------------


def _self(user: SignedIn) -> None:
    st.subheader("Account", anchor=False)
    st.markdown(f"**{words.plain(user.name)}**  \n:small[{words.plain(user.email)}]")
    if st.button("Sign out everywhere", help="On this device and on every other"):
        sessions.revoke_all(user.id)
        browser.post("/session/end", csrf=sessions.csrf(user.session))
        st.stop()
