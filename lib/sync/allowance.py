"""Stripe's read allocation: 500 reads a transaction over 30 days, at least 10,000; how much of it is used.

A platform's allocation is that of all the accounts connected to it together; a restricted key has its account's own.
Source: docs.stripe.com/rate-limits, "API read request allocations".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from lib.gateway import reads as counter
from lib.store import reads
from lib.store.engine import reading

DAYS: Final = 30
FLOOR: Final = 10_000
PER_TRANSACTION: Final = 500
BATCH: Final = 100
"""Reads after which a long sync keeps its count, so that a killed process forgets no more than these."""


@dataclass(frozen=True)
class Allowance:
    """Reads of the last 30 days, by us, against what Stripe allows. ``accounts``: how many share it."""

    used: int
    allowed: int
    transactions: int
    accounts: int = 1
    own: int = 0
    """Of ``used``, those of the account that was asked about."""

    @property
    def share(self) -> float:
        """How much of it is used; above 1 when it is used up."""
        return self.used / self.allowed


def of(account: str, now: float) -> Allowance:
    """What Stripe allows ``account`` and how much of it was used by ``now`` (epoch seconds)."""
    with reading() as db:
        together = reads.sharing(db, account)
    transactions, used = _facts(together, now)
    return Allowance(sum(used.values()), allowed(transactions), transactions, len(together), used[account])


def shares(accounts: Iterable[str], now: float) -> dict[str, float]:
    """The share that is used of each account's allocation; what several share is counted once."""
    found: dict[str, float] = {}
    for account in accounts:
        if account not in found:
            with reading() as db:
                together = reads.sharing(db, account)
            transactions, used = _facts(together, now)
            found |= dict.fromkeys(together, sum(used.values()) / allowed(transactions))
    return found


def _facts(together: Sequence[str], now: float) -> tuple[int, dict[str, int]]:
    """Successful charges of these accounts in the last days, and the reads of each."""
    first = datetime.fromtimestamp(now, UTC).date() - timedelta(days=DAYS - 1)
    with reading() as db:
        used = reads.used(db, together, first.isoformat())
        return reads.transactions(db, together, int(now) - DAYS * 86_400), used


def allowed(transactions: int) -> int:
    """Reads in 30 days for so many successful charges."""
    return max(FLOOR, PER_TRANSACTION * transactions)


def keep(*, at_least: int = 1) -> None:
    """Keep what was counted in this process, once it is ``at_least`` so many; what can't be kept is kept later."""
    counted = counter.take(at_least=at_least)
    if counted and not reads.add(counted):
        counter.give_back(counted)
