"""The filter row's spans: dates in, dates out."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace

import pytest

from lib.periods import Interval
from lib.reports import door
from lib.web import filters, words
from lib.web.filters import Against, Preset, View
from tests.web.conftest import Business, Open

FIRST, TODAY = date(2023, 12, 5), date(2026, 11, 23)


@pytest.mark.parametrize(
    ("start", "end", "preset", "chosen"),
    [
        (date(2026, 10, 25), TODAY, Preset.DAYS_30, ()),
        (date(2026, 9, 1), TODAY, Preset.MONTHS_3, ()),
        (date(2025, 12, 1), TODAY, Preset.MONTHS_12, ()),
        (FIRST, TODAY, Preset.ALL, ()),
        (date(2026, 1, 1), date(2026, 1, 31), Preset.CUSTOM, (date(2026, 1, 1), date(2026, 1, 31))),
        (date(2026, 1, 1), TODAY, Preset.CUSTOM, (date(2026, 1, 1),)),
        (date(2025, 12, 1), TODAY, Preset.CUSTOM, ()),
    ],
)
def test_spans(start: date, end: date, preset: Preset, chosen: tuple[date, ...]) -> None:
    assert filters.span(preset, FIRST, TODAY, chosen) == (start, end)


@pytest.mark.parametrize("preset", [Preset.DAYS_30, Preset.MONTHS_3, Preset.MONTHS_12, Preset.CUSTOM])
@pytest.mark.parametrize("interval", list(Interval))
def test_a_span_is_the_same_however_it_is_cut(preset: Preset, interval: Interval) -> None:
    start, _ = filters.span(preset, FIRST, TODAY)
    assert filters.aligned(start, preset, interval) == start


def test_all_time_starts_with_a_whole_period() -> None:
    assert filters.aligned(FIRST, Preset.ALL, Interval.MONTH) == date(2023, 12, 1)
    assert filters.aligned(FIRST, Preset.ALL, Interval.DAY) == FIRST


def view(
    start: date, end: date, interval: Interval, preset: Preset = Preset.CUSTOM, against: Against = Against.BEFORE
) -> View:
    return View(preset, start, end, interval, against)


@pytest.mark.parametrize(
    ("before", "asked"),
    [
        ((date(2024, 12, 1), date(2025, 11, 23)), (date(2025, 12, 1), TODAY)),
        ((date(2026, 6, 1), date(2026, 8, 23)), (date(2026, 9, 1), TODAY)),
        ((date(2026, 1, 1), date(2026, 2, 28)), (date(2026, 3, 1), date(2026, 4, 30))),
        ((date(2026, 1, 1), date(2026, 1, 31)), (date(2026, 2, 1), date(2026, 2, 28))),
    ],
)
@pytest.mark.parametrize("interval", list(Interval))
def test_months_are_compared_with_as_many_months_to_the_same_day(
    before: tuple[date, date], asked: tuple[date, date], interval: Interval
) -> None:
    found = view(*asked, interval).before()
    assert found is not None
    assert (found.start, found.end) == before


@pytest.mark.parametrize(
    ("days", "said", "written"),
    [
        ((date(2026, 1, 1), date(2026, 2, 1)), "", ["2026-01-01", "2026-02-01"]),
        ((date(2026, 1, 1), date(2026, 2, 1)), "swapped", ["2026-02-01", "2026-01-01"]),
        ((), "“2026-13-01” is not a date", ["2026-13-01", "2026-02-01"]),
        ((), "from Dec 5, 2023 to Nov 23, 2026 only", ["2020-01-01", "2026-02-01"]),
        ((), "", []),
    ],
)
def test_days_that_nobody_can_have_are_told(days: tuple[date, ...], said: str, written: list[str]) -> None:
    found, sentences = filters.chosen_days(written, FIRST, TODAY)
    assert found == days
    assert bool(sentences) == bool(said)
    assert said in " ".join(sentences)


def test_days_are_compared_with_as_many_days() -> None:
    before = view(date(2026, 1, 11), date(2026, 1, 20), Interval.DAY).before()
    assert before is not None
    assert (before.start, before.end) == (date(2026, 1, 1), date(2026, 1, 10))


@pytest.mark.parametrize(
    ("before", "asked", "interval"),
    [
        ((date(2024, 12, 1), date(2025, 11, 23)), (date(2025, 12, 1), TODAY), Interval.DAY),
        ((date(2025, 10, 25), date(2025, 11, 23)), (date(2026, 10, 25), TODAY), Interval.DAY),
        ((date(2023, 3, 1), date(2024, 2, 29)), (date(2024, 3, 1), date(2025, 2, 28)), Interval.MONTH),
        ((date(2025, 10, 27), date(2025, 11, 23)), (date(2026, 10, 26), date(2026, 11, 22)), Interval.WEEK),
    ],
)
def test_last_year_is_the_same_days_and_whole_weeks_over_whole_weeks(
    before: tuple[date, date], asked: tuple[date, date], interval: Interval
) -> None:
    found = view(*asked, interval, against=Against.YEAR).before()
    assert found is not None
    assert (found.start, found.end) == before


def test_no_comparison_before_all_time_or_when_not_wanted() -> None:
    assert view(FIRST, TODAY, Interval.DAY, Preset.ALL).before() is None
    assert view(date(2026, 1, 1), TODAY, Interval.DAY, against=Against.NOTHING).before() is None


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


BY_MONTH = (
    "The bars are by month, not by day: 365 bars would be too thin to tell apart. To see each day, choose a span of at "
    "most 93 days."
)


@pytest.mark.parametrize(
    ("said", "start", "interval"),
    [
        ("", date(2026, 10, 25), Interval.DAY),
        ("", date(2025, 11, 24), Interval.MONTH),
        (BY_MONTH, date(2025, 11, 24), Interval.DAY),
    ],
)
def test_bars_that_are_cut_otherwise_than_chosen_say_why(said: str, start: date, interval: Interval) -> None:
    assert filters.bars_told(view(start, TODAY, interval)) == said


def test_the_span_that_the_sentence_names_has_a_bar_for_each_day() -> None:
    assert filters.bars(view(TODAY - timedelta(days=92), TODAY, Interval.DAY)) is Interval.DAY
    assert filters.bars(view(TODAY - timedelta(days=93), TODAY, Interval.DAY)) is Interval.WEEK


def test_a_link_s_days_count_and_become_the_page_s_address(business: Business, open_page: Open) -> None:
    _, today = door.span(business.account)
    start, end = (today - timedelta(days=6)).isoformat(), today.isoformat()
    app = open_page("movements", **{"from": start, "to": end})
    assert (app.query_params["range"], app.query_params["days"]) == ("Custom", [start, end])
    assert not {"from", "to"} & set(app.query_params)
    told = open_page("movements", **{"from": "1999-01-01", "to": end})
    assert "There are figures from" in told.warning[0].value


OFF = "Until then, this filter leaves nothing out."


@pytest.mark.parametrize(
    ("page", "name", "narrows"),
    [
        ("customers", "status", True),
        ("customers", "plan", True),
        ("customers", "country", True),
        ("movements", "type", False),
        ("movements", "plan", True),
        ("live-feed", "kind", False),
        ("live-feed", "lookback", False),
        ("failed-charges", "show", True),
        ("plans", "level", False),
        ("cohorts", "of", False),
        ("cohorts", "show", False),
        ("cohorts", "as", False),
        ("cohorts", "every", False),
        ("exports", "what", False),
        ("exports", "interval", False),
        ("exports", "format", False),
        ("metric", "by", False),
    ],
)
def test_what_a_link_asks_for_and_is_no_choice_is_told(
    page: str, name: str, narrows: bool, business: Business, open_page: Open
) -> None:
    more = {"what": "All metrics"} if name == "interval" else {}
    app = open_page(page, **more, **{name: "[x](//evil)"})
    (said,) = [each.value for each in app.warning]
    assert said.startswith(f"“{words.plain('[x](//evil)')}” is not available here; choose ")
    assert said.endswith(OFF) is narrows
    assert name not in app.query_params
    app.run()
    assert not app.warning


def test_what_is_left_of_a_filter_still_narrows(business: Business, open_page: Open) -> None:
    app = open_page("customers", status=["Paying", "Gone"])  # type: ignore[arg-type]  # as an address has them twice
    (said,) = [each.value for each in app.warning]
    assert said.startswith("“Gone” is not available here; choose one of ")
    assert not said.endswith(OFF)
    assert app.multiselect(key="status").value == ["Paying"]


@pytest.mark.parametrize(
    ("page", "query"),
    [
        ("live-feed", {"lookback": "12 months", "kind": "Payments"}),
        ("cohorts", {"every": "quarter", "as": "count"}),
        ("movements", {"type": "Churn"}),
        ("metric", {"slug": "mrr", "by": "plan"}),
    ],
)
def test_what_a_page_offers_is_no_news(page: str, query: dict[str, str], business: Business, open_page: Open) -> None:
    assert not open_page(page, **query).warning


def test_a_long_list_is_not_told_by_heart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filters.st, "query_params", SimpleNamespace(get_all=lambda _: ["Gone", "b"]))
    assert filters.unknown("plan", "abc") == ["“Gone” is not available here; choose one of a, b, c."]
    assert (
        filters.unknown("plan", map(str, range(13)))[0] == "“Gone” is not available here; choose another from the list."
    )
    assert filters.unknown("plan", [], narrows=True)[1] == f"“b” is not available here. {OFF}"
