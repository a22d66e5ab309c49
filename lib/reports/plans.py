"""The plans of an account, row by row, and their CSV."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, fields
from typing import Final

import polars as pl

from lib.metrics import plans as metrics
from lib.metrics.plans import Level
from lib.metrics.registry import Unit
from lib.metrics.segments import Segment
from lib.reports import door, segments, tables


@dataclass(frozen=True, slots=True)
class Plan:
    """One row: see lib.metrics.plans.PLANS. Money in micros of the reporting currency."""

    group: str
    label: str
    mrr: int
    share: float | None
    customers: int
    arpu: int | None
    new_customers: int
    churned_customers: int
    new_mrr: int
    churned_mrr: int
    churn_rate: float | None


@dataclass(frozen=True, slots=True)
class Plans:
    """The answer: each plan, the largest first, and all together."""

    level: Level
    currency: str
    rows: tuple[Plan, ...]
    total: Plan
    notes: tuple[str, ...] = ()

    @property
    def held(self) -> tuple[Plan, ...]:
        """Plans with customers today."""
        return tuple(row for row in self.rows if row.customers)

    @property
    def empty(self) -> tuple[Plan, ...]:
        """Plans with nobody on them today."""
        return tuple(row for row in self.rows if not row.customers)


def table(account: str, level: Level, segment: Segment | None = None) -> Plans:
    """Every plan of an account as it stands; ``segment``: with these customers alone.

    Raises UnknownAccount, NotSyncedYet, LedgerBroken.
    """
    ledger = segments.ledger(account, segment)
    (total,) = _rows(metrics.total(ledger))
    return Plans(level, ledger.base, _rows(metrics.plans(ledger, level)), total, door.notes(ledger))


def _rows(frame: pl.DataFrame) -> tuple[Plan, ...]:
    return tuple(Plan(**row) for row in frame.iter_rows(named=True))


UNITS: Final = {
    "mrr": Unit.MONEY,
    "share": Unit.PERCENT,
    "customers": Unit.COUNT,
    "arpu": Unit.MONEY,
    "new_customers": Unit.COUNT,
    "churned_customers": Unit.COUNT,
    "new_mrr": Unit.MONEY,
    "churned_mrr": Unit.MONEY,
    "churn_rate": Unit.PERCENT,
}
"""The unit of each figure of a row."""


def as_csv(found: Plans) -> str:
    """One row for each plan, its id or name first: money in major units, shares as fractions, n/a empty."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow((found.level, *(field.name for field in fields(Plan)[1:])))
    for row in found.rows:
        figures = (tables.plain(getattr(row, name), unit, found.currency) for name, unit in UNITS.items())
        writer.writerow((tables.safe(row.group), tables.safe(row.label), *figures))
    return out.getvalue()
