"""Billing periods and days. Times are epoch seconds, days are cut in UTC."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime
from fractions import Fraction

MINUTE = 60
HOUR = 3_600
DAY = 86_400
WEEK = 7 * DAY
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_FIXED = {"day": DAY, "week": WEEK}
_MONTHS = {"month": 1, "year": 12}
_A_MONTH = {"day": Fraction(12, 365), "week": Fraction(12, 52), "month": Fraction(1), "year": Fraction(12)}


def step(anchor: int, interval: str, count: int, periods: int) -> int:
    """Return the start of the n-th period after an anchor; the 31st falls on a shorter month's last day."""
    if interval in _FIXED:
        return anchor + periods * count * _FIXED[interval]
    return add_months(anchor, periods * count * _MONTHS[interval])


def add_months(at: int, months: int) -> int:
    """Return the same day and time of day some months later, or the month's last day where it is shorter."""
    start = datetime.fromtimestamp(at, UTC)
    years, month = divmod(start.month - 1 + months, 12)
    year = start.year + years
    day = min(start.day, monthrange(year, month + 1)[1])
    return (date(year, month + 1, day).toordinal() - _EPOCH_ORDINAL) * DAY + at % DAY


def months_in(interval: str, count: int) -> Fraction:
    """Return how many months a period is: 3 for a quarter, 12/52 for a week, 12/365 for a day."""
    return _A_MONTH[interval] * count


def iso(at: int) -> str:
    """Return the UTC day of a time as YYYY-MM-DD."""
    return date.fromordinal(at // DAY + _EPOCH_ORDINAL).isoformat()


def day_name(at: int) -> str:
    """Return the UTC day as Stripe writes it in proration descriptions: 06 Nov 2024."""
    return date.fromordinal(at // DAY + _EPOCH_ORDINAL).strftime("%d %b %Y")
