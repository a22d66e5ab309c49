"""Money: minor units, exact fractions, one rounding, display.

*Minor units* are the integers Stripe uses (cents for ``usd``, yen for ``jpy``). *Micros* are millionths of a minor
unit, the integers of ledger frames. Currency codes are lower case, as Stripe writes them.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Final

from babel import Locale
from babel.numbers import format_compact_currency, format_currency, format_decimal

MICRO: Final = 1_000_000
"""Micros in one minor unit."""
MICRO_DIGITS: Final = 6

# https://docs.stripe.com/currencies#zero-decimal and #special-cases: isk and ugx are still sent with two decimals.
_ZERO_DECIMAL: Final = frozenset(
    ["bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf"]
)
_THREE_DECIMAL: Final = frozenset(["bhd", "jod", "kwd", "omr", "tnd"])


def exponent(currency: str) -> int:
    """Decimals between the minor and the major unit: 2 for usd, 0 for jpy, 3 for kwd."""
    code = currency.lower()
    return 0 if code in _ZERO_DECIMAL else 3 if code in _THREE_DECIMAL else 2


def to_micros(amount: Fraction | int) -> int:
    """Minor units to micros, rounded once, half to even."""
    return round(amount * MICRO)


def rounded(micros: int) -> int:
    """Micros to whole minor units, half away from zero, as a cash register would."""
    sign = -1 if micros < 0 else 1
    return sign * ((abs(micros) + MICRO // 2) // MICRO)


def major(minor: Fraction | int, currency: str) -> Decimal:
    """Minor units to major units with just the currency's decimals: ``major(1999, "usd") == Decimal("19.99")``."""
    whole = rounded(round(minor * MICRO))
    return Decimal(whole).scaleb(-exponent(currency))


def major_of_micros(micros: int, currency: str) -> Decimal:
    """Micros to major units with just the currency's decimals."""
    return Decimal(rounded(micros)).scaleb(-exponent(currency))


def exact_of_micros(micros: int, currency: str) -> Decimal:
    """Micros to major units, unrounded: the currency's decimals, and more only where the amount has them.

    A twelfth of $190.00 is ``15.833333``: rows written so add up to the figure they explain.
    """
    exact = Decimal(micros).scaleb(-MICRO_DIGITS - exponent(currency))
    whole = major_of_micros(micros, currency)
    return whole if whole == exact else exact.normalize()


@lru_cache(maxsize=1 << 16)
def show(minor: Fraction | int, currency: str, locale: str = "en_US", *, short: bool = False) -> str:
    """Minor units for people: ``$1,234.50``; short for axes and cards: ``$1,235`` or ``$12K`` from ten thousand on."""
    value = major(minor, currency)
    code = currency.upper()
    if not short:
        return str(format_currency(value, code, locale=locale))
    if abs(value) >= 10_000:  # noqa: PLR2004 - where full figures grow too wide for an axis
        return str(format_compact_currency(value, code, locale=locale, fraction_digits=1)).replace(".0", "", 1)
    whole = Locale.parse(locale).currency_formats["standard"].pattern.replace(".00", "")
    return str(format_currency(value.quantize(Decimal(1)), code, whole, locale=locale, currency_digits=False))


def show_exact(minor: Decimal, currency: str, locale: str = "en_US") -> str:
    """Minor units for people with all their decimals, at least the currency's own: ``$0.005``, ``¥0.5``, ``$29.50``."""
    value = minor.normalize().scaleb(-exponent(currency))
    return str(format_currency(value, currency.upper(), locale=locale, decimal_quantization=False))


def show_micros(micros: int, currency: str, locale: str = "en_US", *, short: bool = False) -> str:
    """The same for micros."""
    return show(rounded(micros), currency, locale, short=short)


def show_count(count: int, locale: str = "en_US") -> str:
    """A whole number with the locale's grouping."""
    return str(format_decimal(count, locale=locale))
