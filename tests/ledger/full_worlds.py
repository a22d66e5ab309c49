"""Generated lives of subscriptions, and the switches under which they are looked at. Days are numbered from FIRST.

A life is told as its customer would tell it; what Stripe shows of it is in bills.py, what it is worth in reference.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from hypothesis import strategies as st

from lib.ledger.rules import DURATIONS, PRESETS, Rules

FIRST = date(2024, 1, 1)
SPAN = 150
"""Days of the generated world."""
PERIOD = 30
"""Days from bill to bill, whatever the price."""
SETTLED = 20
"""The first day on which anyone looks: frozen rates are older."""


@dataclass(frozen=True)
class Tag:
    """A price: minor units of ``currency`` each interval; ``tiers`` as (up to, unit, flat)."""

    currency: str
    interval: str
    unit: int | None
    mode: str | None = None
    tiers: tuple[tuple[int | None, int, int], ...] = ()


PRICES = {
    "basic": Tag("usd", "month", 1000),
    "pro": Tag("usd", "month", 2900),
    "seat": Tag("usd", "month", 333),
    "weekly": Tag("usd", "week", 700),
    "yearly": Tag("usd", "year", 9999),
    "steps": Tag("usd", "month", None, "graduated", ((2, 500, 0), (None, 300, 150))),
    "bulk": Tag("usd", "month", None, "volume", ((2, 600, 0), (None, 400, 100))),
    "euro": Tag("eur", "month", 1500),
    "euro-yearly": Tag("eur", "year", 14000),
}
METERS = {"usd": "meter-usd", "eur": "meter-eur"}
TAX = Fraction(20)
"""Percent, included in the price."""


@dataclass(frozen=True)
class Coupon:
    """Percent or minor units off: ``once``, ``repeating`` (for ``days``) or ``forever``, from the start on."""

    duration: str
    percent: int | None
    amount: int | None
    days: int


@dataclass(frozen=True)
class Trouble:
    """What befell the bills from renewal number ``first`` (0 is the first that costs something) on.

    ``pause``: ``length`` renewals are put aside. ``owing``: nothing is paid for ``length`` days (None: ever again).
    ``unpaid``: nothing is paid ever again, and Stripe gives up after ``length`` days.
    """

    kind: str
    first: int
    length: int | None


@dataclass(frozen=True)
class Life:
    """One subscription. ``steps``: (day, price, quantity). ``click``: the day it was cancelled; ``end``: when it ended.

    ``usage``: what each period's metered usage came to, minor units. ``paid``: false when no payment ever succeeded.
    """

    customer: int
    steps: tuple[tuple[int, str, int], ...]
    trial: int = 0
    click: int | None = None
    end: int | None = None
    at_period_end: bool = False
    coupon: Coupon | None = None
    taxed: bool = False
    usage: tuple[int, ...] = ()
    trouble: Trouble | None = None
    invoiced_at_once: bool = False
    paid: bool = True

    @property
    def start(self) -> int:
        return self.steps[0][0]

    @property
    def first_paid(self) -> int:
        """The day from which it costs something."""
        return self.start + self.trial

    @property
    def currency(self) -> str:
        return PRICES[self.steps[0][1]].currency

    def renewal(self, number: int) -> int:
        return self.first_paid + number * PERIOD

    def ended(self, day: int) -> bool:
        return self.end is not None and self.end <= day


@dataclass(frozen=True)
class World:
    """Lives side by side, and on which days a euro came to how many dollars."""

    lives: tuple[Life, ...]
    rates: tuple[tuple[int, str], ...] = ((0, "1.25"),)


@st.composite
def coupons(draw: st.DrawFn, *, may_be_all: bool) -> Coupon:
    duration, days = draw(st.sampled_from(DURATIONS)), draw(st.integers(1, SPAN))
    if draw(st.booleans()):
        return Coupon(duration, draw(st.sampled_from([10, 33, 100] if may_be_all else [10, 33])), None, days)
    return Coupon(duration, None, draw(st.sampled_from([50, 777, 5000] if may_be_all else [50, 99])), days)


@st.composite
def lives(draw: st.DrawFn, customer: int, earliest: int, latest: int) -> Life:
    """One life that starts between two days. Usage has no trial: what is used on trial, Stripe bills as nothing."""
    euro = customer == 0
    names = st.sampled_from(sorted(n for n, tag in PRICES.items() if (tag.currency == "eur") == euro))
    start = draw(st.integers(earliest, latest))
    trial = draw(st.sampled_from([0, 0, 0, 7, 30]))
    metered = not trial and draw(st.booleans())
    usage = tuple(draw(st.lists(st.integers(0, 5000), min_size=1, max_size=6))) if metered else ()
    monthly = names.filter(lambda name: PRICES[name].interval == "month") if usage else names
    steps = [(start, draw(monthly), draw(st.integers(1, 4)))]
    for day in sorted(draw(st.sets(st.integers(1, 100), max_size=3))):
        choice = (draw(monthly), draw(st.integers(1, 4)))
        if steps[-1][1:] != choice:
            steps.append((start + trial + day, *choice))
    trouble = draw(st.none() | troubles())
    coupon = draw(st.none() | coupons(may_be_all=trouble is None))
    life = Life(
        customer=customer, steps=tuple(steps), trial=trial, coupon=coupon, usage=usage, trouble=trouble,
        taxed=draw(st.booleans()), invoiced_at_once=draw(st.booleans()),
        paid=bool(trial) or draw(st.integers(0, 9)) > 0,
    )  # fmt: skip
    return draw(leaving(life))


@st.composite
def troubles(draw: st.DrawFn) -> Trouble:
    kind = draw(st.sampled_from(["pause", "owing", "unpaid"]))
    length = {"pause": st.integers(1, 2), "owing": st.none() | st.integers(1, 80), "unpaid": st.integers(3, 29)}[kind]
    return Trouble(kind, draw(st.integers(1, 2)), draw(length))


@st.composite
def leaving(draw: st.DrawFn, life: Life) -> Life:
    """The life with its end: none, at once, with the period, or on a day chosen."""
    how = draw(st.sampled_from(["stays", "stays", "at once", "period", "later"]))
    if how == "stays":
        return life
    in_trial = life.trial and draw(st.sampled_from([True, True, False]))
    steps = life.steps[:1] if in_trial else life.steps
    click = draw(
        st.integers(life.start, life.first_paid - 1)
        if in_trial
        else st.integers(steps[-1][0], max(SPAN, steps[-1][0]) + 20)
    )
    end = click
    if how == "period":
        end = next(day for n in range(SPAN) if (day := life.renewal(n)) > click)
    elif how == "later":
        end = click + draw(st.integers(1, 40))
    if life.trouble and life.trouble.kind == "unpaid" and end <= life.renewal(life.trouble.first + 1):
        return life  # ended before a draft showed that Stripe had given up: nothing tells of it afterwards
    kept = {field: getattr(life, field) for field in Life.__dataclass_fields__}
    return Life(**{**kept, "steps": steps, "click": click, "end": end, "at_period_end": how == "period"})


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Up to four lives of up to three customers, the first of whom pays euros.

    A life often begins on the day on which one of the same customer ends (a move to another plan), or soon after.
    """
    found: list[Life] = []
    for _ in range(draw(st.integers(1, 4))):
        before = draw(st.sampled_from(found)) if found else None
        if before is not None and before.end is not None and before.end < SPAN - 5 and draw(st.booleans()):
            found.append(draw(lives(before.customer, before.end, before.end + 4)))
        else:
            found.append(draw(lives(draw(st.integers(0, 2)), 0, draw(st.sampled_from([30, SPAN - 1])))))
    moved = sorted(draw(st.sets(st.integers(1, SPAN), max_size=3)))
    quotes = [str(Fraction(draw(st.integers(80, 160)), 100).limit_denominator()) for _ in moved]
    decimals = [f"{float(Fraction(quote)):.2f}" for quote in quotes]
    return World(tuple(found), ((0, "1.25"), *zip(moved, decimals, strict=True)))


FREE_RULES = st.builds(
    Rules,
    deducted_coupons=st.frozensets(st.sampled_from(DURATIONS)),
    full_discount_active=st.booleans(),
    count_metered=st.booleans(),
    churn_at_click=st.booleans(),
    past_due_days=st.none() | st.sampled_from([0, 5, 30]),
    count_paused=st.booleans(),
    drop_short_stays=st.booleans(),
    currency=st.none() | st.just("eur"),
    frozen_rates=st.none() | st.integers(0, SETTLED).map(lambda day: FIRST + timedelta(days=day)),
)
RULES = st.sampled_from(sorted(PRESETS.values(), key=repr)) | FREE_RULES | FREE_RULES
"""The four presets, and any other position of the switches that a ledger depends on."""
