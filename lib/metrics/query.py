"""What is asked of a metric: a span of days, how it is cut, and what it is split by."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Self

import polars as pl

from lib.errors import BadRange, UnknownBreakdown
from lib.periods import ROLLING_DAYS, Interval, Period, comparable, periods, previous


class By(StrEnum):
    """What a series can be split by. ``meaning`` says to people what the groups are."""

    meaning: str

    PLAN = "plan", "Product and interval, as people say it: “Pro, monthly”."
    PRICE = "price", "Stripe's price id, with its label."
    PRODUCT = "product", "The product's name."
    INTERVAL = "interval", "How often it bills: “monthly”."
    CURRENCY = "currency", "What the customer pays in; of cash, what reached the balance. Lower-case ISO code."
    COUNTRY = "country", "The customer's country, an ISO code; “unknown” where Stripe does not say."
    COUPON = "coupon", "The coupon that the subscription got first, by name; “none” where it never had one."
    COHORT = "cohort", "The month in which the customer first had MRR: “2025-03”; “none” for one who never had any."
    CUSTOMER = "customer", "Stripe's customer id, with the customer's name."
    METADATA = "metadata", "What the customer's metadata say under a key: “metadata:region”; “none” where nothing."

    def __new__(cls, value: str, meaning: str = "") -> Self:
        """A member is its value; what it means goes with it."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        return member


_KEYED = f"{By.METADATA}:"


def parse_by(text: str | None, slug: str, known: Iterable[By] = By) -> tuple[By | None, str]:
    """What ``plan`` or ``metadata:region`` splits by, and the metadata key ("" but for METADATA); nothing: no split.

    The one parser for command line and API. Raises UnknownBreakdown, which names ``slug`` and what it can be split by.
    """
    if not text:
        return None, ""
    name, _, key = text.strip().partition(":")
    if name in set(known) and bool(key) == (name == By.METADATA):
        return By(name), key
    raise UnknownBreakdown(slug=slug, by=text, known=written(known))


def written(known: Iterable[By]) -> str:
    """What can be split by, as it is typed: ``plan, price, metadata:KEY``."""
    return ", ".join(f"{_KEYED}KEY" if by is By.METADATA else by.value for by in known)


@dataclass(frozen=True, slots=True)
class Query:
    """Days ``start`` to ``end``, both included, in the account's time zone. Raises BadRange if they are swapped.

    ``key`` is the metadata key to split by; ``single`` takes the whole span as one period, whatever the interval.
    """

    start: date
    end: date
    interval: Interval = Interval.DAY
    by: By | None = None
    key: str = ""
    single: bool = False

    def __post_init__(self) -> None:
        """Refuse a range that runs backwards."""
        if self.start > self.end:
            raise BadRange(start=self.start, end=self.end)

    @property
    def split(self) -> str | None:
        """What it is split by, as it is typed: ``plan``, ``metadata:region``; None for the whole."""
        return None if self.by is None else f"{_KEYED}{self.key}" if self.by is By.METADATA else self.by.value

    def before(self) -> Query:
        """The same question about the span of equal length just before."""
        start, end = previous(self.start, self.end)
        return replace(self, start=start, end=end)

    def compared(self) -> Query:
        """The same question about the span before that this one is compared with: see periods.comparable."""
        start, end = comparable(self.start, self.end)
        return replace(self, start=start, end=end)

    def whole(self) -> Query:
        """The same question without a split."""
        return replace(self, by=None, key="")

    def as_one(self) -> Query:
        """The same question about the whole span as one period."""
        return replace(self, single=True)

    def frame(self, today: date) -> pl.DataFrame:
        """One row a period: ``date`` and ``end`` (its first and last day), ``at`` (its last day that has begun),
        ``base`` (ROLLING_DAYS before ``at``), ``unfinished`` (not over yet), ``future`` (not begun).
        """
        cut = [Period(self.start, self.end)] if self.single else list(periods(self.start, self.end, self.interval))
        ats = [min(p.end, today) for p in cut]
        return pl.DataFrame(
            {
                "date": [p.start for p in cut],
                "end": [p.end for p in cut],
                "at": ats,
                "base": [at - timedelta(days=ROLLING_DAYS) for at in ats],
                "unfinished": [p.start <= today <= p.end for p in cut],
                "future": [p.start > today for p in cut],
            },
            schema_overrides={"date": pl.Date, "end": pl.Date, "at": pl.Date, "base": pl.Date},
        )
