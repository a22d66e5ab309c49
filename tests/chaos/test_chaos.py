"""A handful of chaos runs, as CI has time for; ``make chaos`` plays a hundred."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.chaos.director import Lane, lane, run
from tests.chaos.plans import plan

SEEDS = (1, 2, 4, 5, 7, 10)


@pytest.fixture(scope="module")
def on() -> Iterator[Lane]:
    before = dict(os.environ)
    try:
        with lane() as made:
            yield made
    finally:
        os.environ.clear()
        os.environ.update(before)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_lived_through_chaos_equals_what_read_in_peace(on: Lane, seed: int) -> None:
    report = run(plan(seed), on)
    assert not report.failures, str(report)


def test_a_seed_always_gives_the_same_plan_and_another_seed_another() -> None:
    assert plan(3) == plan(3)
    assert len({str(plan(seed)) for seed in range(100)}) == 100
