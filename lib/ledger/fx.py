"""Rates of the day, learned from balance transactions, and amounts in the reporting currency.

A rate is base minor units for one minor unit of the other currency, an integer of a billionth (RATE_SCALE), so that
conversion is integer arithmetic, rounded once.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Final
from zoneinfo import ZoneInfo

import polars as pl

from lib.money import exponent
from lib.periods import local_date

RATE_SCALE: Final = 1_000_000_000
RATES = pl.Schema({"currency": pl.String, "date": pl.Date, "rate": pl.Int64})
"""One row for each currency and day on which a rate was seen; it holds until the next."""


def rates(tables: dict[str, pl.DataFrame], base: str, tz: ZoneInfo) -> pl.DataFrame:
    """The rate of each day (the last balance transaction of that day that was converted), as a RATES frame."""
    paid = pl.concat([tables[t].select(source="id", paid="amount", currency="currency") for t in ("charge", "refund")])
    rows = (
        tables["balance_transaction"]
        .filter(pl.col("exchange_rate").is_not_null(), pl.col("currency") == base)
        .join(paid, on="source", suffix="_paid")
        .filter(pl.col("currency_paid") != base)
        .sort("created", "id")
        .select("created", "exchange_rate", "amount", "paid", "currency_paid")
    )
    last: dict[tuple[str, object], int] = {}
    for created, text, amount, source_amount, currency in rows.iter_rows():
        last[currency, local_date(created, tz)] = _scaled(Fraction(text), amount, source_amount, currency, base)
    return pl.DataFrame([(c, d, r) for (c, d), r in last.items()], schema=RATES, orient="row").sort("currency", "date")


def _scaled(rate: Fraction, amount: int, source_amount: int, currency: str, base: str) -> int:
    """Stripe's rate as a scaled rate of minor units. Where the two currencies have different decimals the documents
    leave open whether it relates major or minor units: the amounts of the transaction itself decide.
    """
    shift = Fraction(10) ** (exponent(base) - exponent(currency))
    expected = abs(Fraction(amount, source_amount)) if source_amount else rate
    best = min((rate, rate * shift), key=lambda r: abs(r - expected))
    return round(best * RATE_SCALE)


def with_rate(frame: pl.DataFrame, table: pl.DataFrame, base: str) -> pl.DataFrame:
    """``frame`` (with ``currency`` and ``date``) and the column ``rate``: of the day, else the last known before it,
    else the first known after it; null for a currency never converted.
    """
    first = table.group_by("currency", maintain_order=True).first().select("currency", first="rate")
    return (
        frame.with_row_index("_row")
        .sort("date")
        .join_asof(table.sort("date"), on="date", by="currency", check_sortedness=False)
        .join(first, on="currency", how="left", maintain_order="left")
        .with_columns(
            rate=pl.when(pl.col("currency") == base)
            .then(pl.lit(RATE_SCALE, pl.Int64))
            .otherwise(pl.coalesce("rate", "first"))
        )
        .sort("_row")
        .drop("first", "_row")
    )


def converted(amount: str = "amount", rate: str = "rate") -> pl.Expr:
    """``amount`` (any unit) in the base currency, rounded half up to whole units; 0 where no rate is known."""
    wide = pl.col(amount).cast(pl.Int128) * pl.col(rate).cast(pl.Int128) + RATE_SCALE // 2
    return (wide // RATE_SCALE).cast(pl.Int64).fill_null(0)
