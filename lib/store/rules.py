"""How an account's figures are counted: its rules and its time zone. Each works on an open session."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import delete
from sqlmodel import Session, col

from lib.errors import UnknownAccount
from lib.store import upserts
from lib.store.tables import Account, ExchangeRate


class Kept(NamedTuple):
    """What is kept with an account: rules as lib.ledger.rules writes them, a zoneinfo name, its own currency.

    ``before`` is how it was counted before, ``{"rules", "timezone"}``; None when there is nothing to put back.
    """

    rules: Mapping[str, Any] | None
    timezone: str
    currency: str | None
    before: Mapping[str, Any] | None = None


def of(db: Session, account: str) -> Kept:
    """The rules of ``account``; raises UnknownAccount."""
    about = db.get(Account, account)
    if about is None:
        raise UnknownAccount(account=account)
    return Kept(about.rules, about.timezone, about.default_currency, about.rules_before)


def keep(db: Session, account: str, rules: Mapping[str, Any], timezone: str, *, before: bool = True) -> None:
    """Count by these rules from now on; the data version grows, so every figure is made anew.

    ``before``: remember the rules that were in force, to put them back; else nothing can be put back.
    """
    about = db.get(Account, account)
    if about is None:
        raise UnknownAccount(account=account)
    about.rules_before = {"rules": about.rules or {}, "timezone": about.timezone} if before else None
    about.rules, about.timezone = dict(rules) or None, timezone
    db.flush()
    upserts.bump(account, db, rows=())


def forget(db: Session, account: str, timezone: str) -> None:
    """Count as by default, for somebody who did not choose otherwise: no rules, none to put back, no own rates.

    ``timezone`` is the account's own; the data version grows.
    """
    about = db.get_one(Account, account)
    about.rules = about.rules_before = about.rates_url = None
    about.timezone = timezone
    db.connection().execute(delete(ExchangeRate).where(col(ExchangeRate.account) == account))
    db.flush()
    upserts.bump(account, db)
