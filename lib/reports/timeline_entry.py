"""One thing that happened to a customer, and what it takes to put such things into sentences."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from babel.dates import format_date

from lib.ledger.build import Ledger
from lib.periods import local_date


class Kind(StrEnum):
    """What can be asked for apart; also the order of causes within a day."""

    TRIAL = "Trials"
    COUPON = "Coupons"
    CANCEL = "Cancellations and pauses"
    INVOICE = "Invoices"
    CREDIT = "Credit notes"
    PAYMENT = "Payments"
    REFUND = "Refunds"
    DISPUTE = "Disputes"
    MOVEMENT = "MRR"


ORDER: Final = {kind: place for place, kind in enumerate(Kind)}


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened. ``date`` is a day of the account's time zone."""

    date: date
    kind: Kind
    sentence: str
    object: str | None
    """The Stripe id of what it happened to."""
    amount: int | None = None
    """Minor units of ``currency``, as Stripe has it."""
    currency: str | None = None
    mrr: int | None = None
    """What it changed in MRR: signed micros of the reporting currency."""
    bad: bool = False
    """Money or a customer lost, or about to be."""
    at: int = 0
    """UTC epoch seconds where known: the order within a day."""


@dataclass(frozen=True, slots=True)
class Teller:
    """What every sentence needs: the days of the account, written for the reader, and the names of plans."""

    ledger: Ledger
    locale: str
    plans: dict[str, str]

    def day(self, moment: int) -> date:
        """The account's day of UTC epoch seconds."""
        return local_date(moment, self.ledger.tz)

    def written(self, moment: int) -> str:
        """That day in words."""
        return self.date(self.day(moment))

    def date(self, day: date) -> str:
        """A day in words."""
        return str(format_date(day, "medium", locale=self.locale))

    def plan(self, price: str | None) -> str:
        """A plan's name; where it is not known, that it is one."""
        return self.plans.get(price or "", "a plan")

    def listed(self, prices: Iterable[str | None]) -> str:
        """Several plans in one breath, each once."""
        return " + ".join(dict.fromkeys(self.plan(price) for price in prices)) or "a plan"
