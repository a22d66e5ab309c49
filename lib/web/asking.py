"""What destroys is asked twice: a button, then what is lost and whether it is meant.

The button stays where it is while the question stands, so that the keyboard's focus stays with it and the next
press of Tab reaches the answer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import streamlit as st

_ASKING: Final = "asking-"


def button(label: str, key: str, *, why_not: str | None = None) -> None:
    """The first step. ``key``: what is asked about; ``why_not``: why the reader may not, which switches it off."""
    if key not in st.session_state:  # it was not there in the run before: whoever left the question did not answer it
        leave(key)
    st.button(label, key=key, disabled=bool(why_not), help=why_not, on_click=ask, args=(key,))


def confirmed(key: str, sentence: str, yes: str = "Delete it", *, kept: Callable[[], None] | None = None) -> bool:
    """The second step, while it is asked: ``sentence`` says in Markdown what is lost. True in the one run in which
    ``yes`` was chosen; ``kept`` is called before the run after the other answer.
    """
    if not st.session_state.get(_ASKING + key):
        return False
    st.warning(sentence)
    with st.container(horizontal=True):
        sure = st.button(yes, type="primary", key=f"{key}-yes")
        st.button("Keep it", key=f"{key}-no", on_click=leave, args=(key, kept))
    if sure:
        leave(key)
    return sure


def ask(key: str) -> None:
    """Ask from now on, as if the button had been pressed."""
    st.session_state[_ASKING + key] = True


def leave(key: str, then: Callable[[], None] | None = None) -> None:
    """Ask no more, and do ``then``."""
    st.session_state.pop(_ASKING + key, None)
    if then:
        then()
