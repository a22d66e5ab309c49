"""The sentence for an address that is no page (lib/api/unknown.py), above the page that is shown instead."""

from __future__ import annotations

import re
from typing import Final

import streamlit as st

from lib.web import words

ASKED: Final = "missing"
"""In the address, and in the session until another page is opened."""
_PATH: Final = re.compile(r"/[A-Za-z0-9._~%/-]{0,199}")
"""What is repeated to the reader. Anybody can write a link to this site: it must not have the page say a sentence."""


def tell(*, moved: bool) -> None:
    """Say what was asked for and is not there; ``moved``: another page was opened since."""
    if asked := st.query_params.pop(ASKED, None):
        st.session_state[ASKED] = asked
    elif moved:
        st.session_state.pop(ASKED, None)
    if asked := st.session_state.get(ASKED):
        st.warning(f"{said(asked)} This is the Overview; the menu has every page.")


def said(asked: str) -> str:
    """That there is no such page, as Markdown; the address is named where it is a plain path."""
    return f"There is no page {words.plain(asked)} here." if _PATH.fullmatch(asked) else "There is no such page here."
