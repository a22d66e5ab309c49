"""An account's ledger, built from the store and kept as long as its data, its rules and the day are the same.

The frames behind it are kept beside it, so that a second ledger by other rules reads nothing from the database. When
data change, both are renewed: what did not change is neither read nor reckoned again (docs/decisions/0012).

All figures come through here, so here it is asked what the plan of the workspace shows (docs/decisions/0017).
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

import polars as pl

from lib.billing import access
from lib.errors import NotSyncedYet, UnknownAccount
from lib.ledger.build import Ledger, Written, rewritten, written
from lib.ledger.combined import apart
from lib.ledger.combined import together as whole_of
from lib.ledger.rules import Rules, from_json
from lib.periods import local_date, zone
from lib.reports import one_state
from lib.reports.shelf import Shelf, lock
from lib.settings import settings
from lib.store import frames, rates, together
from lib.store.engine import reading
from lib.store.journal import Changed
from lib.store.tables import Account
from lib.store.together import Together

EXCHANGE_RATE: Final = pl.Schema(
    {"currency": pl.String, "base": pl.String, "date": pl.String, "rate": pl.String, "source": pl.String}
)
"""The owner's own rates: ``rate`` (decimal text) major units of ``base`` for one of ``currency`` on ``date`` (ISO)."""

Tables = dict[str, pl.DataFrame]
_LEDGERS: Final = 50_000
"""Customers and subscriptions of the ledgers that are kept: nine businesses of some two thousand customers each."""
_TABLES: Final = 500_000
"""Rows of the raw frames that are kept beside those that a ledger has: many times a ledger's size."""
_BEFORE: Final = 366 * 86_400
"""Seconds before the first object within which the rate that held then must have been told."""


@dataclass(frozen=True, slots=True)
class _Made:
    """A ledger with what it was made of, and the version of the data that it is of."""

    version: int
    written: Written


def _heads(made: Written) -> int:
    return made.ledger.customers.height + made.ledger.subscriptions.height + 1


def _rows(made: Tables) -> int:
    return sum(each.height for each in made.values())


_ledgers: Shelf[Written] = Shelf(_LEDGERS, _heads)
_tables: Shelf[Tables] = Shelf(_TABLES, _rows)


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
    return _made(account, rules, timezone).written.ledger


def _made(
    account: str, rules: Rules | None = None, timezone: str | None = None, shelf: Shelf[Written] = _ledgers
) -> _Made:
    return one_state.once((account, rules, timezone), lambda: _present(account, rules, timezone, shelf))


def _present(account: str, rules: Rules | None, timezone: str | None, shelf: Shelf[Written]) -> _Made:
    with lock(account):  # before the version is read: who waited finds what another made meanwhile
        about = _about(account)
        rules = from_json(about.rules) if rules is None else rules
        base, tz = rules.currency or about.default_currency or "usd", zone(timezone or about.timezone)
        now = int(time.time())

        def needed() -> tuple[Tables, int]:
            found = _read(about)
            return {**found, "exchange_rate": _needed(found, base)}, _as_of(found, now)

        def make() -> Written:
            found, as_of = needed()
            return written(found, base=base, as_of=as_of, tz=tz, rules=rules)

        def renew(before: Written, changed: Changed) -> Written:
            found, as_of = needed()
            return rewritten(before, found, changed, as_of)

        return _Made(about.data_version, shelf.get(about, (local_date(now, tz), base, tz.key, rules), make, renew))


def tables(account: str) -> Tables:
    """The frames that the account's own ledger was built from: one for each mirrored table (see lib.store.frames) and
    ``exchange_rate`` (see EXCHANGE_RATE), of which those that it converts with. Shared: nobody changes them. Raises
    UnknownAccount, NotSyncedYet, AccountLocked.

    Of a workspace: the rows of all its accounts.
    """
    access.require_account(account)
    if not together.is_one(account):
        return dict(_made(account).written.tables)
    parts = [each.written.tables for each in _whole(account).made.values()]
    return {name: pl.concat([part[name] for part in parts], how="vertical") for name in parts[0]}


def own_rates(account: str) -> pl.DataFrame:
    """All exchange rates of the owner's own, as EXCHANGE_RATE. Raises as tables."""
    access.require_account(account)
    members = _members(account).accounts if together.is_one(account) else (_about(account),)
    return rates_of(*(each.id for each in members))


def rates_of(*accounts: str) -> pl.DataFrame:
    """The same of these accounts, whatever the plan shows: they are their owner's own."""
    with reading() as db:
        own = [row for each in accounts for row in rates.rows(db, each)]
    return pl.DataFrame(own, schema=EXCHANGE_RATE, orient="row")


def _read(about: Account) -> Tables:
    def make() -> Tables:
        return frames.frames(about.id) | {"exchange_rate": rates_of(about.id)}

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
    """A number that grows with every change of the account's data; pages watch it. In one state that of the figures
    which this run shows. Raises UnknownAccount.
    """
    if isinstance(shown := one_state.met((account, None, None)), _Made | _Whole):
        return shown.version
    return (
        sum(each.data_version for each in _members(account).accounts)
        if together.is_one(account)
        else (_about(account).data_version)
    )


def _about(account: str) -> Account:
    with reading() as db:
        about = db.get(Account, account)
    if about is None:
        raise UnknownAccount(account=account)
    return about


# --- All accounts of a workspace --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Home:
    """One of all accounts of a workspace; ``name`` tells it from every other of them."""

    account: str
    name: str
    livemode: bool


@dataclass(frozen=True, slots=True)
class _Whole:
    """All accounts of a workspace: ``found`` are their ledgers, ``made`` those that can be told apart, ``ledger`` is
    made of these. Good as long as ``found`` are the same ones. ``shelf`` keeps them, however many they are. ``homes``
    are the accounts of ``made``, in its order; ``whose`` says which of them each customer is of.
    """

    version: int
    found: dict[str, Written]
    made: dict[str, _Made]
    ledger: Ledger
    shelf: Shelf[Written]
    homes: tuple[Home, ...] = ()
    whose: pl.DataFrame = field(default_factory=pl.DataFrame)

    def is_of(self, found: dict[str, _Made]) -> bool:
        """Whether it was made of the very ledgers that are there now."""
        return self.found.keys() == found.keys() and all(self.found[each] is found[each].written for each in found)


_wholes: OrderedDict[tuple[str, str], _Whole] = OrderedDict()
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
    return one_state.once((workspace, None, None), lambda: _put_together(workspace))


def _put_together(workspace: str) -> _Whole:
    key = (settings().database, workspace)
    with lock(workspace):
        members = _members(workspace)
        first = members.accounts[0]
        base = members.currency or from_json(first.rules).currency or first.default_currency or "usd"
        rules = {each.id: replace(from_json(each.rules), currency=base) for each in members.accounts}
        kept = _wholes.get(key)
        shelf = kept.shelf if kept else Shelf(0, lambda _: 1)
        shelf.most = 2 * len(rules)  # where a day ends, or rules change, the old ones stay for a while beside the new
        found = {account: _made(account, own, shelf=shelf) for account, own in rules.items()}
        if kept is None or not kept.is_of(found):
            parts = apart({account: each.written.ledger for account, each in found.items()})
            made = {account: found[account] for account in parts}
            version = sum(each.version for each in found.values())
            kept = _Whole(version, {one: each.written for one, each in found.items()}, made, whole_of(parts), shelf)
        own = _homes([each for each in members.accounts if each.id in kept.made])
        if own != kept.homes:
            kept = replace(kept, homes=own, whose=_whose(own, kept.made))
        _wholes[key] = kept
        _wholes.move_to_end(key)
        while len(_wholes) > _KEPT_WHOLE:
            _wholes.popitem(last=False)
        return kept


def _homes(accounts: Sequence[Account]) -> tuple[Home, ...]:
    """Each by its name, and by its id too where two have the same name."""
    names = [each.name or each.id for each in accounts]
    return tuple(
        Home(each.id, name if names.count(name) == 1 else f"{name} ({each.id})", each.livemode)
        for name, each in zip(names, accounts, strict=True)
    )


def _whose(found: Sequence[Home], made: Mapping[str, _Made]) -> pl.DataFrame:
    """(customer, account): the name of the Home of every customer that the ledgers or Stripe know."""

    def people(each: Home) -> pl.DataFrame:
        known = made[each.account].written
        customers = known.ledger.customers["customer"], known.tables["customer"]["id"].alias("customer")
        return pl.concat(customers).to_frame().with_columns(account=pl.lit(each.name))

    return pl.concat(map(people, found)).unique("customer", keep="first")


def homes(workspace: str) -> tuple[Home, ...]:
    """The accounts that the whole of a workspace is about. Raises as ledger."""
    access.require_account(workspace)
    return _whole(workspace).homes


def whose(workspace: str) -> pl.DataFrame:
    """(customer, account): every customer of the whole, and the name of the Home that they are of. Raises as ledger."""
    access.require_account(workspace)
    return _whole(workspace).whose


def made_of(workspace: str) -> dict[str, Written]:
    """The ledger of each Home with the tables that it was made of, by the Home's name. Raises as ledger."""
    access.require_account(workspace)
    whole = _whole(workspace)
    return {each.name: whole.made[each.account].written for each in whole.homes}


def home(workspace: str, customer: str) -> str | None:
    """The account of a workspace that a customer belongs to; None when it is none of theirs."""
    found = _whole(workspace).made.items()
    return next((one for one, each in found if customer in set(each.written.ledger.customers["customer"])), None)


def left_out(workspace: str) -> tuple[str, ...]:
    """The accounts, by name, that the whole is not about: their ids can't be told from another's."""
    kept = _whole(workspace).made
    return tuple(each.name or each.id for each in _members(workspace).accounts if each.id not in kept)
