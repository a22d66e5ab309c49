"""Names for people: of customers, and of the groups that a split has."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final

import polars as pl
from babel import Locale

from lib.ledger.build import Ledger
from lib.metrics.breakdowns import NONE, UNKNOWN
from lib.metrics.query import By

_NOBODY: Final = {By.COUPON: "No coupon", By.COHORT: "Never paid", By.METADATA: "Not set"}
NAMED: Final = frozenset({By.PRICE, By.CUSTOMER})
"""Splits whose groups are Stripe's ids, which tell people nothing."""


def customer_names(ledger: Ledger) -> dict[str, str]:
    """What people call each customer: the name, else the email, else the id."""
    return dict(ledger.customers.select("customer", pl.coalesce("name", "email", "customer")).iter_rows())


def labels(ledger: Ledger, by: By | None, groups: Iterable[str]) -> dict[str, str]:
    """What people call the groups of a split; a group without an entry is called what it is."""
    if by is By.PRICE:
        return dict(ledger.plans.select("plan", "label").iter_rows())
    if by is By.CUSTOMER:
        return customer_names(ledger)
    missing = {UNKNOWN: "Unknown"} if by not in _NOBODY else {NONE: _NOBODY[by]}
    name = _SAID.get(by) if by else None
    return ({each: name(each) for each in groups} if name else {}) | missing


def called(by: By, group: str) -> str:
    """What people call one group of a split that needs no ledger to know: of countries, currencies, cohorts."""
    return _SAID.get(by, str)(group)


def _month(cohort: str) -> str:
    return cohort if cohort == NONE else date.fromisoformat(f"{cohort}-01").strftime("%B %Y")


def _country(code: str) -> str:
    return str(Locale("en").territories.get(code.upper(), code))


_SAID: Final = {By.CURRENCY: str.upper, By.COUNTRY: _country, By.COHORT: _month}
