"""The little CSS that Streamlit's theme can't say: cards, lists, the filter sheet on a phone.

Colours are ``light-dark(…)`` pairs of the one palette, so they follow the reader's mode without a rerun.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import streamlit as st

from lib.charts.theme import DARK, LIGHT, MOVEMENTS

_RULES = Path(__file__).with_name("style.css")


def apply() -> None:
    """Put the style into the page; once a run."""
    st.html(f"<style>{css()}</style>")


def in_dialog(mode: str) -> None:
    """Tell a dialog the reader's mode: Streamlit puts it beside the app, which alone knows its own."""
    st.html(f"<style>[data-testid='stDialog']{{color-scheme:{mode}}}</style>")


@cache
def css() -> str:
    """The whole style sheet."""
    names = ("page", "panel", "rule", "ink", "muted", "primary", *MOVEMENTS)
    pairs = ";".join(f"--pl-{n}:light-dark({getattr(LIGHT, n)},{getattr(DARK, n)})" for n in names)
    return f".stApp{{{pairs};--pl-good:var(--pl-new);--pl-bad:var(--pl-churn)}}{_RULES.read_text('utf-8')}"
