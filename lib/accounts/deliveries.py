"""Which of Stripe's deliveries concern us. Every signed one is kept, also those that are ignored: they are counted."""

from __future__ import annotations

from typing import Any, Final

from lib.errors import BadPayload
from lib.store import connections, syncing, tables
from lib.store.engine import transaction

OWN_ACCOUNT: Final = "platform"
"""Stands where the connected account would, for what happened in our own."""


def receive(event: dict[str, Any], *, received: float) -> str | None:
    """Keep a delivery for connected accounts; the account to wake, or None when it does not concern us.

    A second delivery of the same event changes nothing. Raises BadPayload when it names no account or type.
    """
    account, kind = event.get("account"), event.get("type")
    if not isinstance(account, str) or not isinstance(kind, str):
        raise BadPayload(reason="it names no account or no type")
    with transaction() as db:
        found = connections.live(db, account)
        note = _ignored(found, event)
        syncing.receive(db, event, account=account, received=received, note=note)
    return None if note else account


def receive_own(event: dict[str, Any], *, received: float) -> None:
    """Keep a delivery for our own Stripe account; nothing reads these yet."""
    with transaction() as db:
        syncing.receive(db, event, account=OWN_ACCOUNT, received=received, note="our own account")


def _ignored(connection: tables.Connection | None, event: dict[str, Any]) -> str | None:
    """Why the event does not concern us, or None. A live endpoint also gets test events, and the other way round."""
    if connection is None:
        return "no such connection"
    if bool(event.get("livemode")) != connection.livemode:
        return "other mode"
    return None
