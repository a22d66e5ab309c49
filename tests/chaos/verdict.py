"""Whether a store that lived through chaos equals one that read everything in peace."""

from __future__ import annotations

from typing import Any, Final

import httpx
from sqlalchemy import JSON, Text, cast, create_engine, select
from sqlalchemy import Connection as CoreConnection

from lib.settings import Standin
from lib.store.tables import MIRROR, EventInbox, SubscriptionVersion, core

WHEN_SEEN: Final = {"observed_at", "children_at"}
"""Columns that say when we looked, not what we saw: two syncs never look at the same moment."""
REMEMBERED: Final = {"discount", "invoice_item"}
"""What only a follower can know without a tombstone: discounts that ended (Stripe has no list of them), and items that
waited for an invoice and now stand on one (Stripe's list shows pending ones alone)."""

Rows = dict[str, dict[str, Any]]
Tables = dict[str, Rows]


def tables(url: str, account: str) -> Tables:
    """Every mirrored row by table and id, JSON as the text that is stored."""
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            return {core(each).name: _rows(connection, each, account) for each in MIRROR}
    finally:
        engine.dispose()


def _rows(connection: CoreConnection, table: Any, account: str) -> Rows:  # noqa: ANN401 - a table's class
    columns = [each for each in core(table).c if each.name not in WHEN_SEEN]
    told = [cast(each, Text).label(each.name) if isinstance(each.type, JSON) else each for each in columns]
    query = select(*told).where(core(table).c.account == account).order_by(core(table).c.id)
    return {row["id"]: dict(row) for row in connection.execute(query).mappings()}


def differences(lived: Tables, anew: Tables, standin: Standin) -> list[str]:
    """What differs, one line for each row."""
    found: list[str] = []
    for name, rows in anew.items():
        for id_, row in rows.items():
            mine = lived[name].get(id_)
            if mine is None:
                found.append(f"{name} {id_}: missing")
            elif wrong := {key: (mine[key], row[key]) for key in row if mine[key] != row[key] and not _lost(row, key)}:
                found.append(f"{name} {id_}: (ours, a clean sync's) {wrong}")
        extra = [row for id_, row in lived[name].items() if id_ not in rows]
        found += [f"{name} {row['id']}: {why}" for row in extra if (why := _unexplained(name, row, standin))]
    return found


def _lost(row: dict[str, Any], key: str) -> bool:
    """Whether Stripe no longer tells this of what was deleted; we do, from before."""
    return bool(row["deleted"]) and row[key] is None


def _unexplained(name: str, row: dict[str, Any], standin: Standin) -> str | None:
    """Why a row that a clean sync does not have should not be there; None where it may."""
    if row["deleted"]:
        return None if _gone(name, row["id"], standin) else "deleted here, alive at Stripe"
    if name == "invoice_item" and row["invoice"]:
        return None
    return None if name in REMEMBERED and name != "invoice_item" else "alive here, unknown to a clean sync"


def _gone(name: str, id_: str, standin: Standin) -> bool:
    door = f"{standin['base']}/_sandbox/objects"
    kind = {"invoice_item": "invoiceitem"}.get(name, name)
    return id_ not in {each["id"] for each in httpx.get(door, params={"kind": kind}, timeout=20).json()["data"]}


def unsettled(url: str, account: str) -> list[str]:
    """Deliveries that wait, and events whose version of a subscription is not there exactly once."""
    engine = create_engine(url)
    inbox, versions = core(EventInbox).c, core(SubscriptionVersion).c
    try:
        with engine.connect() as connection:
            waiting = connection.execute(select(inbox.id).where(inbox.state == "pending")).scalars().all()
            shown = select(inbox.id).where(
                inbox.account == account, inbox.state == "done", inbox.type.like("customer.subscription.%")
            )
            events = connection.execute(shown).scalars().all()
            kept = connection.execute(
                select(versions.event).where(versions.account == account, versions.event != "")
            ).scalars().all()  # fmt: skip
    finally:
        engine.dispose()
    found = [f"delivery {id_} still waits" for id_ in waiting]
    found += [f"event {id_} was worked on, and its version was not kept" for id_ in sorted(set(events) - set(kept))]
    return found + [f"event {id_} has several versions" for id_ in sorted({id_ for id_ in kept if kept.count(id_) > 1})]
