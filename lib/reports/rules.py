"""An account's rules: what they are, what other ones would change, and keeping those.

Nothing here is kept until :func:`keep`; a comparison builds a second ledger from the frames of the first.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from zoneinfo import available_timezones

import polars as pl

from lib.errors import CurrencyWithoutRates
from lib.ledger.build import Ledger
from lib.ledger.rules import Rules, from_json, to_json
from lib.metrics import catalog
from lib.metrics.query import Query
from lib.metrics.registry import Metric, Unit
from lib.periods import ROLLING_DAYS, Interval, add_months, zone
from lib.reports import books
from lib.reports.door import Value
from lib.reports.labels import customer_names
from lib.store import rules as kept_rules
from lib.store.engine import reading, transaction

FIGURES: Final = (
    "mrr",
    "arr",
    "active_customers",
    "customer_churn_rate",
    "net_mrr_churn_rate",
    "ltv",
    "trial_conversion_rate",
    "net_new_mrr",
)
"""What is compared; flows and rates over the 30 days up to today."""
MONTHS: Final = 12
LARGEST: Final = 10


@dataclass(frozen=True, slots=True)
class Counting:
    """How an account's figures are counted. ``timezone`` is a zoneinfo name; ``currency`` the one reported in."""

    rules: Rules
    timezone: str
    currency: str


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure by the old rules and by the new, each in its own ledger's currency."""

    metric: Metric
    old: Value
    new: Value
    comparable: bool
    """False for money in two currencies."""

    @property
    def difference(self) -> Value:
        """New less old; None (n/a) where either is, or where they can't be compared."""
        return self.new - self.old if self.comparable and self.old is not None and self.new is not None else None


@dataclass(frozen=True, slots=True)
class Mover:
    """A customer whose MRR of today is another by the new rules. Micros, each in its own ledger's currency."""

    customer: str
    name: str
    old: int
    new: int


@dataclass(frozen=True)
class Comparison:
    """Old and new side by side."""

    old: Counting
    new: Counting
    figures: tuple[Figure, ...]
    months: pl.DataFrame
    """(date, old, new, unfinished): MRR in micros at the end of each of the last 12 months, and today; ``date`` is the
    month's first day."""
    changed: int
    """Customers whose MRR of today changes."""
    largest: tuple[Mover, ...]
    """Of these the ten with the largest change."""

    @property
    def same(self) -> bool:
        """Whether nothing would be kept that is not there already."""
        return (self.old.rules, self.old.timezone) == (self.new.rules, self.new.timezone)


def current(account: str) -> Counting:
    """How ``account`` is counted now. Raises UnknownAccount, BadRules."""
    with reading() as db:
        kept = kept_rules.of(db, account)
    rules = from_json(kept.rules)
    return Counting(rules, kept.timezone, rules.currency or kept.currency or "usd")


def before(account: str) -> Counting | None:
    """How ``account`` was counted before its rules were kept; None when nothing is to be put back.

    Raises UnknownAccount, BadRules.
    """
    with reading() as db:
        kept = kept_rules.of(db, account)
    if kept.before is None:
        return None
    rules = from_json(kept.before["rules"])
    return Counting(rules, kept.before["timezone"], rules.currency or kept.currency or "usd")


def put_back(account: str) -> None:
    """Count as before the rules in force were kept; nothing happens when nothing is to be put back."""
    if (old := before(account)) is None:
        return
    with transaction() as db:
        kept_rules.keep(db, account, to_json(old.rules), old.timezone, before=False)


def timezones() -> tuple[str, ...]:
    """The time zones to choose from, UTC first."""
    return ("UTC", *sorted(name for name in available_timezones() if "/" in name and not name.startswith("Etc/")))


def currencies(account: str) -> tuple[str, ...]:
    """The reporting currencies that every amount can be converted into. Raises as books.ledger."""
    ledger = books.ledger(account)
    used = (set(ledger.states["currency"]) | set(ledger.cash["currency"])) - set(ledger.unpriced)
    known = _told(books.tables(account), books.own_rates(account))
    every = used | {ledger.base} | {each for pair in known for each in pair}
    return tuple(sorted(into for into in every if all(_leads(known, one, into) for one in used)))


def _leads(known: AbstractSet[tuple[str, str]], one: str, into: str) -> bool:
    """Whether ``one`` can be converted: at once, or because both are known in a third currency (lib.ledger.fx)."""
    if one == into or (one, into) in known:
        return True
    return any(hub == one or (one, hub) in known for currency, hub in known if currency == into)


def _told(tables: books.Tables, rates: pl.DataFrame) -> set[tuple[str, str]]:
    """Pairs of currencies (from, into) of which any rate is known; the owner's table is read both ways."""
    own = set(rates.select("currency", "base").unique().iter_rows())
    paid = pl.concat([tables[t].select(source="id", paid="currency") for t in ("charge", "refund")])
    settled = tables["balance_transaction"].filter(pl.col("exchange_rate").is_not_null()).join(paid, on="source")
    converted = set(
        settled.filter(pl.col("paid") != pl.col("currency")).select("paid", "currency").unique().iter_rows()
    )
    return converted | own | {(base, currency) for currency, base in own}


def preview(account: str, rules: Rules, timezone: str | None = None) -> Comparison:
    """What counting by ``rules`` would change; keeps nothing. Raises as books.ledger."""
    old = current(account)
    timezone = zone(timezone or old.timezone).key
    was, after = books.ledger(account), books.ledger(account, rules, timezone)
    names = customer_names(was) | customer_names(after)
    moved = _moved(was, after)
    return Comparison(
        old=Counting(old.rules, old.timezone, was.base),
        new=Counting(rules, timezone, after.base),
        figures=tuple(_figure(catalog.find(slug), was, after) for slug in FIGURES),
        months=_months(was, after),
        changed=moved.height,
        largest=tuple(Mover(c, names.get(c) or c, o, n) for c, o, n in moved.head(LARGEST).iter_rows()),
    )


def _figure(known: Metric, before: Ledger, after: Ledger) -> Figure:
    comparable = known.unit is not Unit.MONEY or before.base == after.base
    return Figure(known, _today(known, before), _today(known, after), comparable)


def _today(known: Metric, ledger: Ledger) -> Value:
    window = Query(ledger.today - timedelta(days=ROLLING_DAYS - 1), ledger.today).as_one()
    value: Value = known(ledger, window)["value"][-1]
    return value


def _months(before: Ledger, after: Ledger) -> pl.DataFrame:
    """MRR by both; a month that had not begun for either has no value there."""
    last = max(before.today, after.today)
    span = Query(add_months(last.replace(day=1), -MONTHS), last, Interval.MONTH)
    old, new = (catalog.find("mrr")(ledger, span) for ledger in (before, after))
    return old.select("date", old="value").with_columns(new=new["value"], unfinished=new["unfinished"])


def _moved(before: Ledger, after: Ledger) -> pl.DataFrame:
    """(customer, old, new): whose MRR of today differs, the largest change first.

    Where the two ledgers report in different currencies, only those whose own amounts differ.
    """
    joined = _by_customer(before).join(
        _by_customer(after), on=("customer", "currency"), how="full", coalesce=True, suffix="_new"
    )
    told = "amount_base" if before.base == after.base else "amount"
    differs = (pl.col(told).fill_null(0) != pl.col(f"{told}_new").fill_null(0)).any()
    found = joined.group_by("customer").agg(
        differs=differs, old=pl.col("amount_base").sum(), new=pl.col("amount_base_new").sum()
    )
    size = (pl.col("new") - pl.col("old")).abs()
    return found.filter("differs").sort(size, "customer", descending=[True, False]).drop("differs")


def _by_customer(ledger: Ledger) -> pl.DataFrame:
    """(customer, currency, amount, amount_base): today's MRR, the sum of all that ever moved."""
    return ledger.movements.group_by("customer", "currency").agg(pl.col("amount", "amount_base").sum())


def keep(account: str, rules: Rules, timezone: str | None = None) -> Counting:
    """Count by ``rules`` from now on, and return how it was counted before, to put back.

    Raises CurrencyWithoutRates, BadSettings (no such time zone), UnknownAccount.
    """
    old = current(account)
    timezone = zone(timezone or old.timezone).key
    if rules.currency not in {None, old.rules.currency} and rules.currency not in (known := currencies(account)):
        raise CurrencyWithoutRates(currency=rules.currency.upper(), known=", ".join(known).upper())
    with transaction() as db:
        kept_rules.keep(db, account, to_json(rules), timezone)
    return old


def reset(account: str) -> Counting:
    """Count by the default rules again, in the same time zone; returns how it was counted before."""
    return keep(account, Rules())
