"""Settings, Data: what is kept of accounts that left, how to take everything along, and keys to the HTTP API."""

from __future__ import annotations

import json
import time
from typing import Final

import streamlit as st

from lib.accounts import api_keys, connections, roles
from lib.accounts.api_keys import ApiKey
from lib.accounts.connections import Ended
from lib.accounts.roles import Right
from lib.accounts.sessions import SignedIn
from lib.billing import access
from lib.billing.plans import Feature
from lib.errors import AppError
from lib.metrics.query import Query
from lib.reports import answers, door
from lib.settings import settings
from lib.sync import runtime
from lib.web import asking, downloads, links, locked, navigation, words
from lib.web.guard import require_login, require_right
from lib.web.settings import leaving, said
from lib.web.settings.connection import named


def section(user: SignedIn) -> None:
    """The whole section."""
    _kept(user)
    _take_along()
    _keys(user)
    leaving.section(user)


# --- Accounts that are no longer read ---------------------------------------------------------------------------------


def _kept(user: SignedIn) -> None:
    st.subheader("Kept data", anchor=False)
    found = connections.ended(user.workspace)
    if not found:
        st.write("No data of a disconnected account is kept. To delete an account's data, disconnect it first.")
    why_not = said.refusal(user, Right.MANAGE)
    for ended in found:
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.markdown(f"**{words.plain(ended.name)}**  \n:small[{departed(ended)}]", width="stretch")
            with st.container(horizontal=True, width="content"):
                st.page_link(links.page("connect"), label="Connect again", icon=":material/link:")
                if st.button("Delete its data", key=f"forget-{ended.account}", disabled=bool(why_not), help=why_not):
                    _forget(user, ended)
        downloads.everything(user, ended.account, "Download its data")


def departed(ended: Ended) -> str:
    """How an account that is no longer read stands: ``disconnected on Nov 24, 2026, its data is kept``."""
    how = "access was withdrawn at Stripe" if ended.withdrawn else "disconnected"
    return f"{words.plain(ended.account)} · {how} on {said.day(ended.at)} · its data is kept as it was then"


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
    downloads.everything(user, ended.account, "Download it first")
    if not named(ended.name, "forget-now", "Delete"):
        return
    try:
        now = require_right(Right.MANAGE, opened=user)
        connections.forget(now.workspace, ended.account)
    except AppError as error:
        st.error(error.message)
        return
    runtime.leave(ended.account, told=True)
    said.then(f"The data of {words.plain(ended.name)} is deleted.")


# --- To take along ----------------------------------------------------------------------------------------------------


def _take_along() -> None:
    st.subheader("Take your data along", anchor=False)
    if any(each.url_path == "exports" for each in navigation.PAGES):
        st.write("Every table and figure of the connected accounts can be downloaded, as CSV or Parquet.")
        st.page_link(links.page("exports"), label="Open Exports", icon=":material/download:")
    st.write("Whoever runs this server can copy everything into one file while it is running:")
    st.code("python -m lib backup", language="bash")


# --- API keys ---------------------------------------------------------------------------------------------------------


def _keys(user: SignedIn) -> None:
    st.subheader("API keys", anchor=False)
    st.write("A key reads this workspace's figures over HTTP, for a spreadsheet or a program of yours.")
    why_not = said.refusal(user, Right.MANAGE)
    if access.of(user.workspace).has(Feature.API):
        _form(user, why_not)
    else:
        locked.feature(user, Feature.API, _ADDS)
        _answer(user)
    for each in api_keys.of(user.workspace):
        _key(user, each, why_not)


_ADDS: Final = (
    "Fetch every metric, by any split and span, as JSON or CSV. Keys made before are kept and work again at once."
)


def _form(user: SignedIn, why_not: str | None) -> None:
    with st.form("api-key", border=False, clear_on_submit=True):
        name = st.text_input("Name", placeholder="Spreadsheet", max_chars=api_keys.LONGEST_NAME, width=320)
        if not st.form_submit_button("Create a key", disabled=bool(why_not), help=why_not):
            return
    try:
        roles.require(user, Right.MANAGE)
        key = api_keys.create(user.id, user.workspace, name, now=int(time.time()), allow=lambda: _allow(user))
    except AppError as error:
        st.error(words.plain(error.message))
        return
    _made(key)


def _answer(user: SignedIn) -> None:
    """What a key would be answered, of one's own account."""
    own = connections.own(connections.of(user.workspace))
    mine = [each.account for each in own if locked.shows(each.account)]
    try:
        today = door.span(mine[0])[1] if mine else None
        found = door.metric(mine[0], "mrr", Query(today, today)) if today else None
    except AppError:
        return
    if found:
        st.caption("What a program gets, for your own account:")
        answer = json.dumps(answers.metric_answer(found), indent=2, ensure_ascii=False)
        st.code(f"GET /api/v1/metrics/mrr?from={today}&to={today}\n\n{answer}", language=None, height=280)


def _allow(user: SignedIn) -> None:
    """Raise PlanNeeded unless the plan has keys to the API."""
    access.of(user.workspace).need(Feature.API)


def _made(key: str) -> None:
    st.success("This is the key. Copy it now: it is not shown again.")
    st.code(key, language=None)
    st.caption("Try it:")
    address = f"{settings().app_url.rstrip('/')}/api/v1/metrics/mrr"
    st.code(f'curl -H "Authorization: Bearer {key}" {address}', language="bash", wrap_lines=True)


def _key(user: SignedIn, key: ApiKey, why_not: str | None) -> None:
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(f"**{words.plain(key.name)}**  \n:small[Made {said.day(key.created)}]", width="stretch")
        asking.button("Revoke", f"revoke-{key.hash}", why_not=why_not)
    name = words.plain(key.name)
    lost = f"Revoke the key {name}? Whatever reads figures with it stops at once, and it can't be brought back."
    if asking.confirmed(f"revoke-{key.hash}", lost, yes="Revoke it"):
        roles.require(user, Right.MANAGE)
        api_keys.revoke(user.workspace, key.hash)
        said.then(f"The key {name} no longer works.")
