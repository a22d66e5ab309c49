"""Reading the CSV that Stripe calls "MRR per subscriber per month".

Its usual form has the columns ``Customer ID``, ``Customer``, ``Customer Email``, ``Currency`` and one for each month,
``2026-03``, amounts in major units. Headings are read by what they mean, and one row a month is understood as well.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Final

import polars as pl

from lib.errors import BadMrrFile
from lib.money import exponent
from lib.periods import add_months

LARGEST: Final = 20_000_000
"""Bytes that a file may have."""
MRR_FILE: Final = pl.Schema(
    {"customer": pl.String, "name": pl.String, "currency": pl.String, "month": pl.Date, "amount": pl.Int64}
)
"""One row for each customer, currency and month (its first day); ``amount`` in minor units. ``currency``: lower case,
null where the file has none."""

# Headings by their letters alone: "Customer ID" is customerid.
_CUSTOMER: Final = frozenset({"customerid", "subscriberid", "customer", "id"})
_NAMES: Final = frozenset({"customername", "name", "customer", "customeremail", "email", "subscriber"})
_CURRENCY: Final = frozenset({"currency", "mrrcurrency"})
_MONTH: Final = frozenset({"month", "date", "monthend", "period", "mrrmonth"})
_AMOUNT: Final = frozenset({"mrr", "amount", "mrramount", "value", "monthlyrecurringrevenue"})
_FORMATS: Final = ("%Y-%m", "%Y-%m-%d", "%Y/%m", "%Y/%m/%d", "%m/%Y", "%b %Y", "%B %Y", "%b-%y", "%Y-%m-%d %H:%M:%S")

Cell = tuple[int, str, str, str | None, date, str]
"""Line, customer, name, currency, month, amount as written."""


def parse(content: bytes) -> pl.DataFrame:
    """The MRR_FILE frame; several lines of one customer, currency and month are added up. Raises BadMrrFile."""
    if len(content) > LARGEST:
        raise BadMrrFile(detail=f"This file is larger than {LARGEST // 1_000_000} MB.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadMrrFile(detail="This file is not UTF-8 text, so it is not the CSV that Stripe sends.") from None
    lines = list(_lines(text))
    if len(lines) < 2:  # noqa: PLR2004 - a heading and a row
        raise BadMrrFile(detail="This file has no rows.")
    (_, head), *rows = lines
    cells = _cells(head, rows)
    found = [
        (customer, name, currency, month, _minor(written, currency, line))
        for line, customer, name, currency, month, written in cells
    ]
    frame = pl.DataFrame(found, schema=MRR_FILE, orient="row")
    key = ("customer", "currency", "month")
    return frame.group_by(key).agg(pl.col("name").first(), pl.col("amount").sum()).select(*MRR_FILE).sort(key)


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """(line, cells) of each line that is not empty; semicolons and tabs separate as well."""
    first = text.partition("\n")[0]
    separator = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, [cell.strip() for cell in cells]
    except csv.Error:
        raise BadMrrFile(detail=f"Line {reader.line_num} is not CSV.") from None


def _cells(head: list[str], rows: list[tuple[int, list[str]]]) -> Iterator[Cell]:
    """Every amount with its customer and month, of a file with a column for each month or a row for each."""
    plain = [_plain(name) for name in head]
    customer = _column(plain, _CUSTOMER)
    if customer is None:
        raise BadMrrFile(detail="This file has no column “Customer ID”.")
    months = {n: month for n, name in enumerate(head) if (month := _month(name)) is not None}
    day, amount = _column(plain, _MONTH), _column(plain, _AMOUNT)
    if not months and (day is None or amount is None):
        raise BadMrrFile(detail="This file has no column for a month, like “2026-03”.")
    name, currency = _column(plain, _NAMES, customer), _column(plain, _CURRENCY)
    for line, cells in rows:
        if len(cells) != len(head):
            raise BadMrrFile(detail=f"Line {line} has {len(cells)} cells where the heading has {len(head)}.")
        if not cells[customer]:
            raise BadMrrFile(detail=f"Line {line} names no customer.")
        code = cells[currency].lower() or None if currency is not None else None
        called = cells[name] if name is not None else cells[customer]
        if months:
            for column, month in months.items():
                yield line, cells[customer], called, code, month, cells[column]
        elif day is not None and amount is not None:
            month = _month(cells[day])
            if month is None:
                raise BadMrrFile(detail=f"Line {line}: “{cells[day]}” is not a month.")
            yield line, cells[customer], called, code, month, cells[amount]


def _plain(heading: str) -> str:
    return re.sub(r"[^a-z]", "", heading.lower())


def _column(plain: list[str], known: frozenset[str], taken: int | None = None) -> int | None:
    """The first column with a known heading; an exact id goes before a mere “customer”."""
    order = sorted(
        (n for n, name in enumerate(plain) if name in known and n != taken), key=lambda n: (plain[n][-2:] != "id", n)
    )
    return order[0] if order else None


def _month(text: str) -> date | None:
    """The first day of the month that ``text`` names; null for anything else."""
    for form in _FORMATS:
        try:
            return datetime.strptime(text.removesuffix(" MRR"), form).date().replace(day=1)  # noqa: DTZ007 - a month has no zone
        except ValueError:
            continue
    return None


def _minor(written: str, currency: str | None, line: int) -> int:
    """Major units as written (``1,234.50``, ``$87``, ``1234``) in minor units of the currency; empty is 0."""
    bare = re.sub(r"[^\d.,()\-]", "", written)
    if bare == written == "":
        return 0
    try:
        value = Decimal(_dotted(bare.strip("()"), exponent(currency or "usd")))
    except InvalidOperation:
        raise BadMrrFile(detail=f"Line {line}: “{written}” is not an amount.") from None
    if bare.startswith("("):
        value = -value
    return round(value.scaleb(exponent(currency or "usd")))


def _dotted(bare: str, decimals: int) -> str:
    """The number with a decimal point and no thousand separators: the last mark is the decimal one if it could be."""
    last = max(bare.rfind("."), bare.rfind(","))
    if last < 0:
        return bare
    fraction = bare[last + 1 :]
    only_comma = bare[last] == "," and "." not in bare
    if only_comma and ((len(fraction) == 3 and decimals != 3) or bare.count(",") > 1):  # noqa: PLR2004 - thousands
        return bare.replace(",", "")
    if bare[last] == "." and bare.count(".") > 1:
        return bare.replace(".", "")
    return re.sub(r"[.,]", "", bare[:last]) + "." + fraction


def month_end(month: date) -> date:
    """The last day of a month, by its first."""
    return add_months(month, 1) - timedelta(days=1)
