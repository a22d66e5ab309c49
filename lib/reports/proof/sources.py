"""Which Stripe object shows each row: the invoice line that set a price, or the subscription itself."""

from __future__ import annotations

import polars as pl

from lib.ledger.build import Ledger
from lib.ledger.days import local_day

Tables = dict[str, pl.DataFrame]


def named(frame: pl.DataFrame, tables: Tables, ledger: Ledger) -> pl.DataFrame:
    """``frame`` (ROWS) with ``source`` filled: the invoice or pending item whose line last set the price by the row's
    date, else the subscription, else the customer.
    """
    if frame.is_empty():
        return frame
    lines = _lines(tables, ledger)
    rows = frame.with_row_index("_row").with_columns(pl.col("date").fill_null(ledger.today).alias("_on")).sort("_on")
    joined = rows.join_asof(
        lines.sort("on"), left_on="_on", right_on="on", by=("subscription", "plan"), check_sortedness=False
    )
    return (
        joined.sort("_row")
        .with_columns(source=pl.coalesce("source", "object", "subscription", "customer"))
        .select(frame.columns)
    )


def _lines(tables: Tables, ledger: Ledger) -> pl.DataFrame:
    """(subscription, plan, on, object): each day on which a line billed a price, and the invoice or pending item."""
    billed = tables["invoice_line"].select(
        "subscription", "amount", "period_start", plan="price", object=pl.col("invoice")
    )
    pending = (
        tables["invoice_item"]
        .filter(pl.col("invoice").is_null())
        .select("subscription", "amount", "period_start", plan="price", object="id")
    )
    return (
        pl.concat([billed, pending])
        .filter(pl.col("period_start").is_not_null(), pl.col("amount") >= 0)
        .with_columns(on=local_day("period_start", ledger.tz))
        .sort("period_start")
        .group_by("subscription", "plan", "on", maintain_order=True)
        .agg(pl.col("object").last())
    )
