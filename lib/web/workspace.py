"""Which workspace one looks at: its name, or a choice where one is in several."""

from __future__ import annotations

from collections.abc import Mapping

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
        format_func=apart(mine).__getitem__,
        key=f"workspace-{user.workspace}",
    )
    if chosen != user.workspace:
        team.look_at(user, chosen)
        browser.go("/")
        st.stop()


def apart(names: Mapping[str, str]) -> dict[str, str]:
    """The names, those that repeat numbered: Streamlit tells options apart by what they read."""
    told: dict[str, str] = {}
    for key, name in names.items():
        same = list(names.values())[: len(told)].count(name)
        told[key] = f"{name} ({same + 1})" if same else name
    return told
