"""The sentence for whoever was in a workspace that somebody deleted, above the page that they see instead."""

from __future__ import annotations

from typing import Final

import streamlit as st

from lib.accounts import team
from lib.accounts.sessions import SignedIn
from lib.accounts.team import Gone
from lib.web import words

_TOLD: Final = "workspaces-gone"


def tell(user: SignedIn, *, moved: bool) -> None:
    """Say which workspaces are gone, until another page is opened (``moved``)."""
    if found := team.gone(user):
        st.session_state[_TOLD] = found
    elif moved:
        st.session_state.pop(_TOLD, None)
    for each in st.session_state.get(_TOLD, ()):
        st.info(said(each, user.workspace_name))


def said(gone: Gone, here: str) -> str:
    """What happened, and where one is now, as Markdown."""
    name = words.plain(gone.name)
    same = gone.name == here  # who had no other gets an empty one, named after them as the first one was
    now = "You have a new, empty one of that name now." if same else f"You are in **{words.plain(here)}** now."
    if gone.by:
        return f"The workspace **{name}** was deleted by {words.plain(gone.by)}, with all that was in it. {now}"
    return f"The workspace **{name}** is deleted, with all that was in it. {now}"
