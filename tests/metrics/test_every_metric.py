"""Every metric of the registry against its formula (reference.py), over generated worlds and under generated rules."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from lib.ledger.rules import Rules
from lib.metrics import catalog
from lib.metrics.query import Query
from lib.periods import Interval, periods
from lib.reports import door
from tests.metrics.lab import FIRST, SPAN, World, day, quick, worlds
from tests.metrics.reference import FORMULAS, Figure, Reference, expected

spans = st.builds(
    lambda start, days, interval: Query(day(start), day(start + days), interval),
    st.integers(0, SPAN + 5),
    st.integers(0, 70),
    st.sampled_from(Interval),
)


def same(found: float | None, wanted: Figure) -> bool:
    """Counts and sums to the micro; ratios to what a float and a rounded micro can hold."""
    if found is None or wanted is None or isinstance(wanted, int):
        return found == wanted
    slack = max(abs(wanted) / 10**9, Fraction(isinstance(found, int)))
    return abs(Fraction(found) - wanted) <= slack


def test_every_slug_has_its_formula_here() -> None:
    assert [each.slug for each in catalog.METRICS] == list(FORMULAS)


@quick(60)
@given(worlds, spans)
def test_every_metric_is_what_its_formula_says_in_every_period(world: World, query: Query) -> None:
    ledger, ref = world.ledger(), Reference(world)
    cut = list(periods(query.start, query.end, query.interval))
    for known in catalog.METRICS:
        frame = known(ledger, query)
        assert frame["date"].to_list() == [p.start for p in cut]
        assert frame["unfinished"].to_list() == [p.start <= day(SPAN) <= p.end for p in cut]
        for period, value in zip(cut, frame["value"], strict=True):
            wanted = expected(ref, known.slug, period.start, period.end)
            assert same(value, wanted), (known.slug, period, value, wanted)


@quick(40)
@given(worlds, spans)
def test_a_span_comes_to_what_the_formula_says_of_it_as_a_whole(world: World, query: Query) -> None:
    ledger, ref = world.ledger(), Reference(world)
    for known in catalog.METRICS:
        wanted = expected(ref, known.slug, query.start, query.end)
        found = door.total(known, ledger, query)
        assert same(found, wanted) or (query.start > day(SPAN) and found is None), (known.slug, found, wanted)


def test_an_average_over_a_span_is_no_mean_of_averages() -> None:
    """Two at 100 on one day and one at 1,000 on another: 400 on average, not 550."""
    held = [(0, 0, 0, "basic", 10_000, True), (0, 1, 1, "basic", 10_000, True), (9, 2, 3, "pro", 100_000, True)]
    ledger = World(held=held, today=30).ledger()
    assert door.total(catalog.find("asp"), ledger, Query(FIRST, FIRST + timedelta(days=10))) == 40_000 * 10**6


def test_retention_counts_a_leap_day_from_the_first_of_march_on() -> None:
    """Who joined on 29 February 2024 was not there 12 months before 28 February 2025."""
    leap = (date(2024, 2, 29) - FIRST).days
    ledger = World(
        held=[(0, 0, 0, "basic", 1000, True), (leap, 1, 1, "basic", 3000, True), (400, 1, 1, "basic", 0, False)]
    )
    days = Query(date(2025, 2, 28), date(2025, 3, 1))
    assert catalog.find("net_revenue_retention")(ledger.ledger(), days)["value"].to_list() == [1.0, 0.25]


def test_churn_can_be_divided_by_who_came_since() -> None:
    """Two paid 10 each 30 days before; a third came since with 10 and left: nobody of two is gone, or one of three."""
    held = [(0, 0, 0, "basic", 1000, True), (0, 1, 1, "basic", 1000, True)]
    held += [(40, 3, 3, "basic", 1000, True), (45, 3, 3, "basic", 0, False)]
    for rules, rates in ((Rules(), [0.0, 0.0, 0.0]), (Rules(churn_counts_new=True), [1 / 3, 1 / 3, 1 / 3])):
        ledger = World(held=held, today=60, rules=rules).ledger()
        slugs = ("customer_churn_rate", "revenue_churn_rate", "net_mrr_churn_rate")
        assert [catalog.find(slug)(ledger, Query(day(50), day(50)))["value"][0] for slug in slugs] == rates
