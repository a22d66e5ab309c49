"""How one's own figures look where a plan does not show them: drawings without a figure.

Every value is a share, 0 to 1, of a height that is not told, so that neither a page's source nor a program that reads
it learns an amount.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from lib.ledger.build import Ledger
from lib.metrics import recurring
from lib.metrics.query import Query
from lib.periods import Interval, add_months
from lib.reports import books

_COARSE: Final = 2
"""Decimals of a share: enough for a drawing, too few to reckon with."""
_ROOM: Final = 1.1
"""How much higher than its highest value a drawing is."""
_MONTHS: Final = 24
"""Months of an account that the plan does not show."""


def shares(values: Sequence[int], height: float) -> tuple[float, ...]:
    """Values as shares of a height; what is beyond it, or below zero, is cut."""
    return tuple(round(min(max(0.0, value / height), 1.0), _COARSE) if height > 0 else 0.0 for value in values)


def hidden_years(account: str) -> tuple[float, ...]:
    """MRR at the ends of the months before the first day that the plan shows; empty where it hides none.

    Raises as books.ledger.
    """
    ledger = books.ledger(account)
    first = books.first_day(account, ledger.today)
    return _mrr(ledger, ledger.start, first - timedelta(days=1)) if first and ledger.start < first else ()


def hidden_account(account: str) -> tuple[float, ...]:
    """MRR at the ends of the last two years' months, of an account that the plan does not show.

    Raises UnknownAccount, NotSyncedYet.
    """
    ledger = books.whole(account)
    return _mrr(ledger, add_months(ledger.today.replace(day=1), -_MONTHS), ledger.today)


def _mrr(ledger: Ledger, start: date, end: date) -> tuple[float, ...]:
    values = recurring.mrr(ledger, Query(start, end, Interval.MONTH))["value"].fill_null(0).to_list()
    return shares(values, max(values, default=0) * _ROOM)
