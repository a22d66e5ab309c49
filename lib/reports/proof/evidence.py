"""The Stripe objects that show a movement: what was billed, discounted, paid, left unpaid or ended on its day."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, Final
from zoneinfo import ZoneInfo

import orjson
import polars as pl

from lib.ledger.build import Ledger
from lib.ledger.pricing import price_of
from lib.money import show, show_count
from lib.periods import local_date
from lib.reports import books, labels

Row = Mapping[str, Any]
Tables = Mapping[str, pl.DataFrame]


@dataclass(frozen=True, slots=True)
class Evidence:
    """One Stripe object that shows why MRR moved: its id, and what it says in a sentence."""

    object: str
    sentence: str


@dataclass(frozen=True, slots=True)
class _Day:
    """The day of a movement and the subscription it is of, with the store's rows."""

    tables: Tables
    ledger: Ledger
    subscription: str
    on: date
    locale: str

    @property
    def tz(self) -> ZoneInfo:
        return self.ledger.tz

    def rows(self, table: str, **equal: str) -> Iterator[Row]:
        frame = self.tables[table]
        for column, value in equal.items():
            frame = frame.filter(pl.col(column) == value)
        return frame.iter_rows(named=True)

    def falls(self, epoch: int | None) -> bool:
        """Whether the instant (UTC epoch seconds) lies on the day."""
        return epoch is not None and local_date(epoch, self.tz) == self.on

    def told(self, epoch: int) -> str:
        return labels.day(local_date(epoch, self.tz), self.locale)

    def money(self, minor: Fraction | int, currency: str) -> str:
        return show(minor, currency, self.locale)


def objects(account: str, movement: Mapping[str, Any], locale: str = "en_US") -> tuple[Evidence, ...]:
    """What Stripe shows of a movement (a row with ``date``, ``type``, ``subscription``, ``currency``).

    The subscription itself comes last when nothing else shows it. Raises UnknownAccount, NotSyncedYet.
    """
    return of(books.ledger(account), books.tables(account), movement, locale)


def of(ledger: Ledger, tables: Tables, movement: Mapping[str, Any], locale: str = "en_US") -> tuple[Evidence, ...]:
    """The same of a ledger and its tables at hand."""
    day = _Day(tables, ledger, movement["subscription"], movement["date"], locale)
    if movement["type"] == "fx":
        return tuple(_rate(day, movement["currency"]))
    found = [each for reader in _READERS for each in reader(day)]
    return tuple(found) or (_itself(day),)


def _lines(day: _Day) -> Iterator[Evidence]:
    """Invoice lines whose period starts that day."""
    numbers = None
    for line in day.rows("invoice_line", subscription=day.subscription):
        if not day.falls(line["period_start"]):
            continue
        numbers = numbers or _numbers(day)
        name = f"Invoice {numbers.get(line['invoice'], line['invoice'])}"
        yield Evidence(line["invoice"], f"{name}, {_billed(day, line)}")


def _pending(day: _Day) -> Iterator[Evidence]:
    """Pending invoice items whose period starts that day."""
    for item in day.rows("invoice_item", subscription=day.subscription):
        if item["invoice"] is None and day.falls(item["period_start"]):
            yield Evidence(item["id"], f"An item that waits for the next invoice, {_billed(day, item)}")


def _numbers(day: _Day) -> dict[str, str]:
    invoices = day.tables["invoice"].filter(pl.col("subscription") == day.subscription)
    number = "number" if "number" in invoices.columns else "id"
    return {row["id"]: row[number] or row["id"] for row in invoices.iter_rows(named=True)}


def _billed(day: _Day, line: Row) -> str:
    """``line “Pro × 3” from 12 March 2026: $87.00 a month``; a proration's money is for a part of a month."""
    quantity = 1 if line["quantity"] is None else line["quantity"]
    names = dict(day.ledger.plans.select("plan", "product").iter_rows())
    name = f"{names.get(line['price'], line['price'])} × {show_count(quantity, day.locale)}"
    what = f"line “{name}” from {day.told(line['period_start'])}"
    if line["proration"]:
        meaning = "unused time given back" if line["amount"] < 0 else "the rest of the period billed anew"
        return f"{what}: {meaning}, {day.money(line['amount'], line['currency'])}."
    return f"{what}: {_monthly(day, line, quantity)}."


def _monthly(day: _Day, line: Row, quantity: int) -> str:
    row = next(day.rows("price", id=line["price"] or ""), None)
    price = price_of(row) if row else None
    if price is None or price.metered or price.currency != line["currency"]:
        return f"{day.money(line['amount'], line['currency'])} billed"
    monthly: Fraction = price.monthly(quantity)
    free = " (this period free)" if line["amount"] == 0 and monthly else ""
    return f"{day.money(monthly, line['currency'])} a month{free}"


def _discounts(day: _Day) -> Iterator[Evidence]:
    """Discounts that start or end that day."""
    shown = _discount_ids(day)
    names = {row["id"]: row.get("name") or row["id"] for row in day.rows("coupon")}
    for row in day.rows("discount"):
        if row["id"] not in shown:
            continue
        name = names.get(row["coupon"], row["coupon"])
        if day.falls(row["start"]):
            yield Evidence(day.subscription, f"Coupon “{name}” starts on {day.told(row['start'])}.")
        if day.falls(row["end"]):
            yield Evidence(day.subscription, f"Coupon “{name}” ends on {day.told(row['end'])}.")


def _discount_ids(day: _Day) -> set[str]:
    """Discounts that ever showed on the subscription, its items, its invoices or its customer."""
    found: set[str] = set()
    customers: set[str] = set()
    for row in day.rows("subscription", id=day.subscription):
        found |= _listed(row["discounts"])
        customers.add(row["customer"])
    for table in ("subscription_item", "invoice"):
        for row in day.rows(table, subscription=day.subscription):
            found |= _listed(row["discounts"])
    own = day.tables["customer"].filter(pl.col("id").is_in(list(customers)))["discount"]
    return found | set(own.drop_nulls())


def _listed(text: str | None) -> set[str]:
    return set(orjson.loads(text)) if text else set()


def _withdrawn(day: _Day) -> Iterator[Evidence]:
    """Invoices of that day that no longer show a discount which the invoice before showed."""
    before: set[str] = set()
    invoices = day.tables["invoice"].filter(pl.col("subscription") == day.subscription).sort("created")
    for row in invoices.iter_rows(named=True):
        now = _listed(row["discounts"])
        if before - now and day.falls(row["period_end"] or row["created"]):
            yield Evidence(row["id"], "This invoice no longer shows a coupon that the one before it showed.")
        before = now


def _payments(day: _Day) -> Iterator[Evidence]:
    """Invoices that were settled that day after they had been due, or that had been due too long by then."""
    allowed = day.ledger.rules.past_due_days
    numbers = None
    for row in day.rows("invoice", subscription=day.subscription):
        since = row["due_date"] if row["collection_method"] == "send_invoice" else row["finalized_at"]
        if since is None or not row["amount_due"]:
            continue
        numbers = numbers or _numbers(day)
        name = f"Invoice {numbers[row['id']]}"
        settled = min((t for c in _SETTLED if (t := row[c]) is not None), default=None)
        if settled is not None and day.falls(settled) and settled - since > _PROMPT:
            yield Evidence(row["id"], f"{name} of {day.told(since)} was settled on {day.told(settled)}.")
        if allowed is None or (settled is not None and local_date(settled, day.tz) < day.on):
            continue
        if local_date(since + allowed * _DAY, day.tz) == day.on:
            yield Evidence(
                row["id"],
                f"{name}, due since {day.told(since)}, had been unpaid for {allowed} days: counted as churned.",
            )


_SETTLED: Final = ("paid_at", "voided_at", "marked_uncollectible_at")
_DAY: Final = int(timedelta(days=1).total_seconds())
_PROMPT: Final = 60
"""Seconds within which a payment is a payment at once."""


def _failures(day: _Day) -> Iterator[Evidence]:
    """Failed charges of that day for the subscription's invoices: with the last one Stripe may give up."""
    invoices = set(day.tables["invoice"].filter(pl.col("subscription") == day.subscription)["id"])
    payments = day.tables["invoice_payment"].filter(pl.col("invoice").is_in(list(invoices)))
    intents = payments["payment_intent"].drop_nulls().to_list()
    failed = day.tables["charge"].filter(pl.col("payment_intent").is_in(intents), pl.col("status") == "failed")
    for row in failed.iter_rows(named=True):
        if day.falls(row["created"]):
            amount = day.money(row["amount"], row["currency"])
            yield Evidence(row["id"], f"A charge of {amount} failed on {day.told(row['created'])}.")


def _subscription(day: _Day) -> Iterator[Evidence]:
    """What the subscription itself says of that day."""
    for row in day.rows("subscription", id=day.subscription):
        for column, sentence in _MOMENTS.items():
            if column in row and day.falls(row[column]) and (column != "trial_end" or row["trial_start"]):
                yield Evidence(row["id"], sentence.format(day=day.told(row[column])))
        if row["pause_behavior"] and not day.ledger.rules.count_paused:
            yield Evidence(row["id"], "Collection is paused, and paused subscriptions are not counted.")


_MOMENTS: Final = {
    "ended_at": "The subscription ended on {day}.",
    "canceled_at": "The subscription was cancelled on {day}.",
    "start_date": "The subscription began on {day}.",
    "trial_end": "The trial ended on {day}.",
}


def _rate(day: _Day, currency: str) -> Iterator[Evidence]:
    """The exchange rate that moved what a foreign currency is worth."""
    rates = day.ledger.rates.filter(pl.col("currency") == currency, pl.col("date") <= day.on).sort("date").tail(1)
    for row in rates.iter_rows(named=True):
        source = "a balance transaction" if row.get("source", "balance") == "balance" else "the daily table"
        code, base = currency.upper(), day.ledger.base.upper()
        yield Evidence(
            day.subscription,
            f"The exchange rate from {code} to {base} of {labels.day(row['date'], day.locale)}, learned from {source}.",
        )


def _itself(day: _Day) -> Evidence:
    if day.subscription in day.ledger.hidden:
        return Evidence(
            day.subscription,
            "The subscription as Stripe shows it today: it was changed without a proration, which no invoice dates.",
        )
    return Evidence(day.subscription, "The subscription as Stripe shows it today.")


_READERS: Final[tuple[Callable[[_Day], Iterator[Evidence]], ...]] = (
    _lines,
    _pending,
    _discounts,
    _withdrawn,
    _payments,
    _failures,
    _subscription,
)
