"""The payment cards that a customer has used, with what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from lib.ledger.build import Ledger
from lib.periods import local_date
from lib.reports import books
from lib.reports.customers import Tables


@dataclass(frozen=True, slots=True)
class Card:
    """One card. Days are in the account's time zone; it is good until the end of the month of ``expires``."""

    name: str
    expires: date | None
    paid: int
    failed: int
    last: date


def of(account: str, customer: str) -> tuple[Card, ...]:
    """The cards of a customer of a connected account; raises UnknownAccount, NotSyncedYet, LedgerBroken."""
    return cards(books.ledger(account), books.tables(account), customer)


def cards(ledger: Ledger, tables: Tables, customer: str) -> tuple[Card, ...]:
    """The cards that were charged, the one used last first. Two with the same brand, digits and expiry are one."""
    mine = tables["charge"].filter(pl.col("customer") == customer, pl.col("card_last4").is_not_null())
    good = pl.col("status") == "succeeded"
    found = (
        mine.group_by("card_brand", "card_last4", "card_exp_year", "card_exp_month")
        .agg(paid=good.sum(), failed=(pl.col("status") == "failed").sum(), last=pl.col("created").max())
        .sort("last", "card_last4", descending=[True, False])
    )
    return tuple(
        Card(
            name=f"{(brand or 'card').title()} {digits}",
            expires=date(year, month, 1) if year and month else None,
            paid=paid,
            failed=failed,
            last=local_date(last, ledger.tz),
        )
        for brand, digits, year, month, paid, failed, last in found.iter_rows()
    )
