"""What can be taken along as a file, declared once: figures, reports and Stripe's own objects, in batches.

A batch is a frame *as written*: money in major units as exact text (``numbers`` names those columns), days as ISO. CSV
writes it as it is; Parquet turns ``numbers`` into decimals. Stripe's objects come a chunk at a time, so that a file of
any size needs the memory of one chunk.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Final

import polars as pl

from lib.errors import UnknownExport
from lib.ledger.build import Ledger
from lib.metrics import catalog
from lib.metrics.cohorts import Choice
from lib.metrics.plans import Level
from lib.metrics.query import Query
from lib.metrics.registry import Metric, Unit
from lib.metrics.segments import Segment
from lib.periods import Interval, Period, period_start, periods
from lib.reports import (
    benchmarks,
    books,
    cancellations,
    cash_flow,
    cohorts,
    customers,
    door,
    export,
    failed,
    failed_tables,
    forecast,
    homes,
    kept,
    movements,
    plans,
    segments,
    sheets,
    tables,
    trials,
)

BOM: Final = "\ufeff"
"""What tells Excel that a file is UTF-8; other programs skip it."""
_DECIMAL: Final = pl.Decimal(38, 9)


@dataclass(frozen=True, slots=True)
class Ask:
    """Whose data, of which days (both included, the account's), cut how; ``segment`` where the export knows one."""

    account: str
    start: date
    end: date
    interval: Interval = Interval.MONTH
    segment: Segment | None = None
    workspace: str = ""
    """Whose goals, annotations, notes and segments."""
    reader: str = ""
    """The user whose own views are taken along beside the team's."""

    @property
    def query(self) -> Query:
        """The same as a question to a metric. Raises BadRange."""
        return Query(self.start, self.end, self.interval)


Batches = Callable[[Ask], Iterator[pl.DataFrame]]
Look = Callable[[Ask, int], tuple[int, pl.DataFrame]]


@dataclass(frozen=True)
class Export:
    """One thing to take along. ``dated``: whether the days matter, else it is as of today; ``cut``: whether the
    interval does; ``segmented``: whether it can be of a segment's customers alone; ``bounded``: whether there is only
    something of the days that the account's figures are of.
    """

    name: str
    title: str
    about: str
    batches: Batches
    dated: bool = True
    cut: bool = False
    segmented: bool = False
    bounded: bool = False
    numbers: tuple[str, ...] = ()
    look: Look | None = None
    """How many rows a file has and the first so many, where that is to be had without making all of it."""


PERIODS: Final = 100
"""Periods of the wide table that are computed at once."""
MOST_PERIODS: Final = 5_000
"""Periods that one file has at most: days of more than thirteen years."""
ROWS: Final = 5_000
"""Rows of a report that are written out at once: as text they take many times the room."""


def _figures(ask: Ask) -> Iterator[pl.DataFrame]:
    spans = list(periods(ask.start, ask.end, ask.interval))
    door.metric(ask.account, catalog.METRICS[0].slug, ask.query, ask.segment)  # raises for the whole span, not midway
    for first in range(0, len(spans), PERIODS):
        yield _wide(ask, spans[first : first + PERIODS])


def _wide(ask: Ask, spans: Sequence[Period]) -> pl.DataFrame:
    """Every metric in some periods of the span."""
    query = Query(spans[0].start, spans[-1].end, ask.interval)
    results = [door.metric(ask.account, metric.slug, query, ask.segment) for metric in catalog.METRICS]
    first = results[0].frame.select("date", "unfinished")
    return first.with_columns(_written(result.frame["value"], result.metric, result.currency) for result in results)


def _look_at_figures(ask: Ask, most: int) -> tuple[int, pl.DataFrame]:
    door.metric(ask.account, catalog.METRICS[0].slug, ask.query, ask.segment)
    spans = list(periods(ask.start, ask.end, ask.interval))
    return len(spans), _wide(ask, spans[:most])


def _written(values: pl.Series, metric: Metric, currency: str) -> pl.Series:
    texts = [tables.plain(value, metric.unit, currency) or None for value in values]
    kind = pl.Int64 if metric.unit is Unit.COUNT else pl.String
    return pl.Series(metric.slug, texts, pl.String).cast(kind)


def _movements(ask: Ask) -> Iterator[pl.DataFrame]:
    found = movements.of(ask.account, ask.start, ask.end, ask.segment)
    for part in _parts(found.rows.reverse()):
        yield _moved(part, found.base)


def _look_at_movements(ask: Ask, most: int) -> tuple[int, pl.DataFrame]:
    found = movements.of(ask.account, ask.start, ask.end, ask.segment)
    return found.rows.height, _moved(found.rows.reverse().head(most), found.base)


def _moved(rows: pl.DataFrame, base: str) -> pl.DataFrame:
    return rows.select(
        "date", "type", "customer", "name", "email", "subscription", "plan", "label", "currency",
        sheets.exact_each("amount"), sheets.exact("amount_base", base), base=pl.lit(base),
        **{name: pl.col(name) for name in homes.columns(rows)},
    )  # fmt: skip


def _parts(rows: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """ROWS at a time; at least one part, if need be without rows."""
    return rows.iter_slices(ROWS) if rows.height else iter((rows,))


def _customers(ask: Ask) -> Iterator[pl.DataFrame]:
    base = segments.ledger(ask.account).base
    for part in _parts(customers.of(ask.account, ask.segment)):
        yield customers.written(part, base)


def _look_at_customers(ask: Ask, most: int) -> tuple[int, pl.DataFrame]:
    found = customers.of(ask.account, ask.segment)
    return found.height, customers.written(found.head(most), segments.ledger(ask.account).base)


def _plans(ask: Ask) -> Iterator[pl.DataFrame]:
    found, units = plans.table(ask.account, Level.PLAN, ask.segment), plans.UNITS.items()
    rows = [
        (
            row.group,
            row.label,
            *(tables.plain(getattr(row, name), unit, found.currency) or None for name, unit in units),
        )
        for row in found.rows
    ]
    names = ["plan", "label", *plans.UNITS]
    frame = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")
    yield frame.with_columns(base=pl.lit(found.currency))


def _trials(ask: Ask) -> Iterator[pl.DataFrame]:
    yield trials.running_written(trials.of(ask.account, ask.segment))


def _cash(ask: Ask) -> Iterator[pl.DataFrame]:
    found = cash_flow.of(ask.account, ask.query)
    money = [sheets.exact(name, found.base) for name in cash_flow.FLOW.names()[2:]]
    yield found.periods.with_columns(*money, base=pl.lit(found.base))


def _payouts(ask: Ask) -> Iterator[pl.DataFrame]:
    yield cash_flow.of(ask.account, ask.query).payouts.with_columns(sheets.exact_each("amount"))


def _failed(ask: Ask) -> Iterator[pl.DataFrame]:
    yield failed_tables.unresolved_written(failed.of(ask.account))


def _cohorts(ask: Ask) -> Iterator[pl.DataFrame]:
    yield cohorts.written(cohorts.table(ask.account, Choice(), ask.segment))


def _cancellations(ask: Ask) -> Iterator[pl.DataFrame]:
    yield cancellations.written(cancellations.table(ask.account, ask.start, ask.end, ask.segment))


def _benchmarks(ask: Ask) -> Iterator[pl.DataFrame]:
    yield benchmarks.written(benchmarks.of(ask.account, ask.segment))


def _forecast(ask: Ask) -> Iterator[pl.DataFrame]:
    yield forecast.months_written(forecast.outlook(ask.account))


def _goals(ask: Ask) -> Iterator[pl.DataFrame]:
    yield kept.goals_frame(ask.workspace, ask.account)


def _annotations(ask: Ask) -> Iterator[pl.DataFrame]:
    yield kept.annotations_frame(ask.workspace, ask.account, ask.start, ask.end)


def _notes(ask: Ask) -> Iterator[pl.DataFrame]:
    yield kept.notes_frame(ask.workspace, ask.account)


def _segments(ask: Ask) -> Iterator[pl.DataFrame]:
    yield kept.segments_frame(ask.workspace)


def _resource(name: str, ask: Ask) -> Iterator[pl.DataFrame]:
    return export.batches(ask.account, name, ask.start, ask.end)


def _look_at_resource(name: str, ask: Ask, most: int) -> tuple[int, pl.DataFrame]:
    return export.look(ask.account, name, ask.start, ask.end, most)


_MONEY: Final = tuple(m.slug for m in catalog.METRICS if m.unit is not Unit.COUNT)

REPORTS: Final = (
    Export(
        "figures", "All metrics", "Every metric side by side, one row a period.", _figures,
        bounded=True, cut=True, segmented=True, numbers=_MONEY, look=_look_at_figures,
    ),
    Export(
        "movements", "MRR movements", "Each change of MRR: who, what plan, how much.", _movements,
        bounded=True, segmented=True, numbers=("amount", "amount_base"), look=_look_at_movements,
    ),
    Export(
        "customers", "Customers", "Each customer as of today, with MRR, plans and what they paid so far.", _customers,
        dated=False, segmented=True, numbers=("mrr", "ltv", "last_amount"), look=_look_at_customers,
    ),
    Export(
        "plans", "Plans", "Each plan as of today, with MRR, customers and churn.", _plans,
        dated=False, segmented=True, numbers=tuple(plans.UNITS),
    ),
    Export(
        "trials", "Trials", "Everybody on trial today.", _trials, dated=False, segmented=True, numbers=("worth",),
    ),
    Export(
        "failed-charges", "Failed charges", "Invoices that are owed because a payment failed.", _failed,
        dated=False, numbers=("amount", "amount_base", "mrr"),
    ),
    Export(
        "cash-flow", "Cash flow", "What came in, what went out and the balance, one row a period.", _cash,
        bounded=True, cut=True, numbers=tuple(cash_flow.FLOW.names()[2:]),
    ),
    Export("payouts", "Payouts", "Each payout to the bank.", _payouts, bounded=True, numbers=("amount",)),
    Export(
        "cohorts", "Cohorts", "How many customers of each month were still there, month by month.", _cohorts,
        dated=False, segmented=True, numbers=("size", "value"),
    ),
    Export(
        "cancellations", "Cancellations", "Each cancellation: who, when, why, and the MRR it takes.", _cancellations,
        bounded=True, segmented=True, numbers=("lost", "at_stake"),
    ),
    Export(
        "benchmarks", "Benchmarks", "Each metric this month against your own past.", _benchmarks,
        dated=False, segmented=True, numbers=("so_far", "last_month", "average_of_12", "best"),
    ),
    Export(
        "forecast", "Forecast", "MRR of past months and of those ahead, with the ranges.", _forecast,
        dated=False, numbers=("mrr", "low_80", "high_80", "low_95", "high_95", "plain_mean", "scenario"),
    ),
    Export("goals", "Goals", "Each goal that was set for a metric.", _goals, dated=False, numbers=("target",)),
    Export("annotations", "Annotations", "The annotations on the charts, by day.", _annotations),
    Export("notes", "Notes", "What your team wrote about customers.", _notes, dated=False),
    Export("segments", "Segments", "The saved segments and their conditions.", _segments, dated=False),
)  # fmt: skip
"""Plimsoll's own reports."""
RESOURCES: Final = tuple(
    Export(
        f"stripe-{name.replace('_', '-')}",
        f"Stripe: {name.replace('_', ' ')}s",
        "Stripe's objects as they are kept here, one row each, by id; of the days on which they were created.",
        partial(_resource, name),
        look=partial(_look_at_resource, name),
    )
    for name in export.RESOURCES
)
"""Stripe's objects."""
EXPORTS: Final = (*REPORTS, *RESOURCES)


def find(name: str) -> Export:
    """The export of this name. Raises UnknownExport."""
    for each in EXPORTS:
        if each.name == name:
            return each
    raise UnknownExport(name=name, known=", ".join(each.name for each in EXPORTS))


def meant(chosen: Export, ask: Ask) -> Ask:
    """``ask`` about the days that there can be anything of, whatever days are asked for: from the account's first to
    its today, and to no more than MOST_PERIODS periods, the newest. Days that are all outside stay as they are.

    Raises as books.ledger.
    """
    return _within(chosen, ask) or ask


def _within(chosen: Export, ask: Ask) -> Ask | None:
    """As :func:`meant`; None where the days are all outside."""
    if not chosen.bounded:
        return ask
    ledger = books.ledger(ask.account)
    first = _first(chosen, ask, ledger)
    start, end = max(ask.start, first), min(ask.end, ledger.today)
    if start > end:
        return None
    if chosen.cut:
        start = list(periods(start, end, ask.interval))[-MOST_PERIODS:][0].start
    return replace(ask, start=start, end=end)


def _first(chosen: Export, ask: Ask, ledger: Ledger) -> date:
    """The account's first day; a file that is cut begins with a whole period, and with what the plan shows of it."""
    begun = ledger.trials["start"].min()
    first = min(ledger.start, begun) if isinstance(begun, date) else ledger.start
    if not chosen.cut:
        return first
    whole, shown = period_start(first, ask.interval), books.first_day(ask.account, ledger.today)
    return max(whole, min(shown, first)) if shown else whole


def _batches(chosen: Export, ask: Ask) -> Iterator[pl.DataFrame]:
    """As the export's own, of the days that are meant; without rows where there are none."""
    if within := _within(chosen, ask):
        return chosen.batches(within)
    today = books.ledger(ask.account).today
    return (batch.clear() for batch in chosen.batches(replace(ask, start=today, end=today)))


def csv(chosen: Export, ask: Ask, *, bom: bool = False, commas: bool = False) -> Iterator[str]:
    """The file as CSV, piece by piece, with one line of headings; ``bom`` puts a byte order mark before it, ``commas``
    writes it as export.with_commas.

    Raises as the report does: before the first piece.
    """
    for number, batch in enumerate(_batches(chosen, ask)):
        piece = export.csv(batch, headings=not number)
        yield (BOM if bom and not number else "") + (export.with_commas(piece) if commas else piece)


def parquet(chosen: Export, ask: Ask) -> Path:
    """The file as Parquet, written beside others of the system's temporary files: whoever takes it deletes it.

    Batches are written one by one and joined by Polars' streaming engine.
    """
    with tempfile.TemporaryDirectory(prefix="plimsoll-export-") as folder:
        for number, batch in enumerate(_batches(chosen, ask)):
            exact = batch.with_columns(pl.col(chosen.numbers).cast(_DECIMAL))
            exact.write_parquet(Path(folder) / f"{number:06}.parquet")
        with tempfile.NamedTemporaryFile(prefix="plimsoll-", suffix=".parquet", delete=False) as made:
            pl.scan_parquet(sorted(Path(folder).glob("*.parquet"))).sink_parquet(made.name)
    return Path(made.name)


@dataclass(frozen=True)
class Preview:
    """The first rows of a file, days and moments as text that it writes, and how many it has; its size as CSV in bytes,
    reckoned from those rows.
    """

    head: pl.DataFrame
    rows: int
    size: int


PREVIEWED: Final = 20


def preview(chosen: Export, ask: Ask) -> Preview:
    """What a file would hold. A file that may be large is not made for it: see Export.look."""
    if chosen.look and (within := _within(chosen, ask)):
        rows, head = chosen.look(within, PREVIEWED)
    else:
        whole = pl.concat(_batches(chosen, ask))
        rows, head = whole.height, whole.head(PREVIEWED)
    each = len(export.csv(head, headings=False).encode()) / max(1, head.height)
    head = head.with_columns(pl.selectors.temporal().cast(pl.String))
    return Preview(head, rows, round(each * rows) + len(",".join(head.columns)) + 1)
