"""The lists of cancellations (lib.reports.cancellations) as tables to show: money as numbers in major units."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from lib.reports import homes, sheets, stripe_links
from lib.reports.cancellations import FEEDBACK, REASONS, Cancellations, Tally, said


def tallies(found: Sequence[Tally], currency: str) -> pl.DataFrame:
    """(label, count, share, lost, at_stake): a row for each reason; ``share`` of all, as a fraction."""
    rows = [(each.label, each.count, each.lost, each.at_stake) for each in found]
    schema = {"label": pl.String, "count": pl.Int64, "lost": pl.Int64, "at_stake": pl.Int64}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    share = pl.col("count") / pl.col("count").sum()
    return frame.select("label", "count", share.alias("share"), *_money(currency))


def everyone(found: Cancellations, account: str, *, livemode: bool) -> pl.DataFrame:
    """A row for each cancellation, in the order of ``found.rows``; ``leaves`` is empty where Stripe does not say.

    Of all accounts together with homes.COLUMN.
    """
    rows = [
        {
            "name": row.name,
            "plan": row.plan,
            "cancelled": row.cancelled,
            "leaves": row.leaves,
            "feedback": said(row.feedback, FEEDBACK),
            "reason": said(row.reason, REASONS),
            "lost": row.lost,
            "at_stake": row.at_stake,
            "subscription": row.subscription,
            homes.COLUMN: row.account,
        }
        for row in found.rows
    ]
    schema = dict.fromkeys(("name", "plan", "feedback", "reason", "subscription", homes.COLUMN), pl.String())
    frame = pl.DataFrame(
        rows, schema_overrides=schema | {"cancelled": pl.Date(), "leaves": pl.Date()}, infer_schema_length=None
    )
    return frame.select(
        "name",
        *([homes.COLUMN] if found.together else []),
        "plan",
        "cancelled",
        "leaves",
        "feedback",
        "reason",
        *_money(found.currency),
        stripe=stripe_links.links("subscription", account, livemode=livemode),
    )


def _money(currency: str) -> list[pl.Expr]:
    return [sheets.money(column, currency) for column in ("lost", "at_stake")]
