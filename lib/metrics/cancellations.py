"""Cancellations: which subscriptions were cancelled in a span, why, and what went with them.

A table, not a series: one row for each cancelled subscription, from Stripe's own cancellation details.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

import polars as pl

from lib.ledger.build import Ledger

CANCELLATIONS = pl.Schema(
    {
        "subscription": pl.String,
        "customer": pl.String,
        "plan": pl.String,
        "cancelled": pl.Date,
        "leaves": pl.Date,
        "gone": pl.Boolean,
        "reason": pl.String,
        "feedback": pl.String,
        "comment": pl.String,
        "lost": pl.Int64,
        "at_stake": pl.Int64,
    }
)
"""``plan``: the name of the first plan of the subscription. ``cancelled``: the day of the click. ``leaves``: the day it
ended, or will (null: Stripe does not say). ``gone``: it has ended. ``reason`` and ``feedback`` are Stripe's words, null
where it has none. ``lost``: MRR in micros of the reporting currency that went on the subscription's last day in MRR, at
that day's rate, and no more than the customer's whole MRR fell by then: a move to another subscription loses only the
difference. ``at_stake``: what it still brings today, 0 for one that is out of MRR."""

_NEVER_BEGAN: Final = ("incomplete", "incomplete_expired")


def cancellations(ledger: Ledger, tables: Mapping[str, pl.DataFrame], start: date, end: date) -> pl.DataFrame:
    """A CANCELLATIONS frame of the subscriptions cancelled from ``start`` to ``end``, both included, newest first.

    ``tables`` are the store's frames. Left out are cancellations that were taken back, and subscriptions whose first
    payment never succeeded; one that ended on trial is in, with nothing lost.
    """
    cut = (
        tables["subscription"]
        .filter(pl.col("canceled_at").is_not_null(), ~pl.col("status").is_in(_NEVER_BEGAN))
        .with_columns(_day(ledger, pl.col("canceled_at")).alias("cancelled"))
        .filter(pl.col("cancelled").is_between(start, end))
        .rename({"id": "subscription"})
        .join(_plan(ledger, tables["subscription_item"]), on="subscription", how="left")
        .join(_worth(ledger), on="subscription", how="left")
    )
    period_end = pl.when("cancel_at_period_end").then("current_period_end")
    return (
        cut.with_columns(
            leaves=_day(ledger, pl.coalesce("ended_at", "cancel_at", period_end)),
            gone=pl.col("ended_at").is_not_null(),
            reason=pl.col("cancellation_reason"),
            feedback=pl.col("cancellation_feedback"),
            comment=pl.col("cancellation_comment"),
            lost=pl.col("lost").fill_null(0),
            at_stake=pl.col("at_stake").fill_null(0),
        )
        .select(pl.col(name).cast(dtype) for name, dtype in CANCELLATIONS.items())
        .sort("cancelled", "subscription", descending=[True, False])
    )


def counted(frame: pl.DataFrame, column: str) -> pl.DataFrame:
    """(column, count, lost, at_stake) of a CANCELLATIONS frame by ``reason`` or ``feedback``, most frequent first."""
    return (
        frame.group_by(column)
        .agg(pl.len().cast(pl.Int64).alias("count"), pl.col("lost", "at_stake").sum())
        .sort("count", "lost", column, descending=[True, True, False])
    )


def _day(ledger: Ledger, seconds: pl.Expr) -> pl.Expr:
    """Epoch seconds as the day in the ledger's time zone."""
    return (
        pl.from_epoch(seconds, time_unit="s").dt.replace_time_zone("UTC").dt.convert_time_zone(ledger.tz.key).dt.date()
    )


def _plan(ledger: Ledger, items: pl.DataFrame) -> pl.DataFrame:
    """(subscription, plan): the name of the plan of each subscription's first item."""
    named = items.sort("subscription", "position", "id").select("subscription", price="price")
    return (
        named.join(ledger.plans.select("name", price="plan"), on="price", how="left")
        .group_by("subscription", maintain_order=True)
        .agg(plan=pl.coalesce("name", "price").first())
    )


def _worth(ledger: Ledger) -> pl.DataFrame:
    """(subscription, lost, at_stake) of every subscription that ever was in MRR."""
    moved = ledger.movements.filter(pl.col("type") != "fx")
    whole = moved.group_by("customer", "date").agg(net=pl.col("amount_base").sum())
    last = (
        moved.group_by("subscription", "customer", "date")
        .agg(pl.col("amount_base").sum())
        .sort("date")
        .group_by("subscription")
        .last()
        .join(whole, on=("customer", "date"))
    )
    held = ledger.movements.group_by("subscription").agg(pl.col("amount", "amount_base").sum())
    out = pl.col("amount") == 0
    fell = pl.min_horizontal(-pl.col("amount_base"), -pl.col("net")).clip(lower_bound=0)
    return last.join(held.rename({"amount_base": "held"}), on="subscription").select(
        "subscription", lost=pl.when(out).then(fell).otherwise(0), at_stake=pl.when(out).then(0).otherwise("held")
    )
