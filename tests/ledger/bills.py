"""What Stripe would show, on a given day, of the generated lives of full_worlds.py: everything happens at noon, UTC."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import polars as pl

from lib.ledger.build import Ledger, build
from lib.ledger.rules import Rules
from tests.ledger.full_worlds import FIRST, METERS, PERIOD, PRICES, TAX, Life, World
from tests.ledger.shop import SCHEMAS, frame

Row = dict[str, object]


def noon(day: int) -> int:
    return int(datetime.combine(FIRST + timedelta(days=day), datetime.min.time(), UTC).timestamp()) + 43_200


def books(world: World, today: int, rules: Rules | None = None, shuffle: int | None = None) -> Ledger:
    """The ledger as an import at the end of ``today`` makes it, with the rows in an order drawn by ``shuffle``."""
    frames = shown(world, today, shuffle)
    return build(frames, base="usd", as_of=noon(today) + 43_199, tz=ZoneInfo("UTC"), rules=rules)


def shown(world: World, today: int, shuffle: int | None = None) -> dict[str, pl.DataFrame]:
    """The frames that an import at the end of ``today`` leaves, with the rows in an order drawn by ``shuffle``."""
    tables: dict[str, list[Row]] = {name: [] for name in SCHEMAS}
    for number, life in enumerate(world.lives):
        if life.start <= today:
            Bills(tables, life, number, today).write()
    tables["price"] = [_price(name) for name in PRICES] + [_meter(currency) for currency in METERS]
    tables["tax_rate"] = [{"id": "vat", "percentage": str(TAX)}]
    tables["exchange_rate"] = [
        {"currency": "eur", "base": "usd", "date": str(FIRST + timedelta(days=day)), "rate": rate}
        for day, rate in world.rates
        if day <= today
    ]
    if shuffle is not None:
        for rows in tables.values():
            random.Random(shuffle).shuffle(rows)
    return {name: frame(name, rows) for name, rows in tables.items()}


def _price(name: str) -> Row:
    tag = PRICES[name]
    tiers = [{"up_to": up_to, "unit_amount": unit, "flat_amount": flat} for up_to, unit, flat in tag.tiers]
    return {"id": name, "product": name, "currency": tag.currency, "interval": tag.interval, "tiers_mode": tag.mode,
            "unit_amount_decimal": str(tag.unit) if tag.unit else None,
            "tiers": json.dumps(tiers) if tiers else None}  # fmt: skip


def _meter(currency: str) -> Row:
    return {"id": METERS[currency], "product": "usage", "currency": currency, "usage_type": "metered",
            "unit_amount_decimal": "1"}  # fmt: skip


@dataclass
class Bills:
    """Writes one life's rows, as they are on ``today``, into ``tables``."""

    tables: dict[str, list[Row]]
    life: Life
    number: int
    today: int
    lines: int = field(default=0)

    def write(self) -> None:
        self._subscription()
        self._items()
        self._discount()
        if not self.life.paid:
            self._never_paid()
            return
        days = self._bill_days()
        for n, day in enumerate(days):
            self._bill(n, day)
        self._changes(days)
        self._given_up()

    def add(self, table: str, **row: object) -> None:
        self.tables[table].append(row)

    @property
    def steps(self) -> list[tuple[int, str, int]]:
        return [step for step in self.life.steps if step[0] <= self.today]

    # --- The subscription ---------------------------------------------------------------------------------------------

    def _subscription(self) -> None:
        life, ended = self.life, self.life.ended(self.today)
        clicked = life.click is not None and life.click <= self.today
        waits = clicked and not ended
        trial = life.trial > 0
        self.add("subscription", id=f"s{self.number}", customer=f"c{life.customer}", currency=life.currency,
                 created=noon(life.start), start_date=noon(life.start), status=self._status(),
                 ended_at=noon(life.end) if ended and life.end is not None else None,
                 canceled_at=noon(life.click) if clicked and life.click is not None else None,
                 cancel_at_period_end=waits and life.at_period_end,
                 cancel_at=noon(life.end) if waits and not life.at_period_end and life.end is not None else None,
                 trial_start=noon(life.start) if trial else None, trial_end=noon(life.first_paid) if trial else None,
                 pause_behavior="void" if self._is_paused() else None,
                 discounts=self._shown() if self._discount_stands() else "[]")  # fmt: skip

    def _status(self) -> str:
        life = self.life
        if not life.paid:
            return "incomplete" if self.today == life.start else "incomplete_expired"
        if life.ended(self.today):
            return "canceled"
        if self.today < life.first_paid:
            return "trialing"
        trouble, since = life.trouble, life.renewal(life.trouble.first) if life.trouble else self.today + 1
        if trouble is None or self.today < since or trouble.kind == "pause":
            return "active"
        if trouble.kind == "unpaid":
            return "unpaid" if self.today >= since + (trouble.length or 0) else "past_due"
        return "past_due" if trouble.length is None or self.today < since + trouble.length else "active"

    def _is_paused(self) -> bool:
        trouble = self.life.trouble
        if trouble is None or trouble.kind != "pause" or self.life.ended(self.today):
            return False
        first = self.life.renewal(trouble.first)
        return first <= self.today < first + PERIOD * (trouble.length or 0)

    def _items(self) -> None:
        _, price, quantity = self.steps[-1]
        self.add("subscription_item", id=f"i{self.number}", subscription=f"s{self.number}", price=price,
                 quantity=quantity)  # fmt: skip
        if self.life.usage:
            self.add("subscription_item", id=f"m{self.number}", subscription=f"s{self.number}", quantity=None,
                     price=METERS[self.life.currency], position=1)  # fmt: skip

    # --- The coupon ---------------------------------------------------------------------------------------------------

    def _shown(self) -> str:
        return json.dumps([f"d{self.number}"])

    def _discount_stands(self) -> bool:
        """Whether the subscription still lists it: Stripe drops a once coupon with the bill that it was used for."""
        coupon = self.life.coupon
        if coupon is None or (coupon.duration == "once" and self.today >= self.life.first_paid):
            return False
        return coupon.duration != "repeating" or self.today < self.life.start + coupon.days

    def _discounts_of_bill(self, day: int) -> str:
        coupon = self.life.coupon
        if coupon is None or (coupon.duration == "once" and day > self.life.first_paid):
            return "[]"
        runs = coupon.duration != "repeating" or day < self.life.start + coupon.days
        return self._shown() if runs else "[]"

    def _discount(self) -> None:
        coupon, start = self.life.coupon, self.life.start
        if coupon is None:
            return
        self.add("coupon", id=f"k{self.number}", duration=coupon.duration, amount_off=coupon.amount,
                 percent_off=str(coupon.percent) if coupon.percent else None,
                 currency=self.life.currency if coupon.amount else None)  # fmt: skip
        end = noon(start + coupon.days) if coupon.duration == "repeating" else None
        self.add("discount", id=f"d{self.number}", coupon=f"k{self.number}", start=noon(start), end=end)

    # --- The bills ----------------------------------------------------------------------------------------------------

    def _bill_days(self) -> list[int]:
        life = self.life
        last = self.today if not life.ended(self.today) or life.end is None else life.end - 1
        trial = [life.start] if life.trial else []
        days = [*trial, *range(life.first_paid, self.today + 1, PERIOD)]
        return [day for day in days if day <= last or day == life.start]

    def _bill(self, n: int, day: int) -> None:
        life, bill = self.life, f"v{self.number}-{n}"
        _, price, quantity = next(step for step in reversed(life.steps) if step[0] <= day)
        free = day < life.first_paid
        self.add("invoice", id=bill, subscription=f"s{self.number}", customer=f"c{life.customer}", created=noon(day),
                 billing_reason="subscription_create" if n == 0 else "subscription_cycle", period_end=noon(day),
                 currency=life.currency, subtotal=0 if free else 1000, amount_due=0 if free else 1000,
                 discounts=self._discounts_of_bill(day), **self._outcome(day))  # fmt: skip
        until = life.first_paid if free else day + PERIOD
        for part in [quantity] if free else _split(price, quantity):
            self._line(bill, price, part, 0 if free else 100 * part, day, until)
        used = (day - life.first_paid) // PERIOD - 1
        if 0 <= used < len(life.usage):
            self._line(bill, METERS[life.currency], 1, life.usage[used], day - PERIOD, day, item=f"m{self.number}")

    def _outcome(self, day: int) -> Row:
        """How the bill of that day stands today."""
        life, trouble, made = self.life, self.life.trouble, {"finalized_at": noon(day)}
        if trouble is None or day < (first := life.renewal(trouble.first)):
            return {**made, "status": "paid", "paid_at": noon(day)}
        length = trouble.length
        if trouble.kind == "pause":
            aside = day < first + PERIOD * (length or 0)
            return {**made, "status": "void", "voided_at": noon(day)} if aside else {**made, "paid_at": noon(day)}
        if trouble.kind == "unpaid" and day > first:
            return {"status": "draft"}
        paid = None if trouble.kind == "unpaid" or length is None else max(day, first + length)
        if paid is None or paid > self.today:
            return {**made, "status": "open"}
        return {**made, "status": "paid", "paid_at": noon(paid)}

    def _given_up(self) -> None:
        """The payment whose last failure turned the subscription unpaid."""
        trouble = self.life.trouble
        if trouble is None or trouble.kind != "unpaid":
            return
        first = self.life.renewal(trouble.first)
        failed = first + (trouble.length or 0)
        if failed > self.today or self.life.ended(first):
            return
        bill = f"v{self.number}-{trouble.first + bool(self.life.trial)}"
        self.add("invoice_payment", invoice=bill, payment_intent=f"pi{self.number}")
        self.add("charge", id=f"ch{self.number}", customer=f"c{self.life.customer}", payment_intent=f"pi{self.number}",
                 created=noon(failed), status="failed", amount=1000, currency=self.life.currency)  # fmt: skip

    def _never_paid(self) -> None:
        _, price, quantity = self.life.steps[0]
        day, bill = self.life.start, f"v{self.number}-0"
        self.add("invoice", id=bill, subscription=f"s{self.number}", customer=f"c{self.life.customer}", status="open",
                 created=noon(day), billing_reason="subscription_create", subtotal=1000, amount_due=1000,
                 finalized_at=noon(day))  # fmt: skip
        self._line(bill, price, quantity, 1000, day, day + PERIOD)

    # --- Changes in mid-period ----------------------------------------------------------------------------------------

    def _changes(self, days: list[int]) -> None:
        """A credit and a debit on a bill of their own, on the next bill, or on none yet."""
        for (_, old, before), (day, new, after) in pairwise(self.steps):
            if day in days or self.life.ended(day):
                continue
            bill = next((f"v{self.number}-{n}" for n, at in enumerate(days) if at > day), None)
            if self.life.invoiced_at_once:
                bill = f"w{self.number}-{day}"
                self.add("invoice", id=bill, subscription=f"s{self.number}", created=noon(day),
                         billing_reason="subscription_update")  # fmt: skip
            self._line(bill, old, before, -500, day, day + 1, proration=True)
            self._line(bill, new, after, 700, day, day + 1, proration=True)

    def _line(self, bill: str | None, price: str, quantity: int, amount: int, day: int, until: int, *,
              proration: bool = False, item: str | None = None) -> None:  # fmt: skip
        self.lines += 1
        same: Row = {"id": f"l{self.number}-{self.lines:04}", "subscription": f"s{self.number}", "price": price,
                     "subscription_item": item or f"i{self.number}", "currency": self.life.currency, "amount": amount,
                     "quantity": quantity, "proration": proration, "period_start": noon(day)}  # fmt: skip
        if bill is None:
            self.add("invoice_item", date=noon(day), **same)
            return
        taxes = [{"rate": "vat", "amount": round(amount / 6), "inclusive": True}] if self.life.taxed else []
        self.add("invoice_line", invoice=bill, position=self.lines, period_end=noon(until), taxes=json.dumps(taxes),
                 **same)  # fmt: skip


def _split(price: str, quantity: int) -> list[int]:
    """Stripe bills each tier of a graduated price in a line of its own."""
    tag = PRICES[price]
    if tag.mode != "graduated" or quantity <= (first := tag.tiers[0][0] or 0):
        return [quantity]
    return [first, quantity - first]
