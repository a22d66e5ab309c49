"""Reports as CSV: plain numbers in major units, ISO dates, and nothing a spreadsheet would run as a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

import polars as pl

from lib.metrics.registry import Unit
from lib.money import exact_of_micros, major_of_micros
from lib.reports.door import Result, Value

_RISKY = ("=", "+", "-", "@", "\t", "\r")


def plain(value: Value, unit: Unit, currency: str) -> str:
    """A figure as CSV writes it: money in major units with the currency's decimals, ratios as fractions, n/a empty."""
    if value is None:
        return ""
    if unit is Unit.MONEY:
        return f"{major_of_micros(int(value), currency):f}"
    return str(int(value)) if unit is Unit.COUNT else f"{value:.6f}"


def safe(text: str | None) -> str:
    """Text that a spreadsheet shows and never runs: a leading formula sign gets an apostrophe before it."""
    return "" if text is None else f"'{text}" if text.startswith(_RISKY) else text


def metric_csv(result: Result) -> str:
    """``date,value`` or ``date,<by>,value``: one row for every period (and group) asked."""
    unit, currency, by = result.metric.unit, result.currency, result.query.by
    if by is None:
        rows: Iterable[tuple[str, ...]] = (
            (day.isoformat(), plain(value, unit, currency))
            for day, value in result.frame.select("date", "value").iter_rows()
        )
        return _csv(("date", "value"), rows)
    rows = (
        (day.isoformat(), safe(group), plain(value, unit, currency))
        for day, group, value in result.frame.select("date", "group", "value").iter_rows()
    )
    return _csv(("date", by.value, "value"), rows)


def movements_csv(frame: pl.DataFrame, base: str) -> str:
    """``date,type,customer,subscription,plan,currency,amount,amount_base`` with money in major units.

    Amounts are not rounded to cents, so that the rows add up to MRR.
    """
    rows = (
        (
            row["date"].isoformat(),
            row["type"],
            safe(row["customer"]),
            safe(row["subscription"]),
            safe(row["plan"]),
            row["currency"],
            f"{exact_of_micros(row['amount'], row['currency']):f}",
            f"{exact_of_micros(row['amount_base'], base):f}",
        )
        for row in frame.iter_rows(named=True)
    )
    return _csv(tuple(frame.columns), rows)


def _csv(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return out.getvalue()
