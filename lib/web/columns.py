"""Columns of tables, so that money, days and links look the same on every page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

import streamlit as st
from babel import Locale
from babel.numbers import get_currency_symbol

from lib.charts.style import Frame
from lib.money import exponent
from lib.reports import homes
from lib.store import samples
from lib.web import back, downloads, drawn, links
from lib.web.reader import reader

Text: TypeAlias = Callable[[], str]
_PRESETS: Final = {"usd": "dollar", "eur": "euro", "jpy": "yen"}
"""Currencies that the browser writes by itself as its language does."""
WHOSE: Final = homes.COLUMN
"""The column that tables of all accounts together have; see whose()."""
DAYS: Final = "ll"
"""Format of moment.js, in the browser's language."""
ROW: Final = 36
"""Pixels."""
_TALLEST: Final = 20
"""Rows that a table of people shows before it scrolls."""


def money(name: str, currency: str, help_: str | None = None) -> Any:  # noqa: ANN401 - Streamlit's own type is private
    """An amount in major units of ``currency``, with its code in the heading."""
    return amount(f"{name} ({currency.upper()})", currency, help_)


def amount(heading: str | None, currency: str, help_: str | None = None) -> Any:  # noqa: ANN401 - as above
    """The same with a heading of its own; None: the column's name. It is sorted as a number."""
    written, step = written_as(currency, reader().locale)
    return st.column_config.NumberColumn(heading, format=written, step=step, help=help_)


def written_as(currency: str, locale: str) -> tuple[str, float | None]:
    """How the browser writes amounts of ``currency``, and the step that gives them their own decimals.

    Where the locale writes 1,234.56 the sign stands with each amount. Elsewhere Streamlit can write the locale's
    separators or a sign, not both, and the separators win: the heading has the currency.
    """
    if preset := _PRESETS.get(currency):
        return preset, None
    digits, known = exponent(currency), Locale.parse(locale)
    symbols = known.number_symbols["latn"]
    if (symbols["decimal"], symbols["group"]) != (".", ","):
        return "localized", float(10**-digits)
    sign = get_currency_symbol(currency.upper(), locale).replace("%", "%%")
    return f"{sign}{'' if len(sign) == 1 else chr(0xA0)}%,.{digits}f", None


def day(name: str, help_: str | None = None) -> Any:  # noqa: ANN401 - as above
    """A date."""
    return st.column_config.DateColumn(name, format=DAYS, help=help_)


def whose() -> Any:  # noqa: ANN401 - as above
    """The account that a row is of; tables of all accounts together alone have it."""
    return st.column_config.TextColumn("Account", width=136)


def month(name: str, help_: str | None = None) -> Any:  # noqa: ANN401 - as above
    """A month, given by its first day."""
    return st.column_config.DateColumn(name, format="MMM YYYY", help=help_)


def stripe(account: str = "") -> Any:  # noqa: ANN401 - as above
    """The way to the object in Stripe's dashboard; hidden where ``account`` is a sample, which Stripe has not."""
    if samples.is_one(account):
        return None
    return st.column_config.LinkColumn("Stripe", display_text=":material/open_in_new:", width=64)


def people(  # noqa: PLR0913 - all that tells one table from another
    frame: Frame, customers: list[str], account: str, key: str, config: dict[str, Any], *, width: int = 200
) -> None:
    """A table of people, one of ``customers`` (ids) a row; the name in its first column, which is ``width`` pixels
    wide, opens that customer's page.
    """
    name = st.column_config.ButtonColumn(
        "Customer", type="tertiary", alignment="left", pinned=True, width=width, key=f"{key}-open"
    )
    if "stripe" in config:
        config = config | {"stripe": stripe(account)}
    st.dataframe(
        frame,
        hide_index=True,
        height="content" if frame.height < _TALLEST else _TALLEST * ROW,
        column_config={"name": name, WHOSE: whose(), **config},
        placeholder="",
        key=key,
    )
    customer = drawn.clicked(f"{key}-open", customers)
    if customer is not None:
        back.leave(key)
        links.go_customer(customer, account)


def download(label: str, text: Text, file_name: str, key: str) -> None:
    """As lib.web.downloads.csv."""
    downloads.csv(label, text, file_name, key)
