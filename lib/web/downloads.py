"""Names of downloaded files, so that two of them are told apart."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape
from typing import Any, Final
from urllib.parse import urlencode

import streamlit as st
from babel import Locale

from lib.accounts import preferences
from lib.accounts.sessions import SignedIn
from lib.metrics.segments import Segment
from lib.reports import export, exports
from lib.web import guard
from lib.web.reader import reader


def csv_name(of: str, *parts: object, segment: Segment | None) -> str:
    """What it is of, of whom if of a segment, and what else tells it apart: ``mrr-of-germans-2026-01-01.csv``."""
    among = [f"of-{segment.name}"] if segment else []
    return re.sub(r"\W+", "-", "-".join(map(str, (of, *among, *parts))).lower()) + ".csv"


BOM: Final = "csv-bom"
"""The preference that marks CSV files as UTF-8, for Excel."""


def bom(user: SignedIn) -> bool:
    """Whether this reader's CSV files begin with a byte order mark."""
    return preferences.get(user, BOM, default=False) is True


COMMAS: Final = "csv-commas"
"""The preference that writes CSV files with semicolons and decimal commas, for Excel where people write so."""


def may_have_commas() -> bool:
    """Whether the reader's locale writes 1.234,56, and with it their Excel."""
    return str(Locale.parse(reader().locale).number_symbols["latn"]["decimal"]) == ","


def commas(user: SignedIn) -> bool:
    """Whether this reader's CSV files are written so."""
    return preferences.get(user, COMMAS, default=False) is True and may_have_commas()


UNROUNDED: Final = "Amounts in the CSV are unrounded, so that rows add up."
"""Beside the button of a file whose money has more decimals than the currency."""


def csv(label: str, text: Callable[[], str], file_name: str, key: str, help_: str | None = None) -> None:
    """A button that saves ``text`` as a CSV file, written only when asked for; ``help_`` says what its rows are."""
    user = guard.current_user()
    mark = exports.BOM if user and bom(user) else ""
    local = bool(user and commas(user))

    def written() -> bytes:
        return (mark + (export.with_commas(text()) if local else text())).encode()

    st.download_button(
        label,
        data=written,  # runs without a script context: what it needs is read above
        file_name=file_name,
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key=key,
        help=help_,
    )


def everything(user: SignedIn, account: str, label: str) -> None:
    """Links to all that is kept of an account as one ZIP (lib.api.downloads), as CSV files and as Parquet files."""
    mark = ({"bom": "1"} if bom(user) else {}) | ({"decimal": "comma"} if commas(user) else {})
    csv_files, parquet_files = (
        f"/download/everything.zip?{urlencode({'account': account, **more})}" for more in (mark, {"format": "parquet"})
    )
    st.html(
        f'<p><a download href="{escape(csv_files)}">{escape(label)} (ZIP of CSV files)</a> '
        f'<span class="pl-muted">or</span> <a download href="{escape(parquet_files)}">of Parquet files</a></p>'
    )


def picture(file_name: str) -> dict[str, Any]:
    """The configuration of a chart that can be saved as a picture, named like its CSV file; the browser draws it."""
    options = {"format": "png", "scale": 2, "filename": file_name.removesuffix(".csv")}
    return {
        "displaylogo": False,
        "displayModeBar": True,
        "modeBarButtons": [["toImage"]],
        "responsive": True,
        "toImageButtonOptions": options,
    }
