"""Trials: who is on one today and what they would be worth, and what became of those who began, by month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

import polars as pl

from lib.ledger.build import Ledger
from lib.metrics.segments import Segment
from lib.reports import books, homes, segments, sheets, stripe_links

SOON: Final = 7
"""Days within which a trial that ends is one to talk about."""
RUNNING: Final = pl.Schema(
    {
        "customer": pl.String,
        "name": pl.String,
        "email": pl.String,
        "plan": pl.String,
        "start": pl.Date,
        "end": pl.Date,
        "days": pl.Int64,
        "worth": pl.Int64,
        "leaving": pl.Boolean,
        "subscription": pl.String,
    }
)
"""Trials that run today, those that end first on top. ``end``: the first day no longer on trial; ``days``: until then;
``worth``: the MRR they would come to, micros of the base; ``leaving``: already cancelled at the trial's end."""
FUNNEL: Final = pl.Schema(
    {
        "month": pl.Date,
        "started": pl.Int64,
        "converted": pl.Int64,
        "lost": pl.Int64,
        "running": pl.Int64,
        "rate": pl.Float64,
        "days": pl.Float64,
    }
)
"""What became of the trials that began in a month, newest first. ``rate``: converted of those that are decided
(converted or lost), null while none is; ``days``: from the start to paying, on average of the converted."""


@dataclass(frozen=True)
class Trials:
    """The trials of an account, or of a segment of its customers. Days in the account's time zone."""

    base: str
    today: date
    running: pl.DataFrame
    """RUNNING; of all accounts together with homes.COLUMN."""
    funnel: pl.DataFrame

    @property
    def worth(self) -> int:
        """What all that run would come to, in micros of the base."""
        return int(self.running["worth"].sum())

    @property
    def soon(self) -> pl.DataFrame:
        """Those that end within SOON days."""
        return self.running.filter(pl.col("days") <= SOON)


def of(account: str, segment: Segment | None = None) -> Trials:
    """The trials as of now, and what became of those of the months that the plan shows. Raises as books.ledger."""
    ledger = segments.ledger(account, segment)
    funnel = books.shown(account, ledger, _funnel(ledger), "month")
    running = homes.beside(_running(ledger, _leaving(account)), account)
    return Trials(ledger.base, ledger.today, running, funnel)


def _leaving(account: str) -> set[str]:
    """The subscriptions that are cancelled already, at their period's end or on a day."""
    held = books.tables(account)["subscription"]
    over = pl.col("cancel_at_period_end").fill_null(value=False) | pl.col("cancel_at").is_not_null()
    return set(held.filter(over)["id"])


def _running(ledger: Ledger, leaving: set[str]) -> pl.DataFrame:
    worth = ledger.trialing.group_by("subscription").agg(worth=pl.col("amount_base").sum())
    return (
        ledger.trials.filter(~pl.col("over"))
        .join(worth, on="subscription", how="left")
        .join(ledger.customers.select("customer", "name", "email"), on="customer", how="left")
        .join(ledger.plans.select("plan", label="name"), on="plan", how="left")
        .with_columns(
            name=pl.coalesce("name", "email", "customer"),
            plan=pl.coalesce("label", "plan"),
            worth=pl.col("worth").fill_null(0),
            days=(pl.col("end") - pl.lit(ledger.today)).dt.total_days(),
            leaving=pl.col("subscription").is_in(list(leaving)),
        )
        .select(RUNNING.names())
        .cast(RUNNING)
        .sort("end", "worth", "subscription", descending=[False, True, False])
    )


def _funnel(ledger: Ledger) -> pl.DataFrame:
    won = pl.col("converted").is_not_null()
    decided = won | pl.col("over")
    return (
        ledger.trials.with_columns(month=pl.col("start").dt.truncate("1mo"))
        .group_by("month")
        .agg(
            started=pl.len().cast(pl.Int64),
            converted=won.sum().cast(pl.Int64),
            lost=(decided & ~won).sum().cast(pl.Int64),
            running=(~decided).sum().cast(pl.Int64),
            rate=pl.when(decided.any()).then(won.sum() / decided.sum()),
            days=(pl.col("converted") - pl.col("start")).dt.total_days().mean(),
        )
        .select(FUNNEL.names())
        .cast(FUNNEL)
        .sort("month", descending=True)
    )


def table(found: Trials, account: str, *, livemode: bool) -> pl.DataFrame:
    """Those who run, to show: ``worth`` in major units of the base."""
    link = stripe_links.links("subscription", account, livemode=livemode)
    said = pl.when("leaving").then(pl.lit("Cancelled, ends with the trial")).otherwise(pl.lit("Goes on to pay"))
    return found.running.select(
        "name", *homes.columns(found.running), "email", "plan", "end", "days",
        sheets.money("worth", found.base), leaving=said, stripe=link,
    )  # fmt: skip


def running_csv(found: Trials) -> str:
    """RUNNING as CSV; ``worth`` in major units of ``base``, not rounded; of all accounts together ``account`` last."""
    return sheets.csv(running_written(found))


def running_written(found: Trials) -> pl.DataFrame:
    """The rows as :func:`running_csv` writes them."""
    rows = found.running.with_columns(sheets.exact("worth", found.base), base=pl.lit(found.base))
    return homes.last(rows)


def funnel_csv(found: Trials) -> str:
    """FUNNEL as CSV; ``rate`` as a fraction."""
    return sheets.csv(found.funnel.with_columns(sheets.month("month")))


def months(found: Trials, most: int) -> list[tuple[date, int, int, int, int, float | None, float | None]]:
    """The newest months' rows of FUNNEL."""
    return found.funnel.head(most).rows()
