"""An account that was connected from the first day: every event of the stand-in's engine kept as a version.

Its API lists the events of 30 days alone, so they are taken from the engine itself, and the frames are made without a
database in between.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import orjson
import polars as pl

from lib.sandbox.engine import cache, demo
from lib.sandbox.engine.calendar import DAY, add_months
from lib.sandbox.world import World
from lib.store import frames, frames_versions, versions
from lib.store.stripe_rows import FROM_STRIPE, from_stripe
from lib.store.tables import MIRROR, SubscriptionVersion, core

ACCOUNT = "acct_kept"
Event = Mapping[str, Any]


class Kept:
    """A world, and every event of a subscription that it ever told of."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.events: list[Event] = []
        world.state.keep_events_from = 0
        world.on_event = self._hear

    def _hear(self, event: Event) -> None:
        if event["data"]["object"]["object"] == "subscription":
            self.events.append(event)

    def tables(self, events: Iterable[Event] | None = None) -> dict[str, pl.DataFrame]:
        """The frames of the account as a sync would leave them, and the versions of these events (default: all)."""
        return mirrored(self.world) | {frames_versions.NAME: version_frame(self.events if events is None else events)}

    def truth(self, rules: Mapping[str, Any]) -> dict[str, Any]:
        """The world's own truth, compact, under rules (JSON values) that differ from the default."""
        told: dict[str, Any] = orjson.loads(
            orjson.dumps(self.world.truth(compact=True, rules=rules), option=orjson.OPT_NON_STR_KEYS)
        )
        return told


def demo_business(seed: int, months: int, customers: int, now: int) -> Kept:
    """The demo business, as ``World.build`` makes it, heard from its first day."""
    first = add_months(now // DAY * DAY, -months)
    kept = Kept(World.empty(first, seed))
    demo.begin(kept.world.state, (now - first) // DAY, customers)
    with cache.without_collector():
        for day in range(first, now, 30 * DAY):  # in steps, so that old events are forgotten on the way
            kept.world.advance(day)
        kept.world.advance(now)
    return kept


def mirrored(world: World) -> dict[str, pl.DataFrame]:
    """A frame for each mirrored table."""
    found: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
    for kind in FROM_STRIPE:
        for each in world.listing(kind):
            whole = {**each, "lines": {"data": world.lines(each["id"])}} if kind == "invoice" else each
            for table, row in from_stripe(whole, ACCOUNT, 1.0):
                rows = found[core(table).name]
                told = {name: value for name, value in row.items() if value is not None}
                rows[row["id"]] = rows.get(row["id"], {}) | told
    return {name: _frame(found[name].values(), frames.schema(table)) for table in MIRROR if (name := core(table).name)}


def version_frame(events: Iterable[Event]) -> pl.DataFrame:
    """The frame of versions that these events make, in any order and any number of times."""
    seconds: dict[tuple[str, float], dict[str, SubscriptionVersion]] = defaultdict(dict)
    for event in events:
        version = versions.of_event(ACCOUNT, event)
        if version is not None:
            seconds[version.subscription, version.observed_at][version.event] = version
    rows: list[dict[str, Any]] = []
    last: dict[str, SubscriptionVersion] = {}
    for (sub, _), found in sorted(seconds.items()):
        ordered = versions.in_order(list(found.values()), last.get(sub))
        rows += (version.model_dump() | {"position": place} for place, version in enumerate(ordered))
        last[sub] = ordered[-1]
    return _frame(rows, frames_versions.schema())


def _frame(rows: Iterable[Mapping[str, Any]], schema: Mapping[str, pl.DataType]) -> pl.DataFrame:
    json = (dict, list)
    cells = [
        [orjson.dumps(v).decode() if isinstance(v := row.get(name), json) else v for name in schema] for row in rows
    ]
    return pl.DataFrame(cells, schema=dict(schema), orient="row")
