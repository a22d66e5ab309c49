"""The page of cohorts: who stays, by when they first paid, as a heat map and as a table."""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache
from html import escape
from typing import Final, TypeVar

import streamlit as st

from lib.charts import cohorts as cells
from lib.charts import heatmap
from lib.charts.cohorts import Row
from lib.charts.theme import palette
from lib.metrics.cohorts import Choice, Every, Measure, Of, Show
from lib.reports import cohorts as report
from lib.reports.cohorts import Cohorts
from lib.web import downloads, filters, grid, one_time, segment_picker, words
from lib.web.figures import Book
from lib.web.grid import Line
from lib.web.overview import PLOT
from lib.web.reader import Reader
from lib.web.standing import Standing, stand

MOST: Final = 24
"""Cohorts shown until the reader asks for all."""


def show() -> None:
    """The whole page."""
    at = stand("Cohorts", _explain)
    one_time.instead(at)
    at, choice = _choose(at)
    found = _table(at.book, choice)
    if not found.count:
        st.info("Nobody has paid yet, so there are no cohorts. The first payment of a subscription starts one.")
        return
    st.markdown(sentence(choice))
    everything = found.count > MOST and _ask_for_all(found.count, choice)
    rows = _rows(at.book, choice, at.reader, found.count if everything else MOST)
    _map(at, rows, choice)
    for note in at.unsaid(found.notes):
        st.caption(words.plain(note))
    _figures(at, found, rows, choice)


def _explain() -> None:
    with st.popover("", icon=":material/info:", type="tertiary", help="How it is computed", key="formula"):
        st.write(
            "A cohort is everyone who first paid in the same week, month or quarter. Customers who leave and "
            "return stay in their first cohort. A customer counts as active in a period if active at its end."
        )
        st.caption(
            "Revenue is the MRR of a cohort's customers at the end of each period, against what each of them began "
            "with on the first day; it can exceed 100%. “All cohorts” adds up every cohort that is old enough: it "
            "is not an average of percentages."
        )


T = TypeVar("T", bound=StrEnum)


def _choose(at: Standing) -> tuple[Standing, Choice]:
    kinds: tuple[tuple[str, type[StrEnum]], ...] = (("of", Of), ("show", Show), ("as", Measure), ("every", Every))
    for key, kind in kinds:
        filters.told_unknown(key, kind)
    summary = st.empty()
    with st.container(key="filters", horizontal=True, gap="small"):
        choice = Choice(
            _control("Of", "of", Of, Of.CUSTOMERS),
            _control("Show", "show", Show, Show.RETENTION),
            _control("As", "as", Measure, Measure.PERCENT),
            _control("By", "every", Every, Every.MONTH),
        )
        at = segment_picker.choose("cohorts", at)
    said = f"{choice.of.capitalize()}, {choice.show} in {'percent' if choice.measure is Measure.PERCENT else 'figures'}"
    summary.html(f"<details class='pl-filters'><summary>{escape(said)}, by {choice.every}</summary></details>")
    segment_picker.told("cohorts", at)
    return at, choice


def _control(name: str, key: str, kind: type[T], default: T) -> T:
    chosen = st.segmented_control(name, list(kind), default=default, required=True, key=key, bind="query-params")
    return kind(chosen or default)


def _ask_for_all(count: int, choice: Choice) -> bool:
    left, right = st.columns([3, 1], vertical_alignment="center")
    everything = right.toggle(f"Show all {count} cohorts", key="all", bind="query-params")
    left.caption(
        f"All {count} cohorts are shown."
        if everything
        else f"The newest {MOST} of {count} cohorts are shown, by {choice.every}. “{cells.ALL}” counts every one."
    )
    return everything


def _map(at: Standing, rows: tuple[Row, ...], choice: Choice) -> None:
    figure = heatmap.heatmap(list(rows), choice, palette(at.reader.mode))
    with st.container(key="heat"), st.container(width=figure.layout.width):
        st.plotly_chart(
            figure,
            theme=None,
            config=PLOT,
            alt=cells.alt(list(rows), choice),
            key="chart",
        )
    st.caption(f"A dotted outline marks a {choice.every} that still runs: its figure is as of today.")


def _figures(at: Standing, found: Cohorts, rows: tuple[Row, ...], choice: Choice) -> None:
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.subheader("Figures", anchor=False)
        downloads.csv(
            "Download CSV",
            lambda: report.as_csv(found),
            downloads.csv_name(f"cohorts-{choice.of}-{choice.show}-by-{choice.every}", segment=at.book.segment),
            "cohorts-csv",
        )
    with st.expander("The same as a table"):
        st.caption(f"A star marks a {choice.every} that still runs.")
        st.html(html(rows, choice))


@lru_cache(maxsize=32)
def _table(key: Book, choice: Choice) -> Cohorts:
    """As reports.cohorts.table, kept while the account's data stays the same."""
    return report.table(key.account, choice, key.segment)


@lru_cache(maxsize=32)
def _rows(key: Book, choice: Choice, reader: Reader, most: int) -> tuple[Row, ...]:
    found = _table(key, choice)
    return tuple(cells.rows(found.newest(most), found.total, choice, reader.money(key.currency)))


def sentence(choice: Choice) -> str:
    """What the page shows, in plain English."""
    every = choice.every
    if choice.of is Of.CUSTOMERS:
        kept = "were still active" if choice.show is Show.RETENTION else "were gone"
        what = "how many" if choice.measure is Measure.COUNT else "what share"
        return f"Of the customers who first paid in a {every}, {what} {kept} at the end of each {every} since."
    if choice.show is Show.RETENTION:
        what = "how much MRR was left" if choice.measure is Measure.COUNT else "what share of its first MRR was left"
    else:
        what = "how much MRR was lost" if choice.measure is Measure.COUNT else "what share of its first MRR was lost"
    grown = "" if choice.show is Show.RETENTION else " Below zero: upgrades outweighed the losses."
    return (
        f"Of everyone who first paid in a {every}, {what} at the end of each {every} since, upgrades included.{grown}"
    )


def html(rows: tuple[Row, ...], choice: Choice) -> str:
    """The figures as a table: a row for each cohort, a column for each age; ``*`` where a period still runs."""
    ages = max(len(row.cells) for row in rows)
    size = "Customers" if choice.of is Of.CUSTOMERS else "First MRR"
    heads = ["Cohort", size, *(cells.aged(age, choice.every).capitalize() for age in range(ages))]
    return grid.table(heads, [_line(row, ages) for row in rows], "Cohorts as a table")


def _line(row: Row, ages: int) -> Line:
    whole = row.label == cells.ALL
    texts = [cell.text + ("*" if cell.unfinished and not whole else "") for cell in row.cells]
    return Line(row.label, [row.size, *texts, *[""] * (ages - len(texts))], "pl-sum" if whole else "")
