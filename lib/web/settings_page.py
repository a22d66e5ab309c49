"""The Settings page: connected accounts and their end, API keys, and the reader's own sessions."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Final

import streamlit as st

from lib.accounts import api_keys, connections, sessions
from lib.accounts.api_keys import ApiKey
from lib.accounts.connections import Connected, Ended
from lib.accounts.sessions import SignedIn
from lib.errors import AppError
from lib.settings import settings
from lib.sync import runtime
from lib.web import browser, freshness, links, style, words
from lib.web.guard import require_login
from lib.web.reader import reader

KINDS: Final = {"oauth": "Connect with Stripe", "restricted_key": "Restricted key", "demo": "Demo business"}
"""How an account is connected, in words."""
ERASE: Final = "Delete its data here now"
KEEP: Final = "Keep the data, in case I connect again"
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
    for ended in connections.ended(user.workspace):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.markdown(f"**{words.plain(ended.name)}**  \n:small[{departed(ended)}]", width="stretch")
            with st.container(horizontal=True, width="content"):
                st.page_link(links.page("connect"), label="Connect again", icon=":material/link:")
                if st.button("Delete its data", key=f"forget-{ended.account}"):
                    _forget(user, ended)


def departed(ended: Ended) -> str:
    """How an account that is no longer read stands: ``disconnected on Nov 24, 2026, its data is kept``."""
    how = "access was withdrawn at Stripe" if ended.withdrawn else "disconnected"
    return f"{words.plain(ended.account)} · {how} on {day(ended.at)} · its data is kept as it was then"


@st.dialog("Delete the data of this account")
def _forget(user: SignedIn, ended: Ended) -> None:
    forgetting(user, ended)


def forgetting(user: SignedIn, ended: Ended) -> None:
    """What the dialog asks: the account's name, typed."""
    require_login()
    st.write(
        f"Figures, customers and history of **{words.plain(ended.name)}** are deleted here for good. "
        "Nothing is deleted at Stripe."
    )
    if not _named(ended.name, "forget-now", "Delete"):
        return
    connections.forget(user.workspace, ended.account)
    runtime.leave(ended.account, told=True)
    st.session_state[_SAID] = f"The data of {words.plain(ended.name)} is deleted."
    st.rerun()


def _named(name: str, key: str, verb: str) -> bool:
    """Ask for the account's name and for a click; whether both were given."""
    typed = st.text_input(f"Type {words.plain(name)} to go on", autocomplete="off", key=f"{key}-typed")
    if not st.button(verb, type="primary", key=key):
        return False
    if " ".join(typed.split()) == " ".join(name.split()):
        return True
    st.error("That is not the account's name, so nothing was done. Type it as it stands above.")
    return False


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
    if _named(account.name, "disconnect-now", "Disconnect"):
        _end(user, account, erase=choice == ERASE)
        st.rerun()


def _at_stripe(account: Connected) -> str:
    if account.kind == "restricted_key":
        return "The key is deleted here; at Stripe it goes on working until you delete it there too."
    return "The access is given back at Stripe as well."


def _end(user: SignedIn, account: Connected, *, erase: bool) -> None:
    """Disconnect, and keep the sentence that says how it went."""
    after = "its data here is deleted" if erase else "its data is kept here until you delete it"
    said = f"{words.plain(account.name)} is disconnected and {after}."
    gone, told = True, True
    try:
        connections.disconnect(user.workspace, account.account, now=int(time.time()), erase=erase)
    except AppError as error:
        gone, told = account.account not in {each.account for each in connections.of(user.workspace)}, False
        later = "Stripe does not answer just now and is told as soon as it does."
        said = f"{said} {later}" if gone else error.message
    if gone:
        runtime.leave(account.account, told=told)
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
