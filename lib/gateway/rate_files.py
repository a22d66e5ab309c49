"""Files of daily exchange rates, read into rows. Two layouts, as CSV or as a ZIP archive with one CSV in it.

* ``date,currency,rate``, with ``base`` as a fourth column or given by whoever asks: major units of the base for one of
  the currency.
* The European Central Bank's history, ``Date,USD,JPY,…``: units of each currency for one euro. It is kept as it is
  given, one euro in each currency, so that no rate is rounded by turning it round: the ledger does that exactly.
  https://www.ecb.europa.eu/stats/policy_and_exchange_rates/euro_reference_exchange_rates/html/index.en.html
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from lib.errors import AppError, BadRateFile
from lib.gateway.rates import MOST_BYTES
from lib.periods import parse_date

WIDE_CURRENCY: Final = "eur"
_RATE: Final = re.compile(r"\d{1,15}(\.\d{1,15})?")
_CODE: Final = re.compile(r"[a-z]{3}")
_MISSING: Final = frozenset({"", "n/a", "-"})


class Told(NamedTuple):
    """``rate`` (decimal text) major units of ``base`` for one of ``currency`` on ``date`` (ISO); codes lower case."""

    currency: str
    base: str
    date: str
    rate: str


def parse(content: bytes, base: str) -> list[Told]:
    """All rates of a file, by pair and day; of a day told twice the last. ``base`` where the file names none.

    Raises BadRateFile with the line that is wrong.
    """
    rows = _rows(_text(content))
    head = [each.strip().lower() for each in next(rows, (0, []))[1]]
    if {"date", "currency", "rate"} <= set(head):
        told = _long(head, rows, base.lower())
    elif head[:1] == ["date"] and any(_CODE.fullmatch(each) for each in head[1:]):
        told = _wide(head, rows)
    else:
        raise BadRateFile(reason="The first line must be date,currency,rate, or Date and one currency a column.")
    found = {each[:3]: each for each in told if each.currency != each.base}
    if not found:
        raise BadRateFile(reason="There is no rate in it.")
    return [found[key] for key in sorted(found)]


def _text(content: bytes) -> str:
    if content.startswith(b"PK\x03\x04"):
        content = _unpacked(content)
    if len(content) > MOST_BYTES:
        raise BadRateFile(reason=f"There is more than {MOST_BYTES // 1024**2} MB of it.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadRateFile(reason="It is not text.") from None


def _unpacked(content: bytes) -> bytes:
    """The one file of an archive, of which no more is unpacked than may be read."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = [each for each in archive.namelist() if not each.endswith("/")]
            if len(names) != 1:
                raise BadRateFile(reason="The archive must hold one file.")
            with archive.open(names[0]) as file:
                return file.read(MOST_BYTES + 1)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError):  # broken, exotic or with a password
        raise BadRateFile(reason="The archive can't be opened.") from None


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each row that is not blank, with its line number."""
    first = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text), delimiter=";" if first.count(";") > first.count(",") else ",")
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                yield reader.line_num, [cell.strip() for cell in row]
    except csv.Error:
        raise BadRateFile(reason=f"Line {reader.line_num} is not CSV.") from None


def _long(head: Sequence[str], rows: Iterator[tuple[int, list[str]]], base: str) -> Iterator[Told]:
    for line, row in rows:
        cells = dict(zip(head, row, strict=False))
        if not {"date", "currency", "rate"} <= cells.keys():
            raise BadRateFile(reason=f"Line {line} is too short.")
        currency, into = cells["currency"].lower(), (cells.get("base") or base).lower()
        if not (_CODE.fullmatch(currency) and _CODE.fullmatch(into)):
            raise BadRateFile(reason=f"Line {line} has no currency like EUR.")
        yield Told(currency, into, _day(line, cells["date"]), _rate(line, cells["rate"]))


def _wide(head: Sequence[str], rows: Iterator[tuple[int, list[str]]]) -> Iterator[Told]:
    named = [(place, code) for place, code in enumerate(head) if place and _CODE.fullmatch(code)]
    for line, row in rows:
        day = _day(line, row[0])
        for place, code in named:
            if place < len(row) and row[place].lower() not in _MISSING:
                yield Told(WIDE_CURRENCY, code, day, _rate(line, row[place]))


def _day(line: int, text: str) -> str:
    try:
        return parse_date(text).isoformat()
    except AppError:
        raise BadRateFile(reason=f"Line {line} has no date like 2026-01-31.") from None


def _rate(line: int, text: str) -> str:
    if not _RATE.fullmatch(text) or not text.strip("0."):
        raise BadRateFile(reason=f"Line {line} has no rate like 1.0834.")
    return text
