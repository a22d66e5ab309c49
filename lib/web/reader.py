"""Who reads: their language and their mode, as the browser tells them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import streamlit as st
from babel import Locale, UnknownLocaleError

from lib.charts.scale import Scale
from lib.charts.style import Style
from lib.charts.theme import palette
from lib.metrics.registry import Metric, Unit
from lib.periods import Interval

DEFAULT_LOCALE = "en_US"


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

    def style(
        self, scale: Scale, interval: Interval, kind: str = "line", height: int = 280, end: date | None = None
    ) -> Style:
        """The style of a figure for this reader; ``end`` as in Style."""
        return Style(scale, palette(self.mode), interval, kind, height, end)


def reader() -> Reader:
    """The reader of this run."""
    mode = st.context.theme.type
    return Reader(known_locale(st.context.locale), mode if mode == "dark" else "light")


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
