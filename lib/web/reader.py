"""Who reads: their language and their mode, as the browser tells them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

import streamlit as st
from babel import Locale, UnknownLocaleError
from babel.dates import get_date_format

from lib.accounts import preferences
from lib.accounts.sessions import SignedIn
from lib.accounts.weekly import LOCALE
from lib.charts.scale import Scale
from lib.charts.style import Style
from lib.charts.theme import palette
from lib.metrics.registry import Metric, Unit
from lib.periods import Interval

DEFAULT_LOCALE = "en_US"
_ORDERS: Final = ("yMd", "dMy", "Mdy")
_KEPT: Final = "locale-kept"


@dataclass(frozen=True, slots=True)
class Reader:
    """``locale`` is one that Babel knows; ``mode`` is ``light`` or ``dark``."""

    locale: str = DEFAULT_LOCALE
    mode: str = "light"

    def scale(self, metric: Metric, currency: str) -> Scale:
        """The metric's scale in this reader's locale."""
        return Scale(metric.unit, currency, self.locale)

    def money(self, currency: str) -> Scale:
        """The scale of amounts in ``currency``."""
        return Scale(Unit.MONEY, currency, self.locale)

    @property
    def date_input(self) -> str:
        """How a field for a day writes it, of what Streamlit can: ``MM/DD/YYYY``, ``DD.MM.YYYY``, ``YYYY/MM/DD``."""
        pattern = get_date_format("short", locale=self.locale).pattern
        order = "".join(dict.fromkeys(letter for letter in pattern if letter in "yMd"))
        between = next((letter for letter in pattern if letter in "./-"), "/")
        parts = {"y": "YYYY", "M": "MM", "d": "DD"}
        known = order if order in _ORDERS else _ORDERS[0]
        return between.join(parts[letter] for letter in known)

    def style(
        self, scale: Scale, interval: Interval, kind: str = "line", height: int = 280, end: date | None = None
    ) -> Style:
        """The style of a figure for this reader; ``end`` as in Style."""
        return Style(scale, palette(self.mode), interval, kind, height, end)


def reader() -> Reader:
    """The reader of this run."""
    mode = st.context.theme.type
    return Reader(known_locale(st.context.locale), mode if mode == "dark" else "light")


def remember(user: SignedIn) -> None:
    """Keep the reader's locale once a session, for what is written to them elsewhere: the weekly email."""
    now = reader().locale
    if st.session_state.get(_KEPT) != now and isinstance(st.context.locale, str):
        st.session_state[_KEPT] = now
        if preferences.get(user, LOCALE) != now:
            preferences.put(user, LOCALE, now)


def known_locale(tag: str | None) -> str:
    """A browser's language tag (``de-CH``) as a locale that Babel knows; English where it knows none.

    The app's sentences are English; numbers and dates follow the reader.
    """
    if not isinstance(tag, str):
        return DEFAULT_LOCALE
    try:
        return str(Locale.parse(tag, sep="-"))
    except (UnknownLocaleError, ValueError):
        return DEFAULT_LOCALE
