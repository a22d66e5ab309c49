"""The inbox of webhook deliveries, and the version of an account's data. What a sync remembers: ``checkpoints``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from lib.store.engine import reading
from lib.store.tables import Account, EventInbox, core


def receive(db: Session, event: dict[str, Any], *, account: str, received: float, note: str | None = None) -> bool:
    """Keep a delivery, unless this event is here already. Whether it was new.

    Args:
        db: an open session; the delivery is safe once its transaction is committed, not before.
        event: Stripe's event, whole.
        account: whom it is about.
        received: epoch seconds.
        note: why the event is of no use to us, which makes it ``ignored``; else it is ``pending``.
    """
    row = {
        "id": event["id"],
        "account": account,
        "type": event["type"],
        "livemode": bool(event.get("livemode")),
        "created": event["created"],
        "received": received,
        "api_version": event.get("api_version"),
        "payload": event,
        "state": "ignored" if note else "pending",
        "note": note,
    }
    insert = postgresql.insert if db.connection().dialect.name == "postgresql" else sqlite.insert
    statement = insert(core(EventInbox)).values(row).on_conflict_do_nothing().returning(core(EventInbox).c.id)
    return db.connection().execute(statement).first() is not None


def data_version(account: str) -> int:
    """A number that grows with every change of the account's data; 0 before the first, or when it is unknown."""
    with reading() as db:
        found = db.get(Account, account)
        return found.data_version if found else 0


def data_versions(accounts: Sequence[str]) -> dict[str, int]:
    """The data versions of these accounts, in one question; those unknown are left out."""
    with reading() as db:
        query = select(Account.id, Account.data_version).where(col(Account.id).in_(accounts))
        return dict(db.exec(query).all())
