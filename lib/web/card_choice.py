"""Which cards the reader has on the Overview, and in which order: kept for them and this workspace."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import streamlit as st

from lib.accounts import preferences
from lib.accounts.sessions import SignedIn
from lib.metrics import catalog
from lib.metrics.registry import Metric
from lib.web import style
from lib.web.guard import require_login
from lib.web.standing import Standing

PREFERENCE: Final = "cards"
MOST: Final = 12
"""Cards; more is a table, and there is a page for each metric."""
_OPEN, _DRAFT, _ADD = "cards-open", "cards-draft", "cards-add"


def chosen(user: SignedIn, usual: Sequence[str]) -> tuple[str, ...]:
    """The slugs of the reader's cards in their order; ``usual`` where they chose none that is still known."""
    return known(preferences.get(user, PREFERENCE)) or tuple(usual)


def known(kept: object) -> tuple[str, ...]:
    """What of a kept preference can be shown: metrics of today, each once, at most MOST."""
    if not isinstance(kept, list):
        return ()
    slugs = {each.slug for each in catalog.METRICS}
    return tuple(dict.fromkeys(each for each in kept if isinstance(each, str) and each in slugs))[:MOST]


def edit() -> None:
    """The way to the dialog, beside the page's title."""
    st.button("Edit cards", icon=":material/tune:", type="tertiary", key="edit-cards", on_click=_begin)


def _begin() -> None:
    st.session_state[_OPEN] = True
    st.session_state.pop(_DRAFT, None)


def _close() -> None:
    st.session_state.pop(_OPEN, None)
    st.session_state.pop(_DRAFT, None)


def dialog(at: Standing, usual: Sequence[str]) -> None:
    """The dialog, while it is open."""
    if st.session_state.get(_OPEN):
        st.session_state.setdefault(_DRAFT, list(chosen(at.user, usual)))
        st.dialog("Edit cards", on_dismiss=_close)(_dialog)(at)


def _dialog(at: Standing) -> None:
    style.in_dialog(at.reader.mode)
    require_login()
    draft: list[str] = st.session_state.get(_DRAFT, [])
    names = {each.slug: each for each in catalog.METRICS}
    st.caption(f"{len(draft)} of at most {MOST} cards. They are yours alone; everybody in your team chooses their own.")
    with st.container(key="cards-draft", gap="xsmall"):
        for place, slug in enumerate(draft):
            _row(draft, place, names[slug].name)
    _search(draft, names)
    with st.container(horizontal=True):
        if st.button("Save cards", type="primary"):
            preferences.put(at.user, PREFERENCE, list(draft))
            _finish()
        if st.button("Back to the default"):
            preferences.put(at.user, PREFERENCE, None)
            _finish()
        if st.button("Cancel", type="tertiary"):
            _finish()


def _finish() -> None:
    _close()
    st.rerun()


def _row(draft: list[str], place: int, name: str) -> None:
    """One card's name and its three buttons; what they say is there for those who hear it."""
    last = len(draft) - 1
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key=f"draft-{draft[place]}"):
        st.text(f"{place + 1}. {name}", width="stretch")
        for label, icon, off, act in (
            (f"Move {name} up", "arrow_upward", place == 0, -1),
            (f"Move {name} down", "arrow_downward", place == last, 1),
        ):
            st.button(
                label,
                icon=f":material/{icon}:",
                type="tertiary",
                disabled=off,
                on_click=move,
                args=(draft, place, act),
                key=f"{icon}-{draft[place]}",
            )
        st.button(
            f"Remove {name}",
            icon=":material/close:",
            type="tertiary",
            disabled=last == 0,
            on_click=draft.remove,
            args=(draft[place],),
            key=f"remove-{draft[place]}",
        )


def move(draft: list[str], place: int, by: int) -> None:
    """Put the card at ``place`` so many places further down (up: below zero)."""
    draft.insert(place + by, draft.pop(place))


def _search(draft: list[str], names: dict[str, Metric]) -> None:
    left = [slug for slug in names if slug not in draft]
    full = len(draft) >= MOST
    st.selectbox(
        "Add a card",
        left,
        index=None,
        format_func=lambda slug: f"{names[slug].name} ({names[slug].group})",
        placeholder=f"You have {MOST} cards, which is the most" if full else "Search by name",
        disabled=full,
        key=_ADD,
        on_change=_add,
        args=(draft,),
    )


def _add(draft: list[str]) -> None:
    slug = st.session_state.get(_ADD)
    if slug and slug not in draft and len(draft) < MOST:
        draft.append(slug)
    st.session_state[_ADD] = None
