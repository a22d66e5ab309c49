"""Which of Stripe's deliveries concern us. Every signed one is kept, those we ignore too: so they can be counted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from lib.errors import BadPayload
from lib.store import connections, syncing, tables
from lib.store.engine import transaction

WITHDRAWN: Final = "account.application.deauthorized"
ENDED: Final = "access withdrawn"
OWN_ACCOUNT: Final = "platform"
"""Stands where the connected account would, for what happened in our own."""


def receive(event: dict[str, Any], *, heard: Callable[[str], bool], received: float) -> str | None:
    """Keep a delivery for connected accounts; the account to wake, or None when it does not concern us.

    ``heard`` says which types the sync listens to; that an owner took our access away ends the connection here and
    now. A second delivery of the same event changes nothing. Raises BadPayload when it names no account, type or time.
    """
    account = event.get("account")
    if not isinstance(account, str):
        raise BadPayload(reason="it names no account")
    with transaction() as db:
        connection = connections.live(db, account)
        note = _ignored(connection, _checked(event), heard)
        syncing.receive(db, event, account=account, received=received, note=note)
        if connection and note == ENDED and event["created"] >= connection.created:
            connections.revoke(db, account, at=int(received))
    return None if note else account


def receive_own(event: dict[str, Any], *, received: float) -> None:
    """Keep a delivery for our own Stripe account; nothing reads these yet. Raises BadPayload like :func:`receive`."""
    with transaction() as db:
        syncing.receive(db, _checked(event), account=OWN_ACCOUNT, received=received, note="our own account")


def _ignored(connection: tables.Connection | None, event: dict[str, Any], heard: Callable[[str], bool]) -> str | None:
    """Why the event does not concern us, or None. A live endpoint also gets test events, and the other way round."""
    if connection is None:
        return "no such connection"
    if bool(event.get("livemode")) != connection.livemode:
        return "other mode"
    if event["type"] == WITHDRAWN:
        return ENDED
    return None if heard(event["type"]) else "type not read"


def _checked(event: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(event.get("type"), str) or not isinstance(event.get("created"), int):
        raise BadPayload(reason="it names no type or no time")
    return event
