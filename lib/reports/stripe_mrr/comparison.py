"""Each customer's MRR at each month's end by Stripe and by us, and the switch under which ours equals theirs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import polars as pl

from lib.billing import access
from lib.ledger.build import Ledger
from lib.money import major, rounded, show
from lib.reports import books, export
from lib.reports.stripe_mrr.file import month_end
from lib.reports.switched import Rebuild, among, pairs, turns

COMPARED: Final = pl.Schema(
    {
        "customer": pl.String,
        "name": pl.String,
        "month": pl.Date,
        "currency": pl.String,
        "theirs": pl.Int64,
        "ours": pl.Int64,
        "difference": pl.Int64,
        "cause": pl.String,
        "sentence": pl.String,
    }
)
"""One row for each customer, month (its first day) and currency, in minor units; ``difference`` is ours less
theirs. Without one ``cause`` and
``sentence`` are null; ``cause`` is NOT_EXPLAINED where no rule accounts for it."""

NOT_EXPLAINED: Final = "Not explained"
FEW: Final = 100
"""Customers for whom pairs of switches are tried: their ledger is built some fourteen times, in about 5 seconds."""
Among = Callable[[Collection[str]], Rebuild]
"""Gives the way to build the ledger of these customers alone."""
Key = tuple[str, str, date]
"""Customer, currency, day."""


@dataclass(frozen=True)
class Comparison:
    """All that Stripe's file and our ledger say of the same months; see COMPARED."""

    frame: pl.DataFrame

    @property
    def customers(self) -> int:
        """How many customers either side has."""
        return self.frame["customer"].n_unique()

    @property
    def agreeing(self) -> int:
        """How many customers are the same to the cent in every month."""
        return self.customers - self.differing["customer"].n_unique()

    @property
    def differing(self) -> pl.DataFrame:
        """The rows that differ."""
        return self.frame.filter(pl.col("difference") != 0)

    @property
    def causes(self) -> tuple[tuple[str, str, int], ...]:
        """(cause, sentence, customers): each reason and how many customers it accounts for, the most frequent first."""
        by = self.differing.group_by("cause", "sentence").agg(n=pl.col("customer").n_unique())
        return tuple(by.sort("n", "cause", "sentence", descending=[True, False, False]).iter_rows())


def compare(account: str, imported: pl.DataFrame) -> Comparison:
    """Stripe's file (MRR_FILE) against the account's ledger, of the months that the plan shows.

    Raises as books.ledger; HistoryLocked when it shows none of them.
    """
    own, tables = books.ledger(account), books.tables(account)
    newest = imported["month"].max()
    access.require_days(account, newest if isinstance(newest, date) else own.today, own.today)
    imported = books.shown(account, own, imported, "month")
    return of(own, imported, lambda rules: books.ledger(account, rules), lambda few: among(own, tables, few))


def of(own: Ledger, imported: pl.DataFrame, rebuild: Rebuild, few: Among) -> Comparison:
    """The same of a ledger at hand and two ways to build it anew by other rules: whole, and for a few customers.

    A switch, or a pair of them, is only named where ours equals theirs once it is turned.
    """
    theirs = _theirs(own, imported)
    days = sorted({_day(own, month) for month in imported["month"]})
    ours = held(own, days)
    names = dict(own.customers.select("customer", pl.coalesce("name", "email", "customer")).iter_rows())
    named = dict(imported.select("customer", "name").iter_rows())
    rows = []
    for month in sorted(set(imported["month"])):
        day = _day(own, month)
        there = {(c, code) for c, code, at in theirs if at == month} | {(c, code) for c, code, at in ours if at == day}
        for customer, code in sorted(there):
            mine, other = ours.get((customer, code, day), 0), theirs.get((customer, code, month), 0)
            name = names.get(customer) or named.get(customer) or customer
            rows.append(
                {
                    "customer": customer,
                    "name": name,
                    "month": month,
                    "currency": code,
                    "theirs": other,
                    "ours": mine,
                    "difference": mine - other,
                    "cause": None,
                    "sentence": None,
                }
            )
    _explain(own, rows, rebuild, few)
    frame = pl.DataFrame(rows, schema=COMPARED).filter((pl.col("theirs") != 0) | (pl.col("ours") != 0))
    return Comparison(frame.sort("month", "customer", "currency"))


def _day(own: Ledger, month: date) -> date:
    """The day at whose end we compare: the month's last, or today in a month that is not over."""
    return min(month_end(month), own.today)


def _theirs(own: Ledger, imported: pl.DataFrame) -> dict[Key, int]:
    """Minor units by customer, currency and month. A file without currencies is in what each customer pays in, where
    that is one currency, else in the reporting currency.
    """
    paid = dict(own.states.group_by("customer").agg(pl.col("currency").unique()).iter_rows())
    found: dict[Key, int] = {}
    for row in imported.iter_rows(named=True):
        pays = paid.get(row["customer"], [])
        code = row["currency"] or (pays[0] if len(pays) == 1 else own.base)
        key = (row["customer"], code, row["month"])
        found[key] = found.get(key, 0) + row["amount"]
    return found


def held(ledger: Ledger, days: list[date]) -> dict[Key, int]:
    """What each customer was worth in each currency at the end of each day, in minor units of it; 0 is left out."""
    acts = ledger.movements.filter(pl.col("type") != "fx")
    found: dict[Key, int] = {}
    for day in days:
        upto = acts.filter(pl.col("date") <= day)
        for customer, code, micros in upto.group_by("customer", "currency").agg(pl.col("amount").sum()).iter_rows():
            if minor := rounded(micros):
                found[customer, code, day] = minor
    return found


def _explain(own: Ledger, rows: list[dict[str, Any]], rebuild: Rebuild, few: Among) -> None:
    """Fill in cause and sentence of every row that differs; each is tried against one turned switch after another, and
    what is left then, if it is of a few customers, against two switches at once.
    """
    left = [row for row in rows if row["difference"]]
    left = _tried(left, _variants(own, left, rebuild))
    customers = {row["customer"] for row in left} & set(own.customers["customer"])
    if 0 < len(customers) <= FEW:
        left = _tried(left, _paired(own, left, few(customers)))
    known = set(own.customers["customer"])
    for row in left:
        row["cause"], row["sentence"] = NOT_EXPLAINED, _unexplained(own, row, known)


Variant = tuple[str, str, dict[Key, int]]
"""Cause, sentence, what we would say by customer, currency and month (of customers at all)."""


def _tried(left: list[dict[str, Any]], variants: Iterator[Variant]) -> list[dict[str, Any]]:
    """The rows that none of the variants makes equal; the others are given its cause."""
    for cause, sentence, ours in variants:
        for row in left:
            if ours.get((row["customer"], row["currency"], row["month"]), 0) == row["theirs"]:
                row["cause"], row["sentence"] = cause, sentence
        left = [row for row in left if row["cause"] is None]
        if not left:
            break
    return left


def _paired(own: Ledger, rows: list[dict[str, Any]], rebuild: Rebuild) -> Iterator[Variant]:
    months = sorted({row["month"] for row in rows})
    for turned in pairs(own.rules):
        yield turned.cause, f"Stripe {turned.means}.", _monthly(rebuild(turned.rules), own, months, 0)


def _variants(own: Ledger, rows: list[dict[str, Any]], rebuild: Rebuild) -> Iterator[Variant]:
    """Each way to turn a switch, then the days beside."""
    if not rows:
        return
    months = sorted({row["month"] for row in rows})
    for turned in turns(own.rules):
        yield turned.cause, f"Stripe {turned.means}.", _monthly(rebuild(turned.rules), own, months, 0)
    for shift, side in ((-1, "before"), (1, "after")):
        sentence = f"Stripe's day ends elsewhere: theirs is our figure of the day {side}."
        yield "Time zone", sentence, _monthly(own, own, months, shift)


def _monthly(ledger: Ledger, own: Ledger, months: list[date], shift: int) -> dict[Key, int]:
    found: dict[Key, int] = {}
    for month in months:
        day = _day(own, month) + timedelta(days=shift)
        found |= {(customer, code, month): minor for (customer, code, _), minor in held(ledger, [day]).items()}
    return found


def _unexplained(own: Ledger, row: dict[str, Any], known: set[str]) -> str:
    if row["customer"] not in known:
        return "This account has no such customer with anything paid or owed."
    if month_end(row["month"]) >= own.today:
        return "The month is not over: Stripe's figure may be of another day."
    if row["customer"] in own.states.filter(pl.col("subscription").is_in(list(own.hidden)))["customer"]:
        return "A subscription was changed without a proration: Stripe saw the change, its invoices don't date it."
    return "Neither one switch, nor two, nor Stripe's whole set makes our figure equal theirs."


def result_csv(found: Comparison) -> str:
    """The whole comparison as CSV, amounts in major units; text that a spreadsheet would run is disarmed."""

    def written(column: str) -> pl.Expr:
        pair = pl.struct(minor=pl.col(column), code=pl.col("currency"))
        return pair.map_elements(lambda r: f"{major(r['minor'], r['code']):f}", pl.String).alias(column)

    amounts = [written(column) for column in ("theirs", "ours", "difference")]
    return export.csv(found.frame.with_columns(pl.col("month").dt.strftime("%Y-%m"), *amounts))


def table(found: Comparison, locale: str) -> pl.DataFrame:
    """(name, month, theirs, ours, difference, cause, sentence): what differs, for people; unexplained first."""

    def said(column: str) -> pl.Expr:
        pair = pl.struct(minor=pl.col(column), code=pl.col("currency"))
        return pair.map_elements(lambda r: show(r["minor"], r["code"], locale).replace("-", "−", 1), pl.String).alias(
            column
        )

    rows = found.differing.sort(pl.col("cause") != NOT_EXPLAINED, "month", "name", descending=[False, True, False])
    amounts = [said(column) for column in ("theirs", "ours", "difference")]
    return rows.select("name", "month", *amounts, "cause", "sentence", "customer")
