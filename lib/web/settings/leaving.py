"""Settings, Data: deleting the whole workspace, by its name."""

from __future__ import annotations

import time

import streamlit as st

from lib.accounts.roles import Right
from lib.accounts.sessions import SignedIn
from lib.billing import access, leaving
from lib.errors import AppError
from lib.sync import runtime
from lib.web import browser, links, style, words
from lib.web.guard import require_login, require_right
from lib.web.reader import reader
from lib.web.settings import said
from lib.web.settings.connection import named


def section(user: SignedIn) -> None:
    """The part at the end of the section."""
    st.subheader("Delete this workspace", anchor=False)
    st.write(
        "Every account is disconnected, and all of its data here is deleted for good, for everybody in the "
        "team. Nothing is deleted at Stripe."
    )
    why_not = said.refusal(user, Right.MANAGE)
    if st.button("Delete this workspace", key="delete-workspace", disabled=bool(why_not), help=why_not):
        _dialog(user)


@st.dialog("Delete this workspace")
def _dialog(user: SignedIn) -> None:
    style.in_dialog(reader().mode)
    deleting(user)


def deleting(user: SignedIn) -> None:
    """What the dialog asks: the workspace's name, typed."""
    require_login()
    st.write(
        f"**{words.plain(user.workspace_name)}** is deleted with every account, figure, note and setting in it, for "
        "everybody in its team. This can't be taken back."
    )
    if (plan := access.bought(user.workspace)).subscription is not None:
        st.write(f"{plan.bought.name} is cancelled at once; what was paid for it is not refunded.")
    links.exports("Take your data along first")
    if not named(user.workspace_name, "delete-now", "Delete everything"):
        return
    try:
        with st.spinner("Deleting. With a long history this takes a minute…"):
            left = leaving.delete_workspace(require_right(Right.MANAGE, opened=user), now=int(time.time()))
    except AppError as error:
        st.error(words.plain(error.message))
        return
    for each in left:
        runtime.leave(each.account, told=each.told)
    st.success("The workspace is deleted. A new page opens in a moment …", icon=":material/hourglass_top:")
    browser.go("/")
    st.stop()
