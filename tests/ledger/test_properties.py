"""Over generated worlds under all switches: the ledger against the reference, and the properties that it must keep."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.ledger.build import Ledger
from lib.ledger.rules import Rules
from lib.metrics.catalog import find
from lib.metrics.query import Query
from tests.ledger.bills import books
from tests.ledger.full_worlds import FIRST, RULES, SETTLED, SPAN, World, worlds
from tests.ledger.reference import Reference

EXAMPLES = 80
NEAR = 100
"""Micros (a ten-thousandth of a minor unit) by which rates of a billionth's precision may be off."""

under_any_rules = given(world=worlds(), rules=RULES)
often = settings(max_examples=EXAMPLES)


def day_of(day: int) -> date:
    return FIRST + timedelta(days=day)


def values(found: Ledger, slug: str) -> list[int]:
    """A metric's value on each day of the generated world."""
    return find(slug)(found, Query(FIRST, day_of(SPAN)))["value"].to_list()


def running(moved: pl.DataFrame) -> list[dict[tuple[str, str], int]]:
    """The running sum of movements at the end of each day: (subscription, plan) to micros, 0 left out."""
    steps: dict[date, list[tuple[str, str, int]]] = defaultdict(list)
    for day, *step in moved.select("date", "subscription", "plan", "amount").iter_rows():
        steps[day].append(tuple(step))
    held: dict[tuple[str, str], int] = defaultdict(int)
    found = []
    for day in range(SPAN + 1):
        for subscription, plan, amount in steps[day_of(day)]:
            held[subscription, plan] += amount
        found.append({key: amount for key, amount in held.items() if amount})
    return found


# --- Equality with the reference --------------------------------------------------------------------------------------


@often
@under_any_rules
def test_every_subscription_and_plan_is_on_every_day_worth_what_the_reference_says(world: World, rules: Rules) -> None:
    found, reference = books(world, SPAN, rules), Reference(world, rules, SPAN)
    told = {"movements": Reference.micros, "trialing": Reference.trialing}
    for frame, expected in told.items():
        for day, held in enumerate(running(getattr(found, frame))):
            assert held == expected(reference, day), (frame, day)
    later = reference.committed()
    for day, held in enumerate(running(found.committed)):
        assert held == later.micros(day), ("committed", day)
    assert not found.hidden


@often
@under_any_rules
def test_every_movement_has_the_type_and_the_amount_that_the_reference_says(world: World, rules: Rules) -> None:
    moved = books(world, SPAN, rules).movements.filter(pl.col("type") != "fx")
    days = moved.group_by("date", "customer").agg(pl.col("type").unique(), pl.col("amount").sum())
    found = {(day, who): (kinds, net) for day, who, kinds, net in days.iter_rows()}
    kept = {key: told for key, told in found.items() if told[1] or told[0][0] in {"new", "churn", "reactivation"}}
    expected = {key: ([kind], net) for key, (kind, net) in Reference(world, rules, SPAN).movements().items()}
    assert kept == expected


@often
@under_any_rules
def test_mrr_trial_mrr_committed_mrr_and_active_customers_are_what_the_reference_says(
    world: World, rules: Rules
) -> None:
    found, reference = books(world, SPAN, rules), Reference(world, rules, SPAN)
    later = reference.committed()
    days = range(SPAN + 1)
    assert values(found, "active_customers") == [len(reference.active(day)) for day in days]
    for slug, held in {
        "mrr": reference.micros,
        "trial_mrr": reference.trialing,
        "committed_mrr": later.micros,
    }.items():
        expected = [reference.base(held(day), day) for day in days]
        wrong = [n for n, (a, b) in enumerate(zip(values(found, slug), expected, strict=True)) if abs(a - b) > NEAR]
        assert not wrong, slug


# --- The identity -----------------------------------------------------------------------------------------------------


@often
@under_any_rules
def test_start_plus_all_movements_is_the_end_for_every_day_plan_and_currency(world: World, rules: Rules) -> None:
    found, reference = books(world, SPAN, rules), Reference(world, rules, SPAN)
    currency = {f"s{n}": life.currency for n, life in enumerate(world.lives)}
    moved: dict[date, dict[tuple[str, str], list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    for row in found.movements.iter_rows(named=True):
        signs = {"new": 1, "expansion": 1, "reactivation": 1, "contraction": -1, "churn": -1, "fx": 0}
        of_day = moved[row["date"]][row["plan"], row["currency"]]
        of_day[0] += row["amount"]
        of_day[1] += row["amount_base"]
        assert row["type"] in signs
        assert row["type"] != "fx" or row["amount"] == 0
    start: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for day in range(SPAN + 1):
        end: dict[tuple[str, str], list[Fraction]] = defaultdict(lambda: [Fraction(0), Fraction(0)])
        for (sub, plan), amount in reference.micros(day).items():
            end[plan, currency[sub]][0] += amount
            end[plan, currency[sub]][1] += amount * reference.rate(currency[sub], day)
        for key, (amount, base) in moved[day_of(day)].items():
            start[key][0] += amount
            start[key][1] += base
        for key in start.keys() | end.keys():
            assert start[key][0] == end[key][0], (day, key)
            assert abs(start[key][1] - end[key][1]) < NEAR, (day, key)


@often
@under_any_rules
def test_a_customer_moves_one_way_a_day_and_that_way_only(world: World, rules: Rules) -> None:
    moved = books(world, SPAN, rules).movements.filter(pl.col("type") != "fx")
    days = moved.group_by("customer", "date").agg(pl.col("type").n_unique(), net=pl.col("amount").sum(), of="type")
    assert (days["type"] == 1).all()
    for net, kinds in days.select("net", "of").iter_rows():
        assert net <= 0 if kinds[0] in {"contraction", "churn"} else net >= 0


# --- Time and order ---------------------------------------------------------------------------------------------------


@often
@given(world=worlds(), rules=RULES, day=st.integers(SETTLED, SPAN - 1))
def test_history_stays_the_same_whatever_the_day_of_the_import(world: World, rules: Rules, day: int) -> None:
    """All but two things, which are so by their nature.

    Whether a stay was short is known only when it is over, and that a cancelled trial's or subscription's day counts as
    the click is known at once. A pause that no renewal has shown yet is told of in test_switches.py.
    """
    rules = replace(rules, drop_short_stays=False)
    until = pl.col("date") <= day_of(day)
    then, now = books(world, day, rules), books(world, SPAN, rules)
    assert then.movements.equals(now.movements.filter(until))
    assert then.committed.equals(now.committed.filter(until))
    assert then.trialing.equals(now.trialing.filter(until))
    begun = now.trials.filter(pl.col("start") <= day_of(day))
    assert then.trials.select("subscription", "start").equals(begun.select("subscription", "start"))
    assert then.trials.filter("over").equals(begun.filter(pl.col("end") <= day_of(day)))


@often
@given(world=worlds(), rules=RULES, seed=st.integers(0, 1_000))
def test_the_order_of_rows_does_not_matter(world: World, rules: Rules, seed: int) -> None:
    one, other = books(world, SPAN, rules), books(world, SPAN, rules, shuffle=seed)
    for name in ("states", "movements", "committed", "trialing", "trials", "rates", "plans", "customers", "cash"):
        assert getattr(one, name).equals(getattr(other, name)), name
    assert one.subscriptions.sort("subscription").equals(other.subscriptions.sort("subscription"))
