"""The dialog in which a segment is made, changed and deleted: its conditions, who matches them now, its name."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import streamlit as st

from lib.accounts.roles import Right
from lib.errors import AppError, BadSegment
from lib.metrics.segments import Condition, Segment
from lib.reports import segments
from lib.web import figures, segment_condition, style, words
from lib.web.guard import require_right
from lib.web.segment_condition import Start
from lib.web.settings.said import refusal
from lib.web.standing import Standing

RESERVED: Final = ("All customers", "New segment…")
"""Names that the choice among segments has for itself."""
LONGEST: Final = 60
"""Characters of a name: it has to fit into a list."""
_DRAFT: Final = "segment-draft"
_DONE: Final = "segment-done"


@dataclass(slots=True)
class _Draft:
    """A segment that is being written. What stands in its widgets is kept in them; this is which there are."""

    page: str
    was: Segment | None
    rows: dict[int, Start] = field(default_factory=dict)
    """The conditions by their number, each with what it began as."""
    next: int = 0
    deleting: bool = False

    def add(self, start: Start = None) -> None:
        """One more condition."""
        self.rows[self.next] = start
        self.next += 1


def begin(page: str, segment: Segment | None = None) -> None:
    """Open the dialog in this run or the next: empty, or with a segment to change."""
    draft = _Draft(page, segment)
    for each in segment.conditions if segment else (None,):
        draft.add(each)
    for name in [key for key in st.session_state if str(key).startswith(segment_condition.PREFIX)]:
        del st.session_state[name]
    st.session_state[_DRAFT] = draft


def done() -> str | None:
    """The segment to show after the dialog closed: a name, "" for all customers; None if nothing was decided."""
    found: str | None = st.session_state.pop(_DONE, None)
    return found


def draw(page: str, at: Standing) -> None:
    """The dialog, if it is open on this page."""
    draft = st.session_state.get(_DRAFT)
    if draft is None:
        return
    if draft.page != page:
        _close()
        return
    title = "New segment" if draft.was is None else f"Segment “{words.plain(draft.was.name)}”"
    st.dialog(title, width="large", on_dismiss=_close)(_dialog)(at, draft)


def _close() -> None:
    st.session_state.pop(_DRAFT, None)


def _finish(chosen: str) -> None:
    """Close, and show the segment called ``chosen``, or all customers for ""."""
    _close()
    st.session_state[_DONE] = chosen
    st.rerun()


# --- What stands in it ------------------------------------------------------------------------------------------------


def _dialog(at: Standing, draft: _Draft) -> None:
    style.in_dialog(at.reader.mode)
    st.caption("A segment is a saved filter over customers. A customer is in it when every condition holds today.")
    with st.container():  # one place for any number of conditions, so that what follows never moves, nor shows twice
        rows = list(draft.rows.items())
        found = [segment_condition.draw(at, number, start, draft.rows.pop) for number, start in rows]
    st.button("Add a condition", icon=":material/add:", type="tertiary", on_click=draft.add)
    conditions = [each for each in found if each is not None]
    _count(at, conditions)
    name = st.text_input(
        "Name",
        value=draft.was.name if draft.was else "",
        max_chars=LONGEST,
        placeholder="For example: Large customers in Europe",
        key=f"{segment_condition.PREFIX}name",
    )
    if draft.deleting and draft.was:
        _ask(at, draft, draft.was)
        return
    with st.container(horizontal=True):
        why_not = refusal(at.user, Right.EDIT)
        save = st.button("Save segment", type="primary", disabled=bool(why_not), help=why_not)
        if st.button("Cancel"):
            _close()
            st.rerun()
        if draft.was is not None:
            st.space("stretch")
            st.button("Delete segment", icon=":material/delete:", on_click=setattr, args=(draft, "deleting", True))
    if save:
        _save(at, draft, name, found)


def _count(at: Standing, conditions: Sequence[Condition]) -> None:
    """How many customers the conditions that are complete hold for, at this moment."""
    money = at.reader.money(at.book.currency)
    everyone = figures.people(replace(at.book, segment=None))
    if not conditions:
        st.markdown("Choose what the customers have in common, and their number shows up here.")
        return
    count = figures.matching_count(at.book, tuple(conditions))
    said = "No customer matches" if not count else "1 customer matches" if count == 1 else ""
    said = said or f"{words.scale_count(count, money)} customers match"
    st.markdown(f"**{said}**, of {words.scale_count(everyone, money)}.")


def _save(at: Standing, draft: _Draft, name: str, found: Sequence[Condition | None]) -> None:
    try:
        user = require_right(Right.EDIT, opened=at.user)
        segment = _written(name, found)
        if draft.was is None:
            kept = segments.add(user.workspace, segment, now=int(time.time()))
        else:
            kept = segments.change(user.workspace, draft.was.name, segment)
    except AppError as error:
        st.error(error.message)
        return
    _finish(kept.name)


def _written(name: str, found: Sequence[Condition | None]) -> Segment:
    """The segment as it stands; raises BadSegment."""
    if None in found:
        raise BadSegment(reason="a condition has no value yet. Choose one, or take the condition away")
    if not found:
        raise BadSegment(reason="it needs at least one condition")
    if not name.strip():
        raise BadSegment(reason="it needs a name")
    if " ".join(name.split()) in RESERVED:
        raise BadSegment(reason="this name is already used in the list for something else")
    return Segment(name, tuple(each for each in found if each is not None))


def _ask(at: Standing, draft: _Draft, segment: Segment) -> None:
    st.warning(
        f"Delete “{words.plain(segment.name)}”? Customers and figures stay as they are. "
        "Links and commands that use its name will no longer work."
    )
    with st.container(horizontal=True):
        if st.button("Delete it", type="primary"):
            try:
                user = require_right(Right.EDIT, opened=at.user)
                segments.delete(user.workspace, segment.name)
            except AppError as error:
                st.error(error.message)
                return
            _finish("")
        st.button("Keep it", on_click=setattr, args=(draft, "deleting", False))
