"""Names for people: of customers, and of the groups that a split has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final

import polars as pl
from babel import Locale
from babel.dates import format_date, format_skeleton

from lib.ledger.build import Ledger
from lib.metrics.breakdowns import NONE, UNKNOWN
from lib.metrics.query import By

_NOBODY: Final = {By.COUPON: "No coupon", By.COHORT: "Never paid", By.METADATA: "Not set"}
NAMED: Final = frozenset({By.PRICE, By.CUSTOMER})
"""Splits whose groups are Stripe's ids, which tell people nothing."""


def customer_names(ledger: Ledger) -> dict[str, str]:
    """What people call each customer: the name, else the email, else the id."""
    return dict(ledger.customers.select("customer", pl.coalesce("name", "email", "customer")).iter_rows())


def day(when: date, locale: str) -> str:
    """A day as sentences write it: ``Mar 3, 2026``."""
    return str(format_date(when, "medium", locale=locale))


def month(when: date, locale: str) -> str:
    """A month as sentences write it: ``March 2026``."""
    return str(format_skeleton("yMMMM", when, locale=locale))


def labels(ledger: Ledger, by: By | None, groups: Iterable[str]) -> dict[str, str]:
    """What people call the groups of a split, in English; a group without an entry is called what it is."""
    if by is By.PRICE:
        return dict(ledger.plans.select("plan", "label").iter_rows())
    if by is By.CUSTOMER:
        return customer_names(ledger)
    missing = {UNKNOWN: "Unknown"} if by not in _NOBODY else {NONE: _NOBODY[by]}
    return ({each: called(by, each) for each in groups} if by is By.COHORT or by in _SAID else {}) | missing


def in_locale(by: By | None, known: Mapping[str, str], locale: str) -> dict[str, str]:
    """``known`` labels of a split with the months of cohorts as ``locale`` writes them."""
    if by is not By.COHORT:
        return dict(known)
    return {each: label if each == NONE else called(by, each, locale) for each, label in known.items()}


def called(by: By, group: str, locale: str = "en_US") -> str:
    """What people call one group of a split that needs no ledger to know: of countries, currencies, cohorts."""
    if by is By.COHORT:
        return group if group == NONE else month(date.fromisoformat(f"{group}-01"), locale)
    return _SAID.get(by, str)(group)


def _country(code: str) -> str:
    return str(Locale("en").territories.get(code.upper(), code))


_SAID: Final = {By.CURRENCY: str.upper, By.COUNTRY: _country}
