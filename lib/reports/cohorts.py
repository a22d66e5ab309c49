"""The table of cohorts of an account, and its CSV."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

import polars as pl

from lib.metrics.cohorts import Choice, Measure, Of, cohorts, overall, shown
from lib.metrics.registry import Unit
from lib.metrics.segments import Segment
from lib.reports import books, door, segments, tables


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
    choice = found.choice
    unit = Unit.MONEY if choice.of is Of.REVENUE else Unit.COUNT
    value = Unit.PERCENT if choice.measure is Measure.PERCENT else unit
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("cohort", "age", "size", "value", "unfinished"))
    for row in shown(found.frame, choice.show, choice.measure).iter_rows(named=True):
        writer.writerow(
            (
                row["cohort"].isoformat(),
                row["age"],
                tables.plain(row["size"], unit, found.currency),
                tables.plain(row["shown"], value, found.currency),
                "yes" if row["unfinished"] else "no",
            )
        )
    return out.getvalue()
