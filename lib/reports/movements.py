"""The MRR ledger to read: its rows with the names of customers and plans, narrowed by what people look for."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from typing import Final

import polars as pl

from lib.ledger.build import Ledger
from lib.metrics.query import Query
from lib.metrics.segments import Segment
from lib.periods import Interval, period_end, period_start
from lib.reports import homes, segments, sheets

KINDS: Final = {
    "new": "New",
    "expansion": "Expansion",
    "reactivation": "Reactivation",
    "contraction": "Contraction",
    "churn": "Churn",
    "fx": "Exchange rates",
}
"""Movement types in the ledger's order, as people say them."""
BY_PEOPLE: Final = tuple(name for kind, name in KINDS.items() if kind != "fx")
"""What somebody did, and not the exchange rates."""
_MARKS: Final = {"new": "+", "expansion": "↑", "reactivation": "↩", "contraction": "↓", "churn": "−", "fx": "≈"}
"""What stands beside a type, so that a row is told apart without colour."""


@dataclass(frozen=True, slots=True)
class Narrow:
    """What is looked for: movement ``kinds`` (none: all), a plan's name, a part of a customer's name, email or id."""

    kinds: frozenset[str] = frozenset()
    plan: str | None = None
    search: str = ""


@dataclass(frozen=True)
class Movements:
    """Rows of the MRR ledger, newest first: MOVEMENTS of lib.ledger.movements with ``name``, ``email`` and ``label``
    (the plan's name), of all accounts together with homes.COLUMN, too. Amounts in micros; days in the account's time
    zone.
    """

    base: str
    rows: pl.DataFrame
    start: int
    """MRR before the span, of everybody the rows could be about; micros of the base."""
    end: int
    sums: dict[str, int] = field(default_factory=dict)
    """What each type came to in the span, whatever is looked for."""

    @property
    def net(self) -> int:
        """What the rows come to, micros of the base."""
        return int(self.rows["amount_base"].sum())

    @property
    def customers(self) -> int:
        """How many customers the rows are about."""
        return self.rows["customer"].n_unique()


def of(account: str, start: date, end: date, segment: Segment | None = None, narrow: Narrow | None = None) -> Movements:
    """The movements between two days, both included. Raises as books.ledger, and BadRange."""
    Query(start, end)
    ledger = segments.ledger(account, segment, since=start)
    inside = ledger.movements.filter(pl.col("date").is_between(start, end))
    before = int(ledger.movements.filter(pl.col("date") < start)["amount_base"].sum())
    sums = dict(inside.group_by("type").agg(pl.col("amount_base").sum()).iter_rows())
    return Movements(
        base=ledger.base,
        rows=homes.beside(_found(_named(ledger, inside), narrow or Narrow()), account),
        start=before,
        end=before + sum(sums.values()),
        sums=sums,
    )


def _named(ledger: Ledger, rows: pl.DataFrame) -> pl.DataFrame:
    people = ledger.customers.select("customer", "name", "email")
    return (
        rows.join(people, on="customer", how="left", maintain_order="left")
        .join(ledger.plans.select("plan", label="name"), on="plan", how="left", maintain_order="left")
        .with_columns(name=pl.coalesce("name", "email", "customer"), label=pl.coalesce("label", "plan"))
        .sort("date", "name", "subscription", "type", descending=[True, False, False, False])
    )


def _found(rows: pl.DataFrame, narrow: Narrow) -> pl.DataFrame:
    if narrow.kinds:
        rows = rows.filter(pl.col("type").is_in(list(narrow.kinds)))
    if narrow.plan:
        rows = rows.filter(pl.col("label") == narrow.plan)
    if wanted := " ".join(narrow.search.lower().split()):
        said = pl.concat_str("name", "email", "customer", separator=" ", ignore_nulls=True).str.to_lowercase()
        rows = rows.filter(said.str.contains(wanted, literal=True))
    return rows


def within(rows: pl.DataFrame, day: date, interval: Interval) -> pl.DataFrame:
    """The rows of the period that ``day`` lies in."""
    return rows.filter(pl.col("date").is_between(period_start(day, interval), period_end(day, interval)))


def plans(account: str, segment: Segment | None = None) -> list[str]:
    """The names of plans that any movement was about, in alphabetical order."""
    ledger = segments.ledger(account, segment)
    used = ledger.plans.filter(pl.col("plan").is_in(ledger.movements["plan"].unique().to_list()))
    return sorted(used["name"].drop_nulls().unique().to_list())


def people_first(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows with those of exchange rates, which are many and of nobody's doing, at the end."""
    return rows.sort(pl.col("type") == "fx", maintain_order=True)


def table(rows: pl.DataFrame, base: str, locale: str = "en_US") -> pl.DataFrame:
    """Rows to show: the amount as it is paid, in words, and in major units of the base to sort by."""
    said = {kind: f"{_MARKS[kind]} {name}" for kind, name in KINDS.items()}
    return rows.select(
        "name",
        *homes.columns(rows),
        "date",
        pl.col("type").replace(said),
        "label",
        sheets.said("amount", locale),
        sheets.money("amount_base", base),
    )


def by_kind(rows: pl.DataFrame) -> list[tuple[str, int, int]]:
    """(type, micros of the base, customers) of the rows, in the ledger's order; types without rows are left out."""
    found = {
        kind: (amount, people)
        for kind, amount, people in rows.group_by("type")
        .agg(pl.col("amount_base").sum(), pl.col("customer").n_unique().alias("people"))
        .iter_rows()
    }
    return [(kind, *found[kind]) for kind in KINDS if kind in found]


def as_csv(rows: pl.DataFrame, base: str) -> str:
    """Rows as ``python -m lib movements`` prints them, oldest first, and beside the ids, at the end, ``name`` and
    ``email`` of the customer, ``label``, the plan's name, and of all accounts together ``account``: see
    lib.reports.glossary.
    """
    return sheets.csv(
        rows.reverse().select(
            "date", "type", "customer", "subscription", "plan", "currency",
            sheets.exact_each("amount"), sheets.exact("amount_base", base), "name", "email", "label",
            *homes.columns(rows),
        )
    )  # fmt: skip


def known(names: Collection[str]) -> frozenset[str]:
    """Movement types by the names people know them by; unknown names are left out."""
    by_name = {name: kind for kind, name in KINDS.items()}
    return frozenset(by_name[name] for name in names if name in by_name)
