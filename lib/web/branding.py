"""The installation's brand where pages show it: the tab, the head of the sidebar, the sign-in screen."""

from __future__ import annotations

import base64
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Final

import streamlit as st

from lib.billing import brand
from lib.billing.brand import Brand
from lib.web import style

ICON: Final = "app/static/icon.png"
"""Ours, and always set: with a Material icon the browser would ask a font host for the tab's picture."""
MARK: Final = "/app/static/icon.svg"
_STATIC: Final = Path(__file__).with_name("static")
_LETTER: Final = 28
"""Pixels that a letter of the wordmark takes at most, about: which font the reader's machine has is not known."""
_MOST: Final = 24
"""Letters that it has room for."""


def title(page: str | None = None) -> str:
    """What the tab says: ``Overview · Plimsoll``."""
    name = brand.current().title
    return f"{page} · {name}" if page else name


def tab_icon() -> str:
    """The tab's picture."""
    return brand.current().icon or ICON


def head() -> None:
    """The logo at the head of the sidebar, and the mark of a closed one."""
    shown = brand.current()
    st.logo(logo(shown), size="large", icon_image=small(shown))


def logo(shown: Brand) -> str:
    """The logo as something that Streamlit shows: the brand's, or its name beside its icon, or ours."""
    if shown.logo:
        return shown.logo
    if not shown.name and not shown.icon and not shown.colour:
        return str(_STATIC / "logo.svg")
    return wordmark(shown.title, shown.icon, *style.accent(shown.colour))


def small(shown: Brand) -> str:
    """The mark of a closed sidebar as something that Streamlit shows: the brand's icon, or ours in its colour."""
    if shown.icon or not shown.colour:
        return shown.icon or str(_STATIC / "icon.svg")
    return wordmark("", None, *style.accent(shown.colour))


def mark(shown: Brand) -> str:
    """The address of the small picture beside the name."""
    return small(shown) if shown.icon or shown.colour else MARK


@lru_cache(maxsize=8)
def wordmark(name: str, icon: str | None, light: str, dark: str) -> str:
    """A picture of the name, beside the icon or our mark, as a ``data:`` URL; it follows the reader's mode.

    Without a name, of the icon or the mark alone.
    """
    drawn = (
        f'<image href="{escape(icon, quote=True)}" width="64" height="64"/>'
        if icon
        else '<circle class="m" cx="32" cy="32" r="20"/><path class="m" d="M4 32h56" stroke-linecap="round"/>'
    )
    name = name if len(name) <= _MOST else f"{name[: _MOST - 1].rstrip()}…"
    width = 78 + _LETTER * len(name) + 8 if name else 64
    rules = (
        f".m{{stroke:{light};stroke-width:7;fill:none}}.t{{fill:#16202E;font:600 40px Inter,system-ui,sans-serif}}"
        f"@media (prefers-color-scheme:dark){{.m{{stroke:{dark}}}.t{{fill:#E8EDF3}}}}"
    )
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} 64" width="{width}" height="64">'
        f'<style>{rules}</style>{drawn}<text class="t" x="78" y="46">{escape(name)}</text></svg>'
    )
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode('ascii')}"
