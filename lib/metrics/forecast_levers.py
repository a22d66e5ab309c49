"""What if: MRR rolled forward month by month at the pace of the last three full months, with levers to pull."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import polars as pl

from lib.ledger.build import Ledger
from lib.metrics.forecast import AHEAD
from lib.periods import add_months

MONTHS: Final = 3
"""Full months whose movements set the pace."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How MRR has been moving. ``mrr`` and ``new`` in micros, rates as shares of the MRR a month began with.

    ``new`` is a month's mean of new MRR and of customers who came back; ``churn`` is what left and what was downgraded,
    ``expansion`` what was upgraded. Exchange rates are no part of it.
    """

    mrr: int
    new: Fraction
    churn: Fraction
    expansion: Fraction


@dataclass(frozen=True, slots=True)
class Levers:
    """What might change from the next month on; all 0: nothing does."""

    churn: Fraction = Fraction(0)
    """Added to the monthly churn rate: −0.01 is one percentage point less."""
    growth: Fraction = Fraction(0)
    """By what share new MRR grows from each month to the next."""
    price: Fraction = Fraction(0)
    """By what share every price changes at once, of those who are customers and of those who come."""

    @property
    def rest(self) -> bool:
        """Whether nothing is changed."""
        return self == Levers()


def pace(ledger: Ledger) -> Pace | None:
    """The pace of the last three full months, from the sums over them; None when there was no MRR to begin with.

    A ratio over three months is the sum of the losses over the sum of what each month began with.
    """
    this = ledger.today.replace(day=1)
    first = add_months(this, -MONTHS)
    moved = ledger.movements
    opening = [int(moved.filter(pl.col("date") < add_months(first, n))["amount_base"].sum()) for n in range(MONTHS + 1)]
    rows = moved.filter(pl.col("date").is_between(first, this, closed="left"))
    sums: dict[str, int] = dict(rows.group_by("type").agg(pl.col("amount_base").sum()).iter_rows())
    base = sum(opening[:MONTHS])
    if base <= 0:
        return None
    return Pace(
        mrr=opening[MONTHS],
        new=Fraction(sums.get("new", 0) + sums.get("reactivation", 0), MONTHS),
        churn=Fraction(-sums.get("churn", 0) - sums.get("contraction", 0), base),
        expansion=Fraction(sums.get("expansion", 0), base),
    )


def scenario(start: Pace, levers: Levers = Levers(), ahead: int = AHEAD) -> list[int]:
    """MRR at the end of each month ahead, micros, each rounded once from the exact amount; churn stays in 0 … 1."""
    churn = min(Fraction(1), max(Fraction(0), start.churn + levers.churn))
    dearer = max(Fraction(0), 1 + levers.price)
    mrr, new = start.mrr * dearer, start.new * dearer
    path = []
    for _ in range(ahead):
        mrr += new + mrr * (start.expansion - churn)
        new *= 1 + levers.growth
        path.append(max(0, round(mrr)))
    return path
