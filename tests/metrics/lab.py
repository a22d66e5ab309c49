"""Ledgers made straight from their frames, so that a metric's test shows just what the metric reads."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from random import Random
from zoneinfo import ZoneInfo

import polars as pl
from hypothesis import Phase, settings
from hypothesis import strategies as st

from lib.ledger.build import Ledger
from lib.ledger.cash import CASH
from lib.ledger.fx import RATE_SCALE, RATES
from lib.ledger.movements import MOVEMENTS, movements
from lib.ledger.rules import Rules, TrialConversion
from lib.ledger.states import STATES
from lib.ledger.trials import TRIALS

FIRST = date(2024, 1, 1)
SPAN = 440
"""Days of the generated worlds: more than a year, for retention, over a leap day."""
EURO = 2
"""Dollars for a euro, every day."""
PRICES = {
    "basic": ("Basic, monthly", "Basic", "monthly"),
    "old": ("Basic, monthly", "Basic", "monthly"),
    "yearly": ("Basic, yearly", "Basic", "yearly"),
    "pro": ("Pro, monthly", "Pro", "monthly"),
}
CUSTOMERS = 5
COUNTRIES = ("DE", "FR", None)
METADATA = ("{}", '{"region": "north"}')
KINDS = ("charge", "refund", "fee", "dispute", "payout", "other", "failed", "discount")


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


@dataclass
class World:
    """``held``: (day, customer, subscription, price, minor units, active). ``trials``: (customer, subscription, price,
    start, end, converted, over). ``cash``: (day, kind, customer, minor units, recurring). ``going``: (day, customer,
    subscription, price, minor units), what trials come to, and committed MRR differs by from MRR.
    """

    held: list[tuple[int, int, int, str, int, bool]] = field(default_factory=list)
    trials: list[tuple[int, int, str, int, int, int | None, bool]] = field(default_factory=list)
    cash: list[tuple[int, str, int | None, int, bool]] = field(default_factory=list)
    going: list[tuple[int, int, int, str, int]] = field(default_factory=list)
    today: int = SPAN
    rules: Rules = field(default_factory=Rules)

    def ledger(self) -> Ledger:
        states = _states([(*row[:4], row[4] * 10**6, row[5]) for row in self.held])
        rates = pl.DataFrame([("eur", FIRST, EURO * RATE_SCALE, "table")], schema=RATES, orient="row")
        first = {row[1]: day(row[0]) for row in sorted(self.held, reverse=True) if row[5]}
        moved = movements(states, rates, "usd", day(self.today))
        return Ledger(
            base="usd",
            today=day(self.today),
            tz=ZoneInfo("UTC"),
            rules=self.rules,
            states=states,
            movements=moved,
            committed=pl.concat([moved, _moved(self.going)]),
            trialing=_moved(self.going),
            trials=_trials(self.trials),
            rates=rates,
            cash=_cash(self.cash),
            plans=pl.DataFrame(
                [(k, f"{n}, $1", n, p, f"prod_{p}", i) for k, (n, p, i) in PRICES.items()],
                schema=["plan", "label", "name", "product", "product_id", "interval"],
                orient="row",
            ),
            customers=_customers(first),
            subscriptions=_subscriptions({(r[2], r[1]) for r in self.held} | {(t[1], t[0]) for t in self.trials}),
        )


def _states(rows: list[tuple[int, int, int, str, int, bool]]) -> pl.DataFrame:
    shown = [(day(d), f"c{c}", f"s{s}", p, currency_of(s), a, on) for d, c, s, p, a, on in rows]
    return pl.DataFrame(shown, schema=STATES, orient="row").sort("subscription", "plan", "date")


def currency_of(subscription: int) -> str:
    return "eur" if subscription % 3 == 2 else "usd"


def _moved(rows: list[tuple[int, int, int, str, int]]) -> pl.DataFrame:
    shown = [(day(d), "new", f"c{c}", f"s{s}", p, "usd", a * 10**6, a * 10**6) for d, c, s, p, a in rows]
    return pl.DataFrame(shown, schema=MOVEMENTS, orient="row").sort("date")


def _trials(rows: list[tuple[int, int, str, int, int, int | None, bool]]) -> pl.DataFrame:
    shown = [
        (f"c{c}", f"s{s}", p, currency_of(s), day(a), day(b), None if x is None else day(x), over)
        for c, s, p, a, b, x, over in rows
    ]
    return pl.DataFrame(shown, schema=TRIALS, orient="row")


def _cash(rows: list[tuple[int, str, int | None, int, bool]]) -> pl.DataFrame:
    shown = [
        (day(d), kind, None if c is None else f"c{c}", "usd", a * 10**6, a * 10**6, f"x{n}", recurring)
        for n, (d, kind, c, a, recurring) in enumerate(rows)
    ]
    return pl.DataFrame(shown, schema=CASH, orient="row").sort("date")


def _customers(first: dict[int, date]) -> pl.DataFrame:
    return pl.DataFrame(
        [
            (f"c{c}", f"Name {c}", None, COUNTRIES[c % 3], METADATA[c % 2], FIRST, first.get(c))
            for c in range(CUSTOMERS)
        ],
        schema={
            "customer": pl.String, "name": pl.String, "email": pl.String, "country": pl.String, "metadata": pl.String,
            "created": pl.Date, "cohort": pl.Date,
        },
        orient="row",
    )  # fmt: skip


def _subscriptions(pairs: set[tuple[int, int]]) -> pl.DataFrame:
    return pl.DataFrame(
        [(f"s{s}", f"c{c}", "friend" if s % 2 else None) for s, c in sorted(pairs)],
        schema={"subscription": pl.String, "customer": pl.String, "coupon": pl.String},
        orient="row",
    )


def dense(seed: int) -> World:
    """A world in which much happens, some of it on the same days: no switch and no corner stays unseen for long."""
    rng = Random(seed)
    price = partial(rng.choice, sorted(PRICES))
    who = partial(rng.randrange, CUSTOMERS)
    held = [each for number in range(rng.randint(1, 10)) for each in _held(rng, number)]
    kinds = rng.choices(KINDS, k=rng.randint(0, 30))
    return World(
        held=held,
        trials=[_trial(rng, 20 + number, price()) for number in range(rng.randint(0, 12))],
        cash=[(rng.randint(0, SPAN), k, who(), rng.randint(-5000, 5000), rng.random() < 0.5) for k in kinds],
        going=[(rng.randint(0, SPAN), who(), 99, price(), rng.randint(-900, 900)) for _ in range(rng.randint(0, 4))],
        rules=Rules(
            churn_counts_new=rng.random() < 0.5,
            net_reactivation=rng.random() < 0.5,
            ltv_months=rng.choice([0, 1, 3]),
            trial_conversion=rng.choice([*TrialConversion]),
        ),
    )


def _held(rng: Random, number: int) -> list[tuple[int, int, int, str, int, bool]]:
    """One subscription's states on one or two prices, sometimes moving from one to the other on a day."""
    customer, rows = rng.randrange(CUSTOMERS), []
    days = sorted(rng.sample(range(SPAN), rng.randint(2, 12)))
    for price in rng.sample(sorted(PRICES), rng.randint(1, 2)):
        before = 0
        for when in days:
            amount = rng.choice([0, 700, 1000, 2900, before])
            if amount != before:
                rows.append((when, customer, number, price, amount, amount > 0))
            before = amount
    return rows


def _trial(rng: Random, number: int, price: str) -> tuple[int, int, str, int, int, int | None, bool]:
    start = rng.randint(0, SPAN)
    end = start + rng.randint(0, 40)
    over = end <= SPAN
    converted = end + rng.randint(0, 3) if over and rng.random() < 0.6 else None
    late = converted is not None and converted > SPAN
    return rng.randrange(CUSTOMERS), number, price, start, end, None if late else converted, over


worlds = st.integers(0, 2**32).map(dense)


def quick(examples: int) -> settings:
    """Settings for ``worlds``: a seed is drawn, and a smaller seed is no simpler world, so nothing is shrunk."""
    return settings(max_examples=examples, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
