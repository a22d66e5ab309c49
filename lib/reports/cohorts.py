"""The table of cohorts of an account, and its CSV."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

from lib.metrics.cohorts import Choice, Measure, Of, cohorts, overall, shown
from lib.metrics.registry import Unit
from lib.metrics.segments import Segment
from lib.reports import books, door, export, segments, tables


@dataclass(frozen=True, slots=True)
class Cohorts:
    """The answer: ``frame`` (see lib.metrics.cohorts.COHORTS) of every cohort, and all of them together by age."""

    choice: Choice
    currency: str
    frame: pl.DataFrame
    total: pl.DataFrame
    """See lib.metrics.cohorts.overall: over every cohort, also those that a page leaves out."""
    notes: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """How many cohorts there are."""
        return self.frame["cohort"].n_unique()

    def newest(self, most: int) -> pl.DataFrame:
        """The rows of the ``most`` newest cohorts."""
        return self.frame.filter(pl.col("cohort").is_in(self.frame["cohort"].unique().sort().tail(most).implode()))


def table(account: str, choice: Choice, segment: Segment | None = None) -> Cohorts:
    """Every cohort of an account, or of a segment of its customers, by now; those that the plan shows.

    Raises UnknownAccount, NotSyncedYet, LedgerBroken.
    """
    ledger = segments.ledger(account, segment)
    frame = books.shown(account, ledger, cohorts(ledger, choice.of, choice.every), "cohort")
    return Cohorts(choice, ledger.base, frame, overall(frame), door.notes(ledger))


def as_csv(found: Cohorts) -> str:
    """``cohort,age,size,value,unfinished``: one row for each cell, cohorts by their first day (ISO).

    Sizes are customers, or starting MRR in major units; values are what was chosen to show, shares as fractions, n/a
    empty. Cells of a period that still runs say ``yes``.
    """
    return export.csv(written(found))


def written(found: Cohorts) -> pl.DataFrame:
    """The same as a frame: the cohort is a date, its age a whole number, sizes and values are exact text."""
    choice = found.choice
    unit = Unit.MONEY if choice.of is Of.REVENUE else Unit.COUNT
    value = Unit.PERCENT if choice.measure is Measure.PERCENT else unit
    rows = [
        (
            row["cohort"],
            row["age"],
            tables.plain(row["size"], unit, found.currency) or None,
            tables.plain(row["shown"], value, found.currency) or None,
            "yes" if row["unfinished"] else "no",
        )
        for row in shown(found.frame, choice.show, choice.measure).iter_rows(named=True)
    ]
    return pl.DataFrame(rows, schema=_WRITTEN, orient="row")


_WRITTEN: Final = {
    "cohort": pl.Date,
    "age": pl.Int64,
    "size": pl.String,
    "value": pl.String,
    "unfinished": pl.String,
}
