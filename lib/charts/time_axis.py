"""Dates on an axis and in a sentence, in the reader's locale."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

import polars as pl
from babel.dates import format_date, format_interval, format_skeleton

from lib.charts.theme import Palette
from lib.periods import Interval, add_months, period_end, period_start

_MONTH_STEPS = (1, 2, 3, 6, 12, 24, 36)


@lru_cache(maxsize=1 << 13)
def label(day: date, interval: Interval, locale: str = "en_US") -> str:
    """A period by its first day: ``Mar 3, 2026``, ``Mar 2 – 8, 2026`` for a week, ``March 2026`` for a month."""
    if interval is Interval.MONTH:
        return str(format_skeleton("yMMMM", day, locale=locale))
    if interval is Interval.WEEK:
        last = period_end(day, interval)
        return f"{format_skeleton('MMMd', day, locale=locale)} – {format_date(last, 'medium', locale=locale)}"
    return str(format_date(day, "medium", locale=locale))


def part(day: date, interval: Interval, end: date, locale: str = "en_US") -> str:
    """Which days are meant where a span cuts the period of ``day``, like ``Nov 1 – 11``; empty for a whole period.

    ``day`` is the period's first day within the span, ``end`` the span's last day.
    """
    last = period_end(day, interval)
    if day == period_start(day, interval) and last <= end:
        return ""
    return str(format_interval(day, min(last, end), "MMMd", locale=locale))


def axis(days: list[date], interval: Interval, locale: str, colours: Palette, *, bars: bool = False) -> dict[str, Any]:
    """The time axis: at most half a dozen labels at month (or day) starts, the year at the first and every January.

    A line runs from edge to edge; ``bars`` get half a period of room at both ends.
    """
    at = ticks(days[0], days[-1], interval) if days else []
    return {
        "type": "date",
        "range": _range(days, interval, bars=bars),
        "tickmode": "array",
        "tickvals": at,
        "ticktext": _texts(at, days, locale),
        "tickangle": 0,
        "automargin": True,
        "showgrid": False,
        "zeroline": False,
        "fixedrange": True,
        "ticks": "",
        "hoverformat": "",
        "showspikes": True,
        "ticklabelstandoff": 6,
        "spikemode": "across",
        "spikethickness": 1,
        "spikedash": "solid",
        "spikecolor": colours.muted,
    }


def firsts(days: pl.Series, interval: Interval) -> pl.Series:
    """Each day moved to the first of its period, so that bars stand evenly where a range cuts a period short."""
    return pl.Series("date", [period_start(d, interval) for d in days], dtype=pl.Date)


def _range(days: list[date], interval: Interval, *, bars: bool) -> list[datetime] | None:
    if not days:
        return None
    half = timedelta(days={Interval.DAY: 0.5, Interval.WEEK: 3.5, Interval.MONTH: 15.5}[interval])
    room = half if bars or len(days) == 1 else timedelta()
    return [datetime.combine(d, time()) + sign * room for d, sign in ((days[0], -1), (days[-1], 1))]


def ticks(first: date, last: date, interval: Interval, room: int = 6) -> list[date]:
    """Where to put labels: month starts once the span holds three, days before that."""
    months = (last.year - first.year) * 12 + last.month - first.month
    if months < 3:  # noqa: PLR2004 - under a quarter, days read better than two month names
        return _day_ticks(first, last, interval, room)
    step = next((s for s in _MONTH_STEPS if months // s <= room), _MONTH_STEPS[-1])
    start = first.replace(day=1)
    if start < first:
        start = add_months(start, 1)
    while step > 1 and (start.month - 1) % min(step, 12):
        start = add_months(start, 1)
    found: list[date] = []
    while start <= last:
        found.append(start)
        start = add_months(start, step)
    return found


def _day_ticks(first: date, last: date, interval: Interval, room: int) -> list[date]:
    unit = 7 if interval is Interval.WEEK else 1
    if interval is Interval.MONTH:
        return [d for d in (add_months(first.replace(day=1), i) for i in range(4)) if d <= last]
    days = (last - first).days
    step = max(1, -(-days // max(1, room - 1) // unit)) * unit
    return [first + timedelta(days=i) for i in range(0, days + 1, step)]


def _texts(at: list[date], days: list[date], locale: str) -> list[str]:
    if not at:
        return []
    by_month = all(d.day == 1 for d in at)
    if not by_month:
        return [str(format_skeleton("MMMd", d, locale=locale)) for d in at]
    several_years = days[0].year != days[-1].year
    return [_month(d, locale, year=several_years and (i == 0 or d.month == 1)) for i, d in enumerate(at)]


def _month(day: date, locale: str, *, year: bool) -> str:
    name = str(format_date(day, "LLL", locale=locale))
    return f"{name}<br>{day.year}" if year else name
