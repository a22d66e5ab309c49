"""A proof's rows for people, and as CSV whose unrounded amounts add up to the figure."""

from __future__ import annotations

from typing import Final

import polars as pl

from lib.ledger.build import Ledger
from lib.metrics.registry import Unit
from lib.reports import books, homes, sheets
from lib.reports.proof.door import Proof
from lib.reports.stripe_links import links
from lib.store import together

MOST: Final = 2_000
"""Rows that a page shows; the CSV has all."""
_OWN: Final = pl.col("amount").is_not_null() & pl.col("currency").is_not_null()
"""Rows of a customer with several subscriptions, and trials, have no amount of their own."""
_TYPES: Final = {"fx": "exchange rate"}


def table(proof: Proof, account: str, *, livemode: bool, locale: str) -> pl.DataFrame:
    """(name, plan, type, date, amount, value, stripe): at most MOST rows, those that weigh most first; of all accounts
    together with homes.COLUMN behind the name.

    ``amount`` is text in the row's own currency, ``value`` what it adds to the figure in major units or as a count.
    """
    return shown(books.ledger(account), proof, account, livemode=livemode, locale=locale)


def shown(ledger: Ledger, proof: Proof, account: str, *, livemode: bool, locale: str) -> pl.DataFrame:
    """The same of a ledger at hand."""
    rows = ordered(proof).head(MOST)
    named = _at_home(_named(ledger, rows), account).with_columns(sheets.said("own", locale, "code"))
    value = sheets.money("value", proof.currency) if proof.unit is Unit.MONEY else pl.col("value")
    return named.select(
        "name",
        *homes.columns(named),
        plan="label",
        type=pl.col("type").replace(_TYPES),
        date="date",
        amount=pl.when(_OWN).then("own").otherwise(pl.lit("")),
        value=value,
        stripe=links("source", account, livemode=livemode),
    )


def ordered(proof: Proof) -> pl.DataFrame:
    """The rows in the order of the table: those that weigh most first."""
    weight = pl.col("value").abs()
    return proof.frame.sort(weight, "date", "customer", "subscription", descending=[True, True, False, False])


def marks(proof: Proof) -> list[str]:
    """What tells each row of the table apart in an address: its day, its subscription or customer, type and plan."""
    who = pl.coalesce("subscription", "customer", "source")
    return (
        ordered(proof)
        .head(MOST)
        .select(pl.concat_str(pl.col("date").cast(pl.String), who, "type", "plan", separator=" ", ignore_nulls=True))
        .to_series()
        .to_list()
    )


def as_csv(proof: Proof, account: str) -> str:
    """Every row of the proof, oldest first, of a ratio those of both parts; money unrounded in major units. Of all
    accounts together ``account`` names each row's own.
    """
    return written(books.ledger(account), proof, account)


def written(ledger: Ledger, proof: Proof, account: str = "") -> str:
    """The same of a ledger at hand."""
    sums = list(_sums(proof))
    frames = [_written(ledger, each, account).with_columns(part=pl.lit(each.title)) for each in sums]
    several = [] if len(sums) > 1 else ["part"]
    return sheets.csv(pl.concat(frames).drop(several))


def _sums(proof: Proof) -> list[Proof]:
    """The proofs that have rows of their own."""
    return [found for part in proof.parts for found in _sums(part)] if proof.parts else [proof]


def _at_home(rows: pl.DataFrame, account: str) -> pl.DataFrame:
    """Of all accounts together with homes.COLUMN: by the customer, else by what moved the balance."""
    if not together.is_one(account):
        return rows
    return homes.by_object(homes.beside(rows, account), account, "source", lambda own: own.ledger.cash["source"])


def _written(ledger: Ledger, proof: Proof, account: str) -> pl.DataFrame:
    rows = _at_home(_named(ledger, proof.frame), account).with_columns(sheets.exact_each("own", "code"))
    value = sheets.exact("value", ledger.base) if proof.unit is Unit.MONEY else pl.col("value").cast(pl.String)
    return rows.select(
        "date",
        "type",
        "customer",
        "name",
        "subscription",
        "plan",
        "label",
        "currency",
        pl.when(_OWN).then("own").alias("amount"),
        sheets.exact("amount_base", ledger.base),
        value,
        "source",
        *homes.columns(rows),
    )


def _named(ledger: Ledger, rows: pl.DataFrame) -> pl.DataFrame:
    names = ledger.customers.select("customer", name=pl.coalesce("name", "email", "customer"))
    labels = ledger.plans.select("plan", "label")
    named = rows.join(names, on="customer", how="left", maintain_order="left")
    return named.join(labels, on="plan", how="left", maintain_order="left").with_columns(
        name=pl.coalesce("name", "customer"),
        own=pl.col("amount").fill_null(0),
        code=pl.col("currency").fill_null(ledger.base),
    )
