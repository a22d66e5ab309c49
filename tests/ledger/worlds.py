"""Generated lives of plain subscriptions under the default rules; full_worlds.py has everything else."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from zoneinfo import ZoneInfo

import polars as pl
from hypothesis import strategies as st

from lib.ledger.build import Ledger, build
from tests.ledger.shop import SCHEMAS, frame

FIRST = date(2024, 1, 1)
SPAN = 150
"""Days of the generated world."""
PRICES = {"basic": (1000, "month"), "pro": (2900, "month"), "seat": (333, "month"), "weekly": (700, "week")}
MONTHLY = {"basic": Fraction(1000), "pro": Fraction(2900), "seat": Fraction(333), "weekly": Fraction(700 * 52, 12)}


def noon(day: int) -> int:
    return int(datetime.combine(FIRST + timedelta(days=day), datetime.min.time(), UTC).timestamp()) + 43_200


@dataclass
class Life:
    """One subscription: (day, price, quantity) from its start on, its end, and a discount."""

    steps: list[tuple[int, str, int]]
    end: int | None
    percent: int | None
    discount: tuple[int, int | None]
    invoiced_at_once: bool
    customer: int

    def worth(self, day: int) -> Fraction:
        """The reference: what holds at the end of that day, straight from the steps."""
        if self.end is not None and day >= self.end:
            return Fraction(0)
        now = [s for s in self.steps if s[0] <= day]
        if not now:
            return Fraction(0)
        _, price, quantity = now[-1]
        start, end = self.discount
        runs = self.percent is not None and start <= day and (end is None or day < end)
        share = 1 - Fraction(self.percent or 0, 100) if runs else Fraction(1)
        return MONTHLY[price] * quantity * share


@st.composite
def lives(draw: st.DrawFn) -> Life:
    days = sorted(draw(st.sets(st.integers(0, SPAN - 1), min_size=1, max_size=4)))
    steps: list[tuple[int, str, int]] = []
    for day in days:
        choice = (draw(st.sampled_from(sorted(PRICES))), draw(st.integers(1, 4)))
        if not steps or steps[-1][1:] != choice:
            steps.append((day, *choice))
    end = draw(st.none() | st.integers(steps[-1][0], SPAN + 20))
    percent = draw(st.none() | st.sampled_from([10, 33, 100]))
    until = draw(st.none() | st.integers(steps[0][0] + 1, SPAN))
    return Life(steps, end, percent, (steps[0][0], until), draw(st.booleans()), draw(st.integers(0, 3)))


@dataclass
class Books:
    """What Stripe would show on a given day of a life billed every 30 days."""

    rows: dict[str, list[dict[str, object]]] = field(default_factory=lambda: {name: [] for name in SCHEMAS})

    def bill(self, number: int, life: Life, today: int) -> None:
        sub, item, start = f"s{number}", f"i{number}", life.steps[0][0]
        if start > today:
            return
        ended = life.end is not None and life.end <= today
        last = min(today, life.end if life.end is not None else today)
        known = [s for s in life.steps if s[0] <= today]
        running = life.percent is not None and (life.discount[1] is None or life.discount[1] > today)
        self.add("subscription", id=sub, customer=f"c{life.customer}", created=noon(start), start_date=noon(start),
                 status="canceled" if ended else "active", ended_at=noon(life.end or 0) if ended else None,
                 discounts=f'["d{number}"]' if running else "[]")  # fmt: skip
        self.add("subscription_item", id=item, subscription=sub, price=known[-1][1], quantity=known[-1][2])
        self._discount(number, life)
        renewals = list(range(start, last + (not ended), 30))
        for n, day in enumerate(renewals):
            _, price, quantity = next(s for s in reversed(life.steps) if s[0] <= day)
            shown = life.percent is not None and (life.discount[1] is None or day < life.discount[1])
            self.add("invoice", id=f"v{number}-{n}", subscription=sub, customer=f"c{life.customer}", created=noon(day),
                     period_end=noon(day), subtotal=1000, discounts=f'["d{number}"]' if shown else "[]")  # fmt: skip
            self.line(f"v{number}-{n}", sub, item, price, quantity, 1000, day, False)
        for (_, old, before), (day, new, after) in pairwise(known):
            if day in renewals or (ended and day >= (life.end or 0)):
                continue
            bill = next((f"v{number}-{n}" for n, at in enumerate(renewals) if at > day), None)
            if life.invoiced_at_once:
                bill = f"w{number}-{day}"
                self.add("invoice", id=bill, subscription=sub, created=noon(day), billing_reason="subscription_update")
            self.line(bill, sub, item, old, before, -500, day, True)
            self.line(bill, sub, item, new, after, 700, day, True)

    def _discount(self, number: int, life: Life) -> None:
        if life.percent is None:
            return
        start, end = life.discount
        self.add("coupon", id=f"k{number}", duration="repeating", percent_off=str(life.percent))
        self.add("discount", id=f"d{number}", coupon=f"k{number}", start=noon(start), end=noon(end) if end else None)

    def line(self, bill: str | None, sub: str, item: str, price: str, quantity: int, amount: int, day: int,
             proration: bool) -> None:  # fmt: skip
        same = {"subscription": sub, "subscription_item": item, "price": price, "quantity": quantity, "amount": amount,
                "proration": proration, "period_start": noon(day)}  # fmt: skip
        table = "invoice_item" if bill is None else "invoice_line"
        number = len(self.rows[table])
        where = {"date": noon(day)} if bill is None else {"invoice": bill, "position": number}
        self.add(table, id=f"l{number:06}", **where, **same)

    def add(self, table: str, **row: object) -> None:
        self.rows[table].append(row)

    def frames(self, shuffle: int | None = None) -> dict[str, pl.DataFrame]:
        self.rows["price"] = [
            {"id": k, "product": k, "unit_amount_decimal": str(u), "interval": i} for k, (u, i) in PRICES.items()
        ]
        if shuffle is not None:
            for rows in self.rows.values():
                random.Random(shuffle).shuffle(rows)
        return {name: frame(name, rows) for name, rows in self.rows.items()}


def books(world: list[Life], today: int, shuffle: int | None = None) -> Ledger:
    found = Books()
    for number, life in enumerate(world):
        found.bill(number, life, today)
    return build(found.frames(shuffle), base="usd", as_of=noon(today) + 43_199, tz=ZoneInfo("UTC"))


worlds = st.lists(lives(), min_size=1, max_size=4)
