"""The Connect wizard: three ways in, the way back from Stripe, the sync's progress, the first figures."""

from __future__ import annotations

import time
from html import escape
from typing import Final

import streamlit as st

from lib import errors
from lib.accounts import connections, roles
from lib.accounts.connections import Connected
from lib.accounts.roles import Right
from lib.accounts.sessions import SignedIn
from lib.billing import access, brand, operators, truth
from lib.billing.plans import Feature
from lib.errors import AppError, KeyRefused
from lib.gateway import permissions, scopes
from lib.gateway.permissions import KeyReport
from lib.settings import settings
from lib.sync import runtime
from lib.web import links, locked, progress, standing, style, words
from lib.web.guard import require_login
from lib.web.settings.said import refusal

CONNECTED = "connected"
_SANDBOX: Final = (
    "This is the sandbox: it asks a stand-in for Stripe, which does not know real keys. To connect a real account, "
    "start the server with your platform's STRIPE_SECRET_KEY and STRIPE_CLIENT_ID; the README has the steps under "
    "“With your own Stripe account”."
)


def show() -> None:
    """The whole page."""
    user = require_login()
    style.apply()
    st.title("Connect", anchor=False)
    status = st.query_params.get("status", "")
    _said(status)
    mine = connections.of(user.workspace)
    current = next((c for c in mine if c.account == st.query_params.get("account")), None)
    if current is not None:
        progress.journey(current.account, current.name)
        with st.expander("Connect another account"):
            _ways(user)
        return
    _connected(mine)
    if all(each.is_sample for each in mine) and operators.is_operator(user):
        _runs_it()
    for ended in connections.ended(user.workspace):
        standing.parted(user, ended)
    _ways(user)


def _said(status: str) -> None:
    """The sentence of a return from Stripe, by the code in the URL."""
    if not status or status == CONNECTED:
        return
    reason = errors.by_code(status)
    if reason:
        st.warning(reason.message)


def _connected(mine: tuple[Connected, ...]) -> None:
    for each in mine:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.write(f"**{words.plain(each.name)}** is connected")
            links.overview("Overview", each.account)
            links.sync("Progress", each.account)
            progress.updated(each.account)


def _runs_it() -> None:
    """The way to the Platform page, for whoever runs this server and has nothing connected yet."""
    with st.container(horizontal=True, vertical_alignment="center", key="runs-it"):
        st.caption("You run this server: check that Stripe knows all it needs to about it.", width="content")
        st.page_link(links.page("platform"), label="Open Platform")


def _ways(user: SignedIn) -> None:
    if why_not := refusal(user, Right.MANAGE):
        st.info(why_not)
        return
    room, mine = _room(user), connections.of(user.workspace)
    if room is not None and sum(not each.is_sample for each in mine) >= room:
        _full(user, room)
        if not settings().sandbox_mode:
            _demo(user)
        return
    first, second, third = st.columns(3, gap="large")
    with first:
        _oauth()
    with second:
        _restricted(user)
    with third:
        _demo(user)


def _full(user: SignedIn, room: int) -> None:
    """There is no room for one more; what is connected can still be connected again, by Stripe or with a new key."""
    many = "1 account" if room == 1 else f"{room} accounts"
    plan = access.of(user.workspace).plan.name
    locked.feature(
        user,
        Feature.ACCOUNTS,
        f"{plan} has room for {many}, and {'it is' if room == 1 else 'they are'} connected. Every account has its own "
        "figures, and all of them together can be seen as one. To connect another now, disconnect one first.",
    )
    for each in connections.of(user.workspace):
        if each.kind == "oauth":
            way, name = escape(f"/oauth/start?again={each.account}", quote=True), escape(each.name)
            st.html(f'<a href="{way}" target="_self">Connect {name} with Stripe again</a>')
    with st.expander("Renew the key of a connected account"):
        _restricted(user)


def _oauth() -> None:
    st.subheader("Connect with Stripe", anchor=False)
    st.write("Sign in at Stripe and allow access. It takes two clicks, and you can withdraw access there at any time.")
    if settings().stripe_connect_scope == "read_write":
        name = words.plain(brand.current().title)
        st.caption(
            f"{name} reads, and changes one thing only: it creates a subscription when an owner here asks it to under "
            "Customers. Stripe's page names more, because it offers apps no narrower access."
        )
    st.html('<a class="pl-button" href="/oauth/start" target="_self">Connect with Stripe</a>')


def _restricted(user: SignedIn) -> None:
    st.subheader("Paste a restricted key", anchor=False)
    st.write("Make a key that can only read, and paste it here. It is checked first and kept encrypted.")
    if not settings().sandbox_mode:
        st.link_button(
            "Make the key at Stripe",
            permissions.create_key_url(livemode=True, name=brand.current().title),
            type="tertiary",
        )
    with st.form("restricted", border=False, clear_on_submit=False):
        key = st.text_input("Restricted key", type="password", placeholder="rk_live_…", autocomplete="off")
        sent = st.form_submit_button("Check and connect")
    if sent:
        _try_key(user, key)


def _try_key(user: SignedIn, key: str) -> None:
    """Check each permission where the reader sees it; connect when none is missing."""
    try:
        with st.spinner("Asking Stripe what this key can read…"):
            report = permissions.check(key)
        st.html(permission_list(report))
        roles.require(user, Right.MANAGE)
        account = connections.connect_restricted(user.workspace, key, now=int(time.time()), room=_room(user))
        runtime.start(account)
        truth.tell_connected(user.workspace)
    except KeyRefused as error:
        st.error(_SANDBOX if settings().sandbox_mode else error.message)
    except AppError as error:
        st.error(error.message)
    else:
        _arrive(account)


def permission_list(report: KeyReport) -> str:
    """Each permission once, with a mark and a word, as HTML."""
    missing = {each.label: each.without for each in report.missing}
    rows = "".join(
        f'<li><span class="pl-grow">{escape(name)}{_without(missing.get(name, ""))}</span>'
        + (
            '<span class="pl-amount pl-bad">✕ can\'t read</span>'
            if name in missing
            else '<span class="pl-amount pl-good">✓ can read</span>'
        )
        + "</li>"
        for name in dict.fromkeys(each.label for each in scopes.ALL)
    )
    return f'<ul class="pl-list">{rows}</ul>'


def _without(sentence: str) -> str:
    """What becomes of a key that lacks a permission it need not have, as HTML."""
    return f"<small>{escape(sentence)}</small>" if sentence else ""


def _demo(user: SignedIn) -> None:
    st.subheader("Try the demo business", anchor=False)
    if not connections.has_demo():
        st.write(standing.ELSEWHERE)
        st.code(standing.SANDBOX, language="bash")
        return
    st.write("A made-up company with years of history. Nothing of yours is needed, and nothing is sent anywhere.")
    if not settings().sandbox_mode:
        if sample := next((each for each in connections.of(user.workspace) if each.is_sample), None):
            st.write("It is open, apart from your own accounts. Remove it whenever you like, in Settings, Connection.")
            links.overview(f"Go to {words.plain(sample.name)}", sample.account)
            return
        place = " takes no place in your plan," if settings().charging else ""
        st.caption(f"It stays apart from your own accounts,{place} and can be removed with one click.")
    if st.button("Open the demo business"):
        try:
            roles.require(user, Right.MANAGE)
            with st.spinner("Starting the demo business. This takes a few seconds…"):
                account = connections.connect_demo(user.workspace, now=int(time.time()), room=_room(user))
            runtime.start(account)
        except AppError as error:
            st.error(error.message)
        else:
            _arrive(account)


def _room(user: SignedIn) -> int | None:
    """Most accounts that the plan allows now."""
    return access.of(user.workspace).plan.limits.accounts


def _arrive(account: str) -> None:
    """On to the progress, by an address that can be left and come back to."""
    st.query_params.clear()
    st.query_params.update({"status": CONNECTED, "account": account})
    st.rerun()
