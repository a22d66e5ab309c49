"""A slow and obvious second ledger: each day of each life by itself, in Fractions, as METRICS.md defines it.

It knows the lives as they truly were and nothing of bills. It shares no code with lib.ledger but the names of the
switches. Every amount is exact; only the outcome is rounded, each plan's amount to a micro as a ledger row holds it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from functools import cached_property

from lib.ledger.rules import Rules
from tests.ledger.full_worlds import FIRST, METERS, PERIOD, PRICES, TAX, Life, World

MONTHS = {"month": Fraction(1), "year": Fraction(12), "week": Fraction(12, 52)}
Amounts = dict[str, Fraction]
"""Minor units a month by plan."""


@dataclass(frozen=True)
class Holding:
    """What one life is on one day: its plans with their MRR, and whether anything would be charged without coupons."""

    amounts: Amounts
    priced: bool


NOTHING = Holding({}, priced=False)


def charge(price: str, quantity: int) -> Fraction:
    """Minor units each interval."""
    tag = PRICES[price]
    if tag.unit is not None:
        return Fraction(tag.unit * quantity)
    if tag.mode == "volume":
        _, unit, flat = next(tier for tier in tag.tiers if tier[0] is None or quantity <= tier[0])
        return Fraction(unit * quantity + flat)
    total, below = 0, 0
    for up_to, unit, flat in tag.tiers:
        inside = [n for n in range(1, quantity + 1) if n > below and (up_to is None or n <= up_to)]
        total += unit * len(inside) + (flat if inside else 0)
        below = up_to or 0
    return Fraction(total)


def listed(life: Life, day: int, rules: Rules) -> Amounts:
    """Each plan's MRR before coupons and with its tax."""
    _, price, quantity = [step for step in life.steps if step[0] <= day][-1]
    found = {price: charge(price, quantity) / MONTHS[PRICES[price].interval]}
    if rules.count_metered and (used := usage(life, day)) is not None:
        found[METERS[life.currency]] = used
    return found


def usage(life: Life, day: int) -> Fraction | None:
    """The mean of the last three periods' usage billed up to that day."""
    billed = [amount for n, amount in enumerate(life.usage, 1) if life.renewal(n) <= day]
    if not billed:
        return None
    over = life.renewal(len(life.usage) + 1) <= day  # a bill without the metered item: it is gone
    recent = billed[-3:]
    return Fraction(0) if over else Fraction(sum(recent), len(recent))


def share(life: Life, day: int, rules: Rules, total: Fraction) -> Fraction:
    """The part that a coupon leaves of ``total``, minor units of one bill."""
    coupon = life.coupon
    if coupon is None or coupon.duration not in rules.deducted_coupons or not total:
        return Fraction(1)
    ends = {"once": life.first_paid + PERIOD, "repeating": life.start + coupon.days, "forever": day + 1}
    if day >= ends[coupon.duration]:
        return Fraction(1)
    if coupon.percent is not None:
        return 1 - Fraction(coupon.percent, 100)
    return max(Fraction(0), 1 - Fraction(coupon.amount or 0) / total)


def worth(life: Life, day: int, rules: Rules) -> Holding:
    """What the items of that day come to, coupons off and tax out, whoever counts it."""
    plans = listed(life, day, rules)
    price = [step for step in life.steps if step[0] <= day][-1][1]
    left = share(life, day, rules, sum(plans.values(), Fraction(0)) * MONTHS[PRICES[price].interval])
    net = 1 / (1 + TAX / 100) if life.taxed else Fraction(1)
    return Holding({plan: amount * left * net for plan, amount in plans.items()}, priced=any(plans.values()))


def is_out(life: Life, day: int, rules: Rules) -> bool:
    """Whether an unpaid bill or a pause keeps it out on that day."""
    trouble = life.trouble
    if trouble is None:
        return False
    first = life.renewal(trouble.first)
    window = rules.past_due_days
    late = window is not None and day >= first + window
    match trouble.kind:
        case "pause":
            return not rules.count_paused and first <= day < first + PERIOD * (trouble.length or 0)
        case "unpaid":
            return late or day >= first + (trouble.length or 0)
        case _:
            return late and (trouble.length is None or day < first + trouble.length)


def holding(life: Life, day: int, rules: Rules) -> Holding:
    """What the life is worth in MRR at the end of that day."""
    end = life.click if rules.churn_at_click else life.end
    gone = end is not None and day >= end
    if not life.paid or day < life.first_paid or gone or is_out(life, day, rules):
        return NOTHING
    return worth(life, day, rules)


def trial(life: Life, day: int, rules: Rules) -> Holding:
    """What a trial that runs on that day would come to; one that is cancelled is over when it ends, or at the click."""
    end = life.click if rules.churn_at_click else life.end
    runs = life.start <= day < life.first_paid and (end is None or day < end)
    return worth(life, day, rules) if runs else NOTHING


@dataclass(frozen=True)
class Reference:
    """The ledger of a world from FIRST to day ``last``, by hand."""

    world: World
    rules: Rules
    last: int

    def micros(self, day: int) -> dict[tuple[str, str], int]:
        """(subscription, plan): MRR in micros of its own currency; what is 0 is left out."""
        return _rounded({n: held for n, held in self._days[day].items() if not self._short(n, day)})

    def active(self, day: int) -> set[int]:
        """The customers who are active on that day."""
        lives = self.world.lives
        return {lives[n].customer for n, held in self._days[day].items() if self._counts(held)} - {
            customer for customer, left_out in self._short_stays if day in left_out
        }

    def trialing(self, day: int) -> dict[tuple[str, str], int]:
        """As ``micros``, for trials."""
        return _rounded({n: trial(life, day, self.rules) for n, life in enumerate(self.world.lives)})

    def committed(self) -> Reference:
        """The same world, if everyone who cancelled had been gone at the click."""
        known = (replace(life, end=life.click) if self._has_clicked(life) else life for life in self.world.lives)
        return Reference(replace(self.world, lives=tuple(known)), self.rules, self.last)

    def _has_clicked(self, life: Life) -> bool:
        return life.click is not None and life.click <= self.last

    def rate(self, currency: str, day: int) -> Fraction:
        """Minor units of the reporting currency for one of ``currency``."""
        base = self.rules.currency or "usd"
        if currency == base:
            return Fraction(1)
        frozen = self.rules.frozen_rates
        at = day if frozen is None else (frozen - FIRST).days
        dollars = Fraction([quote for when, quote in self.world.rates if when <= min(at, self.last)][-1])
        return dollars if base == "usd" else 1 / dollars

    def base(self, held: dict[tuple[str, str], int], day: int) -> Fraction:
        """What amounts in micros come to in the reporting currency on that day."""
        currency = {f"s{n}": life.currency for n, life in enumerate(self.world.lives)}
        return sum((amount * self.rate(currency[sub], day) for (sub, _), amount in held.items()), Fraction(0))

    def movements(self) -> dict[tuple[date, str], tuple[str, int]]:
        """(date, customer): the type of the day's movement and its net amount, micros of the customer's currency."""
        found = {}
        seen: set[int] = set()
        before: tuple[set[int], dict[int, int]] = (set(), {})
        for day in range(self.last + 1):
            active, held = self.active(day), self._by_customer(day)
            for customer in {life.customer for life in self.world.lives}:
                net = held.get(customer, 0) - before[1].get(customer, 0)
                was, is_ = customer in before[0], customer in active
                if net or was != is_:
                    kind = _kind(was=was, is_=is_, known=customer in seen, net=net)
                    found[FIRST + timedelta(days=day), f"c{customer}"] = (kind, net)
            seen |= active
            before = active, held
        return found

    def _by_customer(self, day: int) -> dict[int, int]:
        held: dict[int, int] = {}
        for (sub, _), amount in self.micros(day).items():
            customer = self.world.lives[int(sub[1:])].customer
            held[customer] = held.get(customer, 0) + amount
        return held

    def _counts(self, held: Holding) -> bool:
        return any(held.amounts.values()) or (self.rules.full_discount_active and held.priced)

    @cached_property
    def _days(self) -> list[dict[int, Holding]]:
        lives = self.world.lives
        return [{n: holding(life, day, self.rules) for n, life in enumerate(lives)} for day in range(self.last + 1)]

    @cached_property
    def _short_stays(self) -> list[tuple[int, range]]:
        """(customer, days) of those who came and were gone within one calendar month, if they are to be left out."""
        if not self.rules.drop_short_stays:
            return []
        return [
            (customer, stay)
            for customer in {life.customer for life in self.world.lives}
            for stay in _stays(lambda day, who=customer: self._is_there(who, day), self.last)  # type: ignore[misc]  # a bound default
            if _month(stay.start) == _month(stay.stop)
        ]

    def _is_there(self, customer: int, day: int) -> bool:
        lives = self.world.lives
        return any(lives[n].customer == customer and self._counts(held) for n, held in self._days[day].items())

    def _short(self, number: int, day: int) -> bool:
        return any(self.world.lives[number].customer == who and day in days for who, days in self._short_stays)


def _rounded(days: dict[int, Holding]) -> dict[tuple[str, str], int]:
    amounts = {(f"s{n}", plan): amount for n, held in days.items() for plan, amount in held.amounts.items()}
    return {key: micros for key, amount in amounts.items() if (micros := round(amount * 1_000_000))}


def _kind(*, was: bool, is_: bool, known: bool, net: int) -> str:
    if not was:
        return "reactivation" if known else "new"
    if not is_:
        return "churn"
    return "expansion" if net > 0 else "contraction"


def _stays(there: Callable[[int], bool], last: int) -> list[range]:
    """The stays that are over: from the first day there to before the first day gone."""
    found, since = [], None
    for day in range(last + 1):
        if there(day) and since is None:
            since = day
        elif not there(day) and since is not None:
            found.append(range(since, day))
            since = None
    return found


def _month(day: int) -> tuple[int, int]:
    when = FIRST + timedelta(days=day)
    return when.year, when.month
