"""The copy here beside Stripe's own lists, read anew: how many each side has, and every object that differs.

Stripe's API counts nothing: a list has to be read page by page, a hundred objects a request. So this is only done when
asked for. Four lists are read side by side, without expansions.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import polars as pl

from lib.accounts import connections
from lib.gateway import Gateway
from lib.periods import local_date
from lib.reports import books
from lib.reports.reconcile.findings import Check, findings
from lib.reports.reconcile.standing import COUNTED
from lib.store.engine import reading
from lib.store.tables import SyncRun
from lib.sync.resources import BY_NAME

Tables = Mapping[str, pl.DataFrame]
Listed = dict[str, dict[str, Any]]
"""What Stripe's list says of each object, by id: created, customer, status."""
Told = Callable[[int, int], None]
"""Is told now and then how many objects were read, of about how many."""

LISTS: Final = {
    "customer": "Customers",
    "subscription": "Subscriptions",
    "invoice": "Invoices",
    "charge": "Charges",
}
_LOOK: Final = 0.25
"""Seconds between two words on the progress."""


@dataclass(frozen=True, slots=True)
class Lists:
    """What came of it. Only objects made before ``until`` (in the account's time zone) were compared: up to there the
    copy has everything that Stripe told of.
    """

    until: datetime
    checks: tuple[Check, ...]
    active_here: int
    """Subscriptions that are active or past due in the copy."""
    active_there: int
    """The same in Stripe's list."""

    @property
    def differences(self) -> int:
        """How many objects differ."""
        return sum(check.findings.height for check in self.checks)


def lists(account: str, told: Told) -> Lists:
    """Read the four lists of a connected account now and compare. Takes a request for each hundred objects.

    Raises UnknownAccount, NotSyncedYet, AccessRevoked, PermissionMissing, StripeBusy, StripeUnavailable.
    """
    tables, tz = books.tables(account), books.ledger(account).tz
    until = _read_until(account)
    theirs = _read(Gateway(connections.credential(account)), tables, until, told)
    return compared(tables, theirs, until, tz)


def _read_until(account: str) -> int:
    """Events created before it are applied to the copy."""
    with reading() as db:
        run = db.get(SyncRun, account)
    return int(time.time()) if run is None or run.watermark is None else run.watermark


def _read(gateway: Gateway, tables: Tables, until: int, told: Told) -> dict[str, Listed]:
    expected = sum(tables[name].height for name in LISTS)
    found: dict[str, Listed] = {name: {} for name in LISTS}

    def read(name: str) -> None:
        resource = BY_NAME[name]
        for page in gateway.pages(resource.path, created={"lt": until}, **resource.params):
            found[name] |= {each["id"]: {key: each.get(key) for key in _KEPT} for each in page.data}

    with ThreadPoolExecutor(len(LISTS), thread_name_prefix="lists") as pool:
        running = [pool.submit(read, name) for name in LISTS]
        while wait(running, timeout=_LOOK).not_done:
            told(sum(map(len, found.values())), expected)
    for each in running:
        each.result()
    return found


_KEPT: Final = ("created", "customer", "status")


# --- Comparing --------------------------------------------------------------------------------------------------------


def compared(tables: Tables, theirs: Mapping[str, Listed], until: int, tz: ZoneInfo) -> Lists:
    """The copy's ``tables`` against what the lists said; days are cut in ``tz``."""
    checks = tuple(_check(name, _ours(tables[name], until), theirs[name], tz) for name in LISTS)
    here = _ours(tables["subscription"], until).values()
    counts = (sum(row["status"] in COUNTED for row in side) for side in (here, theirs["subscription"].values()))
    return Lists(datetime.fromtimestamp(until, tz), checks, *counts)


def _ours(frame: pl.DataFrame, until: int) -> Listed:
    """The copy's rows as the list would have them: what Stripe has deleted is in no list."""
    kept = frame.filter((pl.col("created") < until).fill_null(value=True))
    if "deleted" in kept.columns:
        kept = kept.filter(~pl.col("deleted").fill_null(value=False))
    known = [column for column in ("id", *_KEPT) if column in kept.columns]
    return {row["id"]: dict.fromkeys(_KEPT) | row for row in kept.select(known).iter_rows(named=True)}


_MISSING, _GONE, _CHANGED = "Not here", "Not at Stripe", "Status"


def _check(name: str, ours: Listed, theirs: Listed, tz: ZoneInfo) -> Check:
    what = LISTS[name].removesuffix("s").lower()
    found = findings(
        {
            "object": id_,
            "customer": id_ if name == "customer" else row["customer"],
            "day": local_date(row["created"], tz) if row["created"] else None,
            "cause": cause,
            "sentence": sentence,
            "explained": False,
        }
        for id_, row, cause, sentence in _differences(what, ours, theirs)
    )
    changed = found.filter(pl.col("cause") == _CHANGED).height
    return Check(LISTS[name], len(ours), len(theirs), len(ours.keys() & theirs.keys()) - changed, found)


def _differences(what: str, ours: Listed, theirs: Listed) -> Iterator[tuple[str, Mapping[str, Any], str, str]]:
    """(id, object, cause, sentence) of each that only one side has, or whose status differs."""
    for id_ in theirs.keys() - ours.keys():
        yield id_, theirs[id_], _MISSING, f"Stripe lists this {what}, and the copy here does not have it."
    for id_ in ours.keys() - theirs.keys():
        said = f"Stripe no longer lists this {what}: it was deleted there, and the copy here has not heard of it yet."
        yield id_, ours[id_], _GONE, said
    for id_ in ours.keys() & theirs.keys():
        mine, other = ours[id_]["status"], theirs[id_]["status"]
        if mine != other:
            said = (
                f"Stripe says {_plain(other)}, the copy here says {_plain(mine)}: it has not heard of the change yet."
            )
            yield id_, theirs[id_], _CHANGED, said


def _plain(status: str | None) -> str:
    return "nothing" if status is None else status.replace("_", " ")
