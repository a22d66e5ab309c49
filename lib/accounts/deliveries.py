"""Which of Stripe's deliveries concern us. Every signed one is kept, those we ignore too: so they can be counted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from lib.errors import BadPayload
from lib.store import connections, syncing, tables
from lib.store.engine import reading, transaction

WITHDRAWN: Final = "account.application.deauthorized"
ENDED: Final = "access withdrawn"
OWN_ACCOUNT: Final = "platform"
"""Stands where the connected account would, for what happened in our own."""


@dataclass(frozen=True)
class Delivery:
    """A verified event and how it came. ``heard`` says which types the sync listens to; ``received``: epoch seconds."""

    event: dict[str, Any]
    account: str
    received: float
    heard: Callable[[str], bool]
    livemode: bool | None = None
    """The mode that our own account's events must have; of connected accounts it is the connection's."""


def of_connected(event: dict[str, Any], *, heard: Callable[[str], bool], received: float) -> Delivery:
    """A delivery of the endpoint for connected accounts. Raises BadPayload when it names none."""
    account = event.get("account")
    if not isinstance(account, str) or account == OWN_ACCOUNT:
        raise BadPayload(reason="it names no account")
    return Delivery(event, account, received, heard)


def of_our_own(
    event: dict[str, Any], *, heard: Callable[[str], bool], livemode: bool | None, received: float
) -> Delivery:
    """A delivery of our own account's endpoint, whatever account it names. ``livemode`` is that of our own key."""
    return Delivery(event, OWN_ACCOUNT, received, heard, livemode)


def keep(deliveries: Sequence[Delivery]) -> list[str | None]:
    """Keep deliveries in one transaction; of each the account to wake, or None when it does not concern us.

    That an owner took our access away ends the connection here and now. A second delivery of the same event changes
    nothing. Of what does not concern us only the fact is kept, not what it tells: it may be about somebody who has
    left.
    """
    with transaction() as db:
        live = connections.live_of(db, {each.account for each in deliveries})
        notes = []
        for each in deliveries:
            notes.append(_ignored(each, live.get(each.account)))
            if _ends(each, live.get(each.account), notes[-1]):
                connections.revoke(db, each.account, at=int(each.received), ending=connections.STRIPE)
                del live[each.account]
        rows = [
            syncing.row(each.event, account=each.account, received=each.received, note=note)
            for each, note in zip(deliveries, notes, strict=True)
        ]
        syncing.keep(db, rows)
    return [None if note else each.account for each, note in zip(deliveries, notes, strict=True)]


def receive(event: dict[str, Any], *, heard: Callable[[str], bool], received: float) -> str | None:
    """Keep one delivery for connected accounts; as :func:`keep`. Raises BadPayload when it names no account."""
    return keep([of_connected(event, heard=heard, received=received)])[0]


def _ends(delivery: Delivery, connection: tables.Connection | None, note: str | None) -> bool:
    """Whether the delivery tells that this very connection was withdrawn, not one before it."""
    return connection is not None and note == ENDED and delivery.event["created"] >= connection.created


def _ignored(delivery: Delivery, connection: tables.Connection | None) -> str | None:
    """Why the event does not concern us, or None. A live endpoint also gets test events, and the other way round."""
    event = delivery.event
    if delivery.account == OWN_ACCOUNT:
        other = delivery.livemode is not None and bool(event.get("livemode")) != delivery.livemode
        return "other mode" if other else None if delivery.heard(event["type"]) else "type not read"
    if connection is None:
        return "no such connection"
    if bool(event.get("livemode")) != connection.livemode:
        return "other mode"
    if event["type"] == WITHDRAWN:
        return ENDED
    return None if delivery.heard(event["type"]) else "type not read"


# --- What came ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Seen:
    """The deliveries of an account that are remembered. ``last``: epoch seconds of the newest, of any kind; ``worked``:
    of the newest whose change was read.
    """

    received: int
    waiting: int
    ignored: tuple[tuple[str, int], ...]
    """(why, how many), most first."""
    last: float | None
    worked: float | None = None

    @property
    def up_to(self) -> float | None:
        """Up to when (epoch seconds) all that was delivered is read; None: nothing was of use, or some still waits."""
        return None if self.waiting else self.worked


def seen(account: str) -> Seen:
    """What Stripe delivered for an account (OWN_ACCOUNT: for our own)."""
    with reading() as db:
        tally = syncing.tally(db, account)
    ignored = {each.note: each.count for each in tally if each.state == "ignored" and each.note}
    return Seen(
        received=sum(each.count for each in tally),
        waiting=sum(each.count for each in tally if each.state == "pending"),
        ignored=tuple(sorted(ignored.items(), key=lambda item: (-item[1], item[0]))),
        last=max((each.last for each in tally), default=None),
        worked=max((each.last for each in tally if each.state == "done"), default=None),
    )
