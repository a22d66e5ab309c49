"""The sentence for an address that is no page (lib/api/unknown.py), above the page that is shown instead."""

from __future__ import annotations

from typing import Final

import streamlit as st

from lib.web import words

ASKED: Final = "missing"
"""In the address, and in the session until another page is opened."""


def tell(*, moved: bool) -> None:
    """Say what was asked for and is not there; ``moved``: another page was opened since."""
    if asked := st.query_params.pop(ASKED, None):
        st.session_state[ASKED] = asked
    elif moved:
        st.session_state.pop(ASKED, None)
    if asked := st.session_state.get(ASKED):
        st.warning(f"There is no page {words.plain(asked)} here. This is the Overview; the menu has every page.")
