"""Rates of the day where they are hard to find: tables of pairs that meet nowhere, or not yet."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import polars as pl

from lib.ledger.fx import RATE_SCALE, rates
from tests.ledger.shop import shop


def found(base: str, table: str) -> dict[str, list[tuple[str, float]]]:
    """currency: (day, rate) for each rate into ``base``."""
    frame = rates(shop(exchange_rate=f"currency base date rate\n{table}"), base, ZoneInfo("UTC"))
    told: dict[str, list[tuple[str, float]]] = {}
    for currency, day, rate in frame.select("currency", "date", pl.col("rate") / RATE_SCALE).iter_rows():
        told.setdefault(currency, []).append((str(day), rate))
    return told


def test_a_pair_that_leads_nowhere_near_the_reporting_currency_is_no_rate() -> None:
    assert found("usd", "chf sek =2024-01-10 =11") == {}


def test_two_currencies_meet_by_way_of_a_third_from_the_day_on_which_both_legs_are_known() -> None:
    table = "gbp eur =2024-01-10 =1.2\nusd eur =2024-01-12 =0.8\nchf eur =2024-01-12 =1"
    assert found("usd", table) == {
        "chf": [("2024-01-12", 1.25)],
        "eur": [("2024-01-12", 1.25)],
        "gbp": [("2024-01-12", 1.5)],
    }
