"""What is asked of a metric: a span of days, how it is cut, and what it is split by."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

import polars as pl

from lib.errors import BadRange
from lib.periods import ROLLING_DAYS, Interval, periods, previous


class By(StrEnum):
    """What a series can be split by."""

    PLAN = "plan"
    PRODUCT = "product"
    CURRENCY = "currency"
    COUNTRY = "country"
    CUSTOMER = "customer"


@dataclass(frozen=True, slots=True)
class Query:
    """Days ``start`` to ``end``, both included, in the account's time zone. Raises BadRange if they are swapped."""

    start: date
    end: date
    interval: Interval = Interval.DAY
    by: By | None = None

    def __post_init__(self) -> None:
        """Refuse a range that runs backwards."""
        if self.start > self.end:
            raise BadRange(start=self.start, end=self.end)

    def before(self) -> Query:
        """The same question about the span of equal length just before."""
        start, end = previous(self.start, self.end)
        return replace(self, start=start, end=end)

    def frame(self, today: date) -> pl.DataFrame:
        """One row a period: ``date`` and ``end`` (its first and last day), ``at`` (its last day that has begun),
        ``base`` (ROLLING_DAYS before ``at``), ``unfinished`` (not over yet), ``future`` (not begun).
        """
        cut = list(periods(self.start, self.end, self.interval))
        ats = [min(p.end, today) for p in cut]
        return pl.DataFrame(
            {
                "date": [p.start for p in cut],
                "end": [p.end for p in cut],
                "at": ats,
                "base": [at - timedelta(days=ROLLING_DAYS) for at in ats],
                "unfinished": [p.start <= today <= p.end for p in cut],
                "future": [p.start > today for p in cut],
            },
            schema_overrides={"date": pl.Date, "end": pl.Date, "at": pl.Date, "base": pl.Date},
        )
