"""Buttons whose act takes a while, because Stripe is asked: they say so, and can't be pressed twice meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lib.errors import AppError
from lib.web import words


def button(  # noqa: PLR0913 - how a button looks, by keyword
    label: str | Callable[[], str],
    act: Callable[[], None],
    *,
    key: str,
    busy: str = "One moment…",
    leads: bool = False,
    stretch: bool = False,
    icon: str | None = None,
    told: DeltaGenerator | None = None,
) -> None:
    """Draw the button; once it is pressed, do ``act`` while it says ``busy``. A failure is told below it.

    ``leads``: it is the main button of its page. ``label`` is asked again after a failure, which may have changed what
    the button is for. ``told``: where failures are told, if not right below.
    """
    slot, going = st.empty(), f"{key}-going"
    kind: Literal["primary", "secondary"] = "primary" if leads else "secondary"
    width: Literal["stretch", "content"] = "stretch" if stretch else "content"

    def draw() -> None:
        slot.button(
            label() if callable(label) else label,
            key=key,
            type=kind,
            icon=icon,
            width=width,
            on_click=_begin,
            args=(going,),
        )

    if not st.session_state.pop(going, False):
        draw()
        return
    slot.button(busy, key=f"{key}-busy", type=kind, disabled=True, width=width)
    try:
        act()
    except AppError as error:
        draw()
        (told or st).error(words.plain(error.message))


def _begin(going: str) -> None:
    st.session_state[going] = True
