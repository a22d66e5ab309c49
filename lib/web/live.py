"""An open page follows its account: when the figures change it draws itself anew, without a reload and without polling.

The browser's part waits at ``/session/live`` (lib/api/live.py) for a version newer than the page's and then asks for a
rerun; not while the tab is hidden or somebody has a dialog or a list open, which a rerun would close.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

_SCRIPT = Path(__file__).with_name("static") / "live.js"


def follow(account: str, version: int) -> None:
    """Rerun this page as soon as the account's data version is another one than ``version``, which it shows."""
    _component()(data={"account": account, "version": version}, key="live", height=1, on_changed_change=lambda: None)


@cache
def _component() -> ComponentRenderer:
    return st.components.v2.component("plimsoll_live", js=_SCRIPT.read_text("utf-8"))
