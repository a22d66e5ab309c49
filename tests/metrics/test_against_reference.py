"""From Stripe's rows to figures: the first metrics against their formulas, over generated lives of subscriptions.

Every metric by itself: test_every_metric.py.
"""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings

from lib.metrics.catalog import METRICS, find
from lib.metrics.query import Query
from lib.money import to_micros
from lib.periods import Interval
from tests.ledger.worlds import FIRST, SPAN, Life, books, worlds

TODAY = FIRST + timedelta(days=SPAN)


class Reference:
    """Each customer's MRR in micros at the end of each day, and the formulas read aloud."""

    def __init__(self, world: list[Life]) -> None:
        self.customers = sorted({life.customer for life in world})
        self.daily = {
            c: [sum(to_micros(x.worth(d)) for x in world if x.customer == c) for d in range(SPAN + 1)]
            for c in self.customers
        }

    def paid(self, customer: int, day: int) -> int:
        return self.daily[customer][day] if day >= 0 else 0

    def mrr(self, day: int) -> int:
        return sum(self.paid(c, day) for c in self.customers)

    def active(self, day: int) -> int:
        return sum(self.paid(c, day) > 0 for c in self.customers)

    def step(self, customer: int, day: int) -> tuple[str, int]:
        before, now = self.paid(customer, day - 1), self.paid(customer, day)
        ever = any(self.paid(customer, d) for d in range(day))
        if before == now:
            return "", 0
        if before == 0:
            return ("reactivation" if ever else "new"), now
        if now == 0:
            return "churn", -before
        return ("expansion" if now > before else "contraction"), now - before

    def moved(self, kind: str, day: int) -> int:
        return sum(amount for c in self.customers for k, amount in [self.step(c, day)] if k == kind)

    def count(self, kind: str, day: int) -> int:
        return sum(self.step(c, day)[0] == kind for c in self.customers)

    def customer_churn(self, day: int) -> Fraction | None:
        base = [c for c in self.customers if self.paid(c, day - 30)]
        gone = [c for c in base if not self.paid(c, day)]
        return Fraction(len(gone), len(base)) if base else None

    def revenue_churn(self, day: int) -> Fraction | None:
        lost = 0
        for c in self.customers:
            steps = [self.step(c, d) for d in range(max(0, day - 29), day + 1)]
            loss = -sum(amount for kind, amount in steps if kind in {"churn", "contraction"})
            lost += min(loss, self.paid(c, day - 30))
        opening = self.mrr(day - 30)
        return Fraction(lost, opening) if opening else None


def series(world: list[Life], slug: str, query: Query) -> list[object]:
    found: list[object] = find(slug)(books(world, SPAN), query)["value"].to_list()
    return found


DAILY = Query(FIRST, TODAY)


@settings(max_examples=20, deadline=None)
@given(worlds)
def test_levels_and_flows_are_what_their_formulas_say_every_day(world: list[Life]) -> None:
    ref, days = Reference(world), range(SPAN + 1)
    assert [ref.mrr(d) for d in days] == series(world, "mrr", DAILY)
    assert [12 * ref.mrr(d) for d in days] == series(world, "arr", DAILY)
    assert [ref.active(d) for d in days] == series(world, "active_customers", DAILY)
    assert [ref.count("new", d) for d in days] == series(world, "new_customers", DAILY)
    assert [ref.count("churn", d) for d in days] == series(world, "churned_customers", DAILY)
    for kind, slug, sign in (
        ("new", "new_mrr", 1),
        ("expansion", "expansion_mrr", 1),
        ("reactivation", "reactivation_mrr", 1),
        ("contraction", "contraction_mrr", -1),
        ("churn", "churned_mrr", -1),
    ):
        assert [sign * ref.moved(kind, d) for d in days] == series(world, slug, DAILY)


@settings(max_examples=20, deadline=None)
@given(worlds)
def test_ratios_are_what_their_formulas_say_and_na_without_a_base(world: list[Life]) -> None:
    ref, days = Reference(world), range(SPAN + 1)
    churn = [ref.customer_churn(d) for d in days]
    assert [None if r is None else float(r) for r in churn] == series(world, "customer_churn_rate", DAILY)
    lost = [ref.revenue_churn(d) for d in days]
    assert [None if r is None else float(r) for r in lost] == series(world, "revenue_churn_rate", DAILY)
    arpu = [round(Fraction(ref.mrr(d), ref.active(d))) if ref.active(d) else None for d in days]
    assert arpu == series(world, "arpu", DAILY)
    ltv = [a / r if a is not None and r else None for a, r in zip(arpu, churn, strict=True)]
    found = series(world, "ltv", DAILY)
    assert [x is None for x in ltv] == [x is None for x in found]
    assert all(abs(Fraction(str(b)) - a) <= 1 for a, b in zip(ltv, found, strict=True) if a is not None)


@settings(max_examples=12, deadline=None)
@given(worlds)
@pytest.mark.parametrize("interval", [Interval.WEEK, Interval.MONTH])
def test_longer_periods_sum_flows_and_end_with_levels(interval: Interval, world: list[Life]) -> None:
    ref = Reference(world)
    query = Query(FIRST, TODAY, interval)
    frame = find("new_mrr")(books(world, SPAN), query)
    starts = [(d - FIRST).days for d in frame["date"]]
    spans = list(zip(starts, [*starts[1:], SPAN + 1], strict=True))
    assert [sum(ref.moved("new", d) for d in range(a, b)) for a, b in spans] == frame["value"].to_list()
    assert [ref.mrr(b - 1) for _, b in spans] == series(world, "mrr", query)
    assert frame["unfinished"].to_list()[-1]


def test_days_that_have_not_come_are_empty_and_today_is_unfinished() -> None:
    world = [Life([(0, "basic", 1)], None, None, (0, None), False, 0)]
    frame = find("mrr")(books(world, SPAN), Query(TODAY - timedelta(days=1), TODAY + timedelta(days=1)))
    assert frame["value"].to_list() == [1_000_000_000, 1_000_000_000, None]
    assert frame["unfinished"].to_list() == [False, True, False]


def test_every_metric_answers_an_empty_account_without_a_false_zero_for_ratios() -> None:
    empty = books([], SPAN)
    for known in METRICS:
        values = known(empty, Query(date(2024, 1, 1), date(2024, 1, 3)))["value"].to_list()
        assert values == [0 if known.additive else None] * 3, known.slug
