"""Splits: the group that each row of a ledger frame belongs to."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from typing import Final

import polars as pl

from lib.ledger.build import Ledger
from lib.metrics.query import By, Query

UNKNOWN: Final = "unknown"
"""The group of rows of which Stripe does not say."""
NONE: Final = "none"
"""The group of those who have none: no coupon, no month of first payment, no such metadata."""
OF_CUSTOMER: Final = frozenset({By.COUNTRY, By.COHORT, By.CUSTOMER, By.METADATA})
"""Splits in which each customer is in one group."""
OF_SUBSCRIPTION: Final = OF_CUSTOMER | {By.COUPON, By.CURRENCY}
"""Splits in which each subscription is in one group."""


def grouped(ledger: Ledger, frame: pl.DataFrame, query: Query) -> pl.DataFrame:
    """``frame`` with the column ``group``; "" for all when the query does not split.

    The frame has a column ``customer``, and those of ``plan`` (a price id), ``subscription`` and ``currency`` that the
    split needs. Groups are keys, not words for people: ids stay ids.
    """
    if query.by is None:
        return frame.with_columns(group=pl.lit("", pl.String))
    return _GROUPS[query.by](ledger, frame, query)


def of_customers(ledger: Ledger, query: Query) -> pl.DataFrame:
    """(customer, group): the group of every customer, for a split of OF_CUSTOMER."""
    return ledger.customers.select("customer", group=_CUSTOMER[query.by or By.CUSTOMER](query))


def metadata_keys(ledger: Ledger) -> dict[str, int]:
    """Every key in the customers' metadata with how many customers have something under it, the most frequent first."""
    said = (json.loads(each) for each in ledger.customers["metadata"].drop_nulls())
    counted = Counter(key for each in said for key, value in each.items() if value)
    return dict(sorted(counted.items(), key=lambda each: (-each[1], each[0])))


def _own(column: str) -> Callable[[Ledger, pl.DataFrame, Query], pl.DataFrame]:
    """A column of the frame itself."""
    return lambda _ledger, frame, _query: frame.with_columns(group=pl.col(column).fill_null(UNKNOWN))


def _of_plan(column: str) -> Callable[[Ledger, pl.DataFrame, Query], pl.DataFrame]:
    def group(ledger: Ledger, frame: pl.DataFrame, _query: Query) -> pl.DataFrame:
        return _joined(frame, ledger.plans.select("plan", group=column), "plan", UNKNOWN)

    return group


def _of_coupon(ledger: Ledger, frame: pl.DataFrame, _query: Query) -> pl.DataFrame:
    return _joined(frame, ledger.subscriptions.select("subscription", group="coupon"), "subscription", NONE)


def _of_customer(ledger: Ledger, frame: pl.DataFrame, query: Query) -> pl.DataFrame:
    return _joined(frame, of_customers(ledger, query), "customer", UNKNOWN)


def _joined(frame: pl.DataFrame, groups: pl.DataFrame, key: str, otherwise: str) -> pl.DataFrame:
    found = frame.join(groups, on=key, how="left", maintain_order="left")
    return found.with_columns(pl.col("group").fill_null(otherwise))


def _said(query: Query) -> pl.Expr:
    """What the customers' metadata say under the query's key."""
    one = pl.Struct({query.key: pl.String})
    said = pl.col("metadata").fill_null("{}").str.json_decode(one)
    return said.struct.rename_fields(["said"]).struct.field("said").fill_null(NONE)


_CUSTOMER: Final[dict[By, Callable[[Query], pl.Expr]]] = {
    By.CUSTOMER: lambda _: pl.col("customer"),
    By.COUNTRY: lambda _: pl.col("country").fill_null(UNKNOWN),
    By.COHORT: lambda _: pl.col("cohort").dt.strftime("%Y-%m").fill_null(NONE),
    By.METADATA: _said,
}

_GROUPS: Final[dict[By, Callable[[Ledger, pl.DataFrame, Query], pl.DataFrame]]] = {
    By.PLAN: _of_plan("name"),
    By.PRICE: _own("plan"),
    By.PRODUCT: _of_plan("product"),
    By.INTERVAL: _of_plan("interval"),
    By.CURRENCY: _own("currency"),
    By.COUPON: _of_coupon,
    By.CUSTOMER: _own("customer"),
    By.COUNTRY: _of_customer,
    By.COHORT: _of_customer,
    By.METADATA: _of_customer,
}
