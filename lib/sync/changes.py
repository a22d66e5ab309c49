"""From events to objects: what an event says changed, and bringing exactly that up to date.

An event is a notification, rendered in some API version at some time. Its object is fetched anew, so neither the order
nor the number of deliveries matters.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from lib.gateway import Gateway
from lib.store import checkpoints, upserts, versions
from lib.store.engine import transaction
from lib.store.stripe_rows import FROM_STRIPE, tombstone
from lib.store.tables import InvoiceItem, InvoiceLine, Row, SubscriptionVersion
from lib.store.writing import connection, writing
from lib.sync import courtesy, halt, reader
from lib.sync.reader import Pulled
from lib.sync.resources import BY_NAME, BY_OBJECT, JSON, UNANNOUNCED, Resource

AT_ONCE = 6
"""Objects fetched at once."""
BATCH = 500
"""Most objects written in one transaction."""
OVERLAP = 300
"""Seconds before the oldest event of a batch from which unannounced objects are listed."""


@dataclass(frozen=True, order=True)
class Target:
    """An object to fetch anew."""

    resource: str
    id: str


def targets(event: JSON) -> tuple[Target, ...]:
    """The objects that changed with an event; none for what we don't keep."""
    found = event["data"]["object"]
    name, kind = found.get("object"), event["type"]
    if name == "discount":
        holders = (("subscription", found.get("subscription")), ("customer", found.get("customer")))
        return tuple(Target(resource, id_) for resource, id_ in holders if id_ and isinstance(id_, str))
    resource = BY_OBJECT.get(name) if isinstance(name, str) else None
    if resource is None or not resource.hears(kind) or not isinstance(found.get("id"), str):
        return ()
    return (Target(resource.name, found["id"]), *_stopped(found))


def _stopped(found: JSON) -> Iterator[Target]:
    """The last invoice of a subscription that has ended: Stripe stops to collect it, and need not say so."""
    last = found.get("latest_invoice")
    if found.get("object") == "subscription" and found.get("ended_at") and isinstance(last, str):
        yield Target("invoice", last)


def apply(account: str, gateway: Gateway, events: Sequence[JSON], *, watermark: int | None = None) -> int:
    """Bring up to date what ``events`` (oldest first) tell of; the number of objects fetched.

    Rows, subscription versions, the events' marks and the watermark are written in one transaction: after a crash in
    between, the same events are simply worked on again. Raises like ``Gateway.get``.
    """
    by = connection(account)
    wanted = sorted({target for event in events for target in targets(event)})
    pulled, gone = _fetch(gateway, wanted, partial(_unannounced, account, gateway, events))
    courtesy.give_way(courtesy.LONG)
    rows = _rows(account, pulled, gone)
    pulled_later, gone_later = _fetch(gateway, _invoiced(account, rows))
    rows += _rows(account, pulled_later, gone_later)
    courtesy.give_way(courtesy.LONG)
    with writing(account, by) as db:
        written = upserts.apply(account, rows, db)
        versions.keep(db, _versions(account, events, pulled))
        checkpoints.settle(db, account, events, received=time.time())
        if watermark is not None:
            checkpoints.save_run(db, account, watermark=watermark)
        if written:
            upserts.bump(account, db, rows)
    return sum(len(each.objects) for each in (*pulled, *pulled_later))


def refetch(account: str, gateway: Gateway, wanted: Sequence[Target]) -> None:
    """Bring these objects up to date, whatever is the reason. Raises like ``Gateway.get``."""
    by = connection(account)
    for start in range(0, len(wanted), BATCH):
        pulled, gone = _fetch(gateway, wanted[start : start + BATCH])
        rows = _rows(account, pulled, gone)
        with writing(account, by) as db:
            versions.keep(db, _versions(account, (), pulled))
            if upserts.apply(account, rows, db):
                upserts.bump(account, db, rows)


def write(account: str, pages: Iterable[Pulled]) -> int:
    """Write each page as it comes; the number of objects. Raises like ``Gateway.get``."""
    by = connection(account)
    count = 0
    for pulled in pages:
        halt.check()
        with writing(account, by) as db:
            versions.keep(db, _versions(account, (), [pulled]))
            if upserts.apply(account, rows := _rows(account, [pulled], ()), db):
                upserts.bump(account, db, rows)
        count += len(pulled.objects)
    return count


def _fetch(
    gateway: Gateway, wanted: Sequence[Target], also: Callable[[], list[Pulled]] = list
) -> tuple[list[Pulled], list[Target]]:
    """The objects as they are now with what ``also`` reads meanwhile, and those that Stripe no longer has."""
    halt.check()
    if not wanted:
        return [], []

    def fetch(target: Target) -> Pulled | None:
        halt.check()
        courtesy.give_way(courtesy.SHORT)
        return reader.one(gateway, BY_NAME[target.resource], target.id)

    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="stripe-refetch") as pool:
        beside = pool.submit(also)
        answers = list(zip(wanted, pool.map(fetch, wanted), strict=True))
        others = beside.result()
    return [*(found for _, found in answers if found), *others], [target for target, found in answers if not found]


def _unannounced(account: str, gateway: Gateway, events: Sequence[JSON]) -> list[Pulled]:
    """What no event tells of: balance transactions, new since a while before the oldest event, or available by now."""
    times = [event["created"] for event in events]
    with transaction() as db:
        due = checkpoints.oldest_due(db, account, max(times))
    since = min(times) - OVERLAP if due is None else min(min(times) - OVERLAP, due)
    return [pulled for resource in UNANNOUNCED for pulled in listed(gateway, resource, since)]


def listed(gateway: Gateway, resource: Resource, since: int) -> Iterable[Pulled]:
    """All pages of what was created since (epoch seconds)."""
    cursor = None
    while True:
        courtesy.give_way(courtesy.SHORT)
        pulled = reader.page(gateway, resource, created={"gte": since}, starting_after=cursor)
        yield pulled
        cursor = pulled.seen.cursor
        if not pulled.has_more or cursor is None:
            return


def _rows(account: str, pulled: Iterable[Pulled], gone: Iterable[Target]) -> list[Row]:
    rows = [
        row
        for each in pulled
        for found in each.objects
        for row in FROM_STRIPE[each.resource.object](found, account, each.observed_at)
    ]
    for target in gone:
        rows += tombstone(BY_NAME[target.resource].object, target.id, account)
    return rows


def _invoiced(account: str, rows: Iterable[Row]) -> list[Target]:
    """Items that we knew as pending and that now stand on an invoice: Stripe sends no event of their own for that."""
    named = {row["invoice_item"] for table, row in rows if table is InvoiceLine and row.get("invoice_item")}
    fresh = {row["id"] for table, row in rows if table is InvoiceItem}
    with transaction() as db:
        return [Target("invoice_item", id_) for id_ in checkpoints.still_pending(db, account, sorted(named - fresh))]


def _versions(account: str, events: Sequence[JSON], pulled: Iterable[Pulled]) -> Iterable[SubscriptionVersion]:
    """Every state of a subscription that events and fetches show, oldest first."""
    yield from (version for event in events if (version := versions.of_event(account, event)) is not None)
    # a fetch comes after the events that it is for, also where Stripe's clock is ahead of ours (a test clock)
    newest = max((event["created"] for event in events), default=0)
    for each in pulled:
        if each.resource.object == "subscription":
            at = max(each.observed_at, float(newest))
            yield from (versions.of_look(account, found, at) for found in each.objects)
