"""The versions of subscriptions: each one that is seen is kept. Reading them: lib.store.frames_versions.

Stripe forgets how a subscription stood. Each event shows how it stood at that moment, in the API version of its time;
each fetch, how it stands. Both are kept as they came, and beside that in columns, so that a ledger need not read them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import permutations
from typing import Any, Final

from sqlalchemy import and_, func
from sqlmodel import Session, col, select

from lib.store.shapes.billing import subscription
from lib.store.shapes.common import NOTHING, Obj
from lib.store.tables import SubscriptionItem, SubscriptionVersion

EVENT, REFETCH = "event", "refetch"
_KEY: Final = ("subscription", "observed_at", "event")
_PLAIN: Final = (
    "status", "discounts", "pause_behavior", "cancel_at_period_end", "cancel_at", "canceled_at", "ended_at",
    "trial_end",
)  # fmt: skip
_PUZZLE: Final = 6
"""Most events of one second that are put in order by trying."""


# --- Keeping ----------------------------------------------------------------------------------------------------------


def of_event(account: str, event: Obj) -> SubscriptionVersion | None:
    """The subscription as an event shows it; None for one of another kind, or thin: that shows none."""
    found = event["data"]["object"]
    if event.get("thin") or found.get("object") != "subscription" or not isinstance(found.get("id"), str):
        return None
    return SubscriptionVersion(
        account=account,
        subscription=found["id"],
        observed_at=float(event["created"]),
        event=event["id"],
        source=EVENT,
        payload=found,
        previous=event["data"].get("previous_attributes"),
        **told(found),
    )


def of_look(account: str, found: Obj, at: float) -> SubscriptionVersion:
    """The subscription as a request that began ``at`` (epoch seconds) found it."""
    return SubscriptionVersion(
        account=account, subscription=found["id"], observed_at=at, source=REFETCH, payload=found, **told(found)
    )


def told(found: Obj) -> dict[str, Any]:
    """What a ledger asks of a subscription, from any of Stripe's shapes, by column."""
    rows = subscription(found, "", 0.0)
    row = rows[0][1]
    items = [
        [each["id"], each["price"], each["quantity"], each["discounts"]]
        for table, each in rows
        if table is SubscriptionItem
    ]
    return {name: row[name] for name in _PLAIN} | {"items": sorted(items) if "children_at" in row else None}


def keep(db: Session, found: Iterable[SubscriptionVersion]) -> None:
    """Append versions, in any order: an event's once, a look's where it shows something else than the version before.

    Which of them are kept may depend on the order in which they arrive, but not what they tell together.
    """
    for version in found:
        if db.get(SubscriptionVersion, (version.account, *(getattr(version, name) for name in _KEY))) is None:
            if version.source == EVENT:
                _append(db, version)
            elif (before := _before(db, version)) is None or _state(before) != _state(version):
                db.add(version)
                db.flush()


def _append(db: Session, version: SubscriptionVersion) -> None:
    """Add an event's version, and put in order those of its second and of the next: it may tell where that began."""
    db.add(version)
    db.flush()
    row = SubscriptionVersion
    mine = and_(
        col(row.account) == version.account, col(row.subscription) == version.subscription, col(row.source) == EVENT
    )
    later = select(func.min(row.observed_at)).where(mine, col(row.observed_at) > version.observed_at)
    following: float | None = db.exec(later).one()
    for second in [version.observed_at, *([] if following is None else [following])]:
        query = select(row).where(mine, col(row.observed_at) < second)
        before = db.exec(query.order_by(col(row.observed_at).desc(), col(row.position).desc()).limit(1)).first()
        events = db.exec(select(row).where(mine, col(row.observed_at) == second)).all()
        for place, each in enumerate(in_order(events, before)):
            each.position = place
        db.flush()


def _before(db: Session, version: SubscriptionVersion) -> SubscriptionVersion | None:
    """The newest version that was seen no later."""
    row = SubscriptionVersion
    query = select(row).where(
        row.account == version.account,
        row.subscription == version.subscription,
        col(row.observed_at) <= version.observed_at,
    )
    return db.exec(query.order_by(col(row.observed_at).desc(), col(row.position).desc()).limit(1)).first()


def _state(version: SubscriptionVersion) -> dict[str, Any]:
    return {name: getattr(version, name) for name in (*_PLAIN, "items")}


def in_order(
    events: Sequence[SubscriptionVersion], before: SubscriptionVersion | None = None
) -> list[SubscriptionVersion]:
    """Events of one second as they follow from each other and from the event ``before`` that second.

    Each says what it changed, and so how it was until then: Stripe's times have no fractions, and deliveries come in
    any order. Where nothing tells, ids decide.
    """
    by_id = sorted(events, key=lambda version: version.event)
    if not 1 < len(by_id) <= _PUZZLE:
        return by_id
    after = {version.event: _state(version) for version in by_id}
    until = {version.event: _undone(version) for version in by_id}
    start = before and _state(before)

    def links(order: Iterable[SubscriptionVersion]) -> int:
        states = [start, *(state for version in order for state in (until[version.event], after[version.event]))]
        return sum(one == other for one, other in zip(states[::2], states[1::2], strict=False))

    return list(max(permutations(by_id), key=links))


def _undone(version: SubscriptionVersion) -> dict[str, Any]:
    """How the subscription stood before the event."""
    return told(_merged(version.payload, version.previous or NOTHING))


def _merged(now: Obj, previous: Obj) -> dict[str, Any]:
    """An object with its former values put back; within objects Stripe tells only those that changed."""
    return dict(now) | {
        name: _merged(now[name], value) if isinstance(value, dict) and isinstance(now.get(name), dict) else value
        for name, value in previous.items()
    }
