"""What people of a workspace made or chose, as frames to take along: goals, annotations, notes, calls, segments, views,
rates, rules. None of it needs the ledger: it is one's own of an account that is not shown any more, too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal

import polars as pl

from lib.metrics import catalog
from lib.metrics import segments as matching
from lib.metrics.registry import Unit
from lib.money import exponent
from lib.reports import annotations as pinned
from lib.reports import books, segments, tables
from lib.store import frames_taken, notes, rates, rules, views
from lib.store.engine import reading
from lib.store.tables import Goal


def goals_frame(workspace: str, account: str) -> pl.DataFrame:
    """``metric, date, target, currency, created``: money in major units of the currency, ratios as fractions. A goal
    that names no currency (empty) is in whatever is reported in.
    """
    units = {each.slug: each.unit for each in catalog.METRICS}
    order = {slug: place for place, slug in enumerate(units)}
    with reading() as db:
        found = sorted(frames_taken.goals(db, workspace, account), key=lambda each: order.get(each.metric, len(order)))
    rows = [
        (each.metric, date.fromisoformat(each.day), *_target(each, units.get(each.metric)), each.created)
        for each in found
    ]
    return _frame(rows, {"metric": pl.String, "date": pl.Date, "target": pl.String, "currency": pl.String})


def _target(goal: Goal, unit: Unit | None) -> tuple[str, str | None]:
    """What is to be reached, and the currency of it; as it was typed where neither tells how to write it."""
    if unit is Unit.MONEY and goal.currency:
        micros = int(Decimal(goal.target).scaleb(6 + exponent(goal.currency)))
        return tables.plain(micros, unit, goal.currency), goal.currency
    if unit in {Unit.MONEY, None}:
        return goal.target, None
    return tables.plain(float(goal.target), unit, ""), None


def annotations_frame(workspace: str, account: str, start: date, end: date) -> pl.DataFrame:
    """``date, text, author``, the oldest first."""
    rows = [(each.day, each.text, each.author) for each in pinned.between(workspace, account, start, end)]
    return pl.DataFrame(rows, schema={"date": pl.Date, "text": pl.String, "author": pl.String}, orient="row")


def notes_frame(workspace: str, account: str) -> pl.DataFrame:
    """``customer, text, author, created`` of every customer, the newest first."""
    with reading() as db:
        rows = [(row.customer, row.text, author, row.created) for row, author in notes.every(db, workspace, account)]
    return _frame(rows, {"customer": pl.String, "text": pl.String, "author": pl.String})


def calls_frame(workspace: str, account: str) -> pl.DataFrame:
    """``customer, date, author, created`` of every call, the newest first."""
    with reading() as db:
        found = frames_taken.calls(db, workspace, account)
        rows = [(row.customer, date.fromisoformat(row.day), author, row.created) for row, author in found]
    return _frame(rows, {"customer": pl.String, "date": pl.Date, "author": pl.String})


def rates_frame(account: str) -> pl.DataFrame:
    """``currency, base, date, rate, source`` of the owner's own exchange rates."""
    return books.rates_of(account)


def rules_frame(account: str) -> pl.DataFrame:
    """``currency, timezone, rules, rules_before, rates_url``, one row: how the account is counted, and how it was
    before, as JSON; where its rates are read from.
    """
    with reading() as db:
        found, address = rules.of(db, account), rates.address(db, account)
    row = found.currency, found.timezone, _json(found.rules), _json(found.before), address
    names = ("currency", "timezone", "rules", "rules_before", "rates_url")
    return pl.DataFrame([row], schema=dict.fromkeys(names, pl.String), orient="row")


def _json(value: object) -> str | None:
    return None if value is None else json.dumps(value)


def views_frame(workspace: str, reader: str) -> pl.DataFrame:
    """``view, page, query, shared, author, created``: the team's views and the reader's own (a user's id), by name."""
    with reading() as db:
        found = views.of(db, workspace, reader)
        rows = [(row.name, row.page, _json(row.query or {}), row.shared, author, row.created) for row, author in found]
    text = dict.fromkeys(("view", "page", "query"), pl.String)
    return _frame(rows, {**text, "shared": pl.Boolean, "author": pl.String})


def segments_frame(workspace: str) -> pl.DataFrame:
    """``segment, conditions``: the conditions as JSON, as they are kept."""
    rows = [(each.name, json.dumps(matching.to_json(each))) for each in segments.of(workspace)]
    return pl.DataFrame(rows, schema={"segment": pl.String, "conditions": pl.String}, orient="row")


def _frame(rows: Sequence[tuple[object, ...]], schema: Mapping[str, type[pl.DataType]]) -> pl.DataFrame:
    """With the moment of making (the last of each row, epoch seconds) as ISO text, UTC."""
    made = [(*row[:-1], datetime.fromtimestamp(int(str(row[-1])), UTC).isoformat()) for row in rows]
    return pl.DataFrame(made, schema={**schema, "created": pl.String}, orient="row")
