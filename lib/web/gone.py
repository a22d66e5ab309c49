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
        st.info(said(each, user.workspace, user.workspace_name))


def said(gone: Gone, here: str, called: str) -> str:
    """What happened, and where one is now, as Markdown. ``here``: the id of that workspace, ``called`` its name."""
    name, now = words.plain(gone.name), _now(gone, here, called)
    if gone.by:
        return f"The workspace **{name}** was deleted by {words.plain(gone.by)}, with all that was in it. {now}"
    return f"The workspace **{name}** is deleted, with all that was in it. {now}"


def _now(gone: Gone, here: str, called: str) -> str:
    """Two of a name are told apart: an empty one that was made for the reader, and another that they were in anyway."""
    same, name = gone.name == called, words.plain(called)
    if gone.made == here:
        return "You have a new, empty one of that name now." if same else f"You have a new, empty one now: **{name}**."
    return "You are in another one of that name now." if same else f"You are in **{name}** now."
