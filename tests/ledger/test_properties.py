"""Over generated lives of subscriptions: the ledger against the reference, and the properties that it must keep."""

from __future__ import annotations

from datetime import timedelta

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.ledger.build import Ledger
from lib.money import to_micros
from tests.ledger.worlds import FIRST, SPAN, Life, books, worlds


def worth(ledger: Ledger, sub: str, day: int) -> int:
    rows = ledger.movements.filter(
        pl.col("subscription") == sub, pl.col("date") <= FIRST + timedelta(days=day), pl.col("type") != "fx"
    )
    return int(rows["amount"].sum())


@settings(max_examples=40, deadline=None)
@given(worlds)
def test_every_day_of_every_subscription_is_worth_what_the_reference_says(world: list[Life]) -> None:
    found = books(world, SPAN)
    for number, life in enumerate(world):
        for day in range(SPAN + 1):
            assert worth(found, f"s{number}", day) == to_micros(life.worth(day)), (number, day)
    assert not found.hidden


@settings(max_examples=40, deadline=None)
@given(worlds, st.integers(0, 1_000))
def test_the_order_of_rows_does_not_matter(world: list[Life], seed: int) -> None:
    assert books(world, SPAN, shuffle=seed).movements.equals(books(world, SPAN).movements)


@settings(max_examples=40, deadline=None)
@given(worlds, st.integers(20, SPAN - 1))
def test_history_stays_the_same_whatever_the_day_of_the_import(world: list[Life], day: int) -> None:
    until = pl.col("date") <= FIRST + timedelta(days=day)
    assert books(world, day).movements.equals(books(world, SPAN).movements.filter(until))


@settings(max_examples=40, deadline=None)
@given(worlds)
def test_movements_lead_from_nothing_to_today_for_every_plan_and_customer(world: list[Life]) -> None:
    moved = books(world, SPAN).movements
    for customer in {life.customer for life in world}:
        today = sum((to_micros(life.worth(SPAN)) for life in world if life.customer == customer), 0)
        assert moved.filter(pl.col("customer") == f"c{customer}")["amount"].sum() == today
    kinds = moved.group_by("customer", "date").agg(pl.col("type").n_unique())["type"]
    assert (kinds == 1).all(), "a customer moves one way a day"
