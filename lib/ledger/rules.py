"""The contested definitions of MRR as switches; the defaults are those of `docs/decisions/`."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Rules:
    """How MRR is counted. Each field is one switch."""

    deducted_coupons: frozenset[str] = frozenset({"forever", "repeating"})
    """Coupon durations that lower MRR while they run."""
    past_due_days: int | None = 30
    """Days after which an unpaid renewal counts as churn; None: never."""
    count_paused: bool = True
    """Whether a subscription with paused collection stays in MRR."""


MONTHS_OF: dict[str, Fraction] = {
    "month": Fraction(1),
    "year": Fraction(12),
    "week": Fraction(12, 52),
    "day": Fraction(12, 365),
}
"""Months in one billing interval, exact."""
