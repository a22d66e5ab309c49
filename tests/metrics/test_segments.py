"""Segments: whom each condition names, what a ledger narrowed to them says, and how they are kept."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.errors import BadSegment
from lib.metrics import catalog
from lib.metrics.query import Query
from lib.metrics.segments import (
    Condition,
    Op,
    Segment,
    choices,
    from_json,
    members,
    narrowed,
    narrowed_to,
    to_json,
)
from lib.periods import Interval
from tests.metrics.lab import FIRST, SPAN, World, day, quick, worlds

WORLD = World(
    held=[
        (0, 0, 0, "basic", 1000, True),  # c0: DE, pays 10 a month
        (50, 0, 0, "basic", 0, False),  # ... leaves ...
        (60, 0, 3, "pro", 2900, True),  # ... and returns, with a coupon
        (40, 1, 1, "yearly", 2000, True),  # c1: FR, region north, with a coupon
        (70, 1, 1, "yearly", 0, False),  # ... leaves
        (10, 4, 4, "old", 500, True),  # c4: FR, ...
    ],
    trials=[(2, 2, "pro", 75, 89, None, False), (4, 7, "pro", 75, 89, None, False)],  # c2: on trial; c4 too, but pays
    cash=[(7, "charge", 3, 500, False), (8, "payout", None, -400, False)],  # c3: DE, once
    today=80,
)


def who(*conditions: Condition) -> list[str]:
    return sorted(members(WORLD.ledger(), Segment("They", conditions))["customer"])


@pytest.mark.parametrize(
    ("expected", "field", "op", "values"),
    [
        ("c0 c3", "country", "is", ["DE"]),
        ("c0 c1 c3 c4", "country", "is", ["DE", "FR"]),
        ("c1 c2 c4", "country", "is not", ["DE"]),
        ("c2", "currency", "is", ["eur"]),
        ("c0 c2 c4", "plan", "is", ["Pro, monthly"]),  # c0 today; c2 tries it; c4 tries it beside another
        ("c0 c2 c4", "product", "is", ["Pro"]),
        ("c1", "interval", "is", ["yearly"]),  # what c1 had last
        ("c0 c1 c4", "coupon", "is", ["friend"]),
        ("c0 c4", "cohort", "is", ["2024-01"]),
        ("c1 c2 c3", "cohort", "is not", ["2024-01"]),
        ("c1", "cohort", "between", ["2024-02", "2024-03"]),
        ("c0 c1 c4", "cohort", "between", [None, "2024-02"]),
        ("c0 c4", "status", "is", ["active"]),
        ("c1", "status", "is", ["churned"]),
        ("c2", "status", "is", ["trialing"]),
        ("c3", "status", "is", ["never"]),
        ("c4", "mrr", "between", [1, 1000]),
        ("c0", "mrr", "between", [501, None]),
        ("c1 c2 c3", "mrr", "between", [None, 0]),
        ("c1 c3", "metadata.region", "is", ["north"]),
        ("c0 c2 c4", "metadata.region", "is not", ["north"]),
    ],
)
def test_whom_a_condition_names(expected: str, field: str, op: str, values: list[Any]) -> None:
    assert who(Condition(field, Op(op), tuple(values))) == expected.split()


def test_all_conditions_must_hold_and_none_at_all_is_everybody() -> None:
    german, north = Condition("country", Op.IS, ("DE",)), Condition("metadata.region", Op.IS, ("north",))
    assert who(german, north) == ["c3"]
    assert who() == ["c0", "c1", "c2", "c3", "c4"]
    ledger = WORLD.ledger()
    assert narrowed(ledger, Segment("All")) is ledger


def test_every_frame_is_cut_and_the_ledger_stays_as_it_was() -> None:
    ledger = WORLD.ledger()
    cut = narrowed(ledger, Segment("Once", (Condition("status", Op.IS, ("never",)),)))
    assert [cut.states.height, cut.movements.height, cut.trials.height, cut.subscriptions.height] == [0, 0, 0, 0]
    assert (cut.cash["customer"].to_list(), cut.customers["customer"].to_list()) == (["c3"], ["c3"])
    assert (ledger.cash.height, ledger.customers.height) == (2, 5)


conditions = st.sampled_from(
    [
        Condition("country", Op.IS, ("DE",)),
        Condition("plan", Op.IS, ("Basic, monthly",)),
        Condition("currency", Op.IS, ("eur",)),
        Condition("coupon", Op.IS_NOT, ("friend",)),
        Condition("cohort", Op.BETWEEN, ("2024-02", "2024-08")),
        Condition("status", Op.IS, ("active", "trialing")),
        Condition("mrr", Op.BETWEEN, (1, 3000)),
        Condition("metadata.region", Op.IS, ("north",)),
    ]
)


@quick(25)
@given(worlds, st.lists(conditions, min_size=1, max_size=2))
def test_a_segment_and_all_others_add_up_to_the_whole(world: World, held: list[Condition]) -> None:
    ledger = world.ledger()
    inside = members(ledger, Segment("They", tuple(held)))
    outside = ledger.customers.join(inside, on="customer", how="anti")
    query = Query(FIRST, day(SPAN), Interval.MONTH)
    for known in catalog.METRICS:
        if known.additive:
            whole, *parts = (
                known(x, query)["value"] for x in (ledger, *(narrowed_to(ledger, c) for c in (inside, outside)))
            )
            assert (parts[0] + parts[1]).to_list() == whole.to_list(), known.slug


@given(worlds)
@quick(10)
def test_is_not_names_just_those_whom_is_leaves_out(world: World) -> None:
    ledger = world.ledger()
    for field, value in (("plan", "Basic, monthly"), ("status", "active"), ("metadata.region", "north")):
        both = [members(ledger, Segment("x", (Condition(field, op, (value,)),))) for op in (Op.IS, Op.IS_NOT)]
        assert sorted(pl.concat(both)["customer"]) == sorted(ledger.customers["customer"])


def test_a_form_offers_the_values_there_are() -> None:
    ledger = WORLD.ledger()
    assert choices(ledger, "country") == ["DE", "FR"]
    assert choices(ledger, "metadata.region") == ["none", "north"]
    assert choices(ledger, "plan") == ["Basic, monthly", "Basic, yearly", "Pro, monthly"]
    assert choices(ledger, "mrr") == []


def test_a_segment_is_kept_as_json_and_read_again() -> None:
    segment = Segment("Large", (Condition("mrr", Op.BETWEEN, (10_000, None)), Condition("country", Op.IS, ("DE",))))
    assert to_json(segment) == [
        {"field": "mrr", "op": "between", "values": [10_000, None]},
        {"field": "country", "op": "is", "values": ["DE"]},
    ]
    assert from_json("Large", to_json(segment)) == segment


@pytest.mark.parametrize(
    ("reason", "kept"),
    [
        ("its conditions are not a list", None),
        ("its conditions are not a list", "country"),
        ("a condition has just field, op and values", ["country"]),
        ("a condition has just field, op and values", [{"field": "country"}]),
        ("there is no comparison called “like”", [{"field": "country", "op": "like", "values": ["DE"]}]),
        ("a field is a text, and its values are a list", [{"field": 3, "op": "is", "values": ["DE"]}]),
        ("a field is a text, and its values are a list", [{"field": "plan", "op": "is", "values": "Pro"}]),
        ("there is no field called “shoe”; known are country,", [{"field": "shoe", "op": "is", "values": ["9"]}]),
        ("there is no field called “metadata.”", [{"field": "metadata.", "op": "is", "values": ["9"]}]),
        ("plan can't be compared with “between”", [{"field": "plan", "op": "between", "values": ["a", "b"]}]),
        ("mrr can't be compared with “is”", [{"field": "mrr", "op": "is", "values": [1]}]),
        ("plan needs at least one value, each a text", [{"field": "plan", "op": "is", "values": []}]),
        ("plan needs at least one value, each a text", [{"field": "plan", "op": "is", "values": [1]}]),
        ("there is no status called “gone”", [{"field": "status", "op": "is", "values": ["gone"]}]),
        ("mrr between needs two whole amounts", [{"field": "mrr", "op": "between", "values": [1]}]),
        ("mrr between needs two whole amounts", [{"field": "mrr", "op": "between", "values": [None, None]}]),
        ("mrr between needs two whole amounts", [{"field": "mrr", "op": "between", "values": [True, 2]}]),
        ("mrr between needs the lower one first", [{"field": "mrr", "op": "between", "values": [2, 1]}]),
        ("cohort between needs two months", [{"field": "cohort", "op": "between", "values": ["2024", "2025-13"]}]),
    ],
)
def test_what_is_no_segment_is_refused_in_a_sentence(reason: str, kept: object) -> None:
    with pytest.raises(BadSegment) as refused:
        from_json("Mine", kept)
    assert refused.value.message.startswith(f"This segment can't be used: {reason}")


def test_a_segment_has_a_name() -> None:
    with pytest.raises(BadSegment, match="it has no name"):
        Segment("  ")
