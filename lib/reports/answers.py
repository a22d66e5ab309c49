"""Figures as JSON values, for the command line and the API: money in major units, ratios as fractions, n/a as null."""

from __future__ import annotations

from typing import Any

import polars as pl

from lib.metrics.registry import Unit
from lib.money import exact_of_micros, major_of_micros
from lib.reports import arriving
from lib.reports.door import Result, Value

Answer = dict[str, Any]


def metric_answer(result: Result, *, partial: bool = False) -> Answer:
    """All of a Result: what was asked, one row for every period (and group), the total and the span before.

    ``partial``: the history is still arriving, which a note says.
    """
    query, unit, currency = result.query, result.metric.unit, result.currency
    return {
        "account": result.account,
        "metric": result.metric.slug,
        "name": result.metric.name,
        "unit": unit.value,
        "currency": currency if unit is Unit.MONEY else None,
        "from": query.start.isoformat(),
        "to": query.end.isoformat(),
        "interval": query.interval.value,
        "by": query.split,
        "segment": result.segment.name if result.segment else None,
        "total": number(result.total, unit, currency),
        "previous": number(result.previous, unit, currency),
        "change": result.change,
        "rows": [_row(row, result) for row in result.frame.iter_rows(named=True)],
        "notes": [*([arriving.NOTE] if partial else []), *result.notes],
    }


def movements_answer(frame: pl.DataFrame, base: str) -> list[Answer]:
    """The ledger's rows; ``amount`` in the row's currency, ``amount_base`` in ``base``."""
    return [
        row
        | {
            "date": row["date"].isoformat(),
            "amount": float(exact_of_micros(row["amount"], row["currency"])),
            "amount_base": float(exact_of_micros(row["amount_base"], base)),
        }
        for row in frame.iter_rows(named=True)
    ]


def number(value: Value, unit: Unit, currency: str) -> Value:
    """A figure as a JSON number; money in major units prints with at most its currency's decimals."""
    return float(major_of_micros(int(value), currency)) if unit is Unit.MONEY and value is not None else value


def _row(row: dict[str, Any], result: Result) -> Answer:
    by = result.query.by
    return {
        "date": row["date"].isoformat(),
        **({by.value: row["group"], "label": result.labels.get(row["group"], row["group"])} if by else {}),
        "value": number(row["value"], result.metric.unit, result.currency),
        "unfinished": row["unfinished"],
    }
