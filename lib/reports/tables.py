"""Reports as CSV: plain numbers in major units, ISO dates, and nothing a spreadsheet would run as a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

import polars as pl

from lib.metrics.query import By
from lib.metrics.registry import Unit
from lib.money import exact_of_micros, major_of_micros
from lib.reports import cells
from lib.reports.door import Result, Value
from lib.reports.labels import NAMED


def plain(value: Value, unit: Unit, currency: str) -> str:
    """A figure as CSV writes it: money in major units with the currency's decimals, ratios and times with
    six, n/a empty.
    """
    if value is None:
        return ""
    if unit is Unit.MONEY:
        return f"{major_of_micros(int(value), currency):f}"
    return str(int(value)) if unit is Unit.COUNT else f"{value:.6f}"


def exact(value: Value, unit: Unit, currency: str) -> str:
    """As ``plain``, but money unrounded: the currency's decimals, and more where the amount has them."""
    if unit is Unit.MONEY and value is not None:
        return f"{exact_of_micros(int(value), currency):f}"
    return plain(value, unit, currency)


def safe(text: str | None) -> str:
    """Text that a spreadsheet shows and never runs: see cells.disarmed. Empty for None."""
    return "" if text is None else cells.disarmed(text)


def metric_csv(result: Result) -> str:
    """``date,value``, or ``date,<by>,value`` when it is split (prices and customers with their ``label`` before the
    value): one row for every period (and group) asked.

    Money of a split whose parts add up is not rounded to cents, so that its rows add up to the whole.
    """
    by = result.query.by
    if by is None:
        return _csv(("date", "value"), _whole(result))
    named = ("label",) if by in NAMED else ()
    return _csv(("date", by.value, *named, "value"), _split(result, by))


def unrounded(result: Result) -> bool:
    """Whether its CSV has money with more decimals than the currency: of groups that add up to the whole."""
    return result.query.by is not None and result.metric.additive and result.metric.unit is Unit.MONEY


def _whole(result: Result) -> Iterator[tuple[str, ...]]:
    for day, value in result.frame.select("date", "value").iter_rows():
        yield day.isoformat(), plain(value, result.metric.unit, result.currency)


def _split(result: Result, by: By) -> Iterator[tuple[str, ...]]:
    write = exact if unrounded(result) else plain
    for day, group, value in result.frame.select("date", "group", "value").iter_rows():
        label = (safe(result.labels.get(group, group)),) if by in NAMED else ()
        yield day.isoformat(), safe(group), *label, write(value, result.metric.unit, result.currency)


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
