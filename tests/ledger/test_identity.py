"""The guard of the ledger: movements that do not lead to today's subscriptions are refused, whatever went wrong."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from lib.errors import LedgerBroken
from lib.ledger.fx import RATES
from lib.ledger.movements import MOVEMENTS, check, movements
from lib.ledger.states import STATES

DAY, TODAY = date(2024, 1, 10), date(2024, 1, 20)
HELD = pl.DataFrame(
    [
        (DAY, "c1", "s1", "basic", "usd", 1000, True),
        (TODAY, "c1", "s1", "basic", "usd", 400, True),
        (DAY, "c2", "s2", "euro", "eur", 500, True),
    ],
    schema=STATES,
    orient="row",
)
RATE = pl.DataFrame([("eur", DAY, 1_200_000_000, "table")], schema=RATES, orient="row")
MOVED = movements(HELD, RATE, "usd", TODAY)


def changed(row: int, **values: object) -> pl.DataFrame:
    """The right movements with one row's values put wrong."""
    rows = MOVED.rows(named=True)
    rows[row] |= values
    return pl.DataFrame(rows, schema=MOVEMENTS)


def test_movements_that_lead_to_the_subscriptions_pass() -> None:
    assert MOVED["amount"].to_list() == [1000, 500, -600]
    check(MOVED, HELD, RATE, "usd", TODAY)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (changed(0, amount=999), "basic in usd"),
        (changed(0, date=date(2024, 1, 9)), "basic in usd"),
        (changed(2, plan="pro"), "basic in usd"),
        (MOVED.filter(pl.col("currency") == "usd"), "euro in eur"),
        (changed(1, amount_base=601), "movements come to 1001, subscriptions to 1000"),
    ],
)
def test_movements_that_lead_elsewhere_are_refused_with_the_place(wrong: pl.DataFrame, sentence: str) -> None:
    with pytest.raises(LedgerBroken, match=sentence):
        check(wrong, HELD, RATE, "usd", TODAY)


def test_a_customer_below_zero_is_refused() -> None:
    below = HELD.with_columns(amount=pl.when(pl.col("customer") == "c2").then(-500).otherwise("amount"))
    with pytest.raises(LedgerBroken, match="below zero"):
        check(movements(below, RATE, "usd", TODAY), below, RATE, "usd", TODAY)
