"""The table of cohorts in words: each figure as written in its cell, and in a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Final

import polars as pl
from babel.dates import format_date, format_skeleton

from lib.charts.scale import NOT_AVAILABLE, Scale
from lib.metrics.cohorts import Choice, Every, Measure, Of, Show, shown
from lib.metrics.registry import Unit

ALL: Final = "All cohorts"
_HALF: Final = 1e-9
"""Lifts 12.5% over the half, so that it is written as 13% and not, half to even, as 12%."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure: as written, in a sentence, its share (null: not available), and whether its period still runs."""

    text: str
    sentence: str
    share: float | None
    unfinished: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A cohort by name, what it started with, and its cells from age 0 on."""

    label: str
    size: str
    cells: tuple[Cell, ...]


_KEPT: Final = 4096
"""Names of days kept: three years of weekly cohorts are twelve thousand cells, but a few hundred days."""


@lru_cache(maxsize=_KEPT)
def label(cohort: date, every: Every, locale: str) -> str:
    """A cohort by its first day, short: ``Mar 2026``, ``Q1 2026``, ``Mar 2, 2026`` for a week."""
    match every:
        case Every.MONTH:
            return str(format_skeleton("yMMM", cohort, locale=locale))
        case Every.QUARTER:
            return str(format_skeleton("yQQQ", cohort, locale=locale))
        case Every.WEEK:
            return _day(cohort, locale)


@lru_cache(maxsize=_KEPT)
def _day(day: date, locale: str) -> str:
    return str(format_date(day, "medium", locale=locale))


def rows(frame: pl.DataFrame, total: pl.DataFrame, choice: Choice, money: Scale) -> list[Row]:
    """The table for people: first ALL from ``total`` (see metrics.cohorts.overall), then each cohort of ``frame``.

    ``money`` is the scale of the reporting currency in the reader's locale. Columns beyond the oldest cohort of
    ``frame`` are left out of the total too.
    """
    if frame.is_empty():
        return []
    write = _Writer(choice, money)
    deepest = frame["age"].max()
    whole = shown(total.filter(pl.col("age") <= deepest), choice.show, choice.measure).rows(named=True)
    found = [Row(ALL, write.size(whole[0]["size"]), tuple(write.cell(row, write.of_all(row)) for row in whole))]
    for part in shown(frame, choice.show, choice.measure).partition_by("cohort", maintain_order=True):
        cells = part.sort("age").rows(named=True)
        name = label(cells[0]["cohort"], choice.every, money.locale)
        found.append(Row(name, write.size(cells[0]["size"]), tuple(write.cell(r, write.of_one(r)) for r in cells)))
    return found


@dataclass(frozen=True, slots=True)
class _Writer:
    """Figures and sentences of one table."""

    choice: Choice
    money: Scale

    def size(self, raw: int) -> str:
        return self.money.card(raw) if self.choice.of is Of.REVENUE else self._exact(raw)

    def cell(self, row: dict[str, Any], sentence: str) -> Cell:
        left = row["value"] / row["size"] if row["size"] else None
        share = left if left is None or self.choice.show is Show.RETENTION else 1 - left
        return Cell(self._short(row["shown"]), sentence, share, row["unfinished"])

    def of_one(self, row: dict[str, Any]) -> str:
        name = label(row["cohort"], self.choice.every, self.money.locale)
        when = "the week of " + name if self.choice.every is Every.WEEK else name
        size = self._exact(row["size"])
        people = "1 customer" if row["size"] == 1 else f"{size} customers"
        began = (
            f"{people} first paid in {when}."
            if self.choice.of is Of.CUSTOMERS
            else f"Customers who first paid in {when} began with {size} of MRR."
        )
        day = _day(row["end"], self.money.locale)
        until = f"So far, on {day}" if row["unfinished"] else f"On {day}"
        return f"{began}<br>{until}, {self._became(row)}."

    def of_all(self, row: dict[str, Any]) -> str:
        which = "The one cohort" if row["cohorts"] == 1 else f"The {row['cohorts']} cohorts"
        with_ = "customers" if self.choice.of is Of.CUSTOMERS else "of MRR"
        age = aged(row["age"], self.choice.every)
        return f"{which} as old as {age} began with {self._exact(row['size'])} {with_}.<br>Then {self._became(row)}."

    def _became(self, row: dict[str, Any]) -> str:
        size, left = row["size"], row["value"]
        kept = self.choice.show is Show.RETENTION
        amount = left if kept else size - left
        share = f" ({self.money.percent(abs(amount) / size)})" if size else ""
        if self.choice.of is Of.CUSTOMERS:
            return f"{self._exact(amount)} of them{share} {'were active' if kept else 'were gone'}"
        if kept:
            return f"they paid {self._exact(amount)} of MRR{share}"
        return f"{self._exact(abs(amount))}{share} {'was gone' if amount >= 0 else 'more was paid'}"

    def _exact(self, raw: int) -> str:
        return self.money.text(raw) if self.choice.of is Of.REVENUE else _count(self.money).text(raw)

    def _short(self, value: float | None) -> str:
        if value is None:
            return NOT_AVAILABLE
        if self.choice.measure is Measure.PERCENT:
            return _percents(self.money).tick(round(value + _HALF, 2))
        if self.choice.of is Of.CUSTOMERS:
            return self._exact(int(value))
        return self.money.tick(round(value * self.money.factor))


def _count(money: Scale) -> Scale:
    return Scale(Unit.COUNT, money.currency, money.locale)


def _percents(money: Scale) -> Scale:
    return Scale(Unit.PERCENT, money.currency, money.locale)


def aged(age: int, every: Every) -> str:
    """An age in words: ``month 3``."""
    return f"{every} {age}"


def alt(table: list[Row], choice: Choice) -> str:
    """Like ``Customer retention of 24 cohorts by month: all cohorts together 100% at month 0, 81% at month 3``."""
    if len(table) < 2:  # noqa: PLR2004 - all cohorts, and at least one
        return "Nobody has paid yet, so there are no cohorts."
    whole, cohorts = table[0], len(table) - 1
    last = len(whole.cells) - 1
    at = sorted({0, min(1, last), min(3, last), min(6, last), min(12, last), last})
    parts = ", ".join(f"{whole.cells[age].text} at {aged(age, choice.every)}" for age in at)
    name = f"{'Customer' if choice.of is Of.CUSTOMERS else 'Revenue'} {choice.show}"
    count = "1 cohort" if cohorts == 1 else f"{cohorts} cohorts"
    return f"{name} of {count} by {choice.every}: all cohorts together {parts}."
