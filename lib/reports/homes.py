"""All accounts together: which of them each row is of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import polars as pl

from lib.ledger.build import Written
from lib.reports import books
from lib.store import together

COLUMN: Final = "account"
"""The name of the account that a row is of: in the frames of all accounts together, and in no others."""
Ids = Callable[[Written], pl.Series]
"""The ids of some objects of one account."""


def beside(frame: pl.DataFrame, account: str) -> pl.DataFrame:
    """``frame`` with COLUMN last, by its column ``customer``, where ``account`` stands for all of a workspace's; of
    one account as it is. Null for who is of none of them.
    """
    if not together.is_one(account):
        return frame
    return frame.join(books.whose(account), on="customer", how="left", maintain_order="left")


def by_object(frame: pl.DataFrame, account: str, column: str, ids: Ids) -> pl.DataFrame:
    """The same by what an account's ``ids`` has of the frame's ``column``; what COLUMN says already stays."""
    if not together.is_one(account):
        return frame
    if COLUMN not in frame.columns:
        frame = frame.with_columns(pl.lit(None, pl.String).alias(COLUMN))
    asked = frame.filter(pl.col(COLUMN).is_null())[column].drop_nulls().unique()
    if asked.is_empty():
        return frame
    known = [(each, name) for name, made in books.made_of(account).items() for each in _among(ids(made), asked)]
    said = pl.col(column).replace_strict(dict(known), default=None, return_dtype=pl.String)
    return frame.with_columns(pl.coalesce(COLUMN, said).alias(COLUMN))


def _among(ids: pl.Series, asked: pl.Series) -> list[str]:
    return ids.filter(ids.is_in(asked.implode())).unique().to_list()


def last(frame: pl.DataFrame) -> pl.DataFrame:
    """``frame`` with COLUMN at its end, where it has it: files of all accounts together begin as one account's do."""
    return frame.select(pl.exclude(COLUMN), *columns(frame))


def name(account: str, customer: str) -> str | None:
    """The name of a customer's own of all accounts together; None of one account, and for who is of none."""
    if not together.is_one(account):
        return None
    found = books.whose(account).filter(pl.col("customer") == customer)
    return found[COLUMN][0] if found.height else None


def columns(frame: pl.DataFrame) -> list[str]:
    """COLUMN, where the frame has it."""
    return [COLUMN] if COLUMN in frame.columns else []
