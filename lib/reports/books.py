"""An account's ledger, built from the store and kept as long as its data, its rules and the day are the same.

The frames behind it are kept beside it, so that a second ledger by other rules reads nothing from the database.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import RLock
from typing import Final, TypeVar

import polars as pl

from lib.errors import NotSyncedYet, UnknownAccount
from lib.ledger.build import Ledger, build
from lib.ledger.rules import Rules, from_json
from lib.periods import local_date, zone
from lib.settings import settings
from lib.store import frames, rates
from lib.store.engine import reading
from lib.store.tables import Account

EXCHANGE_RATE: Final = pl.Schema(
    {"currency": pl.String, "base": pl.String, "date": pl.String, "rate": pl.String, "source": pl.String}
)
"""The owner's own rates: ``rate`` (decimal text) major units of ``base`` for one of ``currency`` on ``date`` (ISO)."""

Tables = dict[str, pl.DataFrame]
_KEPT_LEDGERS: Final = 8
_KEPT_TABLES: Final = 2
"""Raw frames are many times a ledger's size."""
_BEFORE: Final = 366 * 86_400
"""Seconds before the first object within which the rate that held then must have been told."""
_ledgers: OrderedDict[Hashable, Ledger] = OrderedDict()
_tables: OrderedDict[Hashable, Tables] = OrderedDict()
_lock = RLock()
T = TypeVar("T")


def ledger(account: str, rules: Rules | None = None, timezone: str | None = None) -> Ledger:
    """The ledger of a connected account as of now, by its own rules and in its own time zone unless others are given.

    Kept for the account's ``data_version``, the rules and the present day; a few ledgers at most. Raises
    UnknownAccount, NotSyncedYet, LedgerBroken, BadRules, BadSettings (no such time zone).
    """
    about = _about(account)
    rules = from_json(about.rules) if rules is None else rules
    base, tz = rules.currency or about.default_currency or "usd", zone(timezone or about.timezone)
    now = int(time.time())

    def make() -> Ledger:
        found = _read(about)
        found = found | {"exchange_rate": _needed(found, base)}
        return build(found, base=base, as_of=_as_of(found, now), tz=tz, rules=rules)

    key = (*_key(about), local_date(now, tz), base, tz.key, rules)
    return _kept(_ledgers, key, make, _KEPT_LEDGERS)


def tables(account: str) -> Tables:
    """The frames that the account's ledgers are built from: one for each mirrored table (see lib.store.frames) and
    ``exchange_rate`` (see EXCHANGE_RATE). Shared: nobody changes them. Raises UnknownAccount, NotSyncedYet.
    """
    return _read(_about(account))


def _read(about: Account) -> Tables:
    def make() -> Tables:
        with reading() as db:
            own = rates.rows(db, about.id)
        return frames.frames(about.id) | {"exchange_rate": pl.DataFrame(own, schema=EXCHANGE_RATE, orient="row")}

    return _kept(_tables, _key(about), make, _KEPT_TABLES)


def _needed(found: Tables, base: str) -> pl.DataFrame:
    """The owner's rates that this account converts with: of its own currencies, ``base`` and what lies between the
    two, from a year before its first day on. A bank's table has thirty currencies since 1999; read whole, they take
    seconds at every build.
    """
    table = found["exchange_rate"]
    used = {base}.union(*(found[name]["currency"].drop_nulls() for name in ("price", "charge", "balance_transaction")))
    between = min(set(table["currency"]), set(table["base"]), key=len)
    kept = list(used | between)
    firsts = [found[name]["created"].min() for name in ("customer", "subscription", "charge", "balance_transaction")]
    first = min((each for each in firsts if isinstance(each, int)), default=0) - _BEFORE
    since = local_date(first, zone("UTC")).isoformat()
    return table.filter(pl.col("currency").is_in(kept), pl.col("base").is_in(kept), pl.col("date") >= since)


def _key(about: Account) -> tuple[str, str, int]:
    if about.data_version == 0:
        raise NotSyncedYet
    return settings().database, about.id, about.data_version


def _kept(where: OrderedDict[Hashable, T], key: Hashable, make: Callable[[], T], most: int) -> T:
    """What is kept under ``key``, made now if need be; what was used longest ago goes. One thread at a time makes."""
    with _lock:
        if key not in where:
            where[key] = make()
            while len(where) > most:
                where.popitem(last=False)
        where.move_to_end(key)
        return where[key]


def _as_of(tables: Tables, now: int) -> int:
    """Now, or the newest thing that Stripe told of if its clock is ahead of ours (a test clock, the stand-in)."""
    newest = [tables[t]["created"].max() for t in ("invoice", "charge", "balance_transaction", "subscription")]
    ended = tables["subscription"]["ended_at"].max()
    return max([now, *(t for t in (*newest, ended) if isinstance(t, int))])


def version(account: str) -> int:
    """A number that grows with every change of the account's data; pages watch it. Raises UnknownAccount."""
    return _about(account).data_version


def _about(account: str) -> Account:
    with reading() as db:
        about = db.get(Account, account)
    if about is None:
        raise UnknownAccount(account=account)
    return about
