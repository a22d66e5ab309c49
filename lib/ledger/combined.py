"""Several accounts' ledgers as one: what a whole group of businesses earns, in one currency.

Each account keeps its own rules and cuts its days in its own time zone (docs/decisions/0016). Rows are put together,
never netted: every sum of the whole is the sum of the accounts, to the micro.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import polars as pl

from lib.ledger.build import Ledger

_FRAMES: Final = (
    "states", "movements", "committed", "trialing", "trials", "cash", "plans", "customers", "subscriptions",
)  # fmt: skip
_PEOPLE: Final = ("customer", "subscription")


def apart(ledgers: Mapping[str, Ledger]) -> dict[str, Ledger]:
    """The ledgers by account, without those whose customers or subscriptions have ids that an earlier account has too:
    they could not be told apart. Stripe gives every id once; only ids that owners chose themselves can meet.
    """
    kept: dict[str, Ledger] = {}
    seen: dict[str, set[str]] = {name: set() for name in _PEOPLE}
    for account, ledger in ledgers.items():
        own = {name: _ids(ledger, name) for name in _PEOPLE}
        if all(own[name].isdisjoint(seen[name]) for name in _PEOPLE):
            kept[account] = ledger
            for name in _PEOPLE:
                seen[name] |= own[name]
    return kept


def _ids(ledger: Ledger, name: str) -> set[str]:
    frame = ledger.customers if name == "customer" else ledger.subscriptions
    return set(frame[name].to_list())


def together(ledgers: Mapping[str, Ledger]) -> Ledger:
    """One ledger of several, all in the same base; of accounts that :func:`apart` leaves. ``today`` is the latest of
    theirs, ``tz`` and ``rules`` are the first's.

    Two accounts' plans of the same id stay apart: the later one's gets its account's id behind it.
    """
    first, *_ = ledgers.values()
    named = _plans_apart(ledgers)
    frames = {
        name: pl.concat([getattr(each, name) for each in named], how="vertical").sort(_order(name)) for name in _FRAMES
    }
    return replace(
        first,
        today=max(each.today for each in named),
        rates=pl.concat([each.rates for each in named], how="vertical").unique(maintain_order=True),
        hidden=tuple(each for ledger in named for each in ledger.hidden),
        unpriced=tuple(sorted({each for ledger in named for each in ledger.unpriced})),
        **frames,
    )


def _order(name: str) -> list[str]:
    return {
        "states": ["date", "subscription", "plan"],
        "trials": ["start", "subscription"],
        "cash": ["date", "kind", "source", "amount"],
        "plans": ["plan"],
        "customers": ["customer"],
        "subscriptions": ["subscription"],
    }.get(name, ["date", "customer", "subscription", "plan", "type"])


def _plans_apart(ledgers: Mapping[str, Ledger]) -> Sequence[Ledger]:
    seen: set[str] = set()
    found = []
    for account, ledger in ledgers.items():
        own = set(ledger.plans["plan"].to_list())
        found.append(_renamed(ledger, {each: f"{each}@{account}" for each in own & seen}))
        seen |= own
    return found


def _renamed(ledger: Ledger, names: Mapping[str, str]) -> Ledger:
    if not names:
        return ledger
    frames = {
        name: frame.with_columns(pl.col("plan").replace(names))
        for name in _FRAMES
        if "plan" in (frame := getattr(ledger, name)).columns
    }
    return replace(ledger, **frames)
