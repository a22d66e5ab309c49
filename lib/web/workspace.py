"""Which workspace one looks at: its name, or a choice where one is in several."""

from __future__ import annotations

import streamlit as st

from lib.accounts import team
from lib.accounts.sessions import SignedIn
from lib.web import browser, words


def choose(user: SignedIn) -> None:
    """Who is signed in and where; another workspace opens on its Overview."""
    mine = team.workspaces(user)
    if len(mine) == 1:
        st.caption(f"{words.plain(user.name)} · {words.plain(user.workspace_name)}")
        return
    st.caption(words.plain(user.name))
    chosen = st.selectbox(
        "Workspace",
        list(mine),
        index=list(mine).index(user.workspace),
        format_func=lambda each: mine[each],
        key=f"workspace-{user.workspace}",
    )
    if chosen != user.workspace:
        team.look_at(user, chosen)
        browser.go("/")
        st.stop()
