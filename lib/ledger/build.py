"""One account's whole ledger from the store's frames: the door of this room."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

import polars as pl

from lib.errors import AmountsTooLarge
from lib.ledger import cash as cash_ledger
from lib.ledger import dimensions, fx, movements, states, trials, versions
from lib.ledger.affected import Changed, differing, only, subscriptions
from lib.ledger.history import Life
from lib.ledger.lives import lives
from lib.ledger.movements import Basis
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
    tables: Mapping[str, pl.DataFrame], *, base: str, as_of: int, tz: ZoneInfo, rules: Rules | None = None
) -> Ledger:
    """The ledger as known at ``as_of`` (UTC epoch seconds); raises LedgerBroken or AmountsTooLarge.

    ``base`` is the account's own currency; ``rules`` may ask for another one.
    """
    return written(tables, base=base, as_of=as_of, tz=tz, rules=rules).ledger


def written(
    tables: Mapping[str, pl.DataFrame], *, base: str, as_of: int, tz: ZoneInfo, rules: Rules | None = None
) -> Written:
    """As :func:`build`, with what it was made of."""
    rules = rules or Rules()
    return _written(tables, _Parts.of(lives(tables, rules, as_of), rules, tz, as_of), rules.currency or base, as_of)


def rewritten(before: Written, tables: Mapping[str, pl.DataFrame], changed: Changed, as_of: int) -> Written:
    """The ledger as known at ``as_of``, from one of an earlier moment of the same day: equal to :func:`build`'s.

    ``changed`` are the ids of rows in which ``tables`` may differ from those before. Only the lives that they tell of,
    or that time itself moves, are made anew. Raises like :func:`build`; it is the same account, with the same rules.
    """
    parts, ledger = before.parts, before.ledger
    affected = subscriptions(before.tables, tables, differing(before.tables, tables, changed))
    if affected is None or local_date(as_of, ledger.tz) != ledger.today or as_of < before.as_of:
        return written(tables, base=ledger.base, as_of=as_of, tz=ledger.tz, rules=ledger.rules)
    affected |= versions.differing(before.tables, tables, changed.get("subscription", ()))
    affected |= _moving(parts.lives.values(), tables, before.as_of, as_of)
    fresh = _Parts.of(lives(only(tables, affected), ledger.rules, as_of), ledger.rules, ledger.tz, as_of)
    return _written(tables, parts.with_(affected, fresh), ledger.base, as_of, before)


def _moving(found: Iterable[Life], tables: Mapping[str, pl.DataFrame], old: int, new: int) -> frozenset[str]:
    """Subscriptions that may stand otherwise at ``new`` than at ``old`` though nothing of theirs changed."""
    drafts = tables["invoice"].filter(pl.col("status") == "draft")["subscription"].drop_nulls()
    return frozenset(drafts) | {life.id for life in found if any(old <= at <= new for at in _moments(life))}


def _moments(life: Life) -> Iterator[int]:
    yield from life.instants()
    yield from life.trial or ()
    yield from (at for at in (life.click, life.end) if at is not None)


@dataclass(frozen=True)
class _Parts:
    """The lives, and their states in the three ledgers: as they are, if who cancelled were gone, and on trial."""

    lives: dict[str, Life]
    rules: Rules
    tz: ZoneInfo
    every: pl.DataFrame
    committed: pl.DataFrame
    trialing: pl.DataFrame

    @classmethod
    def of(cls, found: Iterable[Life], rules: Rules, tz: ZoneInfo, as_of: int) -> _Parts:
        by_id = {life.id: life for life in found}
        every = states.states(by_id.values(), rules, tz, as_of)
        sooner = [trials.at_the_click(life) for life in by_id.values() if life.click or life.undone]
        return cls(
            lives=by_id,
            rules=rules,
            tz=tz,
            every=every,
            committed=states.replaced(every, states.states(sooner, rules, tz, as_of), sooner),
            trialing=states.states(trials.on_trial(by_id.values()), rules, tz, as_of),
        )

    def with_(self, ids: Collection[str], fresh: _Parts) -> _Parts:
        """These parts, with those subscriptions as they are in ``fresh``."""
        kept = {id_: life for id_, life in self.lives.items() if id_ not in ids}
        return replace(
            self,
            lives=dict(sorted((kept | fresh.lives).items())),
            every=states.exchanged(self.every, fresh.every, ids),
            committed=states.exchanged(self.committed, fresh.committed, ids),
            trialing=states.exchanged(self.trialing, fresh.trialing, ids),
        )


@dataclass(frozen=True)
class Written:
    """A ledger and what it was made of, so that the next one need not be made from nothing."""

    ledger: Ledger
    parts: _Parts
    tables: Mapping[str, pl.DataFrame]
    as_of: int


@dataclass(frozen=True)
class _Before:
    """An earlier ledger, and the states behind the movements that it has."""

    ledger: Ledger
    committed: pl.DataFrame
    trialing: pl.DataFrame

    @classmethod
    def of(cls, before: Written) -> _Before:
        ledger, parts = before.ledger, before.parts
        return cls(ledger, states.counted(parts.committed, ledger.rules), parts.trialing)


def _written(
    tables: Mapping[str, pl.DataFrame], parts: _Parts, base: str, as_of: int, before: Written | None = None
) -> Written:
    found, rules, tz = list(parts.lives.values()), parts.rules, parts.tz
    today = local_date(as_of, tz)
    rates = fx.rates(tables, base, tz, rules.frozen_rates)
    held, committed = (states.counted(each, rules) for each in (parts.every, parts.committed))
    was = _Before.of(before) if before else None

    def moved_by(now: pl.DataFrame, which: Callable[[_Before], tuple[pl.DataFrame, pl.DataFrame]]) -> pl.DataFrame:
        if was is None:
            return movements.movements(now, rates, base, today)
        then, moved = which(was)
        return movements.renewed(moved, Basis(then, was.ledger.rates), Basis(now, rates), base, today)

    moved = moved_by(held, lambda was: (was.ledger.states, was.ledger.movements))
    movements.check(moved, held, rates, base, today)
    cash = cash_ledger.cash(tables, rates, base, tz)
    _addable(moved, cash, base)
    ledger = Ledger(
        base=base,
        today=today,
        tz=tz,
        rules=rules,
        states=held,
        movements=moved,
        committed=moved_by(committed, lambda was: (was.committed, was.ledger.committed)),
        trialing=moved_by(parts.trialing, lambda was: (was.trialing, was.ledger.trialing)),
        trials=trials.trials(found, held, tz, as_of),
        rates=rates,
        cash=cash,
        plans=dimensions.plans(tables),
        customers=dimensions.customers(tables, held, cash, tz),
        subscriptions=dimensions.subscriptions(tables, found),
        hidden=_hidden(found),
        unpriced=_unpriced(held, cash, _waiting(tables), rates, base),
    )
    return Written(ledger, parts, tables, as_of)


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


def _waiting(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """The invoices that wait for money: it may never have been tried to collect any."""
    return tables["invoice"].filter(pl.col("status") == "open", pl.col("amount_due") > 0)


def _unpriced(
    held: pl.DataFrame, cash: pl.DataFrame, waiting: pl.DataFrame, rates: pl.DataFrame, base: str
) -> tuple[str, ...]:
    used = set(held["currency"]) | set(cash["currency"]) | set(waiting["currency"].drop_nulls())
    return tuple(sorted(used - set(rates["currency"]) - {base}))
