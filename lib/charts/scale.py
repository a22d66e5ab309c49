"""How a unit's raw values are drawn, ticked and written.

Raw values are those of result frames: money in micros (millionths of the minor unit), counts whole, percents as
fractions of one; ``None`` means "n/a". Drawn values are major units, counts and fractions.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

import polars as pl
from babel import Locale
from babel.numbers import (
    format_compact_currency,
    format_compact_decimal,
    format_currency,
    format_decimal,
    format_percent,
)

from lib import money
from lib.charts.theme import Palette
from lib.metrics.registry import Unit

NOT_AVAILABLE: Final = "n/a"
_STEPS: Final = (1, 2, 2.5, 5, 10)
_AIR: Final = 0.08
"""Room beyond bars and areas, as a share of their span."""
_COMPACT_FROM: Final = 10_000


@dataclass(frozen=True, slots=True)
class Scale:
    """One unit with its currency (lower case; money only) and the reader's locale."""

    unit: Unit
    currency: str = "usd"
    locale: str = "en_US"

    @property
    def factor(self) -> float:
        """Raw values times this are drawn values."""
        return 10.0 ** -(6 + money.exponent(self.currency)) if self.unit is Unit.MONEY else 1.0

    def drawn(self, values: pl.Series) -> list[float | None]:
        """A raw column as numbers to draw; ``None`` stays, and leaves a gap."""
        return (values.cast(pl.Float64) * self.factor).round(6).to_list()

    def text(self, raw: float | None) -> str:
        """A raw value, exact, with its unit: ``$12,480.50``, ``−3.1%``, ``142``, or ``n/a``."""
        return NOT_AVAILABLE if raw is None or not math.isfinite(raw) else _written(self, raw)

    def exact(self, raw: float) -> str:
        """A finite raw value as Babel writes it."""
        match self.unit:
            case Unit.MONEY:
                return money.show_micros(int(raw), self.currency, self.locale)
            case Unit.PERCENT:
                return self.percent(raw)
            case Unit.COUNT:
                return money.show_count(int(raw), self.locale)
            case Unit.RATIO:
                return str(format_decimal(round(raw, 2) + 0.0, locale=self.locale, format="#,##0.0#"))
            case Unit.DAYS | Unit.MONTHS:
                return self.time(raw)

    def time(self, raw: float) -> str:
        """Days or months with one decimal: ``12.5 days``; a whole number without it."""
        number = str(format_decimal(round(raw, 1) + 0.0, locale=self.locale, format="#,##0.#"))
        unit = self.unit.value.removesuffix("s") if number == "1" else self.unit.value
        return f"{number} {unit}"

    def card(self, raw: float | None) -> str:
        """A raw value for a card: money without its decimals from a hundred on, the rest as :meth:`text`."""
        if self.unit is not Unit.MONEY or raw is None or abs(raw * self.factor) < 100:  # noqa: PLR2004 - cents count below
            return self.text(raw)
        return _minus(_plain_currency(round(raw * self.factor), self.currency, self.locale))

    def percent(self, fraction: float) -> str:
        """A fraction of one as a percentage with one decimal, or as many as it takes: what is more than nothing is
        never written 0.0%, and what is less than all never 100.0%.
        """
        return _percent(round(fraction, _EXACT) + 0.0, "0" * _decimals(fraction * 100), self.locale)

    def tick(self, drawn: float) -> str:
        """A drawn value as an axis label: ``$12K``."""
        return _minus(self._short(drawn))

    def _short(self, drawn: float) -> str:
        match self.unit:
            case Unit.MONEY:
                if abs(drawn) < _COMPACT_FROM:
                    return _plain_currency(drawn, self.currency, self.locale)
                code = self.currency.upper()
                return _no_zero_decimal(
                    format_compact_currency(_decimal(drawn), code, locale=self.locale, fraction_digits=1)
                )
            case Unit.PERCENT:
                return _percent(round(drawn, _EXACT) + 0.0, "#" * _MOST_DECIMALS, self.locale)
            case Unit.COUNT | Unit.RATIO | Unit.DAYS | Unit.MONTHS:
                if abs(drawn) < _COMPACT_FROM:
                    return str(format_decimal(round(drawn, 6) + 0.0, locale=self.locale))
                return _no_zero_decimal(format_compact_decimal(_decimal(drawn), locale=self.locale, fraction_digits=1))

    def change(self, now: float | None, before: float | None) -> str:
        """The change between two raw values: percent for amounts, points for percentages, ``n/a`` without a base."""
        if now is None or before is None:
            return NOT_AVAILABLE
        if self.unit is Unit.PERCENT:
            change = round((now - before) * 100, _MOST_DECIMALS)
            digits = _decimals(change)
            points = format_decimal(round(abs(change), digits), locale=self.locale, format="#,##0." + "0" * digits)
            return f"{arrow(change)} {points} pt"
        if before == 0:
            return NOT_AVAILABLE
        return f"{arrow(now - before)} {self.percent(abs(now - before) / abs(before))}"

    def ticks(self, low: float, high: float, count: int = 4) -> list[float]:
        """About ``count`` round drawn values from at or below ``low`` to at or above ``high``; at least two."""
        span = high - low or abs(high) or 1.0
        step = nice_step(span / count, whole=self.unit is Unit.COUNT)
        first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
        return [round(i * step, 9) for i in range(first, max(last, first + 1) + 1)]


def _decimals(percent: float) -> int:
    """One, or as many as it takes to tell a percentage from nothing and from all: 0.03 and 99.996, but 0.0 for nothing
    and 100.0 for all.
    """
    if 0.1 <= abs(percent) <= 99.9 or abs(percent) >= 100.1:  # noqa: PLR2004 - nearly all are: one decimal tells enough
        return 1
    exact = abs(_decimal(round(percent, _MOST_DECIMALS)))
    if not exact or exact >= _ALL:
        return 1
    return next((n for n in range(1, _MOST_DECIMALS) if 0 < round(exact, n) < _ALL), _MOST_DECIMALS)


_EXACT: Final = 9
"""Decimals of a fraction of one; what is beyond is the dust of dividing."""
_MOST_DECIMALS: Final = _EXACT - 2
_ALL: Final = 100


def arrow(difference: float) -> str:
    """The mark that says up, down or unchanged without a colour."""
    return "▲" if difference > 0 else "▼" if difference < 0 else "="


def nice_step(rough: float, *, whole: bool = False) -> float:
    """The next of 1, 2, 2.5, 5 times a power of ten at or above ``rough``; an integer when ``whole``."""
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(s * power for s in _STEPS if s * power >= rough * (1 - 1e-9))
    return max(1.0, math.ceil(step)) if whole else step


def axis(scale: Scale, values: list[float], colours: Palette, *, zero: bool) -> dict[str, Any]:
    """The value axis: labelled round ticks over ``values`` (drawn), from zero when asked; thin rules, no line."""
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    if zero:
        low, high = min(0.0, low), max(0.0, high)
    if scale.unit is Unit.PERCENT and low >= 0:
        low = 0.0
    at = scale.ticks(low, high)
    if zero:
        air = (high - low or 1.0) * _AIR
        ends = [low - air if low else 0.0, high + air if high > 0 else 0.0]
        at = [v for v in at if ends[0] <= v <= ends[1]]
    else:
        ends = [at[0], at[-1]]
    return {
        "range": ends,
        "tickmode": "array",
        "tickvals": at,
        "ticktext": [scale.tick(v) for v in at],
        "gridcolor": colours.rule,
        "gridwidth": 1,
        "zeroline": low < 0 < high,
        "zerolinecolor": colours.muted,
        "zerolinewidth": 1,
        "fixedrange": True,
        "automargin": True,
        "ticks": "",
    }


@lru_cache(maxsize=1 << 15)
def _written(scale: Scale, raw: float) -> str:
    """Kept, because every rerun of a page writes the same thousands of figures again."""
    return _minus(scale.exact(raw))


def _plain_currency(value: float, currency: str, locale: str) -> str:
    """Major units without decimals when they are whole, else with the currency's."""
    value += 0.0  # -0.0 is 0
    digits = 0 if float(value).is_integer() else money.exponent(currency)
    pattern = Locale.parse(locale).currency_formats["standard"].pattern
    fraction = "." + "0" * digits if digits else ""
    return str(
        format_currency(
            _decimal(round(value, digits)),
            currency.upper(),
            locale=locale,
            format=pattern.replace(".00", fraction),
            currency_digits=False,
        )
    )


@lru_cache(maxsize=1 << 13)
def _percent(fraction: float, decimal: str, locale: str) -> str:
    """A fraction of one as a percentage; its decimal is always there (``0``) or only where it is not 0 (``#``)."""
    pattern: str = Locale.parse(locale).percent_formats[None].pattern
    return str(format_percent(fraction, format=pattern.replace("#,##0", f"#,##0.{decimal}"), locale=locale))


def _no_zero_decimal(text: str) -> str:
    """``$12.0K`` as ``$12K``, also with a decimal comma."""
    return re.sub(r"[.,]0(?=\D|$)", "", text, count=1)


def _minus(text: str) -> str:
    """The proper minus sign, as wide as a digit."""
    return text.replace("-", "−", 1) if text.startswith("-") else text


def _decimal(value: float) -> Decimal:
    return Decimal(repr(value))
