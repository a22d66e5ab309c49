"""The stand-in's truth under any rules, worked out day by day and slowly, and held against a ledger.

What no reader of Stripe's API can know is named, and counted apart: see ``excuses``.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Any, Final, NamedTuple

import polars as pl

from lib.ledger.build import Ledger
from lib.ledger.rules import DURATIONS, PRESETS, Preset, Rules
from lib.money import MICRO, to_micros

Truth = Mapping[str, Any]
DAY = timedelta(days=1)
SWITCHED: Final[Mapping[str, Rules]] = {
    "default": Rules(),
    "no coupons": Rules(deducted_coupons=frozenset()),
    "only forever coupons": Rules(deducted_coupons=frozenset({"forever"})),
    "only repeating coupons": Rules(deducted_coupons=frozenset({"repeating"})),
    "only once coupons": Rules(deducted_coupons=frozenset({"once"})),
    "all coupons": Rules(deducted_coupons=frozenset(DURATIONS)),
    "100 % off stays active": Rules(full_discount_active=True),
    "metered counts": Rules(count_metered=True),
    "churn at the click": Rules(churn_at_click=True),
    "past due not at all": Rules(past_due_days=0),
    "past due for a week": Rules(past_due_days=7),
    "past due for ever": Rules(past_due_days=None),
    "paused out": Rules(count_paused=False),
    "short stays": Rules(drop_short_stays=True),
    **{preset.value: rules for preset, rules in PRESETS.items()},
}
"""Every switch that decides what a subscription is worth, in both positions, and the presets."""
_PAUSED = ("paused between two renewals", "paused until a renewal shows it", "resumed until a renewal shows it")
_UNDONE = "cancelled, and thought better of it"
_UNPAID = "unpaid between two renewals"
STRIPES_LIMIT = 30
"""Days after which the stand-in gives a debt up: the subscription is ``unpaid`` from then on, or cancelled."""
SHORT = "short stay beside something unseen"
UNSEEN: Final[Mapping[str, tuple[str, ...]]] = {
    "paused out": _PAUSED,
    "churn at the click": (_UNDONE,),
    "past due for ever": (_UNPAID,),
    Preset.PROFITWELL.value: (*_PAUSED, SHORT),
    Preset.STRIPE.value: (_UNDONE, _UNPAID),
}
"""What can't be known under which rules, beside what changed silently."""


class Held(NamedTuple):
    """What a subscription comes to at the end of a day: MRR and trial MRR in minor units a month, and if it counts."""

    mrr: Fraction
    active: bool
    trial: Fraction


NOTHING = Held(Fraction(0), active=False, trial=Fraction(0))


@dataclass
class Judgement:
    """How many ``values`` (days of subscriptions), ``moves`` and ``trials`` were compared, and what came of it.

    ``wrong``: (what, day, whose, ours, theirs); ``unseen``: days of subscriptions that differ, by reason.
    """

    values: int = 0
    moves: int = 0
    trials: int = 0
    wrong: list[tuple[str, date, str, object, object]] = field(default_factory=list)
    unseen: Counter[str] = field(default_factory=Counter)
    whose: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """The subscriptions behind ``unseen``, by the same reasons."""


def judge(
    ledger: Ledger, truth: Truth, tables: Mapping[str, pl.DataFrame], last: date, *, excused: bool = True
) -> Judgement:
    """Hold MRR, active and trial MRR of every subscription and day, and every movement and trial, against the truth.

    Not ``excused``: nothing is passed over as unknowable.
    """
    told = {sub: _by_day(about["changes"]) for sub, about in truth["subscriptions"].items()}
    unseen = excuses(truth, ledger.rules, _renewals(tables)) if excused else {}
    customers = {sub: about["customer"] for sub, about in truth["subscriptions"].items()}
    veiled = {customers[sub] for sub in unseen}
    if ledger.rules.drop_short_stays:
        told = _without_short_stays(told, customers)
        for sub, customer in customers.items():
            if customer in veiled:
                unseen.setdefault(sub, []).append((date.min, date.max, SHORT))
    found = Judgement()
    _values(ledger, told, unseen, last, found)
    _moves(ledger, told, customers, _veil(unseen, customers), last, found)
    _trials(ledger, truth, told, veiled, found)
    return found


def _veil(unseen: Windows, customers: dict[str, str]) -> Windows:
    """The days, by customer, on which a movement may be missing or misplaced: those of its subscriptions' windows."""
    found: Windows = defaultdict(list)
    for sub, windows in unseen.items():
        found[customers[sub]] += windows
    return found


def _hidden(veil: Windows, customer: str, day: date) -> bool:
    return any(start <= day <= stop for start, stop, _ in veil.get(customer, ()))


# --- What can't be known ----------------------------------------------------------------------------------------------

Windows = dict[str, list[tuple[date, date, str]]]


def excuses(truth: Truth, rules: Rules, renewals: Mapping[str, list[int]]) -> Windows:
    """The days of each subscription on which Stripe's API shows no trace of how it stood, with the reason."""
    found: Windows = defaultdict(list)
    for each in truth["hidden"]:
        end = each["revealed"] or each["until"]
        until = date.fromisoformat(end) if end else date.max
        found[each["subscription"]].append((date.fromisoformat(each["date"]), until, "changed silently"))
    for sub, about in truth["subscriptions"].items():
        for start, stop, why in _excuses(about["changes"], rules, renewals.get(sub, [])):
            if start != NEVER:
                found[sub].append((_utc(start), date.max if stop == NEVER else _utc(stop), why))
    return dict(found)


NEVER = 2**40
"""Epoch seconds beyond any."""


def _excuses(changes: list[Any], rules: Rules, renewals: list[int]) -> Iterator[tuple[int, int, str]]:
    """The same as moments, epoch seconds; ``renewals`` are those on which this subscription's bills were made."""
    if not rules.count_paused:
        for start, stop in _spells(changes, lambda c: c["paused"]):
            put_aside = [at for at in renewals if start <= at < stop]
            if not put_aside:
                yield start, stop, _PAUSED[0]
                continue
            yield start, put_aside[0], _PAUSED[1]
            yield stop, min((at for at in renewals if at >= stop), default=NEVER), _PAUSED[2]
    if rules.churn_at_click:
        for start, stop in _spells(changes, lambda c: c["canceled"]):
            if stop != NEVER:
                yield start, stop, _UNDONE
    if rules.past_due_days is None or rules.past_due_days > STRIPES_LIMIT:
        for start, stop in _spells(changes, lambda c: c["status"] == "unpaid"):
            if not any(start <= at < stop for at in renewals):
                yield start, stop, _UNPAID


def _spells(changes: list[Any], holds: Callable[[Any], bool]) -> Iterator[tuple[int, int]]:
    """From the moment on which something begins to hold to the one on which it ceases to; NEVER: it has not."""
    since: int | None = None
    for change in changes:
        if holds(change) and since is None:
            since = change["at"]
        elif not holds(change) and since is not None:
            yield since, change["at"]
            since = None
    if since is not None:
        yield since, NEVER


def _renewals(tables: Mapping[str, pl.DataFrame]) -> dict[str, list[int]]:
    """When each subscription's renewals were made, ascending."""
    rows = tables["invoice"].filter(pl.col("billing_reason") == "subscription_cycle").sort("created")
    found: dict[str, list[int]] = defaultdict(list)
    for sub, created in rows.select("subscription", "created").iter_rows():
        found[sub].append(created)
    return found


# --- The truth by day -------------------------------------------------------------------------------------------------


def _by_day(changes: list[Any]) -> dict[date, Held]:
    """How a subscription stood at the end of each day on which it changed."""
    return {
        date.fromisoformat(c["date"]): Held(Fraction(c["mrr"]), c["active"], Fraction(c["trial_mrr"])) for c in changes
    }


def _without_short_stays(told: dict[str, dict[date, Held]], customers: dict[str, str]) -> dict[str, dict[date, Held]]:
    """The same without the stays of customers who were active and gone again within one calendar month."""
    subs: dict[str, list[str]] = defaultdict(list)
    for sub, customer in customers.items():
        subs[customer].append(sub)
    found = dict(told)
    for mine in subs.values():
        days = sorted({day for sub in mine for day in told[sub]})
        stood = [(day, any(_at(told[sub], day).active for sub in mine)) for day in days]
        came: date | None = None
        for day, active in stood:
            if active and came is None:
                came = day
            elif not active and came is not None:
                if (came.year, came.month) == (day.year, day.month):
                    found |= {sub: _blanked(found[sub], came, day) for sub in mine}
                came = None
    return found


def _blanked(held: dict[date, Held], since: date, until: date) -> dict[date, Held]:
    return {day: Held(NOTHING.mrr, NOTHING.active, h.trial) if since <= day < until else h for day, h in held.items()}


def _at(held: dict[date, Held], day: date) -> Held:
    return held[max((d for d in held if d <= day), default=day)] if any(d <= day for d in held) else NOTHING


# --- Against the ledger -----------------------------------------------------------------------------------------------


def _values(ledger: Ledger, told: dict[str, dict[date, Held]], unseen: Windows, last: date, found: Judgement) -> None:
    ours = _ours(ledger)
    for sub in ours.keys() | told.keys():
        mine, theirs, windows = ours.get(sub, {}), told.get(sub, {}), unseen.get(sub, [])
        turns = {*mine, *theirs} | {day for since, until, _ in windows for day in (since, _after(until))}
        held, truly = NOTHING, NOTHING
        for day, following in pairwise([*sorted(turn for turn in turns if turn <= last), _after(last)]):
            held, truly, days = mine.get(day, held), theirs.get(day, truly), (following - day).days
            found.values += days if held != NOTHING or truly != NOTHING else 0
            if _differ(held, truly):
                why = next((why for since, until, why in windows if since <= day <= until), None)
                if why is None:
                    found.wrong.append(("value", day, sub, held, truly))
                else:
                    found.unseen[why] += days
                    found.whose[why].add(sub)


def _after(day: date) -> date:
    return day if day == date.max else day + DAY


def _differ(mine: Held, theirs: Held) -> bool:
    """Whether two differ by more than the millionth of a minor unit that storing them costs."""
    amounts = ((mine.mrr, theirs.mrr), (mine.trial, theirs.trial))
    return mine.active != theirs.active or any(abs(to_micros(t) - m * MICRO) > 1 for m, t in amounts)


def _ours(ledger: Ledger) -> dict[str, dict[date, Held]]:
    """What the ledger says of each subscription after each day on which it changed, summed over its plans."""
    plans: dict[str, dict[str, Held]] = defaultdict(dict)
    found: dict[str, dict[date, Held]] = defaultdict(dict)
    trial = ledger.trialing.with_columns(
        amount=pl.col("amount").cum_sum().over("subscription", "plan"), active=pl.lit(None, pl.Boolean)
    ).filter(pl.col("type") != "fx")
    columns = ("date", "subscription", "plan", "amount", "active")
    both = pl.concat([ledger.states.select(columns), trial.select(columns)]).sort("date", maintain_order=True)
    for day, sub, plan, amount, active in both.iter_rows():
        worth, held = Fraction(amount, MICRO), plans[sub].get(plan, NOTHING)
        plans[sub][plan] = held._replace(trial=worth) if active is None else Held(worth, active, held.trial)
        now = plans[sub].values()
        mrr, on_trial = sum((h.mrr for h in now), Fraction(0)), sum((h.trial for h in now), Fraction(0))
        found[sub][day] = Held(mrr, any(h.active for h in now), on_trial)
    return found


def _moves(
    ledger: Ledger,
    told: dict[str, dict[date, Held]],
    customers: dict[str, str],
    veil: Windows,
    last: date,
    found: Judgement,
) -> None:
    """The type and the amount of each customer's day, as the definitions have them."""
    theirs = {(d, c): move for (d, c), move in _told_moves(told, customers) if d <= last and not _hidden(veil, c, d)}
    rows = ledger.movements.filter(pl.col("type") != "fx", pl.col("date") <= last).group_by("date", "customer")
    ours: dict[tuple[date, str], tuple[str, int]] = {}
    for day, customer, types, amount in rows.agg(
        pl.col("type").unique().sort().str.join("+"), pl.col("amount").sum()
    ).iter_rows():
        # moving between plans of one price is an expansion of nothing
        if not _hidden(veil, customer, day) and (amount or types not in {"expansion", "contraction"}):
            ours[day, customer] = (types, amount)
    found.moves += len(ours)
    for day, customer in ours.keys() | theirs.keys():
        mine, other = ours.get((day, customer), ("", 0)), theirs.get((day, customer), ("", Fraction(0)))
        if mine[0] != other[0] or abs(mine[1] - other[1] * MICRO) > len(customers):
            found.wrong.append(("movement", day, customer, mine, other))


def _told_moves(
    told: dict[str, dict[date, Held]], customers: dict[str, str]
) -> Iterator[tuple[tuple[date, str], tuple[str, Fraction]]]:
    subs: dict[str, list[str]] = defaultdict(list)
    for sub, customer in customers.items():
        subs[customer].append(sub)
    for customer, mine in subs.items():
        held = dict.fromkeys(mine, NOTHING)
        before, ever = (Fraction(0), False), False
        for day in sorted({day for sub in mine for day in told[sub]}):
            held |= {sub: told[sub][day] for sub in mine if day in told[sub]}
            now = sum((h.mrr for h in held.values()), Fraction(0)), any(h.active for h in held.values())
            if now != before:
                yield (day, customer), (_type(before, now, ever=ever), now[0] - before[0])
            before, ever = now, ever or now[1]


def _type(before: tuple[Fraction, bool], now: tuple[Fraction, bool], *, ever: bool) -> str:
    if before[1] != now[1]:
        return "churn" if before[1] else ("reactivation" if ever else "new")
    return "expansion" if now[0] > before[0] else "contraction"


def _trials(
    ledger: Ledger, truth: Truth, told: dict[str, dict[date, Held]], veiled: set[str], found: Judgement
) -> None:
    """Each trial's first and last day, and the first day at whose end it was revenue."""
    rows = ledger.trials.select("subscription", "start", "end", "converted").rows()
    ours = {sub: days for sub, *days in rows}
    for trial in truth["trials"]:
        sub = trial["subscription"]
        counted = min((day for day, held in told[sub].items() if held.active), default=None)
        start, end = _utc(trial["start"]), _utc(trial["end"])
        if trial["customer"] in veiled:
            continue
        found.trials += 1
        if ours.get(sub) != [start, end, counted]:
            found.wrong.append(("trial", start, sub, ours.get(sub), [start, end, counted]))


def _utc(at: int) -> date:
    return date(1970, 1, 1) + timedelta(seconds=at)
