"""What happened in the business lately, in sentences, newest first: movements of MRR, trials, cancellations, money."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Final

import polars as pl

from lib.billing import access
from lib.ledger.build import Ledger, Written
from lib.ledger.days import local_day
from lib.metrics.segments import Segment
from lib.periods import day_end
from lib.reports import books, export, homes, narrow, segments, sheets, timeline, timeline_money
from lib.reports.customers import Tables
from lib.reports.failed import charges_of_invoices
from lib.reports.labels import customer_names
from lib.reports.timeline_entry import Entry, Teller

Row = Mapping[str, Any]
ONE_DAY: Final = timedelta(days=1)


class Kind(StrEnum):
    """What can be asked for apart, in the order in which it is offered."""

    NEW = "New customers"
    UPGRADE = "Upgrades"
    DOWNGRADE = "Downgrades"
    CHURN = "Left"
    REACTIVATION = "Came back"
    TRIAL = "Trials"
    CANCEL = "Cancellations"
    FAILED = "Failed payments"
    PAYMENT = "Payments"
    REFUND = "Refunds"
    DISPUTE = "Disputes"


USUAL: Final = tuple(kind for kind in Kind if kind is not Kind.PAYMENT)
"""What is told unasked: payments that went well are too many."""
_TYPES: Final = {
    "new": Kind.NEW,
    "expansion": Kind.UPGRADE,
    "contraction": Kind.DOWNGRADE,
    "churn": Kind.CHURN,
    "reactivation": Kind.REACTIVATION,
}
"""Types of movements; a change by exchange rates is no act of a customer's."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that happened. ``at``: UTC epoch seconds, None where only the day is known (of the account's zone)."""

    kind: Kind
    date: date
    at: int | None
    customer: str
    name: str
    said: str
    """What the customer did or what was done, after the name: ``upgraded from Starter to Pro``."""
    object: str | None
    mrr: int | None = None
    """Signed micros of the reporting currency."""
    amount: int | None = None
    """Minor units of ``currency``."""
    currency: str | None = None
    bad: bool = False
    account: str = ""
    """The name of the account that it is of; told of all accounts together alone."""

    @property
    def sentence(self) -> str:
        """The whole of it: ``Acme upgraded from Starter to Pro``."""
        return self.name + self.said

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What tells it from every other."""
        return self.kind, self.date.isoformat(), self.customer, self.object or ""


def newest(
    account: str, days: int, locale: str = "en_US", segment: Segment | None = None, *, payments: bool = False
) -> tuple[Item, ...]:
    """Everything of the last ``days`` days, today included, newest first; of the customers of ``segment`` alone, if
    there is one; with ``payments`` those too that went well. Raises as books.ledger, and HistoryLocked.
    """
    ledger, tables = segments.ledger(account, segment), books.tables(account)
    access.require_days(account, ledger.today - timedelta(days=days - 1), ledger.today)
    if segment is not None:
        tables = narrow.of_customers(tables, ledger.customers["customer"].to_list())
    return _at_home(feed(ledger, tables, days, locale, payments=payments), account)


def _at_home(items: tuple[Item, ...], account: str) -> tuple[Item, ...]:
    frame = pl.DataFrame(
        {"customer": [each.customer for each in items], "object": [each.object for each in items]},
        schema={"customer": pl.String, "object": pl.String},
    )
    found = homes.by_object(homes.beside(frame, account), account, "object", _paid)
    if not homes.columns(found):
        return items
    names = found[homes.COLUMN].fill_null("")
    return tuple(replace(item, account=name) for item, name in zip(items, names, strict=True))


def _paid(own: Written) -> pl.Series:
    """What can have happened without a customer."""
    return pl.concat([own.tables[name]["id"] for name in ("charge", "refund", "dispute")])


def feed(
    ledger: Ledger, tables: Tables, days: int, locale: str = "en_US", *, payments: bool = False
) -> tuple[Item, ...]:
    """The same, of a ledger and the tables that it was made from."""
    since = ledger.today - timedelta(days=days - 1)
    told = _Telling(
        teller=Teller(ledger, locale, dict(ledger.plans.select("plan", "product").iter_rows())),
        tables=tables,
        since=since,
        begin=day_end(since - ONE_DAY, ledger.tz),
        names=customer_names(ledger),
    )
    items = [*told.movements(), *told.trials(), *told.cancellations(), *told.money(payments=payments)]
    return tuple(sorted(items, key=told.order, reverse=True))


def csv(items: tuple[Item, ...], currency: str) -> str:
    """Items as CSV: date, time (UTC, ISO), kind, customer, name, what, mrr (exact, in ``currency``), amount (minor
    units) and its currency, and the object at Stripe; of all accounts together the name of the item's own.
    """
    rows = [
        (each.date, each.at, str(each.kind), each.customer, each.name, each.sentence, each.mrr, each.amount,
         each.currency, each.object)
        for each in items
    ]  # fmt: skip
    frame = pl.DataFrame(rows, schema=_CSV, orient="row")
    time = pl.from_epoch("time").dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    names = [each.account for each in items]
    whose = {homes.COLUMN: pl.Series(names, dtype=pl.String)} if any(names) else {}
    return export.csv(frame.with_columns(time, sheets.exact("mrr", currency), **whose))


_CSV: Final = {
    "date": pl.Date, "time": pl.Int64, "kind": pl.String, "customer": pl.String, "name": pl.String,
    "what": pl.String, "mrr": pl.Int64, "amount": pl.Int64, "currency": pl.String, "object": pl.String,
}  # fmt: skip
_VERBS: Final = ("Became", "Pays", "Left", "Came", "Upgraded", "Downgraded", "Started", "Cancelled", "Paid")
"""First words of sentences whose subject is the customer."""


def _after_the_name(sentence: str) -> str:
    first = sentence.partition(" ")[0].rstrip(",:")
    joined = " " if first in _VERBS else ": "
    return joined + (sentence if first == "Stripe" else sentence[:1].lower() + sentence[1:])


@dataclass(frozen=True)
class _Telling:
    """All that the sentences need. ``begin`` is the first moment of ``since``, UTC epoch seconds."""

    teller: Teller
    tables: Tables
    since: date
    begin: int
    names: dict[str, str]

    def order(self, item: Item) -> tuple[int, int, str, str]:
        """By time; what has only its day comes before what has a time of that day."""
        last = day_end(item.date, self.teller.ledger.tz) - 1
        return (item.at if item.at is not None else last, list(Kind).index(item.kind), item.customer, item.object or "")

    def movements(self) -> Iterator[Item]:
        """One for each customer and day on which their MRR moved."""
        rows = self.teller.ledger.movements.filter(pl.col("type").is_in(list(_TYPES)), pl.col("date") >= self.since)
        moments = self._moments()
        grouped = rows.group_by("date", "customer", "type").agg(
            pl.col("amount_base").sum(), pl.struct("plan", "subscription", "amount").alias("parts")
        )
        for day, customer, type_, net, parts in grouped.iter_rows():
            verb, subscription = timeline.moved(self.teller, type_, parts)
            at = max((t for part in parts if (t := moments.get((part["subscription"], day)))), default=None)
            bad = type_ in {"churn", "contraction"}
            yield self._item(_TYPES[type_], day, at, customer, verb, subscription, mrr=net, bad=bad)

    def _moments(self) -> dict[tuple[str, date], int]:
        """When on a day a subscription changed, as far as Stripe's objects tell: by subscription and day."""
        tz = self.teller.ledger.tz
        asked = (
            ("subscription", "id", ("start_date", "ended_at", "trial_end", "canceled_at")),
            ("invoice_item", "subscription", ("date",)),
            ("invoice", "subscription", ("created", "paid_at")),
            ("subscription_version", "subscription", ("observed_at",)),
        )
        times = [
            self.tables[name].select(subscription=id_, at=pl.col(column).cast(pl.Int64))
            for name, id_, columns in asked
            if name in self.tables
            for column in columns
        ]
        recent = pl.concat([each.drop_nulls().filter(pl.col("at") >= self.begin) for each in times])
        days = recent.with_columns(day=local_day("at", tz)).group_by("subscription", "day").agg(pl.col("at").max())
        return {(subscription, day): at for subscription, day, at in days.iter_rows()}

    def trials(self) -> Iterator[Item]:
        """Trials that began, and those that ended."""
        frame = self.teller.ledger.trials
        recent = frame.filter(pl.any_horizontal(pl.col("start", "end", "converted") >= self.since))
        moments = self._trial_moments(recent["subscription"])
        for row in recent.iter_rows(named=True):
            plan, subscription, customer = self.teller.plan(row["plan"]), row["subscription"], row["customer"]
            began, ended = moments.get(subscription, (None, None))
            if row["start"] >= self.since:
                said = f"Started a trial of {plan}"
                yield self._item(Kind.TRIAL, row["start"], began, customer, said, subscription)
            day, became = row["converted"] or row["end"], bool(row["converted"])
            if day and day >= self.since and (became or row["over"]):
                said = f"The trial of {plan} " + ("became a subscription" if became else "ended without a subscription")
                exact = ended if ended and self.teller.day(ended) == day else None
                yield self._item(Kind.TRIAL, day, exact, customer, said, subscription, bad=not became)

    def _trial_moments(self, ids: pl.Series) -> dict[str, tuple[int, int]]:
        mine = self.tables["subscription"].filter(pl.col("id").is_in(ids.implode()))
        return {id_: (start, end) for id_, start, end in mine.select("id", "trial_start", "trial_end").iter_rows()}

    def cancellations(self) -> Iterator[Item]:
        """Clicks on cancel."""
        clicked = self.tables["subscription"].filter(pl.col("canceled_at") >= self.begin)
        items = self.tables["subscription_item"].filter(pl.col("subscription").is_in(clicked["id"].implode()))
        plans = dict(items.sort("position", "id").group_by("subscription").agg("price").iter_rows())
        for row in clicked.iter_rows(named=True):
            said = timeline.cancelled(self.teller, row, self.teller.listed(plans.get(row["id"], ())))
            day = self.teller.day(row["canceled_at"])
            yield self._item(Kind.CANCEL, day, row["canceled_at"], row["customer"], said, row["id"], bad=True)

    def money(self, *, payments: bool) -> Iterator[Item]:
        """Payments that failed, with ``payments`` all of them, refunds and disputes."""
        recent = {name: self._recent(name) for name in ("charge", "refund", "dispute")}
        if not payments:
            recent["charge"] = recent["charge"].filter(pl.col("status") == "failed")
        numbers = self._numbers(recent["charge"])
        for row in recent["charge"].iter_rows(named=True):
            kind = Kind.FAILED if row["status"] == "failed" else Kind.PAYMENT
            yield self._money(kind, timeline_money.charge(self.teller, row, numbers.get(row["id"])), row["customer"])
        payers = self.tables["charge"].select(charge="id", customer="customer")
        for name, kind, tell in (
            ("refund", Kind.REFUND, timeline_money.refund),
            ("dispute", Kind.DISPUTE, timeline_money.dispute),
        ):
            for row in recent[name].join(payers, on="charge", how="left").iter_rows(named=True):
                yield self._money(kind, tell(self.teller, row), row["customer"])

    def _recent(self, name: str) -> pl.DataFrame:
        return self.tables[name].filter(pl.col("created") >= self.begin)

    def _numbers(self, charges: pl.DataFrame) -> dict[str, str]:
        numbers = self.tables["invoice"].select("number", invoice="id").drop_nulls()
        paid = charges_of_invoices({**self.tables, "charge": charges})
        return dict(paid.join(numbers, on="invoice").select("id", "number").iter_rows())

    def _money(self, kind: Kind, entry: Entry, customer: str | None) -> Item:
        said, at = entry.sentence, entry.at
        return self._item(
            kind, entry.date, at, customer, said, entry.object, amount=(entry.amount, entry.currency), bad=entry.bad
        )

    def _item(  # noqa: PLR0913, PLR0917 - the columns of an Item, the same for every kind
        self,
        kind: Kind,
        day: date,
        at: int | None,
        customer: str | None,
        said: str,
        object_: str | None,
        *,
        mrr: int | None = None,
        amount: tuple[int | None, str | None] = (None, None),
        bad: bool = False,
    ) -> Item:
        name = self.names.get(customer or "", customer or "Somebody")
        minor, currency = amount
        return Item(kind, day, at, customer or "", name, _after_the_name(said), object_, mrr, minor, currency, bad)
