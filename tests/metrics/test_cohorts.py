"""Cohorts: against the definition written out slowly over generated lives, and against published examples."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings

from lib.metrics.cohorts import COHORTS, Every, Measure, Of, Show, cohorts, overall, shown
from lib.money import to_micros
from tests.ledger.worlds import FIRST, SPAN, Life, books, worlds

TODAY = FIRST + timedelta(days=SPAN)


def start(day: date, every: Every) -> date:
    """The first day of the period that holds ``day``, said another way than in the code."""
    return {
        Every.WEEK: date.fromisocalendar(*day.isocalendar()[:2], 1),
        Every.MONTH: date(day.year, day.month, 1),
        Every.QUARTER: date(day.year, {0: 1, 1: 4, 2: 7, 3: 10}[(day.month - 1) // 3], 1),
    }[every]


def reference(world: list[Life], of: Of, every: Every) -> list[tuple[date, int, int, int, bool]]:
    """(cohort, age, size, value, unfinished) by looking at every customer on every day."""
    days = [FIRST + timedelta(days=d) for d in range(SPAN + 1)]
    paid = {
        c: [sum(to_micros(x.worth(d)) for x in world if x.customer == c) for d in range(SPAN + 1)]
        for c in {x.customer for x in world}
    }
    first = {c: next(d for d, amount in enumerate(daily) if amount) for c, daily in paid.items() if any(daily)}
    rows = []
    for cohort in sorted({start(days[d], every) for d in first.values()}):
        members = [c for c, d in first.items() if start(days[d], every) == cohort]
        size = len(members) if of is Of.CUSTOMERS else sum(paid[c][first[c]] for c in members)
        later = sorted({start(day, every) for day in days if start(day, every) >= cohort})
        for age, period in enumerate(later):
            end = max(d for d, day in enumerate(days) if start(day, every) == period)
            value = sum(paid[c][end] > 0 if of is Of.CUSTOMERS else paid[c][end] for c in members)
            rows.append((cohort, age, size, value, period == start(TODAY, every)))
    return rows


@settings(max_examples=25, deadline=None)
@given(worlds)
@pytest.mark.parametrize("every", list(Every))
@pytest.mark.parametrize("of", list(Of))
def test_every_cell_is_what_its_customers_are_worth_at_the_end_of_its_period(
    of: Of, every: Every, world: list[Life]
) -> None:
    frame = cohorts(books(world, SPAN), of, every)
    assert frame.schema == COHORTS
    assert frame.drop("end").rows() == reference(world, of, every)


def paying(*spans: tuple[int, int | None]) -> list[Life]:
    """Subscriptions of customer 0 and on, each to Basic ($10) from one day to another."""
    return [Life([(a, "basic", 1)], b, None, (a, None), False, 0) for a, b in spans]


def test_who_returns_stays_in_the_first_cohort_and_opens_no_other() -> None:
    frame = cohorts(books(paying((5, 40), (70, None)), SPAN), Of.CUSTOMERS, Every.MONTH)
    assert frame.select("cohort", "age", "value").rows() == [
        (date(2024, 1, 1), 0, 1),  # joined on January 6
        (date(2024, 1, 1), 1, 0),  # left on February 10
        (date(2024, 1, 1), 2, 1),  # came back on March 11
        (date(2024, 1, 1), 3, 1),
        (date(2024, 1, 1), 4, 1),
    ]


def test_joining_and_leaving_within_the_first_period_is_in_the_size_and_not_retained() -> None:
    frame = cohorts(books(paying((5, 20)), SPAN), Of.CUSTOMERS, Every.MONTH)
    assert frame.select("size", "value").row(0) == (1, 0)


def test_revenue_may_grow_beyond_what_the_cohort_started_with() -> None:
    world = [Life([(0, "basic", 1), (40, "pro", 1)], None, None, (0, None), True, 0)]
    frame = shown(cohorts(books(world, SPAN), Of.REVENUE, Every.MONTH), Show.RETENTION, Measure.PERCENT)
    assert frame["shown"].to_list() == pytest.approx([1.0, 2.9, 2.9, 2.9, 2.9])
    lost = shown(frame, Show.CHURN, Measure.COUNT)
    assert lost["shown"].to_list() == [0, *[-1_900_000_000] * 4]


def test_the_future_has_no_cell_and_the_running_period_is_marked() -> None:
    world = [*paying((0, None)), Life([(125, "pro", 1)], None, None, (125, None), False, 1)]
    frame = cohorts(books(world, SPAN), Of.CUSTOMERS, Every.MONTH)
    assert frame.select("cohort", "age", "end", "unfinished").rows()[3:] == [
        (date(2024, 1, 1), 3, date(2024, 4, 30), False),
        (date(2024, 1, 1), 4, TODAY, True),
        (date(2024, 5, 1), 0, TODAY, True),
    ]


def test_a_period_is_unfinished_until_its_last_day_is_over() -> None:
    last_day = SPAN + 1
    frame = cohorts(books(paying((0, None)), last_day), Of.CUSTOMERS, Every.MONTH)
    assert frame.select("end", "unfinished").rows()[-1] == (date(2024, 5, 31), True)


def test_who_was_active_for_nothing_before_the_first_payment_counts_from_age_0() -> None:
    """Under rules that keep customers with 100 % off active, activity may begin before the first day with MRR."""
    ledger = books(paying((0, None)), SPAN)
    later = replace(ledger, customers=ledger.customers.with_columns(cohort=pl.lit(date(2024, 2, 3))))
    assert cohorts(later, Of.CUSTOMERS, Every.MONTH)["value"].to_list() == [1, 1, 1, 1]


def test_nobody_ever_paid_is_an_empty_table() -> None:
    for of in Of:
        assert cohorts(books([], SPAN), of, Every.WEEK).is_empty()


def table(sizes: dict[date, int], values: dict[date, list[int]]) -> pl.DataFrame:
    rows = [(c, age, c, sizes[c], v, False) for c, found in values.items() for age, v in enumerate(found)]
    return pl.DataFrame(rows, schema=COHORTS, orient="row")


JAN, FEB, MAR, APR, MAY = (date(2026, month, 1) for month in range(1, 6))


def test_coh_01_the_published_triangle_and_its_weighted_average() -> None:
    """coh-01: growth-pilot.co, "How to read retention tables"; cohorts of 100, of 300 in May to show the weights."""
    published = {
        JAN: [100, 42, 31, 27, 25, 24], FEB: [100, 45, 33, 29, 27], MAR: [100, 44, 34, 30], APR: [100, 51, 39],
        MAY: [300, 159],
    }  # fmt: skip
    sizes = {JAN: 100, FEB: 100, MAR: 100, APR: 100, MAY: 300}
    frame = shown(table(sizes, published), Show.RETENTION, Measure.PERCENT)
    may = frame.filter(pl.col("cohort") == MAY)["shown"].to_list()
    assert may == [1.0, 0.53]
    total = shown(overall(frame), Show.RETENTION, Measure.PERCENT)
    assert total["cohorts"].to_list() == [5, 5, 4, 3, 2, 1]
    assert total["shown"][1] == (42 + 45 + 44 + 51 + 159) / 700  # the mean of the ratios would be 0.47
    assert total["shown"].to_list()[2:] == pytest.approx([0.3425, 86 / 300, 0.26, 0.24])


def test_coh_02_a_geometric_cohort() -> None:
    """coh-02: simulalo.app: 500 customers, 6 % monthly churn; month 3 83.1 % (415), 6 69.0 % (345), 12 47.6 % (238)."""
    left = [round(500 * 0.94**month) for month in range(13)]
    frame = shown(table({JAN: 500}, {JAN: left}), Show.RETENTION, Measure.PERCENT)
    assert [left[3], left[6], left[12]] == [415, 345, 238]
    assert [frame["shown"][age] for age in (3, 6, 12)] == pytest.approx([0.831, 0.690, 0.476], abs=0.0015)
    churned = shown(frame, Show.CHURN, Measure.PERCENT)["shown"]
    assert [round(churned[age], 3) for age in (3, 6, 12)] == [0.17, 0.31, 0.524]


def test_coh_04_counts_and_rates_are_two_views_of_one_table() -> None:
    """coh-04: feedgot.com: January 200 with 85 % and 70 %, February 180 with 82 % and 66 %; in tenths of a customer."""
    frame = table({JAN: 2000, FEB: 1800}, {JAN: [2000, 1700, 1400], FEB: [1800, 1476, 1188]})
    rates = shown(frame, Show.RETENTION, Measure.PERCENT)["shown"].to_list()
    assert rates == [1.0, 0.85, 0.7, 1.0, 0.82, 0.66]
    assert shown(frame, Show.CHURN, Measure.COUNT)["shown"].to_list() == [0, 300, 600, 0, 324, 612]


def test_a_share_of_nothing_is_not_available() -> None:
    frame = shown(table({JAN: 0}, {JAN: [0]}), Show.RETENTION, Measure.PERCENT)
    assert frame["shown"].to_list() == [None]
