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
    """The column of values: the metric's ``name``, its unit, and its currency (lower case) when it is money."""

    name: str
    unit: Unit
    currency: str

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

    The note says "so far", or which days of its period are meant where the span (it ends on ``cut``'s day) cuts it.
    Money in major units with the currency's decimals, percents as fractions.
    """
    value = pl.col("value")
    if column.unit is Unit.MONEY:
        digits = exponent(column.currency)
        value = (value / (MICRO * 10**digits)).round(digits)
    group = {by.capitalize(): pl.col("group").replace(labels)} if by else {}
    notes = {day: time_axis.part(day, cut[1], cut[0]) for day in frame["date"].unique()} if cut else {}
    part = pl.col("date").replace_strict(notes, default="", return_dtype=pl.String)
    note = pl.when("unfinished").then(pl.lit(theme.SO_FAR)).otherwise(part)
    columns: dict[str, pl.Expr] = {PERIOD: pl.col("date"), **group, column.heading: value, NOTE: note}
    order = ["date", "value"] if by else ["date"]
    return frame.sort(order, descending=True, nulls_last=True, maintain_order=True).select(**columns)
