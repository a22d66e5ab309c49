"""The choice among all customers and the saved segments, in a page's filters; and the line that says which it is."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from typing import Final

import streamlit as st

from lib.errors import AppError, UnknownSegment
from lib.metrics.segments import Segment
from lib.reports import segments
from lib.web import figures, memory, segment_dialog, segment_words, words
from lib.web.standing import Standing

ALL, NEW = segment_dialog.RESERVED
_KEY: Final = "segment"
"""The widget's key and the address's: ``?segment=Germans``."""
_INSTEAD: Final = " All customers are shown instead."


def choose(page: str, at: Standing) -> Standing:
    """Draw the choice and return the page's ground for the customers chosen. ``page`` tells pages apart.

    What the address names and this workspace does not have gets a sentence, and all customers are shown.
    """
    saved = _saved(at)
    _settle(page, saved)
    chosen = st.selectbox(
        "Segment",
        [ALL, *saved, NEW],
        key=_KEY,
        bind="query-params",
        on_change=_on_change,
        args=(page,),
        width=144,
    )
    memory.remember(page, [_KEY])
    segment_dialog.draw(page, at)
    return replace(at, book=replace(at.book, segment=saved.get(chosen or ALL)))


def _saved(at: Standing) -> dict[str, Segment]:
    try:
        return {each.name: each for each in segments.of(at.user.workspace)}
    except AppError as error:
        st.warning(f"{error.message}{_INSTEAD}")
        return {}


def _settle(page: str, saved: dict[str, Segment]) -> None:
    """Say before the widget is drawn what stands in it: what was just saved, or chosen on another page."""
    done = segment_dialog.done()
    if done is not None:
        st.session_state[_KEY] = done or ALL
    else:
        memory.recall(page, [_KEY])
    asked = st.query_params.get(_KEY)
    if asked is not None and done is None and asked not in {ALL, NEW, *saved}:
        known = ", ".join(map(words.plain, saved)) or "none yet"
        st.session_state[_SAID] = UnknownSegment(name=words.plain(asked), known=known).message + _INSTEAD
        del st.query_params[_KEY]
    if st.session_state.get(_KEY, ALL) not in {ALL, NEW, *saved}:
        st.session_state[_KEY] = ALL


_SAID: Final = "segment-said"


def _on_change(page: str) -> None:
    """Take “New segment…” for the wish that it is: what was chosen before stays chosen."""
    if st.session_state[_KEY] == NEW:
        before = memory.last(_KEY)
        st.session_state[_KEY] = ALL if before in {None, NEW} else before
        segment_dialog.begin(page)


def told(page: str, at: Standing) -> None:
    """Below the filters: whose figures these are if not everybody's, and the ways to edit that and to leave it."""
    if said := st.session_state.pop(_SAID, None):
        st.warning(said)
    segment = at.book.segment
    if segment is None:
        return
    whole = replace(at.book, segment=None)
    money = at.reader.money(at.book.currency)
    some, everyone = (words.scale_count(figures.people(book), money) for book in (at.book, whole))
    with st.container(key="segment-on", horizontal=True, vertical_alignment="center", gap="small"):
        st.html(
            f"<b>Only “{escape(segment.name)}”</b>: {escape(some)} of {escape(everyone)} customers. "
            f'<span class="pl-muted">{escape(segment_words.segment(segment, money))}.</span>',
        )
        st.button("Edit", icon=":material/edit:", type="tertiary", on_click=segment_dialog.begin, args=(page, segment))
        st.button("All customers", icon=":material/close:", type="tertiary", on_click=_leave)


def _leave() -> None:
    st.session_state[_KEY] = ALL
