"""What a span is compared with is one thing: the page says what the API and the command line answer."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

import pytest

from lib.metrics import catalog
from lib.metrics.query import Query
from lib.periods import add_months, previous
from lib.reports import answers, door, weekly
from lib.web.reader import Reader
from tests.web.conftest import Business, Open
from tests.web.test_analysis_pages import html

DAY: Final = timedelta(days=1)


def spans(today: date) -> dict[str, tuple[date, date]]:
    """Days of the last months, each kind of span once."""
    first = today.replace(day=1)
    return {
        "a whole month": (add_months(first, -2), add_months(first, -1) - DAY),
        "a whole year": (add_months(first, -12), first - DAY),
        "part of a month": (add_months(first, -1), add_months(first, -1) + 9 * DAY),
        "days": (add_months(first, -1) + 4 * DAY, add_months(first, -1) + 13 * DAY),
    }


@pytest.mark.parametrize("kind", ["a whole month", "a whole year", "part of a month", "days"])
@pytest.mark.parametrize("slug", ["net_revenue", "active_customers"])
def test_the_page_and_the_api_compare_with_the_same_span(
    business: Business, open_page: Open, kind: str, slug: str
) -> None:
    start, end = spans(door.span(business.account)[1])[kind]
    result = door.metric(business.account, slug, Query(start, end))
    scale = Reader().scale(catalog.find(slug), result.currency)
    told = html(open_page("metric", slug=slug, **{"from": start.isoformat(), "to": end.isoformat()}))
    assert f'<span class="pl-muted">{scale.text(result.previous)} in the previous period' in told
    assert answers.metric_answer(result)["previous"] == answers.number(
        result.previous, result.metric.unit, result.currency
    )


def test_whole_months_are_compared_with_whole_months(business: Business) -> None:
    start, end = spans(door.span(business.account)[1])["a whole month"]
    before = add_months(start, -1), start - DAY
    held = door.metric(business.account, "net_revenue", Query(start, end)).previous
    assert held == door.metric(business.account, "net_revenue", Query(*before)).total
    assert held != door.metric(business.account, "net_revenue", Query(*previous(start, end))).total or (
        previous(start, end) == before
    )


def test_the_weekly_summary_compares_with_a_week_before_also_on_the_first(business: Business) -> None:
    monday = add_months(door.span(business.account)[1].replace(day=1), -1) + weekly.WEEK
    week = Query(monday - weekly.WEEK, monday - DAY)
    now, then = (door.metric(business.account, "active_customers", each).total for each in (week, week.before()))
    change = int((now or 0) - (then or 0))
    said = f"{abs(change)} {'more' if change > 0 else 'fewer'} than" if change else "as many as"
    assert f"{said} a week before" in weekly.told(business.account, monday)[1]
