"""Holding an account's books against the truth that the stand-in Stripe tells to tests alone."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import polars as pl

from lib.ledger.build import Ledger
from lib.ledger.cash import OFF_BALANCE
from lib.money import MICRO, to_micros


@dataclass
class Verdict:
    """``days`` compared, subscriptions' days in all, those that differ, and those a hidden change accounts for."""

    days: int = 0
    values: int = 0
    wrong: list[tuple[str, str, Fraction, Fraction]] = field(default_factory=list)
    hidden: list[tuple[str, str, Fraction, Fraction]] = field(default_factory=list)
    changes: list[dict[str, Any]] = field(default_factory=list)
    """The changes that the API does not show, as the truth names them."""

    @property
    def exact_days(self) -> int:
        """Days on which every subscription was right to the millionth of a minor unit."""
        return self.days - len({day for day, *_ in (*self.wrong, *self.hidden)})


def compare(ledger: Ledger, truth: dict[str, Any], *, last: date) -> Verdict:
    """Every subscription's MRR at the end of every day up to ``last``, in its own currency (minor units).

    ``truth`` is the compact form of the stand-in's door: each subscription's changes.
    """
    mine = _by_subscription(ledger)
    windows = _windows(truth)
    verdict = Verdict(changes=[h for h in truth["hidden"] if h["from"]["mrr"] != h["to"]["mrr"]])
    first = min(date.fromisoformat(s["changes"][0]["date"]) for s in truth["subscriptions"].values())
    verdict.days = (last - first).days + 1
    for sub in mine.keys() | truth["subscriptions"].keys():
        theirs = {date.fromisoformat(c["date"]): Fraction(c["mrr"]) for c in truth["subscriptions"][sub]["changes"]}
        _walk(sub, (mine.get(sub, {}), theirs), (first, last), windows, verdict)
    return verdict


def _walk(
    sub: str,
    told: tuple[dict[date, Fraction], dict[date, Fraction]],
    span: tuple[date, date],
    windows: dict[str, list[tuple[date, date]]],
    verdict: Verdict,
) -> None:
    ours, theirs = Fraction(0), Fraction(0)
    day = span[0]
    while day <= span[1]:
        ours, theirs = told[0].get(day, ours), told[1].get(day, theirs)
        verdict.values += bool(ours or theirs)
        if abs(to_micros(theirs) - ours * MICRO) > 1:
            known = any(a <= day <= b for a, b in windows.get(sub, []))
            (verdict.hidden if known else verdict.wrong).append((day.isoformat(), sub, ours, theirs))
        day += timedelta(days=1)


def _by_subscription(ledger: Ledger) -> dict[str, dict[date, Fraction]]:
    """Each subscription's MRR after each day on which it changed, summed over its plans."""
    held: dict[str, dict[str, int]] = defaultdict(dict)
    steps: dict[str, dict[date, Fraction]] = defaultdict(dict)
    for day, sub, plan, amount in ledger.states.sort("date").select("date", "subscription", "plan", "amount").rows():
        held[sub][plan] = amount
        steps[sub][day] = Fraction(sum(held[sub].values()), MICRO)
    return steps


def _windows(truth: dict[str, Any]) -> dict[str, list[tuple[date, date]]]:
    """The days on which a change of a subscription can't be seen yet, as the truth names them."""
    found: dict[str, list[tuple[date, date]]] = defaultdict(list)
    for each in truth["hidden"]:
        end = each["revealed"] or each["until"]
        last = date.fromisoformat(end) if end else date.max
        found[each["subscription"]].append((date.fromisoformat(each["date"]), last))
    return found


def balance(ledger: Ledger) -> dict[str, int]:
    """The balance by currency in minor units: the sum of the cash ledger."""
    moved = ledger.cash.filter(~pl.col("kind").is_in(OFF_BALANCE)).group_by("currency").agg(pl.col("amount").sum())
    return {currency: amount // MICRO for currency, amount in moved.rows() if amount}
