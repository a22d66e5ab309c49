"""Popovers that close when what is in them was done: a popover under another key is another one, and begins closed."""

from __future__ import annotations

from typing import Final

import streamlit as st

_ROUND: Final = "popover-round"


def key(name: str) -> str:
    """The key of a popover, or of a field in it, that begins anew with each round."""
    return f"{name}-{st.session_state.get(_ROUND, 0)}"


def over() -> None:
    """What a popover is for was done: from the next run on it is closed, and its fields are as at the start."""
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
