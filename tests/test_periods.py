"""Days, weeks, months, and where a day begins."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.errors import BadDate, BadInterval, BadSettings
from lib.periods import (
    EARLIEST,
    LATEST,
    Interval,
    add_months,
    comparable,
    day_end,
    local_date,
    parse_date,
    period_end,
    period_start,
    periods,
    previous,
    zone,
)

days = st.dates(date(2000, 1, 1), date(2050, 12, 31))


@pytest.mark.parametrize(
    ("interval", "expected"),
    [
        (Interval.MONTH, [("2024-01-30", "2024-01-31"), ("2024-02-01", "2024-02-29"), ("2024-03-01", "2024-03-02")]),
        (Interval.WEEK, [("2024-01-30", "2024-02-04"), ("2024-02-05", "2024-02-11")]),
    ],
)
def test_periods_are_cut_at_the_edges_of_the_range(interval: Interval, expected: list[tuple[str, str]]) -> None:
    found = list(periods(date(2024, 1, 30), date(2024, 3, 2), interval))
    assert [(p.start.isoformat(), p.end.isoformat()) for p in found][: len(expected)] == expected
    assert not found[0].whole


@given(days, st.integers(0, 400), st.sampled_from(Interval))
def test_periods_cover_every_day_once(start: date, length: int, interval: Interval) -> None:
    end = start + timedelta(days=length)
    found = list(periods(start, end, interval))
    assert (found[0].start, found[-1].end) == (start, end)
    assert all(a.end + timedelta(days=1) == b.start for a, b in pairwise(found))
    assert sum(p.days for p in found) == length + 1


@given(days, st.sampled_from(Interval))
def test_a_day_lies_in_its_period(day: date, interval: Interval) -> None:
    assert period_start(day, interval) <= day <= period_end(day, interval)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2023, 1, 31), 1, date(2023, 2, 28)),
        (date(2024, 12, 15), 1, date(2025, 1, 15)),
        (date(2024, 1, 31), -2, date(2023, 11, 30)),
        (date(2024, 11, 30), 1, date(2024, 12, 30)),
    ],
)
def test_months_end_where_they_must(day: date, months: int, expected: date) -> None:
    assert add_months(day, months) == expected


@pytest.mark.parametrize("interval", Interval)
def test_the_longest_span_and_the_one_before_it_can_be_cut(interval: Interval) -> None:
    for start, end in ((EARLIEST, LATEST), previous(EARLIEST, LATEST), comparable(EARLIEST, LATEST)):
        assert list(periods(start, end, interval))[-1].end == end


def test_the_span_before_is_as_long_and_ends_the_day_before() -> None:
    assert previous(date(2024, 3, 1), date(2024, 3, 31)) == (date(2024, 1, 30), date(2024, 2, 29))


@pytest.mark.parametrize(
    ("tz", "day", "hours"),
    [("UTC", "2024-03-31", 24), ("Europe/Berlin", "2024-03-31", 23), ("Europe/Berlin", "2024-10-27", 25)],
)
def test_a_day_is_as_long_as_daylight_saving_makes_it(tz: str, day: str, hours: int) -> None:
    today = date.fromisoformat(day)
    assert day_end(today, zone(tz)) - day_end(today - timedelta(days=1), zone(tz)) == hours * 3600


@given(st.integers(946_684_800, 2_500_000_000), st.sampled_from(["UTC", "America/New_York", "Asia/Kolkata"]))
def test_an_instant_lies_before_the_end_of_its_day(epoch: int, tz: str) -> None:
    day = local_date(epoch, zone(tz))
    assert day_end(day - timedelta(days=1), zone(tz)) <= epoch < day_end(day, zone(tz))


def test_a_day_of_utc_is_utc() -> None:
    assert local_date(datetime(2024, 1, 1, 23, 59, 59, tzinfo=UTC).timestamp(), zone("UTC")) == date(2024, 1, 1)


def test_bad_input_is_named() -> None:
    for text in ("31.1.2024", "0001-01-01", "9999-12-31", ""):
        with pytest.raises(BadDate, match=f"“{re.escape(text)}” is not a date"):
            parse_date(text)
    with pytest.raises(BadInterval, match="“year” is not an interval"):
        Interval.parse("year")
    with pytest.raises(BadSettings, match="no time zone called “Mars/Base”"):
        zone("Mars/Base")
