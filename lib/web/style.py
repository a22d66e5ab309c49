"""The little CSS that Streamlit's theme can't say: cards, lists, the filter sheet on a phone.

Colours are ``light-dark(…)`` pairs of the one palette, so they follow the reader's mode without a rerun.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

import streamlit as st

from lib.billing import brand
from lib.billing.colours import tint
from lib.charts.theme import DARK, LIGHT, MOVEMENTS
from lib.web.reader import reader

_RULES = Path(__file__).with_name("style.css")
_BRANDED = Path(__file__).with_name("branded.css")
_BESIDE: Final = "[data-testid='stDialog'],[data-testid='stPopoverBody'],[data-testid='stDateInputCalendar']"
"""What Streamlit puts beside the app, which alone knows whether it is light or dark."""
_WHERE: Final = f".stApp,{_BESIDE}"


def apply() -> None:
    """Put the style into the page; once a run."""
    st.html(f"<style>{css(brand.current().colour)}{_mode(reader().mode)}</style>")


def in_dialog(mode: str) -> None:
    """Tell a dialog the reader's mode, which may have changed since the page was drawn."""
    st.html(f"<style>{_mode(mode)}</style>")


def _mode(mode: str) -> str:
    return f"{_BESIDE}{{color-scheme:{mode}}}"


@cache
def css(colour: str | None = None) -> str:
    """The whole style sheet; ``colour`` (#RRGGBB) stands for our own where this installation has one of its own."""
    names = ("page", "panel", "rule", "ink", "muted", *MOVEMENTS)
    pairs = {name: (getattr(LIGHT, name), getattr(DARK, name)) for name in names} | {"primary": accent(colour)}
    declared = ";".join(f"--pl-{name}:light-dark({light},{dark})" for name, (light, dark) in pairs.items())
    more = _BRANDED.read_text("utf-8") if colour else ""
    return f"{_WHERE}{{{declared};--pl-good:var(--pl-new);--pl-bad:var(--pl-churn)}}{_RULES.read_text('utf-8')}{more}"


def accent(colour: str | None) -> tuple[str, str]:
    """The accent in light and in dark mode: of a brand's colour, a tint that can be read there."""
    return (colour, tint(colour, DARK.page, DARK.panel)) if colour else (LIGHT.primary, DARK.primary)
