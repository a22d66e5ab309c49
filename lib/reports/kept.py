"""What people of a workspace made, as frames to take along: goals, annotations, notes, segments."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime

import polars as pl

from lib.metrics import catalog
from lib.metrics import segments as matching
from lib.reports import annotations as pinned
from lib.reports import books, goals, segments, tables
from lib.store import notes
from lib.store.engine import reading


def goals_frame(workspace: str, account: str) -> pl.DataFrame:
    """``metric, date, target, currency, created``: money in major units of the currency, ratios as fractions."""
    base = books.ledger(account).base
    found = [(each.unit, goal) for each in catalog.METRICS for goal in goals.of(workspace, account, each.slug, base)]
    rows = [
        (goal.metric, goal.day, tables.plain(goal.target, unit, goal.currency or base), goal.currency, goal.created)
        for unit, goal in found
    ]
    return _frame(rows, {"metric": pl.String, "date": pl.Date, "target": pl.String, "currency": pl.String})


def annotations_frame(workspace: str, account: str, start: date, end: date) -> pl.DataFrame:
    """``date, text, author``, the oldest first."""
    rows = [(each.day, each.text, each.author) for each in pinned.between(workspace, account, start, end)]
    return pl.DataFrame(rows, schema={"date": pl.Date, "text": pl.String, "author": pl.String}, orient="row")


def notes_frame(workspace: str, account: str) -> pl.DataFrame:
    """``customer, text, author, created`` of every customer, the newest first."""
    with reading() as db:
        rows = [(row.customer, row.text, author, row.created) for row, author in notes.every(db, workspace, account)]
    return _frame(rows, {"customer": pl.String, "text": pl.String, "author": pl.String})


def segments_frame(workspace: str) -> pl.DataFrame:
    """``segment, conditions``: the conditions as JSON, as they are kept."""
    rows = [(each.name, json.dumps(matching.to_json(each))) for each in segments.of(workspace)]
    return pl.DataFrame(rows, schema={"segment": pl.String, "conditions": pl.String}, orient="row")


def _frame(rows: Sequence[tuple[object, ...]], schema: dict[str, type[pl.DataType]]) -> pl.DataFrame:
    """With the moment of making (the last of each row, epoch seconds) as ISO text, UTC."""
    made = [(*row[:-1], datetime.fromtimestamp(int(str(row[-1])), UTC).isoformat()) for row in rows]
    return pl.DataFrame(made, schema={**schema, "created": pl.String}, orient="row")
