"""Metered items: the mean of what was billed for their usage in the last three months."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any, Final

from lib.ledger.history import Kind, Mark
from lib.ledger.pricing import Price
from lib.ledger.tax import Taxes

Row = Mapping[str, Any]
MONTHS: Final = 3
"""Months of usage behind the mean."""
_FIRST = "subscription_create"
"""An invoice for the start lists metered items too, but no usage."""


def usage_marks(lines: Sequence[Row], prices: Mapping[str, Price], taxes: Taxes) -> list[Mark]:
    """Marks of one subscription's metered items, oldest first, each from the moment its usage was billed.

    An item stands at the mean of the periods billed in the last three months, or of those there are. A later bill of
    the subscription that no longer names it shows that it is gone. Rows as in ``history.line_marks``, with
    ``invoice_created`` and ``billing_reason``.
    """
    billed = [line for line in lines if line["invoice"] and line["billing_reason"] != _FIRST]
    metered = {price.id for price in prices.values() if price.metered}
    marks: list[Mark] = []
    for item, rows in _by_item(line for line in billed if line["price"] in metered).items():
        marks += _of_item(item, rows, billed, prices[rows[0]["price"]], taxes)
    return sorted(marks, key=lambda mark: (mark.at, mark.item))


def _by_item(lines: Iterable[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for line in lines:
        found.setdefault(line["subscription_item"] or line["price"], []).append(line)
    return found


def _of_item(item: str, rows: list[Row], billed: list[Row], price: Price, taxes: Taxes) -> list[Mark]:
    periods: dict[tuple[int, str], Fraction] = {}
    last: dict[str, Row] = {}
    for row in rows:  # each tier has a line of its own
        key = (row["invoice_created"], row["invoice"])
        periods[key] = periods.get(key, Fraction(0)) + row["amount"]
        last[row["invoice"]] = row
    marks = []
    wanted = max(1, int(MONTHS / price.months))
    for number, (at, invoice) in enumerate(sorted(periods)):
        recent = [periods[key] for key in sorted(periods)[max(0, number + 1 - wanted) : number + 1]]
        mean = sum(recent, Fraction(0)) / len(recent) / price.months
        row = last[invoice]
        marks.append(Mark(at, Kind.SNAPSHOT, row["at_order"], item, price, 0, row["id"], mean, taxes.untaxed(row)))
    gone = [
        row for row in billed if row["invoice_created"] > marks[-1].at and row["billing_reason"] == "subscription_cycle"
    ]
    if gone:
        first = gone[0]
        marks.append(Mark(first["invoice_created"], Kind.CREDIT, first["at_order"], item, price, 0, first["id"]))
    return marks
