"""An account's ledger, built from the store and kept as long as its data has not changed."""

from __future__ import annotations

import time
from collections import OrderedDict
from threading import Lock

import polars as pl

from lib.errors import NotSyncedYet, UnknownAccount
from lib.ledger.build import Ledger, build
from lib.periods import local_date, zone
from lib.settings import settings
from lib.store import frames
from lib.store.engine import reading
from lib.store.tables import Account

_KEPT = 8
_ledgers: OrderedDict[tuple[str, str, int, str], Ledger] = OrderedDict()
_lock = Lock()


def ledger(account: str) -> Ledger:
    """The ledger of a connected account as of now; raises UnknownAccount, NotSyncedYet, LedgerBroken.

    Kept for the account's ``data_version`` and the present day; a few accounts at most.
    """
    about = _about(account)
    tz = zone(about.timezone)
    base = about.default_currency or "usd"
    now = int(time.time())
    if about.data_version == 0:
        raise NotSyncedYet
    key = (settings().database, account, about.data_version, f"{local_date(now, tz)} {base} {tz.key}")
    with _lock:
        if key not in _ledgers:
            tables = frames.frames(account)
            _ledgers[key] = build(tables, base=base, as_of=_as_of(tables, now), tz=tz)
            while len(_ledgers) > _KEPT:
                _ledgers.popitem(last=False)
        _ledgers.move_to_end(key)
        return _ledgers[key]


def _as_of(tables: dict[str, pl.DataFrame], now: int) -> int:
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
