"""An account's ledger, built from the store and kept as long as its data, its rules and the day are the same.

The frames behind it are kept beside it, so that a second ledger by other rules reads nothing from the database. When
data change, both are renewed: what did not change is neither read nor reckoned again (docs/decisions/0012).

All figures come through here, so here it is asked what the plan of the workspace shows (docs/decisions/0017).
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import date
from threading import RLock
from typing import Final, Generic, TypeVar

import polars as pl

from lib.billing import access
from lib.errors import NotSyncedYet, UnknownAccount
from lib.ledger.build import Ledger, Written, rewritten, written
from lib.ledger.combined import apart
from lib.ledger.combined import together as whole_of
from lib.ledger.rules import Rules, from_json
from lib.periods import local_date, zone
from lib.settings import settings
from lib.store import frames, journal, rates, together
from lib.store.engine import reading
from lib.store.journal import Changed
from lib.store.tables import Account
from lib.store.together import Together

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
T = TypeVar("T")


class _Shelf(Generic[T]):
    """What was made for an account's state, one for each purpose, the newest alone; what was used longest ago goes."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[Hashable, tuple[int, T]] = OrderedDict()

    def get(self, about: Account, purpose: Hashable, make: Callable[[], T], renew: Callable[[T, Changed], T]) -> T:
        """What is kept for the account's present version, or in one_state() for one since. Made now if need be: by
        ``renew`` from an older one and what changed since, where both are known, else by ``make``. Raises
        NotSyncedYet.
        """
        if about.data_version == 0:
            raise NotSyncedYet
        key = (settings().database, about.id, purpose)
        version, found = self._kept.pop(key, (0, None))
        if found is None or not _as_seen(about) <= version <= about.data_version:
            changed = _changed(about, version) if found is not None else None
            found = make() if found is None or changed is None else renew(found, changed)
            version = about.data_version
        self._kept[key] = (version, found)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return found


def _changed(about: Account, since: int) -> Changed | None:
    with reading() as db:
        return journal.between(db, about.id, since, about.data_version) if since < about.data_version else None


_ledgers: _Shelf[Written] = _Shelf(_KEPT_LEDGERS)
_tables: _Shelf[Tables] = _Shelf(_KEPT_TABLES)
_lock = RLock()
"""One thread at a time looks and makes; others wait and find it made."""


def ledger(account: str, rules: Rules | None = None, timezone: str | None = None) -> Ledger:
    """The ledger of a connected account as of now, by its own rules and in its own time zone unless others are given.

    Kept for the account's ``data_version``, the rules and the present day; a few ledgers at most. Raises
    UnknownAccount, NotSyncedYet, LedgerBroken, BadRules, BadSettings (no such time zone), and AccountLocked where the
    plan does not show the account.

    A workspace's id stands for all its accounts: their ledgers in one currency, put together (docs/decisions/0016).
    """
    access.require_account(account)
    return _ledger(account, rules, timezone)


def whole(account: str) -> Ledger:
    """The ledger whatever the plan shows: for drawings without a figure (lib.reports.shapes), and nothing else."""
    return _ledger(account)


def ledger_from(account: str, start: date) -> Ledger:
    """The ledger for a report whose figures begin on ``start``. Raises HistoryLocked where the plan hides that day."""
    found = ledger(account)
    access.require_days(account, start, found.today)
    return found


def first_day(account: str, today: date) -> date | None:
    """The first day whose figures the plan shows; None: from the beginning. What has no span is cut to it."""
    return access.of_account(account).first_day(today)


def shown(account: str, ledger: Ledger, frame: pl.DataFrame, column: str = "date") -> pl.DataFrame:
    """The rows of the days that the plan shows."""
    first = first_day(account, ledger.today)
    return frame if first is None else frame.filter(pl.col(column) >= first)


def _ledger(account: str, rules: Rules | None = None, timezone: str | None = None) -> Ledger:
    if together.is_one(account):
        return _whole(account).ledger
    with _lock:  # before the version is read: who waited finds what another made meanwhile, and it is not too new
        about = _about(account)
        rules = from_json(about.rules) if rules is None else rules
        base, tz = rules.currency or about.default_currency or "usd", zone(timezone or about.timezone)
        now = int(time.time())

        def needed() -> tuple[Tables, int]:
            found = _read(about)
            return found | {"exchange_rate": _needed(found, base)}, _as_of(found, now)

        def make() -> Written:
            found, as_of = needed()
            return written(found, base=base, as_of=as_of, tz=tz, rules=rules)

        def renew(before: Written, changed: Changed) -> Written:
            found, as_of = needed()
            return rewritten(before, found, changed, as_of)

        return _ledgers.get(about, (local_date(now, tz), base, tz.key, rules), make, renew).ledger


def tables(account: str) -> Tables:
    """The frames that the account's ledgers are built from: one for each mirrored table (see lib.store.frames) and
    ``exchange_rate`` (see EXCHANGE_RATE). Shared: nobody changes them. Raises UnknownAccount, NotSyncedYet,
    AccountLocked.

    Of a workspace: the rows of all its accounts.
    """
    access.require_account(account)
    if together.is_one(account):
        parts = [_present(each) for each in _whole(account).parts]
        return {name: pl.concat([part[name] for part in parts], how="vertical") for name in parts[0]}
    return _present(account)


def _present(account: str) -> Tables:
    with _lock:
        return _read(_about(account))


def _read(about: Account) -> Tables:
    def make() -> Tables:
        with reading() as db:
            own = rates.rows(db, about.id)
        return frames.frames(about.id) | {"exchange_rate": pl.DataFrame(own, schema=EXCHANGE_RATE, orient="row")}

    def renew(before: Tables, changed: Changed) -> Tables:
        return frames.renewed(about.id, before, changed)

    return _tables.get(about, None, make, renew)


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


def _as_of(tables: Tables, now: int) -> int:
    """Now, or the newest thing that Stripe told of if its clock is ahead of ours (a test clock, the stand-in)."""
    newest = [tables[t]["created"].max() for t in ("invoice", "charge", "balance_transaction", "subscription")]
    ended = tables["subscription"]["ended_at"].max()
    return max([now, *(t for t in (*newest, ended) if isinstance(t, int))])


def version(account: str) -> int:
    """A number that grows with every change of the account's data; pages watch it. Raises UnknownAccount."""
    if together.is_one(account):
        return sum(map(_as_seen, _members(account).accounts))
    return _as_seen(_about(account))


def _about(account: str) -> Account:
    with reading() as db:
        about = db.get(Account, account)
    if about is None:
        raise UnknownAccount(account=account)
    return about


# --- One state at a time ----------------------------------------------------------------------------------------------

_seen: ContextVar[dict[str, int] | None] = ContextVar("seen", default=None)
"""The versions that this run of a page has met so far, by account; None outside of one_state()."""


@contextmanager
def one_state() -> Iterator[None]:
    """Within it, all figures of an account are of the state in which it was met first: they agree with each other, and
    a page is drawn to its end however fast data change meanwhile (docs/decisions/0020).
    """
    before = _seen.set({})
    try:
        yield
    finally:
        _seen.reset(before)


def _as_seen(about: Account) -> int:
    """The version of an account that is good enough: the present one, in one_state() the one that was met first."""
    seen = _seen.get()
    return about.data_version if seen is None else seen.setdefault(about.id, about.data_version)


# --- All accounts of a workspace --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Whole:
    """All accounts of a workspace: ``found`` are their ledgers, ``parts`` those that can be told apart, ``ledger`` is
    made of these. Good as long as ``found`` are the same ones.
    """

    found: dict[str, Ledger]
    parts: dict[str, Ledger]
    ledger: Ledger

    def is_of(self, found: dict[str, Ledger]) -> bool:
        """Whether it was made of the very ledgers that are there now."""
        return self.found.keys() == found.keys() and all(self.found[each] is found[each] for each in found)


_wholes: OrderedDict[str, _Whole] = OrderedDict()
"""By workspace; what was used longest ago goes."""
_KEPT_WHOLE: Final = 4


def _members(workspace: str) -> Together:
    with reading() as db:
        found = together.of(db, workspace)
    if not found.accounts:
        raise NotSyncedYet
    return found


def _whole(workspace: str) -> _Whole:
    """A workspace's accounts in one currency: the workspace's, or the first account's."""
    with _lock:
        members = _members(workspace)
        first = members.accounts[0]
        base = members.currency or from_json(first.rules).currency or first.default_currency or "usd"
        rules = {each.id: replace(from_json(each.rules), currency=base) for each in members.accounts}
        found = {account: _ledger(account, own) for account, own in rules.items()}
        kept = _wholes.pop(workspace, None)
        if kept is None or not kept.is_of(found):
            parts = apart(found)
            kept = _Whole(found, parts, whole_of(parts))
        _wholes[workspace] = kept
        while len(_wholes) > _KEPT_WHOLE:
            _wholes.popitem(last=False)
        return kept


def home(workspace: str, customer: str) -> str | None:
    """The account of a workspace that a customer belongs to; None when it is none of theirs."""
    found = _whole(workspace).parts.items()
    return next((account for account, part in found if customer in set(part.customers["customer"])), None)


def left_out(workspace: str) -> tuple[str, ...]:
    """The accounts, by name, that the whole is not about: their ids can't be told from another's."""
    kept = _whole(workspace).parts
    return tuple(each.name or each.id for each in _members(workspace).accounts if each.id not in kept)
