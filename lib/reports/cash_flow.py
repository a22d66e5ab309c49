"""Cash flow: what came into the Stripe balance, what Stripe and customers took back, what went to the bank.

Every amount is a row of the cash ledger (lib.ledger.cash), so each column equals the metric of its name, and for every
period: balance at its start + net activity + payouts = balance at its end.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

import polars as pl

from lib.ledger.build import Ledger
from lib.ledger.cash import OFF_BALANCE
from lib.metrics.query import Query
from lib.metrics.series import within
from lib.money import MICRO
from lib.periods import zone
from lib.reports import books, homes, sheets, stripe_links

ACTIVITY: Final = ("charge", "other", "refund", "dispute", "fee")
"""Kinds of cash that make the net activity, as Stripe's balance report calls what happens before payouts."""
FLOW: Final = pl.Schema(
    {"date": pl.Date, "unfinished": pl.Boolean} | dict.fromkeys((*ACTIVITY, "net", "payout", "balance"), pl.Int64)
)
"""One row a period, oldest first. Micros of the base, signed as they move the balance: refunds, fees and payouts to the
bank are negative. ``net``: the sum of ACTIVITY; ``balance``: what is left at the period's end, pending amounts too."""
ON_THE_WAY: Final = ("pending", "in_transit")
FAILED: Final = ("failed", "canceled")
PAYOUTS: Final = pl.Schema(
    {
        "id": pl.String,
        "created": pl.Date,
        "arrival": pl.Date,
        "amount": pl.Int64,
        "currency": pl.String,
        "status": pl.String,
    }
)
"""Payouts, newest first. ``amount``: micros of ``currency``, positive; ``arrival``: when the bank has it, or will."""


@dataclass(frozen=True)
class CashFlow:
    """The cash of a span. ``before``: the balance when it began, micros of the base."""

    base: str
    before: int
    periods: pl.DataFrame
    payouts: pl.DataFrame
    """PAYOUTS; of all accounts together with homes.COLUMN."""
    held: Mapping[str, int]
    """What the balance holds today, micros, by currency; nothing where it is empty."""

    @property
    def after(self) -> int:
        """The balance at the end."""
        return self.before + self.sums["net"] + self.sums["payout"]

    @property
    def sums(self) -> dict[str, int]:
        """Each column of FLOW but the balance, summed over the span."""
        return {name: int(self.periods[name].sum()) for name in (*ACTIVITY, "net", "payout")}

    @property
    def on_the_way(self) -> pl.DataFrame:
        """The payouts that have left the balance and not reached the bank."""
        return self.payouts.filter(pl.col("status").is_in(ON_THE_WAY))


def of(account: str, query: Query) -> CashFlow:
    """The cash of an account over ``query``'s span. Raises as books.ledger."""
    ledger = books.ledger_from(account, query.start)
    rows = ledger.cash.filter(~pl.col("kind").is_in(OFF_BALANCE))
    payouts = _payouts(account, ledger.tz.key).filter(pl.col("created").is_between(query.start, query.end))
    before = int(rows.filter(pl.col("date") < query.start)["amount_base"].sum())
    return CashFlow(
        base=ledger.base,
        before=before,
        periods=_periods(ledger, rows, query, before),
        payouts=homes.by_object(payouts, account, "id", lambda own: own.tables["payout"]["id"]),
        held=_held(rows),
    )


def only_payments(account: str) -> bool:
    """Whether the account has had payments and never a subscription, a trial or a plan's MRR."""
    ledger = books.ledger(account)
    return ledger.states.is_empty() and ledger.trials.is_empty() and not ledger.cash.is_empty()


def _periods(ledger: Ledger, rows: pl.DataFrame, query: Query, before: int) -> pl.DataFrame:
    cut = query.frame(ledger.today).filter(~pl.col("future"))
    sums = within(cut, rows).group_by("date", "kind").agg(pl.col("amount_base").sum())
    wide = cut.select("date", "unfinished")
    for kind in (*ACTIVITY, "payout"):
        part = sums.filter(pl.col("kind") == kind).select("date", pl.col("amount_base").alias(kind))
        wide = wide.join(part, on="date", how="left", maintain_order="left")
    full = wide.with_columns(pl.col(*ACTIVITY, "payout").fill_null(0)).with_columns(net=pl.sum_horizontal(ACTIVITY))
    balance = (pl.col("net") + pl.col("payout")).cum_sum() + before
    return full.with_columns(balance=balance).select(FLOW.names()).cast(FLOW)


def _held(rows: pl.DataFrame) -> dict[str, int]:
    sums = rows.group_by("currency").agg(pl.col("amount").sum()).filter(pl.col("amount") != 0)
    return dict(sums.sort("currency").iter_rows())


def _payouts(account: str, timezone: str) -> pl.DataFrame:
    def day(name: str) -> pl.Expr:
        moment = pl.from_epoch(pl.col(name), time_unit="s").dt.replace_time_zone("UTC")
        return moment.dt.convert_time_zone(zone(timezone).key).dt.date()

    held = books.tables(account)["payout"]
    return (
        held.sort("created", "id", descending=[True, True])
        .select(
            "id",
            created=day("created"),
            arrival=pl.from_epoch(pl.col("arrival_date"), time_unit="s").dt.date(),
            amount=pl.col("amount") * MICRO,
            currency="currency",
            status="status",
        )
        .cast(PAYOUTS)
    )


# --- To show and to keep ----------------------------------------------------------------------------------------------


def stacked(found: CashFlow) -> pl.DataFrame:
    """The activity as charts take it: (date, type, value, unfinished), one row for each kind that has an amount."""
    long = found.periods.unpivot(list(ACTIVITY), index=["date", "unfinished"], variable_name="type")
    return long.filter(pl.col("value") != 0).sort("date", "type")


def levels(found: CashFlow) -> pl.DataFrame:
    """The balance at each period's end: (date, value, unfinished)."""
    return found.periods.select("date", "unfinished", value="balance")


def table(found: CashFlow) -> pl.DataFrame:
    """FLOW to show, newest first, in major units of the base; ``unfinished`` stays, for the note."""
    money = [sheets.money(name, found.base) for name in FLOW.names()[2:]]
    return found.periods.select("date", "unfinished", *money).reverse()


def payouts_table(found: CashFlow, account: str, *, livemode: bool, locale: str = "en_US") -> pl.DataFrame:
    """PAYOUTS to show: amounts in words, each in its own currency."""
    said = pl.col("status").replace(STATUSES)
    link = stripe_links.links("id", account, livemode=livemode)
    return found.payouts.select(
        *homes.columns(found.payouts), "created", "arrival", sheets.said("amount", locale), status=said, stripe=link
    )


STATUSES: Final = {
    "paid": "In the bank",
    "in_transit": "On its way",
    "pending": "On its way",
    "failed": "Failed, returned to the balance",
    "canceled": "Cancelled, returned to the balance",
}


def by_currency(frame: pl.DataFrame) -> list[tuple[str, int]]:
    """Amounts (micros) of PAYOUTS by currency."""
    return frame.group_by("currency").agg(pl.col("amount").sum()).sort("currency").rows()


def flow_csv(found: CashFlow) -> str:
    """FLOW as CSV: major units of ``base``, not rounded, so that rows add up."""
    money = [sheets.exact(name, found.base) for name in FLOW.names()[2:]]
    return sheets.csv(found.periods.with_columns(*money, base=pl.lit(found.base)))


def payouts_csv(found: CashFlow) -> str:
    """PAYOUTS as CSV: major units of each row's ``currency``; of all accounts together ``account`` is last."""
    return sheets.csv(found.payouts.with_columns(sheets.exact_each("amount")))


def has_payouts(found: CashFlow) -> bool:
    """Whether anything went to the bank in the span."""
    return not found.payouts.is_empty()


def first_day(found: CashFlow) -> date:
    """The first day of the span."""
    day: date = found.periods["date"][0]
    return day
