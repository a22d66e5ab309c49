"""Cash: what was charged, given back and paid in fees, from the balance transactions themselves."""

from __future__ import annotations

import polars as pl

from lib.ledger.build import Ledger
from lib.metrics import series
from lib.metrics.query import Query
from lib.metrics.registry import CASH, Chart, Good, Total, Unit, metric

GROUP = "Cash"


def _summed(ledger: Ledger, query: Query, kinds: list[str], sign: int = 1) -> pl.DataFrame:
    rows = ledger.cash.filter(pl.col("kind").is_in(kinds))
    return series.flow(ledger, query, rows, sign * pl.col("amount_base").sum())


@metric(name="Gross revenue", unit=Unit.MONEY, good=Good.UP, chart=Chart.BAR, group=GROUP, total=Total.SUM, by=CASH)
def gross_revenue(ledger: Ledger, query: Query) -> pl.DataFrame:
    """All succeeded charges, recurring and one-time, on the day they were made, as they reached the balance."""
    return _summed(ledger, query, ["charge"])


@metric(name="Net revenue", unit=Unit.MONEY, good=Good.UP, chart=Chart.BAR, group=GROUP, total=Total.SUM, by=CASH)
def net_revenue(ledger: Ledger, query: Query) -> pl.DataFrame:
    """Gross revenue less refunds, each refund on the day it was made, so that past months never change. Fees are not
    taken off; they have a metric of their own.
    """
    return _summed(ledger, query, ["charge", "refund"])


@metric(name="Fees", unit=Unit.MONEY, good=Good.DOWN, chart=Chart.BAR, group=GROUP, total=Total.SUM, by=CASH)
def fees(ledger: Ledger, query: Query) -> pl.DataFrame:
    """What Stripe kept: the fees of all balance transactions, dispute fees included."""
    return _summed(ledger, query, ["fee"], -1)


@metric(name="Refunds", unit=Unit.MONEY, good=Good.DOWN, chart=Chart.BAR, group=GROUP, total=Total.SUM, by=CASH)
def refunds(ledger: Ledger, query: Query) -> pl.DataFrame:
    """Money given back to customers, on the day of the refund. Shown as a positive amount."""
    return _summed(ledger, query, ["refund"], -1)


@metric(name="Failed charges", unit=Unit.MONEY, good=Good.DOWN, chart=Chart.BAR, group=GROUP, total=Total.SUM, by=CASH)
def failed_charges(ledger: Ledger, query: Query) -> pl.DataFrame:
    """Payments that failed, each counted once with its amount on the day of its first failed attempt, however often it
    was tried again and whether or not it succeeded later.
    """
    return _summed(ledger, query, ["failed"])
