"""The page behind an invitation's link: who invites, to what, and the one button that accepts."""

from __future__ import annotations

import time

import streamlit as st

from lib.accounts import team
from lib.billing import access, brand
from lib.errors import AppError
from lib.web import browser, links, style, words
from lib.web.guard import require_login

INVITE = "invite"
"""The address's word for the token: ``/join?invite=…``."""


def show() -> None:
    """The whole page."""
    user = require_login()
    style.apply()
    st.title("Join a team", anchor=False)
    token, now = st.query_params.get(INVITE, ""), int(time.time())
    try:
        found = team.read(token, now=now)
    except AppError as error:
        st.warning(error.message)
        links.overview("Go to the overview", "")
        return
    st.write(said(found))
    can = found.role.yours
    st.caption(f"You are signed in as {words.plain(user.email)}. Once you have joined, {can[0].lower()}{can[1:]}")
    with st.container(horizontal=True):
        if st.button("Join", type="primary"):
            _join(token, now)
        if st.button("Not now"):
            browser.go("/")


def said(found: team.Invitation) -> str:
    """Who invites, to what, as what; Markdown."""
    whose, what = words.plain(found.by), words.plain(found.workspace_name)
    where = f" on {words.plain(name)}" if (name := brand.current().name) else ""
    return f"{whose} invites you to **{what}**{where} as {'an' if found.role == 'owner' else 'a'} {found.role.value}."


def seats(token: str, *, now: int) -> int | None:
    """How many people the plan of the workspace that invites has room for; None: any number. Raises InviteGone."""
    return access.of(team.read(token, now=now).workspace).plan.limits.seats


def _join(token: str, now: int) -> None:
    try:
        team.accept(require_login(), token, now=now, seats=seats(token, now=now))
    except AppError as error:
        st.error(error.message)
        return
    browser.go("/")
    st.stop()
