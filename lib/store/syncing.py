"""The inbox of webhook deliveries, and the version of an account's data. What a sync remembers: ``checkpoints``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import and_, delete, func
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, col, select

from lib.store import together
from lib.store.engine import reading, upsert
from lib.store.tables import Account, EventInbox, core

LISTED: Final = "read from Stripe's list of events"
"""The note of an event that was never delivered."""
STATES: Final = ("pending", "done", "ignored")
Unwilling: Final = OperationalError
"""What the database raises when it takes nothing just now, whatever it is given."""
KEPT: Final = 45 * 86_400
"""Seconds that an event which was dealt with is remembered: Stripe lists events for 30 days, and retries for three."""


def row(event: dict[str, Any], *, account: str, received: float, note: str | None = None) -> dict[str, Any]:
    """An inbox row. ``received``: epoch seconds; ``note``: why it is of no use to us, which makes it ``ignored``."""
    return {
        "id": event["id"],
        "account": account,
        "type": event["type"],
        "livemode": bool(event.get("livemode")),
        "created": event["created"],
        "received": received,
        "api_version": event.get("api_version"),
        "payload": None if note else event,
        "state": "ignored" if note else "pending",
        "note": note,
    }


def keep(db: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Keep deliveries, but for events that are here already. They are safe once the transaction is committed.

    What was ignored and concerns us by now (sent again from Stripe's pages, or before by our own account's endpoint)
    waits like a new one. Rows are taken in the order of their ids, so that no two processes wait for each other.
    """
    inbox = core(EventInbox)
    statement = upsert(db)(inbox)
    new = statement.excluded
    statement = statement.on_conflict_do_update(
        index_elements=["id"],
        set_={name: new[name] for name in ("account", "livemode", "received", "payload", "state", "note")},
        where=and_(inbox.c.state == "ignored", new.state == "pending"),
    )
    db.connection().execute(statement, sorted(rows, key=lambda row: row["id"]))


@dataclass(frozen=True)
class Tally:
    """How many events of an account are in one state for one reason, and when the newest came (epoch seconds)."""

    state: str
    note: str | None
    count: int
    last: float


def tally(db: Session, account: str) -> list[Tally]:
    """The events that were delivered for an account, counted by state and note."""
    inbox = core(EventInbox).c
    query = (
        select(inbox.state, inbox.note, func.count(), func.max(inbox.received))
        .where(inbox.state.in_(STATES), inbox.account == account)  # both, as the index asks
        .where(func.coalesce(inbox.note, "") != LISTED)
        .group_by(inbox.state, inbox.note)
    )
    return [Tally(*found) for found in db.connection().execute(query)]


def waiting(db: Session, account: str) -> int:
    """How many deliveries of an account were not worked on."""
    inbox = core(EventInbox).c
    query = select(func.count()).where(inbox.state == "pending", inbox.account == account)
    return int(db.connection().execute(query).scalar_one())


def prune(db: Session, *, before: float) -> int:
    """Forget events that were dealt with and received before (epoch seconds); how many."""
    inbox = core(EventInbox)
    old = delete(inbox).where(inbox.c.state != "pending", inbox.c.received < before)
    return db.connection().execute(old).rowcount


def data_version(account: str) -> int:
    """A number that grows with every change of the account's data; 0 before the first, or when it is unknown. Of a
    workspace: with every change of any of its accounts.
    """
    with reading() as db:
        if together.is_one(account):
            return together.of(db, account).version
        found = db.get(Account, account)
        return found.data_version if found else 0


def data_versions(accounts: Sequence[str]) -> dict[str, int]:
    """The data versions of these accounts, in one question; those unknown are left out."""
    with reading() as db:
        query = select(Account.id, Account.data_version).where(col(Account.id).in_(accounts))
        whole = {each: together.of(db, each).version for each in accounts if together.is_one(each)}
        return dict(db.exec(query).all()) | whole
