"""The filter row's spans: dates in, dates out."""

from __future__ import annotations

from datetime import date

import pytest

from lib.periods import Interval
from lib.web import filters
from lib.web.filters import Preset, View

FIRST, TODAY = date(2023, 12, 5), date(2026, 11, 23)


@pytest.mark.parametrize(
    ("start", "end", "preset", "chosen"),
    [
        (date(2026, 10, 25), TODAY, Preset.DAYS_30, ()),
        (date(2026, 8, 24), TODAY, Preset.MONTHS_3, ()),
        (date(2025, 11, 24), TODAY, Preset.MONTHS_12, ()),
        (FIRST, TODAY, Preset.ALL, ()),
        (date(2026, 1, 1), date(2026, 1, 31), Preset.CUSTOM, (date(2026, 1, 1), date(2026, 1, 31))),
        (date(2026, 1, 1), TODAY, Preset.CUSTOM, (date(2026, 1, 1),)),
        (date(2025, 11, 24), TODAY, Preset.CUSTOM, ()),
    ],
)
def test_spans(start: date, end: date, preset: Preset, chosen: tuple[date, ...]) -> None:
    assert filters.span(preset, FIRST, TODAY, chosen) == (start, end)


@pytest.mark.parametrize(
    ("aligned", "preset", "interval"),
    [
        (date(2025, 11, 24), Preset.MONTHS_12, Interval.DAY),
        (date(2025, 11, 24), Preset.MONTHS_12, Interval.WEEK),
        (date(2025, 12, 1), Preset.MONTHS_12, Interval.MONTH),
        (date(2025, 11, 24), Preset.CUSTOM, Interval.MONTH),
        (date(2025, 11, 1), Preset.ALL, Interval.MONTH),
    ],
)
def test_named_spans_hold_whole_periods(aligned: date, preset: Preset, interval: Interval) -> None:
    assert filters.aligned(date(2025, 11, 24), preset, interval) == aligned


def view(start: date, end: date, interval: Interval, preset: Preset = Preset.CUSTOM, *, compare: bool = True) -> View:
    return View(preset, start, end, interval, compare)


def test_months_are_compared_with_as_many_months() -> None:
    before = view(date(2025, 12, 1), TODAY, Interval.MONTH).before()
    assert before is not None
    assert (before.start, before.end) == (date(2024, 12, 1), date(2025, 11, 30))


def test_days_are_compared_with_as_many_days() -> None:
    before = view(date(2026, 1, 11), date(2026, 1, 20), Interval.DAY).before()
    assert before is not None
    assert (before.start, before.end) == (date(2026, 1, 1), date(2026, 1, 10))


def test_no_comparison_before_all_time_or_when_not_wanted() -> None:
    assert view(FIRST, TODAY, Interval.DAY, Preset.ALL).before() is None
    assert view(date(2026, 1, 1), TODAY, Interval.DAY, compare=False).before() is None


@pytest.mark.parametrize(
    ("bars", "start", "interval"),
    [
        (Interval.DAY, date(2026, 10, 25), Interval.DAY),
        (Interval.WEEK, date(2026, 7, 1), Interval.DAY),
        (Interval.MONTH, date(2025, 11, 24), Interval.DAY),
        (Interval.WEEK, date(2025, 11, 24), Interval.WEEK),
    ],
)
def test_movement_bars_stay_few_enough_to_see(bars: Interval, start: date, interval: Interval) -> None:
    assert filters.bars(view(start, TODAY, interval)) is bars
