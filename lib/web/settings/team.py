"""Settings, Team: the people of this workspace."""

from __future__ import annotations

import streamlit as st

from lib.accounts.roles import Role
from lib.accounts.sessions import SignedIn
from lib.web import words


def section(user: SignedIn) -> None:
    """The whole section."""
    st.subheader("Team", anchor=False)
    st.write(f"You are {_article(user.role)} of **{words.plain(user.workspace_name)}**. {Role(user.role).meaning}")


def _article(role: str) -> str:
    return f"an {role}" if role == Role.OWNER else f"a {role}"
