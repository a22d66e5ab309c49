"""Days, weeks, months, comparison windows and time zones. Dates are days of the account's reporting time zone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from lib.errors import BadDate, BadInterval, BadSettings

ROLLING_DAYS = 30
"""Length of the rolling window of churn and change figures."""


EARLIEST, LATEST = date(1970, 1, 1), date(2199, 12, 31)
"""The days that may be asked for: every span of them, and the one before it, can be cut into periods."""


class Interval(StrEnum):
    """How a span of days is cut into periods. Weeks start on Monday."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"

    @classmethod
    def parse(cls, text: str) -> Interval:
        """The interval called ``text``; raises BadInterval."""
        try:
            return cls(text.strip().lower())
        except ValueError:
            raise BadInterval(text=text) from None


@dataclass(frozen=True, slots=True)
class Period:
    """A run of days, both ends included. ``whole`` is False when the range asked for cut it short."""

    start: date
    end: date
    whole: bool = True

    @property
    def days(self) -> int:
        """Number of days, at least 1."""
        return (self.end - self.start).days + 1


def parse_date(text: str) -> date:
    """An ISO date between EARLIEST and LATEST; raises BadDate."""
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        raise BadDate(text=text) from None
    if not EARLIEST <= day <= LATEST:
        raise BadDate(text=text)
    return day


def zone(name: str) -> ZoneInfo:
    """The time zone called ``name``; raises BadSettings."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise BadSettings(detail=f"there is no time zone called “{name}”") from None


def local_date(epoch: float, tz: ZoneInfo) -> date:
    """The day on which an instant (UTC epoch seconds) falls in ``tz``."""
    return datetime.fromtimestamp(epoch, UTC).astimezone(tz).date()


def day_end(day: date, tz: ZoneInfo) -> int:
    """The first instant (epoch seconds) after ``day`` in ``tz``; right across daylight saving."""
    return int(datetime.combine(day + timedelta(days=1), time(), tz).timestamp())


def period_start(day: date, interval: Interval) -> date:
    """First day of the period that holds ``day``."""
    if interval is Interval.DAY:
        return day
    if interval is Interval.WEEK:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1)


def period_end(day: date, interval: Interval) -> date:
    """Last day of the period that holds ``day``."""
    first = period_start(day, interval)
    if interval is Interval.DAY:
        return first
    if interval is Interval.WEEK:
        return first + timedelta(days=6)
    return add_months(first, 1) - timedelta(days=1)


def periods(start: date, end: date, interval: Interval) -> Iterator[Period]:
    """Every period that touches ``start`` … ``end``, clipped to that range, oldest first."""
    first = period_start(start, interval)
    while first <= end:
        last = period_end(first, interval)
        yield Period(max(first, start), min(last, end), whole=first >= start and last <= end)
        first = last + timedelta(days=1)


def add_months(day: date, months: int) -> date:
    """The same day ``months`` later, or the last of that month when it has fewer days."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = (date(year + (month == 11), (month + 1) % 12 + 1, 1) - timedelta(days=1)).day  # noqa: PLR2004 - December
    return date(year, month + 1, min(day.day, last))


def previous(start: date, end: date) -> tuple[date, date]:
    """The span of equal length that ends the day before ``start``."""
    length = end - start
    return start - length - timedelta(days=1), start - timedelta(days=1)


def months_back(start: date, end: date, months: int) -> tuple[date, date]:
    """The span ``months`` earlier; where it ends with its month, so does the earlier one."""
    last = add_months(end, -months)
    whole = end == period_end(end, Interval.MONTH)
    return add_months(start, -months), period_end(last, Interval.MONTH) if whole else last


def comparable(start: date, end: date) -> tuple[date, date]:
    """The span before that a span is compared with, like with like.

    One that starts on the first of a month is compared with as many months before, up to the same day of the month ("to
    date"), or to the end where it ends with its month; any other with as many days just before.
    """
    if start.day != 1:
        return previous(start, end)
    return months_back(start, end, (end.year - start.year) * 12 + end.month - start.month + 1)
