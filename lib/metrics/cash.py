"""Cash: what was charged, given back, kept and paid out, from Stripe's balance transactions themselves."""

from __future__ import annotations

from functools import partial

import polars as pl

from lib.ledger.build import Ledger
from lib.ledger.cash import OFF_BALANCE
from lib.metrics import series
from lib.metrics.breakdowns import grouped
from lib.metrics.query import By, Query
from lib.metrics.registry import CASH, Chart, Good, Rows, Total, Unit, metric

GROUP = "Cash"
_flow = partial(metric, unit=Unit.MONEY, chart=Chart.BAR, group=GROUP, total=Total.SUM, rows=Rows.CASH, by=CASH)


def _summed(ledger: Ledger, query: Query, kinds: list[str], sign: int = 1) -> pl.DataFrame:
    rows = ledger.cash.filter(pl.col("kind").is_in(kinds))
    return series.flow(ledger, query, rows, sign * pl.col("amount_base").sum())


@_flow(name="Gross revenue", good=Good.UP, kinds=("charge",))
def gross_revenue(ledger: Ledger, query: Query) -> pl.DataFrame:
    """All succeeded charges, recurring and one-time, on the day they were made, as they reached the balance."""
    return _summed(ledger, query, ["charge"])


@_flow(name="Net revenue", good=Good.UP, kinds=("charge", "refund"))
def net_revenue(ledger: Ledger, query: Query) -> pl.DataFrame:
    """Gross revenue less refunds, each refund on the day it was made, so that past months never change. Fees are not
    taken off; they have a metric of their own.
    """
    return _summed(ledger, query, ["charge", "refund"])


@_flow(name="Other revenue", good=Good.UP, kinds=("charge",), recurring=False)
def other_revenue(ledger: Ledger, query: Query) -> pl.DataFrame:
    """Succeeded charges that belong to no subscription, one-time payments and invoices made by hand, on the day they
    were made. Gross revenue holds them too.
    """
    rows = ledger.cash.filter(pl.col("kind") == "charge", ~pl.col("recurring"))
    return series.flow(ledger, query, rows, pl.col("amount_base").sum())


@_flow(name="Fees", good=Good.DOWN, kinds=("fee",), factor=-1)
def fees(ledger: Ledger, query: Query) -> pl.DataFrame:
    """What Stripe kept: the fees of all balance transactions, dispute fees included."""
    return _summed(ledger, query, ["fee"], -1)


@_flow(name="Refunds", good=Good.DOWN, kinds=("refund",), factor=-1)
def refunds(ledger: Ledger, query: Query) -> pl.DataFrame:
    """Money given back to customers, on the day of the refund. Shown as a positive amount."""
    return _summed(ledger, query, ["refund"], -1)


@_flow(name="Disputes lost", good=Good.DOWN, kinds=("dispute",), factor=-1)
def disputes_lost(ledger: Ledger, query: Query) -> pl.DataFrame:
    """What disputes took from the balance less what was given back of it, each on its own day. A dispute that is won
    counts against the days on which the money returns. Dispute fees are among the fees.
    """
    return _summed(ledger, query, ["dispute"], -1)


@_flow(name="Coupons", good=Good.DOWN, kinds=("discount",))
def coupons(ledger: Ledger, query: Query) -> pl.DataFrame:
    """Discounts given with coupons and promotion codes, on the day on which their invoice was finalized; taken back on
    the day on which it was voided.
    """
    return _summed(ledger, query, ["discount"])


@_flow(name="Failed charges", good=Good.DOWN, kinds=("failed",))
def failed_charges(ledger: Ledger, query: Query) -> pl.DataFrame:
    """Payments that failed, each counted once with its amount on the day of its first failed attempt, however often it
    was tried again and whether or not it succeeded later.
    """
    return _summed(ledger, query, ["failed"])


@_flow(name="Payouts", good=Good.UP, kinds=("payout",), factor=-1, by=(By.CURRENCY,))
def payouts(ledger: Ledger, query: Query) -> pl.DataFrame:
    """What was paid out to the bank account, less payouts that failed or were cancelled, on the days on which they left
    the balance or returned to it.
    """
    return _summed(ledger, query, ["payout"], -1)


@metric(
    name="Stripe balance",
    unit=Unit.MONEY,
    good=Good.UP,
    chart=Chart.AREA,
    group=GROUP,
    total=Total.LAST,
    rows=Rows.CASH,
    kinds=("charge", "refund", "fee", "dispute", "payout", "other"),
    by=(By.CURRENCY,),
)
def stripe_balance(ledger: Ledger, query: Query) -> pl.DataFrame:
    """Everything that ever entered Stripe's balance less all that left it, at the end of the day, pending amounts
    included. Each amount counts at the rate of its own day: what is held in a second currency is not revalued.
    """
    rows = grouped(ledger, ledger.cash.filter(~pl.col("kind").is_in(OFF_BALANCE)), query)
    return series.level(ledger, query, rows.select("date", "group", value="amount_base"))
