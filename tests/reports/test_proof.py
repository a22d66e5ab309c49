"""Proofs: the rows behind every figure add up to it, whatever the world, the span, the interval and the split."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from lib.metrics.catalog import METRICS
from lib.metrics.query import By, Query
from lib.periods import Interval
from lib.reports import proof
from tests.ledger.worlds import FIRST, SPAN, Life, books, worlds

TODAY = FIRST + timedelta(days=SPAN)
days = st.integers(0, SPAN - 1).map(lambda n: FIRST + timedelta(days=n))


@settings(max_examples=8)
@given(worlds, days, st.integers(0, SPAN), st.sampled_from(Interval), st.data())
def test_the_rows_of_every_metric_add_up_to_its_figure(
    world: list[Life], start: date, length: int, interval: Interval, data: st.DataObject
) -> None:
    ledger = books(world, SPAN)
    query = Query(start, min(TODAY, start + timedelta(days=length)), interval)
    period = data.draw(st.sampled_from(query.frame(ledger.today)["date"].to_list()))
    for metric in METRICS:
        found = proof.of(ledger, metric, query, period)
        assert found.holds, (metric.slug, found.value, found.total, found.frame)


@settings(max_examples=6)
@given(
    worlds,
    st.sampled_from([By.PLAN, By.PRODUCT, By.CURRENCY, By.COHORT, By.COUPON, By.CUSTOMER]),
    st.sampled_from(Interval),
    st.data(),
)
def test_a_groups_rows_add_up_to_the_groups_figure(
    world: list[Life], by: By, interval: Interval, data: st.DataObject
) -> None:
    ledger = books(world, SPAN)
    query = Query(FIRST, TODAY, interval, by)
    for metric in METRICS:
        if by not in metric.by:
            continue
        groups = sorted(set(metric(ledger, query)["group"]))
        if not groups:
            continue
        group = data.draw(st.sampled_from(groups))
        period = data.draw(st.sampled_from(query.frame(ledger.today)["date"].to_list()))
        found = proof.of(ledger, metric, query, period, group)
        assert found.holds, (metric.slug, group, found.value, found.total, found.frame)


def test_days_in_titles_follow_the_reader() -> None:
    ledger = books([], SPAN)
    churn = next(each for each in METRICS if each.slug == "customer_churn_rate")
    titles = [
        [part.title for part in proof.of(ledger, churn, Query(FIRST, FIRST), FIRST, locale=locale).parts]
        for locale in ("en_US", "de_DE")
    ]
    written = [FIRST.strftime(f"%b {FIRST.day}, %Y"), FIRST.strftime("%d.%m.%Y")]
    assert [gone for gone, _ in titles] == [f"Gone by {day}" for day in written]


def test_a_group_that_gained_by_a_downgrade_has_no_quick_ratio_and_no_proof_of_one() -> None:
    ledger = books(
        [Life([(0, "pro", 1), (13, "basic", 1)], None, None, (0, None), invoiced_at_once=False, customer=0)], SPAN
    )
    query = Query(FIRST, TODAY, Interval.MONTH, By.PLAN)
    metric = next(each for each in METRICS if each.slug == "quick_ratio")
    for group in metric(ledger, query)["group"].unique():
        for period in query.frame(ledger.today)["date"]:
            found = proof.of(ledger, metric, query, period, group)
            assert found.holds, (group, found.value, found.total)
