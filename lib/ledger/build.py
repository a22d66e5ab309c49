"""One account's whole ledger from the store's frames: the door of this room."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

import polars as pl

from lib.errors import AmountsTooLarge
from lib.ledger import cash as cash_ledger
from lib.ledger import dimensions, fx, movements, states, trials
from lib.ledger.history import Life
from lib.ledger.lives import lives
from lib.ledger.rules import Rules
from lib.periods import local_date


@dataclass(frozen=True)
class Ledger:
    """Everything that metrics read. Amounts in micros; days in ``tz``; ``today`` is the last day and unfinished."""

    base: str
    today: date
    tz: ZoneInfo
    rules: Rules
    states: pl.DataFrame
    """What each subscription and plan is worth, and whether it counts as active: see lib.ledger.states.STATES."""
    movements: pl.DataFrame
    """The MRR ledger: see lib.ledger.movements.MOVEMENTS."""
    committed: pl.DataFrame
    """The same ledger if everyone who has cancelled were gone at the click: its running sum is committed MRR."""
    trialing: pl.DataFrame
    """The same shape for what running trials would come to: its running sum is trial MRR."""
    trials: pl.DataFrame
    """One row for each trial: see lib.ledger.trials.TRIALS."""
    rates: pl.DataFrame
    """See lib.ledger.fx.RATES."""
    cash: pl.DataFrame
    """The cash ledger: see lib.ledger.cash.CASH."""
    plans: pl.DataFrame
    """(plan, label, name, product, product_id, interval): a price id, its label (``Pro, monthly, $29.00``), the name it
    shares with the other prices of its product and interval (``Pro, monthly``), its product's name and id, how often it
    bills (``monthly``)."""
    customers: pl.DataFrame
    """(customer, name, email, country, metadata, created, cohort): metadata as JSON text; ``created`` a day; ``cohort``
    the first day with MRR, null for one who never had any."""
    subscriptions: pl.DataFrame
    """(subscription, customer, coupon): the coupon it got first, by name; null where it never had one."""
    hidden: tuple[str, ...] = ()
    """Subscriptions whose present state no invoice line explains yet (``proration_behavior=none``)."""
    unpriced: tuple[str, ...] = ()
    """Currencies without any known rate: their amounts count as 0 in the reporting currency, and we say so."""

    @property
    def start(self) -> date:
        """The first day with anything in it."""
        firsts = [d for d in (self.movements["date"].min(), self.cash["date"].min()) if isinstance(d, date)]
        return min(firsts, default=self.today)


def build(
    tables: dict[str, pl.DataFrame], *, base: str, as_of: int, tz: ZoneInfo, rules: Rules | None = None
) -> Ledger:
    """The ledger as known at ``as_of`` (UTC epoch seconds); raises LedgerBroken or AmountsTooLarge.

    ``base`` is the account's own currency; ``rules`` may ask for another one.
    """
    rules = rules or Rules()
    base = rules.currency or base
    today = local_date(as_of, tz)
    found = lives(tables, rules, as_of)
    rates = fx.rates(tables, base, tz, rules.frozen_rates)

    def moved_by(held: pl.DataFrame) -> pl.DataFrame:
        return movements.movements(held, rates, base, today)

    every = states.states(found, rules, tz, as_of)
    sooner = [trials.at_the_click(life) for life in found if life.click is not None]
    committed = states.replaced(every, states.states(sooner, rules, tz, as_of), sooner)
    trialing = states.states(trials.on_trial(found), rules, tz, as_of)
    held, committed = (states.counted(each, rules) for each in (every, committed))
    moved = moved_by(held)
    movements.check(moved, held, rates, base, today)
    cash = cash_ledger.cash(tables, rates, base, tz)
    _addable(moved, cash, base)
    return Ledger(
        base=base,
        today=today,
        tz=tz,
        rules=rules,
        states=held,
        movements=moved,
        committed=moved_by(committed),
        trialing=moved_by(trialing),
        trials=trials.trials(found, held, tz, as_of),
        rates=rates,
        cash=cash,
        plans=dimensions.plans(tables),
        customers=dimensions.customers(tables, held, cash, tz),
        subscriptions=dimensions.subscriptions(tables, found),
        hidden=_hidden(found),
        unpriced=_unpriced(held, cash, rates, base),
    )


_YEAR: Final = 12
_MOST: Final = (2**63 - 1) / _YEAR


def _addable(moved: pl.DataFrame, cash: pl.DataFrame, base: str) -> None:
    """Raise AmountsTooLarge unless every sum of the ledger, twelvefold as ARR is, fits the integers it is added up in.

    Polars' sums would wrap around without a word: some US$ 500,000 of MRR in a currency like the rupiah with its cents.
    """
    for frame in (moved, cash):
        if frame["amount_base"].cast(pl.Float64).abs().sum() > _MOST:
            raise AmountsTooLarge(currency=base.upper())


def _hidden(found: list[Life]) -> tuple[str, ...]:
    return tuple(life.id for life in found if life.hidden)


def _unpriced(held: pl.DataFrame, cash: pl.DataFrame, rates: pl.DataFrame, base: str) -> tuple[str, ...]:
    used = set(held["currency"]) | set(cash["currency"])
    return tuple(sorted(used - set(rates["currency"]) - {base}))
