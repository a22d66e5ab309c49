"""The same account by other rules: the switch that accounts for a difference is found by turning it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

import polars as pl

from lib.ledger.build import Ledger, build
from lib.ledger.rules import DURATIONS, PRESETS, SWITCHES, Preset, Rules
from lib.periods import day_end
from lib.reports import narrow

SEVERAL: Final = "Several switches"
Rebuild = Callable[[Rules], Ledger]
"""The account's ledger by these rules."""


@dataclass(frozen=True, slots=True)
class Turned:
    """Rules that differ from the account's own by one switch (or by a preset's set), and what that means in words."""

    cause: str
    """Short; the same for all that it accounts for."""
    means: str
    """What the other side does and we don't, as the end of a sentence: ``counts churn on cancellation``."""
    rules: Rules


def turns(own: Rules) -> Iterator[Turned]:
    """Each way to turn one switch that decides MRR, then all switches as Stripe's own figures have them."""
    yield from _click(own)
    yield from _past_due(own)
    yield from _coupons(own)
    yield from _paused(own)
    yield from _metered(own)
    yield from _short_stays(own)
    yield from _as_stripe(own)


def _click(own: Rules) -> Iterator[Turned]:
    means = "counts churn when the period ends" if own.churn_at_click else "counts churn on cancellation"
    yield Turned("Churn on cancellation", means, replace(own, churn_at_click=not own.churn_at_click))


def _past_due(own: Rules) -> Iterator[Turned]:
    if own.past_due_days is not None:
        yield Turned("Past due", "never counts past due as churn", replace(own, past_due_days=None))
    else:
        days = Rules().past_due_days
        yield Turned("Past due", f"counts past due as churn after {days} days", replace(own, past_due_days=days))


def _coupons(own: Rules) -> Iterator[Turned]:
    for means, deducted in (
        ("deducts no coupons", frozenset[str]()),
        ("deducts every coupon, “once” ones too", frozenset(DURATIONS)),
        ("deducts no “once” coupons", frozenset(DURATIONS) - {"once"}),
    ):
        if deducted != own.deducted_coupons:
            yield Turned("Coupons", means, replace(own, deducted_coupons=deducted))


def _paused(own: Rules) -> Iterator[Turned]:
    means = "leaves paused subscriptions out" if own.count_paused else "counts paused subscriptions"
    yield Turned("Paused", means, replace(own, count_paused=not own.count_paused))


def _metered(own: Rules) -> Iterator[Turned]:
    means = "leaves metered usage out" if own.count_metered else "counts metered usage"
    yield Turned("Metered usage", means, replace(own, count_metered=not own.count_metered))


def _short_stays(own: Rules) -> Iterator[Turned]:
    if own.drop_short_stays:
        yield Turned("Short stays", "counts short stays", replace(own, drop_short_stays=False))


_DECIDE_MRR: Final = (
    "deducted_coupons",
    "full_discount_active",
    "count_metered",
    "churn_at_click",
    "past_due_days",
    "count_paused",
    "drop_short_stays",
)


def _as_stripe(own: Rules) -> Iterator[Turned]:
    """All switches of Stripe's preset at once, where that turns more than one; currency and rates stay."""
    stripe = PRESETS[Preset.STRIPE]
    turned = [s for s in SWITCHES if s.name in _DECIDE_MRR and getattr(stripe, s.name) != getattr(own, s.name)]
    if len(turned) > 1:
        names = ", ".join(f"“{s.metadata['title']}”" for s in turned)
        rules = replace(own, **{s.name: getattr(stripe, s.name) for s in turned})
        yield Turned(SEVERAL, f"differs in several switches at once: {names}", rules)


def pairs(own: Rules) -> Iterator[Turned]:
    """Each way to turn two switches that decide MRR, of different causes: one may hide what the other does."""
    single = [turned for turned in turns(own) if turned.cause != SEVERAL]
    for n, first in enumerate(single):
        later = {turned.cause for turned in single[n + 1 :]} - {first.cause}
        for second in turns(first.rules):
            if second.cause in later:
                yield Turned("Two switches", f"{first.means} and {second.means}", second.rules)


def among(own: Ledger, tables: Mapping[str, pl.DataFrame], customers: Collection[str]) -> Rebuild:
    """The ledger of a few customers alone by other rules: the same MRR in their own currencies, built in a moment.

    Of the balance only what tells a rate is read, so its cash is not theirs.
    """
    mine = narrow.of_customers(tables, customers)
    codes = [own.base, *mine["subscription"]["currency"].drop_nulls().unique()]
    mine["balance_transaction"] = mine["balance_transaction"].filter(pl.col("exchange_rate").is_not_null())
    mine["exchange_rate"] = mine["exchange_rate"].filter(pl.col("currency").is_in(codes))
    as_of = day_end(own.today, own.tz) - 1
    return lambda rules: build(mine, base=own.base, as_of=as_of, tz=own.tz, rules=rules)


def by_subscription(ledger: Ledger) -> dict[str, int]:
    """What each subscription is worth today, in micros of its own currency; those worth nothing left out."""
    sums = ledger.movements.group_by("subscription").agg(pl.col("amount").sum()).filter(pl.col("amount") != 0)
    return dict(sums.iter_rows())
