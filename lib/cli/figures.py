"""Commands that print figures: metrics, the MRR ledger itself, and the objects behind them."""

from __future__ import annotations

import sys
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lib.cli import accounts, output
from lib.cli.options import Account, From, To
from lib.periods import Interval

if TYPE_CHECKING:
    from lib.metrics.query import By
    from lib.metrics.registry import Metric
    from lib.reports.door import Result

ALL = "all"
USUAL_SPAN = timedelta(days=364)
"""A year back from the last day, when no first day is given."""


class Format(StrEnum):
    """How figures are written."""

    CSV = "csv"
    JSON = "json"


class FileFormat(StrEnum):
    """How tables are written."""

    CSV = "csv"
    PARQUET = "parquet"


def metrics(
    slug: Annotated[str, typer.Argument(metavar="SLUG|all", help="A metric's name, or all of them.")],
    account: Account = None,
    start: From = None,
    end: To = None,
    interval: Annotated[Interval, typer.Option(help="How the span is cut.")] = Interval.DAY,
    by: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="Split by plan, price, product, …, or metadata:KEY; see docs/metrics.md."),
    ] = None,
    segment: Annotated[str | None, typer.Option(metavar="NAME", help="Only the customers of this segment.")] = None,
    format_: Annotated[Format, typer.Option("--format", help="How to print.")] = Format.CSV,
) -> None:
    """Print a metric for every period of a span: money in major units, ratios as fractions."""
    from lib.metrics.query import Query
    from lib.reports import answers, door, segments, tables

    column, key, chosen = chosen_metrics(slug, by)
    account = accounts.chosen(account)
    first, last = span(account, start, end)
    query = Query(first, last, interval, column, key)
    narrow = segments.find_for(account, segment) if segment else None
    results = [door.metric(account, metric.slug, query, segment=narrow) for metric in chosen]
    if format_ is Format.JSON:
        found = [answers.metric_answer(result) for result in results]
        output.as_json(found if slug == ALL else found[0])
    else:
        output.figures(stacked(results) if slug == ALL else tables.metric_csv(results[0]))
    for sentence in dict.fromkeys(note for result in results for note in result.notes):
        output.note(sentence)


def chosen_metrics(slug: str, by: str | None) -> tuple[By | None, str, list[Metric]]:
    """What to split by, the metadata key, and the metric called ``slug``; for ``all`` those that can be split so.

    Raises UnknownMetric, UnknownBreakdown.
    """
    from lib.metrics import catalog
    from lib.metrics.query import parse_by

    if slug != ALL:
        known = catalog.find(slug)
        return *parse_by(by, slug, known.by), [known]
    column, key = parse_by(by, "all")
    return column, key, [metric for metric in catalog.METRICS if column is None or column in metric.by]


def span(account: str, start: date | None, end: date | None) -> tuple[date, date]:
    """The days asked, or the year up to the account's newest day."""
    from lib.reports import door

    last = end or door.span(account)[1]
    return start or last - USUAL_SPAN, last


def stacked(results: list[Result]) -> str:
    """Several metrics in one CSV, each row led by the metric's slug."""
    from lib.reports import tables

    lines: list[str] = []
    for result in results:
        head, *rows = tables.metric_csv(result).splitlines()
        lines += [] if lines else [f"metric,{head}"]
        lines += [f"{result.metric.slug},{row}" for row in rows]
    return "\n".join(lines) + "\n"


def movements(
    account: Account = None,
    start: From = None,
    end: To = None,
    format_: Annotated[Format, typer.Option("--format", help="How to print.")] = Format.CSV,
) -> None:
    """Print the MRR ledger: what each customer, subscription and plan added or took, day by day."""
    from lib.reports import answers, books, door, tables

    account = accounts.chosen(account)
    rows = door.movements(account, start, end)
    base = books.ledger(account).base
    if format_ is Format.JSON:
        output.as_json(answers.movements_answer(rows, base))
    else:
        output.figures(tables.movements_csv(rows, base))


def export(
    resource: Annotated[str, typer.Argument(metavar="RESOURCE", help="Like customers, invoices or subscription_item.")],
    account: Account = None,
    format_: Annotated[FileFormat, typer.Option("--format", help="How to write.")] = FileFormat.CSV,
    to_file: Annotated[Path | None, typer.Option("--output", "-o", help="A file instead of stdout.")] = None,
) -> None:
    """Write the Stripe objects kept here, one row each."""
    from lib.reports import export as files

    if format_ is FileFormat.PARQUET and to_file is None and sys.stdout.isatty():
        raise typer.BadParameter("Parquet is not for reading on a screen; name a file with --output.")
    frame = files.table(accounts.chosen(account), resource)
    content = files.csv(frame).encode() if format_ is FileFormat.CSV else files.parquet(frame)
    if to_file is None:
        output.figures(content)
    else:
        to_file.write_bytes(content)
        output.note(f"{frame.height:,} rows written to {to_file}.")
