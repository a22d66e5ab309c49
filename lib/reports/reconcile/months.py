"""Our cash by month beside what Stripe's balance moved by: the same money, added up twice."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import polars as pl
from babel.dates import format_skeleton

from lib.ledger.build import Ledger
from lib.ledger.cash import OFF_BALANCE
from lib.ledger.days import local_day
from lib.money import MICRO
from lib.reports import books
from lib.reports.reconcile.findings import money

KINDS: Final = ("charge", "refund", "fee", "dispute", "other", "payout")
"""What moves the balance, in the order in which the table shows it."""
BALANCE: Final = pl.Schema(
    {
        "month": pl.Date,
        "currency": pl.String,
        "opening": pl.Int64,
        **dict.fromkeys(KINDS, pl.Int64),
        "change": pl.Int64,
        "stripe": pl.Int64,
        "difference": pl.Int64,
        "closing": pl.Int64,
    }
)
"""One row for each month (its first day) and currency of the balance, in minor units, signed as they move the balance.
``change``: the sum of our kinds; ``stripe``: the sum of the net amounts of Stripe's balance transactions;
``difference``: the former less the latter; ``opening`` and ``closing``: the balance by Stripe's transactions."""


@dataclass(frozen=True)
class Balance:
    """Every month and currency with money in it; see BALANCE."""

    frame: pl.DataFrame
    transactions: int
    """How many balance transactions were added up."""

    @property
    def agrees(self) -> bool:
        """Whether each month of each currency is the same to the minor unit."""
        return not (self.frame["difference"] != 0).any()


def balance(account: str) -> Balance:
    """Our cash against Stripe's balance, by month and currency, of the months that the plan shows.

    Raises UnknownAccount, NotSyncedYet.
    """
    ledger = books.ledger(account)
    found = of(ledger, books.tables(account))
    return replace(found, frame=books.shown(account, ledger, found.frame, "month"))


def of(ledger: Ledger, tables: dict[str, pl.DataFrame]) -> Balance:
    """The same of a ledger and its tables at hand."""
    transactions = tables["balance_transaction"]
    key = ("month", "currency")
    ours = _ours(ledger)
    theirs = (
        transactions.with_columns(month=local_day("created", ledger.tz).dt.truncate("1mo"))
        .group_by(key)
        .agg(stripe=(pl.col("amount") - pl.col("fee")).sum())
    )
    both = ours.join(theirs, on=key, how="full", coalesce=True).with_columns(
        pl.col(*KINDS, "change", "stripe").fill_null(0)
    )
    frame = (
        both.sort("currency", "month")
        .with_columns(
            closing=pl.col("stripe").cum_sum().over("currency"), difference=pl.col("change") - pl.col("stripe")
        )
        .with_columns(opening=pl.col("closing") - pl.col("stripe"))
        .select(*BALANCE)
        .cast(BALANCE)
    )
    return Balance(frame, transactions.height)


def _ours(ledger: Ledger) -> pl.DataFrame:
    """(month, currency, one column for each kind, change) of our cash ledger, in minor units."""
    moved = ledger.cash.filter(~pl.col("kind").is_in(list(OFF_BALANCE)))
    sums = [
        (pl.col("amount").filter(pl.col("kind") == kind).sum() // MICRO).cast(pl.Int64).alias(kind) for kind in KINDS
    ]
    return (
        moved.with_columns(month=pl.col("date").dt.truncate("1mo"))
        .group_by("month", "currency")
        .agg(*sums, change=(pl.col("amount").sum() // MICRO).cast(pl.Int64))
    )


def lines(found: Balance, locale: str) -> list[tuple[str, list[str]]]:
    """Each month, newest first, as its heading (``Mar 2026``, with the currency where there are several) and its
    amounts as people write them: what proves the month first, then what it is made of.
    """
    amounts = ("change", "stripe", "difference", "opening", *KINDS, "closing")
    several = found.frame["currency"].n_unique() > 1
    rows = found.frame.sort("month", "currency", descending=[True, False]).iter_rows(named=True)
    return [
        (
            str(format_skeleton("yMMM", row["month"], locale=locale))
            + (f", {row['currency'].upper()}" if several else ""),
            [money(row[name], row["currency"], locale) for name in amounts],
        )
        for row in rows
    ]
