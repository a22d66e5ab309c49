"""A result as a table for people: numbers stay numbers, so that the browser can sort and write them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from lib.charts import theme, time_axis
from lib.metrics.registry import Unit
from lib.money import MICRO, exponent
from lib.periods import Interval

PERIOD, NOTE = "Period", "Note"


@dataclass(frozen=True, slots=True)
class Column:
    """The column of values: the metric's ``name``, its unit, its currency (lower case) when it is money, and the locale
    of what is said of it.
    """

    name: str
    unit: Unit
    currency: str
    locale: str = "en_US"

    @property
    def heading(self) -> str:
        """The metric, with its currency when it is money."""
        return f"{self.name} ({self.currency.upper()})" if self.unit is Unit.MONEY else self.name


def table(
    frame: pl.DataFrame,
    column: Column,
    by: str | None,
    labels: dict[str, str],
    cut: tuple[date, Interval] | None = None,
) -> pl.DataFrame:
    """Newest first, then largest: PERIOD (its first day), the group's name if split ``by``, the value, and a note.

    The note is that of ``note``. Money in major units with the currency's decimals, percents as fractions.
    """
    value = pl.col("value")
    if column.unit is Unit.MONEY:
        digits = exponent(column.currency)
        value = (value / (MICRO * 10**digits)).round(digits)
    group = {by.capitalize(): pl.col("group").replace(labels)} if by else {}
    said = note(frame, cut, column.locale)
    columns: dict[str, pl.Expr] = {PERIOD: pl.col("date"), **group, column.heading: value, NOTE: said}
    order = ["date", "value"] if by else ["date"]
    return frame.sort(order, descending=True, nulls_last=True, maintain_order=True).select(**columns)


def noted(frame: pl.DataFrame, end: date, interval: Interval, locale: str) -> pl.DataFrame:
    """``frame`` (date, unfinished, anything) with a NOTE to each period in the place of ``unfinished``; the span ends
    on ``end``.
    """
    return frame.with_columns(unfinished=note(frame, (end, interval), locale)).rename({"unfinished": NOTE})


def note(frame: pl.DataFrame, cut: tuple[date, Interval] | None, locale: str) -> pl.Expr:
    """Of each period of ``frame``: "so far", or which of its days are meant where the span (it ends on ``cut``'s day)
    cuts it.
    """
    notes = {day: time_axis.part(day, cut[1], cut[0], locale) for day in frame["date"].unique()} if cut else {}
    part = pl.col("date").replace_strict(notes, default="", return_dtype=pl.String)
    return pl.when("unfinished").then(pl.lit(theme.SO_FAR)).otherwise(part)
