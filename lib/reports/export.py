"""Any mirrored table as CSV or Parquet: Stripe's objects as they are kept, one row each, ordered by age and id.

Amounts stay integers in minor units beside their ``currency``. A time stays Stripe's epoch seconds and has its ISO form
(UTC) in the column next to it: ``created``, ``created_iso``.
"""

from __future__ import annotations

import csv as written
import io
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

import polars as pl

from lib.errors import OneAccountOnly, UnknownAccount, UnknownResource
from lib.reports import cells
from lib.store import connections, frames, together
from lib.store.engine import reading
from lib.store.tables import MIRROR

RESOURCES: tuple[str, ...] = tuple(sorted(str(table.__tablename__) for table in MIRROR))
TIMES = frozenset(
    {
        "arrival_date",
        "available_on",
        "billing_cycle_anchor",
        "cancel_at",
        "canceled_at",
        "created",
        "current_period_end",
        "current_period_start",
        "date",
        "due_date",
        "end",
        "ended_at",
        "evidence_due_by",
        "finalized_at",
        "marked_uncollectible_at",
        "next_payment_attempt",
        "paid_at",
        "pause_resumes_at",
        "period_end",
        "period_start",
        "start",
        "start_date",
        "trial_end",
        "trial_start",
        "voided_at",
    }
)
"""Columns of UTC epoch seconds."""


def table(account: str, resource: str) -> pl.DataFrame:
    """The rows of ``resource`` (a table's name, plural allowed). Raises UnknownResource, UnknownAccount."""
    name = _known(resource)
    _require(account)
    frame = frames.frames(account)[name]
    order = [column for column in ("created", "id") if column in frame.columns]
    return with_iso_times(frame.sort(order, nulls_last=True))


def csv(frame: pl.DataFrame, *, headings: bool = True) -> str:
    """As CSV. Text that a spreadsheet would run as a formula gets an apostrophe before it; numbers in text do not."""
    texts = [name for name, kind in frame.schema.items() if kind == pl.String]
    risky = [name for name in texts if frame[name].str.contains(cells.RISKY).any()]
    return frame.with_columns(pl.col(risky).map_elements(cells.disarmed, pl.String, skip_nulls=True)).write_csv(
        include_header=headings
    )


written.field_size_limit(
    2**31 - 1
)  # what was seen of a subscription is longer than the 128 KB that are read by default


def with_commas(text: str) -> str:
    """A CSV text as Excel reads it where people write 1.234,56: semicolons between cells, a comma in every number.

    Only cells that are a number and nothing else are changed, and what a program that cuts at commas would run as a
    formula is disarmed; days stay ISO.
    """
    file = io.StringIO()
    writer = written.writer(file, delimiter=";", lineterminator="\n")
    for row in written.reader(io.StringIO(text, newline="")):
        writer.writerow([cell.replace(".", ",") if _is_number(cell) else cells.disarmed(cell, ",") for cell in row])
    return file.getvalue()


_is_number: Final = re.compile(r"[+-]?[0-9]+[.][0-9]+").fullmatch
"""Only what has decimals: a whole number is the same everywhere."""


def batches(account: str, resource: str, start: date | None = None, end: date | None = None) -> Iterator[pl.DataFrame]:
    """The rows of ``resource`` created on the days ``start`` to ``end`` (UTC, both included), by id, a chunk at a time;
    all rows where no days are given or a resource has no ``created``. At least one batch, if need be without rows.

    Raises UnknownResource, UnknownAccount.
    """
    name = _known(resource)
    _require(account)
    moments = _moments(start, end) if start and end else None
    for chunk in frames.chunks(account, name):
        dated = moments is not None and "created" in chunk.columns
        kept = chunk.filter(pl.col("created").is_between(*moments)) if moments and dated else chunk
        yield with_iso_times(kept)


def look(account: str, resource: str, start: date, end: date, most: int) -> tuple[int, pl.DataFrame]:
    """How many rows :func:`batches` would give, and the first ``most`` of them; the database counts. Raises as it."""
    name = _known(resource)
    _require(account)
    count, head = frames.look(account, name, _moments(start, end), most)
    return count, with_iso_times(head)


def _moments(start: date, end: date) -> tuple[int, int]:
    """The first and the last second of days, UTC."""
    first, after = (int(datetime.combine(day, time(), UTC).timestamp()) for day in (start, end + timedelta(days=1)))
    return first, after - 1


def _require(account: str) -> None:
    if together.is_one(account):
        raise OneAccountOnly
    with reading() as db:
        if not connections.ever(db, account):
            raise UnknownAccount(account=account)


def parquet(frame: pl.DataFrame) -> bytes:
    """As one Parquet file; nothing is altered."""
    file = io.BytesIO()
    frame.write_parquet(file)
    return file.getvalue()


def _known(resource: str) -> str:
    wanted = resource.lower().replace("-", "_")
    for name in (wanted, wanted.removesuffix("s")):
        if name in RESOURCES:
            return name
    raise UnknownResource(resource=resource, known=", ".join(RESOURCES))


def with_iso_times(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with each time's ISO form beside it."""
    columns: list[pl.Expr] = []
    for name in frame.columns:
        columns.append(pl.col(name))
        if name in TIMES:
            moment = pl.from_epoch(pl.col(name), time_unit="s")
            columns.append(moment.dt.strftime("%Y-%m-%dT%H:%M:%SZ").alias(f"{name}_iso"))
    return frame.select(columns)
