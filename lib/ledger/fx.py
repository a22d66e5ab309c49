"""Rates of the day and amounts in the reporting currency.

A day's rate comes from the account's own balance transactions; on days without any from the owner's daily table; else
the last known one holds. Where no rate leads to the reporting currency at once, it goes by way of a third currency. A
rate is base minor units for one minor unit of the other currency, an integer of a billionth (RATE_SCALE), so that
conversion is integer arithmetic, rounded once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from fractions import Fraction
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import polars as pl

from lib.ledger.days import local_day
from lib.money import exponent
from lib.periods import EARLIEST

RATE_SCALE: Final = 1_000_000_000
RATES = pl.Schema({"currency": pl.String, "date": pl.Date, "rate": pl.Int64, "source": pl.String})
"""One row for each currency and day on which a rate is known; it holds until the next. ``source``: balance or table."""
BALANCE: Final = "balance"
TABLE: Final = "table"

Tables = Mapping[str, pl.DataFrame]
_Rate = tuple[Fraction, str]
_Known = dict[tuple[str, date], _Rate]
"""Exact rates of minor units by currency and day, each with its source."""


def rates(tables: Tables, base: str, tz: ZoneInfo, frozen: date | None = None) -> pl.DataFrame:
    """Every known rate into ``base``, as a RATES frame. With ``frozen`` only the rate that held on that day remains,
    and holds for ever.
    """
    known = _direct(tables, base, tz)
    for through in sorted(_hubs(tables) - {base}):
        known = dict(_crossed(_direct(tables, through, tz), through, base)) | known
    rows = [(c, day, round(rate * RATE_SCALE), source) for (c, day), (rate, source) in known.items()]
    frame = pl.DataFrame(rows, schema=RATES, orient="row").sort("currency", "date")
    return frame if frozen is None else _frozen(frame, frozen)


def _frozen(frame: pl.DataFrame, day: date) -> pl.DataFrame:
    """The last rate up to ``day`` of each currency, or else its first one after, as if it had always held."""
    before = frame.filter(pl.col("date") <= day).group_by("currency").last()
    after = frame.join(before, on="currency", how="anti").group_by("currency").first()
    return pl.concat([before, after]).with_columns(date=pl.lit(EARLIEST)).select(*RATES).sort("currency")


def _direct(tables: Tables, base: str, tz: ZoneInfo) -> _Known:
    return _table_rates(tables, base) | _balance_rates(tables, base, tz)


def _balance_rates(tables: Tables, base: str, tz: ZoneInfo) -> _Known:
    """The rate of each day's last balance transaction in ``base`` that was converted."""
    paid = pl.concat([tables[t].select(source="id", paid="amount", currency="currency") for t in ("charge", "refund")])
    rows = (
        tables["balance_transaction"]
        .filter(pl.col("exchange_rate").is_not_null(), pl.col("currency") == base)
        .join(paid, on="source", suffix="_paid")
        .filter(pl.col("currency_paid") != base)
        .sort("created", "id")
        .group_by("currency_paid", local_day("created", tz).alias("day"), maintain_order=True)
        .last()
        .select("day", "exchange_rate", "amount", "paid", "currency_paid")
    )
    return {
        (currency, day): (_minor(text, amount, source_amount, _shift(currency, base)), BALANCE)
        for day, text, amount, source_amount, currency in rows.iter_rows()
    }


@lru_cache(maxsize=65_536)  # the same transactions are asked for at every ledger
def _minor(told: str, amount: int, source_amount: int, shift: Fraction) -> Fraction:
    """Stripe's rate as one of minor units. Where the two currencies have different decimals the documents leave open
    whether it relates major or minor units: the amounts of the transaction itself decide.
    """
    rate = Fraction(told)
    expected = abs(Fraction(amount, source_amount)) if source_amount else rate
    return min((rate, rate * shift), key=lambda r: abs(r - expected))


def _table_rates(tables: Tables, base: str) -> _Known:
    """The owner's daily rates into ``base``, read backwards where only the other way is given."""
    known: _Known = {}
    if "exchange_rate" not in tables:
        return known
    rows = tables["exchange_rate"].select("currency", "base", "date", "rate").sort("date", "currency", "base")
    for currency, of, day, text in rows.iter_rows():
        rate, when = Fraction(text), date.fromisoformat(day)
        if of == base and currency != base:
            known[currency, when] = rate * _shift(currency, base), TABLE
        elif currency == base and of != base:
            known.setdefault((of, when), (_shift(of, base) / rate, TABLE))
    return known


def _shift(currency: str, base: str) -> Fraction:
    """What turns a rate of major units into one of minor units."""
    return Fraction(10) ** (exponent(base) - exponent(currency))


def _hubs(tables: Tables) -> set[str]:
    """Currencies through which others meet: those of the balance, and those that the owner's table pairs with more
    than one other. A bank's table has one, however many currencies it lists.
    """
    converted = tables["balance_transaction"].filter(pl.col("exchange_rate").is_not_null())
    found = set(converted["currency"].drop_nulls())
    if "exchange_rate" not in tables:
        return found
    pairs = tables["exchange_rate"].select("currency", "base")
    met = pl.concat([pairs, pairs.select(currency="base", base="currency")]).unique().group_by("currency").len()
    return found | set(met.filter(pl.col("len") > 1)["currency"])


def _crossed(known: _Known, through: str, base: str) -> Iterator[tuple[tuple[str, date], _Rate]]:
    """Rates into ``base`` by way of ``through``, on every day on which either leg has a new rate."""
    days: dict[date, dict[str, _Rate]] = {}
    for (currency, day), told in known.items():
        days.setdefault(day, {})[currency] = told
    held: dict[str, _Rate] = {}
    for day in sorted(days):
        held |= days[day]
        if base not in held:
            continue
        back, other = held[base]
        legs = {**held, through: (Fraction(1), other)}
        for currency in legs.keys() - {base}:
            rate, source = legs[currency]
            yield (currency, day), (rate / back, source if source == other else TABLE)


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
    return where_known(amount, rate).fill_null(0)


def worth(rows: pl.DataFrame, unpriced: Collection[str]) -> pl.DataFrame:
    """(customer, amount_base, unrated, holds): what the ledger rows of each customer come to, none left out.

    ``unrated``: the sums of the currencies ``unpriced``, which are not in ``amount_base``, as (currency, amount).
    ``amount_base`` is null where there is nothing else. ``holds``: whether any currency's sum is above zero.
    """
    amount, base = pl.col("amount"), pl.col("amount_base")
    each = rows.group_by("customer", "currency").agg(amount.sum(), base.sum()).sort("customer", "currency")
    lost = pl.col("currency").is_in(list(unpriced)) & (amount != 0) & (base == 0)
    return each.group_by("customer").agg(
        amount_base=pl.when(~lost.any() | (base.sum() != 0)).then(base.sum()),
        unrated=pl.struct("currency", "amount").filter(lost),
        holds=(amount > 0).any(),
    )


def where_known(amount: str = "amount", rate: str = "rate") -> pl.Expr:
    """The same, but null where no rate is known: what is listed and ordered is not worth 0 for that."""
    wide = pl.col(amount).cast(pl.Int128) * pl.col(rate).cast(pl.Int128) + RATE_SCALE // 2
    return (wide // RATE_SCALE).cast(pl.Int64)
