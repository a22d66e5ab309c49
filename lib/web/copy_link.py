"""The button that copies the page's address, for somebody else of the team to open."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

_SCRIPT: Final = Path(__file__).with_name("static") / "copy_link.js"
_HTML: Final = (
    '<button type="button">Copy link</button><span role="status"></span>'
    '<input type="text" readonly hidden aria-label="Link to this page">'
)
_CSS: Final = """
button{font:inherit;font-size:15px;color:inherit;background:none;border:1px solid var(--st-border-color);
 border-radius:8px;padding:8px 16px;cursor:pointer;min-height:40px}
button:hover{border-color:var(--st-primary-color);color:var(--st-primary-color)}
button:focus-visible,input:focus-visible{outline:2px solid var(--st-primary-color);outline-offset:2px}
span{margin-left:8px;font-size:13px}
input{font:inherit;color:inherit;background:none;box-sizing:border-box;width:100%;margin-top:8px;padding:8px;
 border:1px solid var(--st-border-color);border-radius:8px}
"""


def button(add: Mapping[str, str]) -> None:
    """Draw it. ``add``: parameters that the link names even where this page's address does not need them."""
    _component()(data={"add": dict(add)}, key="copy-link")


@cache
def _component() -> ComponentRenderer:
    return st.components.v2.component("plimsoll_copy_link", html=_HTML, css=_CSS, js=_SCRIPT.read_text("utf-8"))
