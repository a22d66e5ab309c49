"""Columns of tables, so that money, days and links look the same on every page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

import streamlit as st

from lib.charts.style import Frame
from lib.web import downloads, links

Text: TypeAlias = Callable[[], str]
_FORMATS: Final = {"usd": "dollar", "eur": "euro", "jpy": "yen"}
"""Currencies that the browser writes with their sign; others get their code in the heading only."""
DAYS: Final = "ll"
"""Format of moment.js, in the browser's language."""
ROW: Final = 36
"""Pixels."""
_TALLEST: Final = 20
"""Rows that a table of people shows before it scrolls."""


def money(name: str, currency: str, help_: str | None = None) -> Any:  # noqa: ANN401 - Streamlit's own type is private
    """An amount in major units of ``currency``, with its code in the heading."""
    heading = f"{name} ({currency.upper()})"
    return st.column_config.NumberColumn(heading, format=_FORMATS.get(currency, "localized"), help=help_)


def day(name: str, help_: str | None = None) -> Any:  # noqa: ANN401 - as above
    """A date."""
    return st.column_config.DateColumn(name, format=DAYS, help=help_)


def month(name: str, help_: str | None = None) -> Any:  # noqa: ANN401 - as above
    """A month, given by its first day."""
    return st.column_config.DateColumn(name, format="MM/YYYY", help=help_)


def stripe() -> Any:  # noqa: ANN401 - as above
    """The way to the object in Stripe's dashboard."""
    return st.column_config.LinkColumn("Stripe", display_text=":material/open_in_new:", width=64)


def people(frame: Frame, customers: list[str], account: str, key: str, config: dict[str, Any]) -> None:
    """A table of people, one of ``customers`` (ids) a row; the name in its first column opens that customer's page."""
    name = st.column_config.ButtonColumn(
        "Customer", type="tertiary", alignment="left", pinned=True, width=200, key=f"{key}-open"
    )
    st.dataframe(
        frame,
        hide_index=True,
        height="content" if frame.height < _TALLEST else _TALLEST * ROW,
        column_config={"name": name, **config},
        placeholder="",
        key=key,
    )
    if clicked := st.session_state.get(f"{key}-open"):
        links.go_customer(customers[clicked["row"]], account)


def download(label: str, text: Text, file_name: str, key: str) -> None:
    """As lib.web.downloads.csv."""
    downloads.csv(label, text, file_name, key)
