"""Cash flow from renewal dates: what running subscriptions will be charged, and when.

Each item of a running subscription is charged at the end of its period and every interval after, at what it comes to
less the coupons that still run on that day. Left out: metered usage, exclusive tax, customers' credit balances, changes
that a subscription schedule still holds, and prorations.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final

import polars as pl

from lib.ledger.build import Ledger
from lib.ledger.discounts import Coupon, Discount, ItemAmount, coupon_of, discounted
from lib.ledger.fx import converted, with_rate
from lib.ledger.lives import by, listed
from lib.ledger.pricing import Price, price_of
from lib.ledger.rules import DURATIONS, Rules
from lib.money import MICRO
from lib.periods import ROLLING_DAYS, Interval, add_months, local_date, periods

RENEWALS: Final = pl.Schema(
    {
        "date": pl.Date,
        "customer": pl.String,
        "subscription": pl.String,
        "currency": pl.String,
        "amount": pl.Int64,
        "amount_base": pl.Int64,
        "trial": pl.Boolean,
    }
)
"""One row for each invoice to come: micros in its ``currency`` and, at the last known rate, in the reporting currency.
``trial``: it comes only if a trial that still runs begins to pay."""
CASH_FLOW: Final = pl.Schema(
    {
        "date": pl.Date,
        "end": pl.Date,
        "certain": pl.Int64,
        "expected": pl.Int64,
        "trials": pl.Int64,
        "whole": pl.Boolean,
    }
)
"""One row for each period: micros of the reporting currency. ``certain``: all that is signed up; ``expected``: the same
after churn; ``trials``: after conversion and churn; null: n/a, a rate is missing. ``whole``: no day is cut off."""

_RUNNING: Final = frozenset({"active", "past_due", "trialing"})
_ALL_COUPONS: Final = Rules(deducted_coupons=frozenset(DURATIONS))
"""Whatever MRR leaves in, an invoice deducts every coupon."""
_DAYS: Final = {"week": 7, "day": 1}
_MONTHS: Final = {"month": 1, "year": 12}

Row = Mapping[str, Any]
Tables = Mapping[str, pl.DataFrame]


@dataclass(frozen=True, slots=True)
class Due:
    """An item that renews: what it is worth a month, its interval, and the end of its present period (UTC epoch s)."""

    amount: ItemAmount
    interval: str
    count: int
    at: int

    def times(self, anchor: int, until: int) -> Iterator[int]:
        """Every charge up to and including ``until`` (UTC epoch seconds).

        Months keep the anchor's day where they have it: https://docs.stripe.com/billing/subscriptions/billing-cycle
        """
        first, step, at = datetime.fromtimestamp(self.at, UTC), 0, self.at
        day = _anchor_day(first.date(), datetime.fromtimestamp(anchor, UTC).day)
        while at <= until:
            yield at
            step += self.count
            if self.interval in _DAYS:
                at = int((first + timedelta(days=step * _DAYS[self.interval])).timestamp())
                continue
            month = add_months(first.date().replace(day=1), step * _MONTHS[self.interval])
            last = (add_months(month, 1) - timedelta(days=1)).day
            at = int(first.replace(year=month.year, month=month.month, day=min(day, last)).timestamp())


def _anchor_day(end: date, anchor: int) -> int:
    """The day of the month on which an item renews: a period that ends on a short month's last day hides it."""
    shortened = (end + timedelta(days=1)).month != end.month and anchor > end.day
    return anchor if shortened else end.day


@dataclass(frozen=True, slots=True)
class _Sources:
    prices: dict[str, Price]
    intervals: dict[str, tuple[str, int]]
    items: dict[str, list[Row]]
    discounts: dict[str, Row]
    coupons: dict[str, Coupon]
    of_customer: dict[str, str]
    spent: frozenset[str]
    """Discounts that an invoice has shown: a once coupon among them is used up."""

    @classmethod
    def of(cls, tables: Tables) -> _Sources:
        recurring = tables["price"].filter(pl.col("interval").is_not_null())
        prices = (price_of(row) for row in recurring.iter_rows(named=True))
        coupons = tables["coupon"].iter_rows(named=True)
        shown = tables["invoice"].filter(pl.col("subtotal") != 0)["discounts"].drop_nulls().unique()
        return cls(
            prices={price.id: price for price in prices if price is not None},
            intervals={p: (i, n or 1) for p, i, n in recurring.select("id", "interval", "interval_count").iter_rows()},
            items=by(tables["subscription_item"].sort("position", "id").iter_rows(named=True), "subscription"),
            discounts={row["id"]: row for row in tables["discount"].iter_rows(named=True)},
            coupons={row["id"]: coupon_of(row, listed(row["applies_to"]) or None) for row in coupons},
            of_customer=dict(tables["customer"].select("id", "discount").drop_nulls().iter_rows()),
            spent=frozenset(id_ for text in shown for id_ in listed(text)),
        )

    def due(self, subscription: Row) -> list[Due]:
        """The items that renew at a fixed price."""
        found = []
        for item in self.items.get(subscription["id"], []):
            price, at = self.prices.get(item["price"]), item["current_period_end"]
            if price is None or price.metered or item["deleted"] or at is None:
                continue
            quantity = 1 if item["quantity"] is None else item["quantity"]
            amount = ItemAmount(
                item["id"], price.product, subscription["currency"], price.monthly(quantity), price.months
            )
            found.append(Due(amount, *self.intervals[price.id], at))
        return found

    def running(self, subscription: Row) -> list[Discount]:
        """The discounts of the subscription (or else of its customer) and of its items."""
        own = listed(subscription["discounts"]) or self._of_customer(subscription)
        where: dict[str, str | None] = dict.fromkeys(own)
        for item in self.items.get(subscription["id"], []):
            where |= dict.fromkeys(listed(item["discounts"]), item["id"])
        rows = ((self.discounts.get(id_), item) for id_, item in where.items())
        return [
            Discount(row["id"], self.coupons[row["coupon"]], row["start"] or 0, row["end"], item)
            for row, item in rows
            if row is not None and row["coupon"] in self.coupons
        ]

    def _of_customer(self, subscription: Row) -> list[str]:
        found = self.of_customer.get(subscription["customer"])
        return [] if found is None else [found]


def renewals(tables: Tables, ledger: Ledger, after: int, until: int) -> pl.DataFrame:
    """Every charge later than ``after`` and up to ``until`` (UTC epoch seconds), as a RENEWALS frame by date.

    Canceled, unpaid and incomplete subscriptions are charged no more. One that was cancelled, at its period's end or at
    a day, is charged before that; a paused one from the day it resumes, and not at all when no day is set.
    """
    sources = _Sources.of(tables)
    running = tables["subscription"].filter(pl.col("status").is_in(_RUNNING)).sort("id")
    rows = [
        (
            local_date(at, ledger.tz),
            sub["customer"],
            sub["id"],
            sub["currency"],
            minor * MICRO,
            sub["status"] == "trialing",
        )
        for sub in running.iter_rows(named=True)
        for at, minor in _charges(sub, sources, until)
        if at > after
    ]
    frame = pl.DataFrame(rows, schema=[n for n in RENEWALS if n != "amount_base"], orient="row")
    typed = frame.cast({name: dtype for name, dtype in RENEWALS.items() if name != "amount_base"})
    rated = with_rate(typed, ledger.rates, ledger.base).with_columns(amount_base=converted())
    return rated.select(*RENEWALS).sort("date", "subscription", maintain_order=True)


def _charges(sub: Row, sources: _Sources, until: int) -> Iterator[tuple[int, int]]:
    """(UTC epoch seconds, whole minor units) of each invoice to come that asks for something."""
    begin, stop = _window(sub)
    invoices: dict[int, list[ItemAmount]] = defaultdict(list)
    for due in sources.due(sub):
        for at in due.times(sub["billing_cycle_anchor"] or due.at, until):
            invoices[at].append(due.amount)
    coupons = sources.running(sub)
    used = {d.id for d in coupons if d.coupon.duration == "once" and d.id in sources.spent}
    for at in sorted(t for t in invoices if begin <= t < stop):
        left = [d for d in coupons if d.id not in used]
        minor = _rounded(_invoice(invoices[at], left, at))
        if any(each.monthly for each in invoices[at]):
            used |= {d.id for d in left if d.coupon.duration == "once"}
        if minor:
            yield at, minor


def _window(sub: Row) -> tuple[int, int]:
    """From which instant and before which one (UTC epoch seconds) the subscription is charged."""
    never, always = 1 << 62, 0
    stop = sub["cancel_at"] or never
    if sub["cancel_at_period_end"]:
        stop = min(stop, sub["cancel_at"] or sub["current_period_end"] or always)
    begin = always if sub["pause_behavior"] is None else sub["pause_resumes_at"] or never
    return begin, stop


def _invoice(items: Sequence[ItemAmount], discounts: Sequence[Discount], at: int) -> Fraction:
    """Minor units that the items due at one instant come to."""
    monthly = discounted(items, discounts, at, _ALL_COUPONS)
    return sum((monthly[each.item] * each.months for each in items), Fraction(0))


def _rounded(minor: Fraction) -> int:
    """Half up to whole minor units, as invoices are."""
    return (2 * minor.numerator + minor.denominator) // (2 * minor.denominator)


def horizon(today: date) -> date:
    """The last day of the forecast: the end of the twelfth month after this one."""
    return add_months(today.replace(day=1), 13) - timedelta(days=1)


def survival(days: int, churn: Fraction) -> Fraction:
    """The share of customers who are still there after ``days`` at a churn rate of ``churn`` in 30 days, exact.

    Whole windows compound; within one customers leave evenly.
    """
    whole, rest = divmod(max(0, days), ROLLING_DAYS)
    return _compound(churn, whole) * (1 - churn * rest / ROLLING_DAYS)


@lru_cache(maxsize=256)
def _compound(churn: Fraction, times: int) -> Fraction:
    return (1 - churn) ** times


def cash_flow(
    charges: pl.DataFrame, today: date, interval: Interval, churn: Fraction | None, conversion: Fraction | None
) -> pl.DataFrame:
    """A RENEWALS frame by period from ``today`` to ``horizon``, as a CASH_FLOW frame; each sum rounded once."""
    cut = list(periods(today, horizon(today), interval))
    daily = charges.group_by("date", "trial").agg(pl.col("amount_base").sum()).iter_rows()
    sums: dict[tuple[date, bool], int] = {(day, trial): amount for day, trial, amount in daily}
    one = Fraction(1)
    rows = []
    for period in cut:
        signed, trials, after = 0, Fraction(0), Fraction(0)
        for day in (period.start + timedelta(days=n) for n in range(period.days)):
            stays = one if churn is None else survival((day - today).days, churn)
            signed += sums.get((day, False), 0)
            after += sums.get((day, False), 0) * stays
            trials += sums.get((day, True), 0) * stays
        converts = None if conversion is None else round(trials * min(one, conversion))
        rows.append((period.start, period.end, signed, None if churn is None else round(after), converts, period.whole))
    return pl.DataFrame(rows, schema=CASH_FLOW, orient="row")
