"""While a page is drawn, the sync of its process gives way: for a while each time, never for good."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait

import pytest

from lib.sync import courtesy, work
from tests.sync.conftest import Connected

AGES = 60.0
"""Seconds that no test waits."""


def test_it_waits_for_the_page_and_no_longer() -> None:
    courtesy.give_way(AGES)
    with ThreadPoolExecutor(1) as pool:
        with courtesy.page():
            with courtesy.page():
                giving = pool.submit(courtesy.give_way, AGES)
                assert wait([giving], timeout=0.2).not_done
            assert wait([giving], timeout=0.2).not_done
        assert giving.result(timeout=AGES) is None


def test_a_page_that_never_ends_stops_nothing() -> None:
    with courtesy.page():
        courtesy.give_way(0.01)


def test_a_page_that_fails_is_over() -> None:
    with pytest.raises(ValueError, match="broken"), courtesy.page():
        raise ValueError("broken")
    courtesy.give_way(AGES)


def test_every_part_of_a_batch_gives_way(living: Connected, monkeypatch: pytest.MonkeyPatch) -> None:
    work.run(living.account)
    customers = living.gateway.get("/v1/customers", limit=3)["data"]
    for each in customers:
        living.do("charge", customer=each["id"], amount=4200)
    gave: list[float] = []
    monkeypatch.setattr(courtesy, "give_way", gave.append)
    work.run(living.account)
    # fetching each of the charges, then making rows of what came, then writing them
    assert gave.count(courtesy.SHORT) >= len(customers)
    assert gave.count(courtesy.LONG) == 2
