"""Keyboard shortcuts on every page, and the dialog that lists them; the browser's part is static/shortcuts.js.

Ranges, intervals and the comparison are changed by clicking the filters that are on the page, and pages are opened by
clicking their links in the menu, so the address and the page's state follow as they do for a click.
They can be switched off in Settings (WCAG 2.1.4, Character Key Shortcuts).
"""

from __future__ import annotations

from functools import cache
from html import escape
from pathlib import Path
from typing import Final

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from lib.accounts import preferences
from lib.accounts.sessions import SignedIn
from lib.periods import Interval
from lib.web.filters import Preset
from lib.web.navigation import PAGES

_SCRIPT: Final = Path(__file__).with_name("static") / "shortcuts.js"
PAGE_KEYS: Final = {
    "o": "overview",
    "m": "metric",
    "l": "live-feed",
    "v": "movements",
    "c": "customers",
    "y": "trials",
    "f": "failed-charges",
    "p": "plans",
    "h": "cohorts",
    "k": "cash-flow",
    "b": "benchmarks",
    "t": "forecast",
    "x": "cancellations",
    "r": "reconcile",
    "e": "exports",
    "s": "settings",
}
"""Pressed after ``g``; pages that are not there are left out."""
RANGE_KEYS: Final = {"1": Preset.DAYS_30, "2": Preset.MONTHS_3, "3": Preset.MONTHS_12, "4": Preset.ALL}
PREFERENCE: Final = "shortcuts"
INTERVAL_KEYS: Final = {"d": Interval.DAY, "w": Interval.WEEK, "m": Interval.MONTH}


def wanted(user: SignedIn) -> bool:
    """Whether ``user`` has left them on."""
    return preferences.get(user, PREFERENCE, default=True) is not False


def listen() -> None:
    """Mount them; once a run."""
    _component()(data=_known(), key="shortcuts", height=1)


@cache
def _known() -> dict[str, object]:
    return {
        "pages": {key: page for key, page, _title in _pages()},
        "ranges": {key: str(each) for key, each in RANGE_KEYS.items()},
        "intervals": {key: str(each) for key, each in INTERVAL_KEYS.items()},
        "list": table(),
    }


def _pages() -> list[tuple[str, str, str]]:
    """(key, address below /, title) of each page that has a key; the first page's address is empty."""
    titles = {page.url_path: page for page in PAGES}
    return [
        (key, titles[path].address.removeprefix("/"), titles[path].title)
        for key, path in PAGE_KEYS.items()
        if path in titles
    ]


def table() -> str:
    """All shortcuts, as the HTML of the dialog's list."""
    rows = [
        *((("g", key), f"Open {title}") for key, _path, title in _pages()),
        *(((key,), f"Show {'all time' if each is Preset.ALL else each}") for key, each in RANGE_KEYS.items()),
        *(((key,), f"By {each}") for key, each in INTERVAL_KEYS.items()),
        (("c",), "Compare with the previous period, last year, nothing"),
        (("/",), "Search"),
        (("?",), "Show this list"),
    ]
    return "".join(f"<dt>{_keys(keys)}</dt><dd>{escape(meaning)}</dd>" for keys, meaning in rows)


def _keys(keys: tuple[str, ...]) -> str:
    return " then ".join(f"<kbd>{escape(key)}</kbd>" for key in keys)


@cache
def _component() -> ComponentRenderer:
    return st.components.v2.component("plimsoll_shortcuts", js=_SCRIPT.read_text("utf-8"))
