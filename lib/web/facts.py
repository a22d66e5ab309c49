"""A few figures in a row, each with its name above and a word beside: the head of a page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

import streamlit as st


@dataclass(frozen=True, slots=True)
class Fact:
    """A figure as written, what it is, and what more is to be said of it."""

    name: str
    figure: str
    note: str = ""


def show(facts: Iterable[Fact]) -> None:
    """Draw them."""
    st.html(html(facts))


def html(facts: Iterable[Fact]) -> str:
    """The same as HTML, everything escaped."""
    return f'<dl class="pl-facts">{"".join(map(_one, facts))}</dl>'


def _one(fact: Fact) -> str:
    note = f"<small>{escape(fact.note)}</small>" if fact.note else ""
    return f"<div><dt>{escape(fact.name)}</dt><dd>{escape(fact.figure)}{note}</dd></div>"
