"""Minor units, micros and display: exact, and rounded once."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.money import MICRO, exact_of_micros, exponent, major, major_of_micros, rounded, show, show_micros, to_micros

NBSP = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("minor", "currency", "expected"),
    [
        (1999, "usd", "19.99"),
        (1999, "jpy", "1999"),
        (1999, "kwd", "1.999"),
        (-1999, "USD", "-19.99"),
        (500, "isk", "5.00"),  # zero decimals in life, two at Stripe
        (Fraction(5, 2), "usd", "0.03"),
        (Fraction(-5, 2), "usd", "-0.03"),
        (0, "usd", "0.00"),
    ],
)
def test_major_units_have_the_currencys_decimals(minor: int | Fraction, currency: str, expected: str) -> None:
    assert f"{major(minor, currency):f}" == expected


@pytest.mark.parametrize(
    ("minor", "currency", "locale", "short", "expected"),
    [
        (123450, "usd", "en_US", False, "$1,234.50"),
        (123450, "eur", "de_DE", False, f"1.234,50{NBSP}€"),
        (500, "jpy", "en_US", False, "¥500"),
        (-19900, "usd", "en_US", False, "-$199.00"),
        (1234567, "usd", "en_US", True, "$12.3K"),
        (2000000, "usd", "en_US", True, "$20K"),
        (99900, "usd", "en_US", True, "$999"),
        (99900, "eur", "de_DE", True, f"999{NBSP}€"),
    ],
)
def test_people_read_money_in_their_locale(minor: int, currency: str, locale: str, short: bool, expected: str) -> None:
    assert show(minor, currency, locale, short=short) == expected


@given(st.integers(-(10**15), 10**15), st.sampled_from(["usd", "jpy", "kwd"]))
def test_whole_minor_units_survive_every_conversion(minor: int, currency: str) -> None:
    assert rounded(to_micros(minor)) == minor
    assert major_of_micros(minor * MICRO, currency) == major(minor, currency)
    assert int(major(minor, currency).scaleb(exponent(currency))) == minor


@given(st.fractions(max_denominator=10_000))
def test_micros_are_never_further_off_than_half_a_millionth(amount: Fraction) -> None:
    assert abs(Fraction(to_micros(amount), MICRO) - amount) <= Fraction(1, 2 * MICRO)


@given(st.integers(-(10**18), 10**18))
def test_rounding_is_symmetric_about_zero(micros: int) -> None:
    assert rounded(-micros) == -rounded(micros)


@pytest.mark.parametrize(
    ("micros", "currency", "expected"),
    [
        (1_583_333_333, "usd", "15.83333333"),
        (1_900_000_000, "usd", "19.00"),
        (-500_000, "jpy", "-0.5"),
        (12_345_000_000, "kwd", "12.345"),
    ],
)
def test_exact_amounts_keep_what_rounding_would_take(micros: int, currency: str, expected: str) -> None:
    assert f"{exact_of_micros(micros, currency):f}" == expected


def test_micros_read_as_the_nearest_cent() -> None:
    assert show_micros(1_999_500_000, "usd") == "$20.00"
    assert major_of_micros(1_999_499_999, "usd") == Decimal("19.99")
