"""Exports: everything as CSV or Parquet, of the days one wants, with a look at it first and what its columns mean."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import lru_cache
from html import escape
from typing import Final
from urllib.parse import urlencode

import streamlit as st

from lib.accounts import preferences
from lib.accounts.connections import Connected
from lib.accounts.sessions import SignedIn
from lib.charts.scale import Scale
from lib.errors import AppError
from lib.metrics.registry import Unit
from lib.periods import Interval
from lib.reports import exports, glossary
from lib.reports.exports import Ask, Export, Preview
from lib.web import downloads, filters, grid, words
from lib.web.figures import Book
from lib.web.grid import Line
from lib.web.reader import reader
from lib.web.standing import Standing, stand

_CSV, _PARQUET = "CSV", "Parquet"
_KILO: Final = 1000


def show() -> None:
    """The whole page."""
    at = stand("Exports", beyond=_of_ones_own)
    st.write(_ABOUT)
    days = st.container()
    chosen, interval = _what(exports.EXPORTS)
    with days:
        at, start, end = filters.days("exports", _whole(at) if chosen in exports.RESOURCES else at)
    segment = at.book.segment if chosen.segmented else None
    asked = Ask(at.account.account, start, end, interval, segment, at.user.workspace)
    _notes(chosen, at)
    form, how = _form(at.user)
    try:
        asked = exports.meant(chosen, asked)
        found = _preview(at.book, chosen.name, asked)
    except AppError as error:
        st.error(error.message)
        return
    scale = Scale(Unit.COUNT, at.book.currency, at.reader.locale)
    if asked.start > start:
        most = words.scale_count(exports.MOST_PERIODS, scale)
        st.caption(f"A file has no more than {most} periods: this one has the newest.")
    _download(chosen, asked, found, form, scale, how)
    _look(found)
    _columns(chosen, found)


_ABOUT: Final = "Take your data along: into a spreadsheet, a database or another tool. It is sent to nobody but you."


def _whole(at: Standing) -> Standing:
    """The ground with every day in it: one's own objects are whole on every plan."""
    return replace(at, book=at.book.all_days)


def _of_ones_own(user: SignedIn, account: Connected) -> None:
    """Stripe's objects of an account whose figures the plan does not show, all of them."""
    st.write(_ABOUT)
    chosen, _ = _what(exports.RESOURCES)
    form, how = _form(user)
    asked = Ask(account.account, STRIPE_BEGAN, datetime.now(UTC).date())
    try:
        found = exports.preview(chosen, asked)
    except AppError as error:
        st.error(error.message)
        return
    _download(chosen, asked, found, form, Scale(Unit.COUNT, "", reader().locale), how)
    _look(found)


STRIPE_BEGAN: Final = date(2010, 1, 1)
"""Nothing at Stripe is older."""


@lru_cache(maxsize=16)
def _preview(key: Book, name: str, asked: Ask) -> Preview:  # noqa: ARG001 - the state of the data is part of the key
    """As reports.exports.preview."""
    return exports.preview(exports.find(name), asked)


def _what(offered: tuple[Export, ...]) -> tuple[Export, Interval]:
    by_title = {each.title: each for each in offered}
    filters.told_unknown("what", by_title)
    above = st.container()
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        title = st.selectbox("What", list(by_title), key="what", bind="query-params", width=320)
        chosen = by_title.get(title or "", offered[0])
        cut = None
        if chosen.cut:
            with above:
                filters.told_unknown("interval", Interval)
            cut = st.segmented_control(
                "By", list(Interval), default=Interval.MONTH, required=True, key="interval", bind="query-params"
            )
    return chosen, Interval(cut or Interval.MONTH)


def _notes(chosen: Export, at: Standing) -> None:
    said = [chosen.about]
    if not chosen.dated:
        said.append("It is as of today; the span does not change it.")
    if at.book.segment and not chosen.segmented:
        said.append("It is about all customers; the segment does not change it.")
    st.caption(words.plain(" ".join(said)))


def _form(user: SignedIn) -> tuple[str, How]:
    filters.told_unknown("format", (_CSV, _PARQUET))
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        form = st.segmented_control(
            "Format", [_CSV, _PARQUET], default=_CSV, required=True, key="format", bind="query-params"
        )
        kept = downloads.bom(user)
        bom = st.checkbox(
            "For Excel: mark the file as UTF-8",
            value=kept,
            disabled=form == _PARQUET,
            key="bom",
            help="Excel reads accents and other scripts right only with this mark (a BOM). Numbers and Google Sheets "
            "need none. The choice is kept for every CSV you download.",
        )
    if bom != kept:
        preferences.put(user, downloads.BOM, bom)
    return form or _CSV, How(bom, commas=_commas(user, off=form == _PARQUET))


def _commas(user: SignedIn, *, off: bool) -> bool:
    """Whether the file is written with decimal commas; offered where the reader's locale writes so."""
    if not downloads.may_have_commas():
        return False
    kept = downloads.commas(user)
    chosen = st.checkbox(
        "For Excel in your language: semicolons and decimal commas",
        value=kept,
        disabled=off,
        key="commas",
        help="Excel opens a file with commas and decimal points in one column where people write 1.234,56. Databases "
        "and most other programs want commas and points. The choice is kept for every CSV you download.",
    )
    if chosen != kept:
        preferences.put(user, downloads.COMMAS, chosen or None)
    return chosen


@dataclass(frozen=True, slots=True)
class How:
    """How a CSV file is written: with a mark that says UTF-8, with decimal commas."""

    bom: bool = False
    commas: bool = False


def _download(  # noqa: PLR0913, PLR0917 - what, of which days, how large, how, for whom
    chosen: Export, asked: Ask, found: Preview, form: str, scale: Scale, how: How
) -> None:
    rows = words.scale_count(found.rows, scale)
    size = f", about {_size(found.size, scale)}" if form == _CSV else ""
    st.html(
        f'<p><a class="pl-button" download href="{escape(address(chosen, asked, form, how))}">'
        f"Download {form}</a> <span class='pl-muted'>&ensp;{escape(rows)} rows{escape(size)}</span></p>"
    )


def address(chosen: Export, asked: Ask, form: str, how: How) -> str:
    """Where the file is: a path of this site (lib.api.downloads)."""
    given: dict[str, str | date] = {"account": asked.account, "from": asked.start, "to": asked.end}
    if chosen.cut:
        given["interval"] = asked.interval
    if asked.segment:
        given["segment"] = asked.segment.name
    if how.bom and form == _CSV:
        given["bom"] = "1"
    if how.commas and form == _CSV:
        given["decimal"] = "comma"
    return f"/download/{chosen.name}.{form.lower()}?{urlencode(given)}"


def _size(size: int, scale: Scale) -> str:
    for unit in ("bytes", "KB", "MB"):
        if size < _KILO:
            return f"{size} {unit}"
        size = round(size / _KILO)
    return f"{words.scale_count(size, scale)} GB"


def _look(found: Preview) -> None:
    st.subheader("A look at it", anchor=False)
    if not found.rows:
        st.caption("There are no rows for these days. The file would hold the headings alone.")
        return
    st.dataframe(found.head, hide_index=True, height="content", key="preview", placeholder="")
    if found.rows > found.head.height:
        st.caption(f"The first {found.head.height} rows; the file has them all.")


def _columns(chosen: Export, found: Preview) -> None:
    st.subheader("What the columns mean", anchor=False)
    lines = [Line(column, [meaning]) for column, meaning in glossary.of(chosen, found.head.columns)]
    with st.container(key="glossary"):
        st.html(grid.table(["Column", "Meaning"], lines, "Columns of the file"))
