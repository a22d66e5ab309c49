"""From the list of events: everything since the watermark, which moves only with the commit of what it covers."""

from __future__ import annotations

import time

from lib.gateway import Gateway
from lib.gateway.webhooks import is_event
from lib.store import checkpoints, samples
from lib.store.engine import transaction
from lib.store.writing import connection, writing
from lib.sync import changes, halt
from lib.sync.resources import JSON, heard

PATH = "/v1/events"
OVERLAP = 300
"""Seconds read twice: Stripe's events may show up a little late, and clocks differ."""
KEPT = 29 * 86_400
"""Seconds after which Stripe's list of events may no longer be complete; it ends at 30 days."""
DAY = 86_400
BATCH = 500
"""Most events worked on in one transaction."""
UNREADABLE = "it can't be read"
"""The note of a delivery that was kept before such were refused at the door."""


def now_at_stripe(gateway: Gateway) -> int:
    """The time of the newest event (epoch seconds, by Stripe's clock); a day ago where all is quiet."""
    newest = gateway.page(PATH, limit=1).data
    return max(_quiet(gateway), newest[0]["created"]) if newest else _quiet(gateway)


def _quiet(gateway: Gateway) -> int:
    """A day ago, by the clock that is behind, ours or Stripe's: a watermark that a wrong clock set ahead would hide
    events for good.
    """
    now = time.time()
    return int(min(now, gateway.date or now)) - DAY


def too_old(watermark: int | None, now: float) -> bool:
    """Whether events since the watermark may be gone, so that only reading everything anew helps."""
    return watermark is None or watermark < now - KEPT


def run(account: str, gateway: Gateway, watermark: int) -> int:
    """Work on every event since ``watermark``; the number of objects fetched. Raises like ``Gateway.get``."""
    events, newest = _new_events(account, gateway, watermark - OVERLAP)
    began = max(_quiet(gateway), newest)
    fetched = 0
    for start in range(0, len(events), BATCH):
        halt.check()
        batch = events[start : start + BATCH]
        watermark = max(watermark, batch[-1]["created"])
        fetched += changes.apply(account, gateway, batch, watermark=watermark)
    with writing(account, connection(account)) as db:
        checkpoints.save_run(db, account, watermark=max(watermark, began))
    return fetched


def inbox(account: str, gateway: Gateway) -> int:
    """Work on every delivery that waits in the inbox; the number of objects fetched. Raises like ``Gateway.get``.

    One that can't be read is set aside with a note, so that those behind it do not wait for ever.
    """
    fetched = 0
    while True:
        halt.check()
        with transaction() as db:
            waiting = checkpoints.pending(db, account, BATCH)
            events = [row.payload for row in waiting if is_event(row.payload)]
            checkpoints.set_aside(db, [row.id for row in waiting if not is_event(row.payload)], UNREADABLE)
        if not waiting:
            return fetched
        if events:
            fetched += changes.apply(account, gateway, events)


def _new_events(account: str, gateway: Gateway, since: int) -> tuple[list[JSON], int]:
    """Events since (epoch seconds) that concern us and were not worked on, oldest first; and the newest one's time.

    The time is of any event at all, 0 where there is none: one request is enough for a quiet account.

    Stripe lists the newest first, with times of whole seconds: the list is reversed before anything else, so that
    events of one second keep their order.
    """
    listed = [event for page in gateway.pages(PATH, created={"gte": since}) for event in page.data]
    found = [event | {"id": samples.event_id(account, event["id"])} for event in listed]
    found.reverse()
    with transaction() as db:
        known = checkpoints.settled(db, [event["id"] for event in found])
    newest = found[-1]["created"] if found else 0
    return [event for event in found if event["id"] not in known and heard(event["type"])], newest
