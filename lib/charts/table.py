"""A result as a table for people: numbers stay numbers, so that the browser can sort and write them."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from lib.charts import theme
from lib.metrics.registry import Unit
from lib.money import MICRO, exponent

PERIOD = "Period"


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


def table(frame: pl.DataFrame, column: Column, by: str | None, labels: dict[str, str]) -> pl.DataFrame:
    """Newest first: PERIOD (its first day), the group's name if split ``by``, the value, and "so far" where it is so.

    Money in major units with the currency's decimals, percents as fractions.
    """
    value = pl.col("value")
    if column.unit is Unit.MONEY:
        digits = exponent(column.currency)
        value = (value / (MICRO * 10**digits)).round(digits)
    group = {by.capitalize(): pl.col("group").replace(labels)} if by else {}
    so_far = pl.when("unfinished").then(pl.lit(theme.SO_FAR)).otherwise(pl.lit(""))
    columns: dict[str, pl.Expr] = {PERIOD: pl.col("date"), **group, column.heading: value, "": so_far}
    return frame.sort("date", descending=True, maintain_order=True).select(**columns)
