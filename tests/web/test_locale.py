"""Money, days and months as the reader writes them: in tables, in fields, in sentences, in the weekly email."""

from __future__ import annotations

from datetime import date

import pytest
import streamlit as st

from lib.accounts import preferences
from lib.accounts.weekly import LOCALE, Recipient
from lib.reports import weekly
from lib.web import columns, filters, words
from lib.web.reader import Reader
from tests.web.conftest import Business


@pytest.mark.parametrize(
    ("currency", "locale", "expected"),
    [
        ("usd", "de_DE", ("dollar", None)),
        ("jpy", "en_US", ("yen", None)),
        ("gbp", "en_US", ("£%,.2f", None)),
        ("kwd", "en_US", ("KWD\N{NO-BREAK SPACE}%,.3f", None)),
        ("krw", "en_GB", ("₩%,.0f", None)),
        ("gbp", "de_DE", ("localized", 0.01)),
        ("kwd", "fr_FR", ("localized", 0.001)),
        ("krw", "de_CH", ("localized", 1.0)),
    ],
)
def test_every_currency_has_its_own_decimals_and_a_sign_where_streamlit_can(
    currency: str, locale: str, expected: tuple[str, float | None]
) -> None:
    assert columns.written_as(currency, locale) == expected


@pytest.mark.parametrize(
    ("locale", "expected"),
    [("en_US", "MM/DD/YYYY"), ("en_GB", "DD/MM/YYYY"), ("de_DE", "DD.MM.YYYY"), ("sv_SE", "YYYY-MM-DD")],
)
def test_a_field_for_a_day_is_written_as_the_reader_writes_days(locale: str, expected: str) -> None:
    assert Reader(locale).date_input == expected
    st.date_input("Day", date(2026, 1, 2), format=expected)  # one that Streamlit takes


def test_months_and_sentences_follow_the_reader() -> None:
    assert [words.month(date(2026, 11, 1), locale) for locale in ("en_US", "ja_JP")] == ["11/2026", "2026/11"]
    _, said = filters.chosen_days(["1999-01-01"], date(2024, 3, 5), date(2026, 11, 28), "de_DE")
    assert said[0].startswith("There are figures from 05.03.2024 to 28.11.2026 only.")


def test_the_weekly_email_is_written_as_the_browser_last_told(business: Business) -> None:
    monday = date(2026, 11, 23)
    preferences.put(business.user, LOCALE, "de_DE")
    recipient = Recipient.of(business.user)
    assert recipient.locale == "de_DE"
    text = weekly.letter(recipient, monday).text
    assert "from 16. November to 22. November" in text
    assert "\N{NO-BREAK SPACE}$" in text
    preferences.put(business.user, LOCALE, None)
    assert "from November 16 to November 22" in weekly.letter(Recipient.of(business.user), monday).text
