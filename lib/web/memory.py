"""What the reader chose on one page, carried to the next: into its widgets and its address."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import streamlit as st

_MEMORY: Final = "memory"
_RETURNED: Final = "memory-returned"
SEEN: Final = "seen"
"""The word in the address of a page that is seen again."""


@dataclass(frozen=True, slots=True)
class _Choice:
    """A widget's value, the way the address writes it (empty: not at all, as defaults), and the page it was made on."""

    page: str
    value: Any
    written: list[str]


def recall(page: str, names: Iterable[str]) -> None:
    """Give the widgets called ``names`` what was chosen elsewhere: Streamlit drops it from widgets and address.

    To be called before they are drawn. What the address says already comes first; a new session remembers nothing.
    """
    kept = st.session_state.get(_MEMORY, {})
    if _RETURNED in st.session_state:
        for name in names:
            if name not in st.query_params:
                kept.pop(name, None)
                st.session_state.pop(name, None)
    for name in names:
        choice = kept.get(name)
        if choice is None or name in st.query_params or (choice.page == page and name in st.session_state):
            continue
        st.session_state[name] = choice.value
        if choice.written:
            st.query_params[name] = choice.written


@contextmanager
def visit(path: str) -> Iterator[None]:
    """Around the run of a page: note whether the reader came back to it (static/history.js says so in the address).
    Then the address alone tells what was shown, and what it leaves out stood at its default.

    It holds until a run of the page comes to its end: one that is broken off has drawn nothing yet.
    """
    if st.query_params.pop(SEEN, None) is not None:
        st.session_state[_RETURNED] = path
    elif st.session_state.get(_RETURNED) != path:
        st.session_state.pop(_RETURNED, None)
    yield
    st.session_state.pop(_RETURNED, None)


def last(name: str) -> Any:  # noqa: ANN401 - whatever the widget holds
    """What stood in this widget when it was drawn last; None if it never was."""
    choice = st.session_state.get(_MEMORY, {}).get(name)
    return choice.value if choice else None


def remember(page: str, names: Iterable[str]) -> None:
    """Keep what stands in these widgets, now that they are drawn."""
    kept = st.session_state.setdefault(_MEMORY, {})
    for name in names:
        if name in st.session_state:
            kept[name] = _Choice(page, st.session_state[name], st.query_params.get_all(name))
