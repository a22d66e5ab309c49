"""Objects a second from Stripe into the store: our sync against stripe-python's paging with ORM merges.

Both read the same account of one stand-in Stripe (a process of its own on this machine) into the same tables of a
fresh SQLite database, with the same expansions, one after the other. The peer is written as its manuals show:
``auto_paging_iter`` with pages of 100, ``session.merge`` for each row, a commit for each page. It turns objects into
rows with our own readers, which favours it.

    .venv/bin/python bench/bench_sync_speed.py                    # the whole demo business, both
    .venv/bin/python bench/bench_sync_speed.py --sample 2000      # the peer reads 2,000 a list, scaled to the whole
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import stripe
from sqlmodel import Session

from lib import settings as settings_module
from lib.accounts import connections, workspaces
from lib.gateway import API_VERSION, Credential, Gateway, standin
from lib.settings import Standin
from lib.store.engine import engine, migrate
from lib.store.stripe_rows import FROM_STRIPE
from lib.sync import work
from lib.sync.progress import Snapshot
from lib.sync.resources import RESOURCES, Resource

TARGET = 8.0
PAGE = 100


def fresh_store(folder: Path, info: Standin) -> None:
    """A new, empty database, and settings bound to the running stand-in."""
    os.environ["DATA_DIR"] = str(folder)
    settings_module.replace(None)
    settings_module.bind_standin(info)
    migrate()


@dataclass(frozen=True)
class Cost:
    """What something took: seconds on the clock, and seconds of our process on a processor."""

    wall: float
    cpu: float

    @classmethod
    @contextmanager
    def measured(cls, into: list[Cost]) -> Iterator[None]:
        """Append the cost of the block to ``into``."""
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        into.append(cls(time.perf_counter() - wall, time.process_time() - cpu))

    def times(self, factor: float) -> Cost:
        """The cost of ``factor`` times as much."""
        return Cost(self.wall * factor, self.cpu * factor)


def ours(folder: Path, info: Standin) -> tuple[Snapshot, Cost]:
    """Our sync from nothing to done: how it ended, and what it took."""
    fresh_store(folder, info)
    now = int(time.time())
    account = connections.connect_demo(workspaces.for_command_line(now=now), now=now)
    costs: list[Cost] = []
    with Cost.measured(costs):
        done = work.run(account)
    return done, costs[0]


def peer(folder: Path, info: Standin, sample: int | None) -> dict[str, tuple[int, Cost]]:
    """stripe-python and ORM merges: objects of each list, and what they took."""
    fresh_store(folder, info)
    bases: Any = dict.fromkeys(("api", "connect", "files", "meter_events"), info["base"])
    client = stripe.StripeClient(info["restricted_key"], stripe_version=API_VERSION, base_addresses=bases)
    counts, costs = [], []
    for resource in RESOURCES:
        with Cost.measured(costs):
            counts.append(merge_all(client, info["account"], resource, sample))
    return {each.name: pair for each, pair in zip(RESOURCES, zip(counts, costs, strict=True), strict=True)}


def merge_all(client: stripe.StripeClient, account: str, resource: Resource, sample: int | None) -> int:
    """One list, page by page."""
    name = resource.path.removeprefix("/v1/").replace("invoiceitems", "invoice_items")
    params: Any = {"limit": PAGE, "expand": list(resource.expand), **resource.params}
    count = 0
    with Session(engine()) as session:
        for found in islice(getattr(client.v1, name).list(params).auto_paging_iter(), sample):
            for table, row in FROM_STRIPE[resource.object](found.to_dict(for_json=True), account, time.time()):
                session.merge(table(**{"metadata_" if key == "metadata" else key: value for key, value in row.items()}))
            count += 1
            if count % PAGE == 0:
                session.commit()
        session.commit()
    return count


def report(done: Snapshot, mine: Cost, took: dict[str, tuple[int, Cost]]) -> None:
    """Print both speeds and their ratio, as text and as one line of JSON."""
    print(f"{'list':24}{'objects':>9}{'peer, objects/s':>18}")
    whole = Cost(0.0, 0.0)
    for part in done.parts:
        count, cost = took[part.resource]
        scaled = cost.times(part.fetched / count if count else 1.0)
        whole = Cost(whole.wall + scaled.wall, whole.cpu + scaled.cpu)
        print(f"{part.resource:24}{part.fetched:>9,}{count / cost.wall:>18,.0f}")
    print()
    for name, cost in (("ours", mine), ("peer", whole)):
        speed = done.fetched / cost.wall
        print(
            f"{name}  {done.fetched:,} objects in {cost.wall:.1f} s ({cost.cpu:.1f} s of CPU): {speed:,.0f} objects/s"
        )
    print(f"ratio {whole.wall / mine.wall:.1f} on the clock, {whole.cpu / mine.cpu:.1f} of CPU (target: {TARGET:.0f})")
    figures = {"objects": done.fetched, "ours_per_s": done.fetched / mine.wall, "ratio": whole.wall / mine.wall}
    print(json.dumps({name: round(value, 1) for name, value in figures.items()}))


def main() -> None:
    """Run ours and the peer against one stand-in."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", type=int, help="objects that the peer reads of each list")
    parser.add_argument("--customers", type=int, default=2200)
    parser.add_argument("--months", type=int, default=36)
    parser.add_argument("--cache", help="folder that keeps the demo business between runs")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="plimsoll-bench-") as name:
        folder = Path(name)
        os.environ |= {"DATA_DIR": name, "SANDBOX_PORT": "0"}
        os.environ |= {"SANDBOX_CUSTOMERS": str(chosen.customers), "SANDBOX_MONTHS": str(chosen.months)}
        with standin.running(*(("--cache", chosen.cache) if chosen.cache else ())) as info:
            Gateway(Credential.restricted(info["restricted_key"])).page("/v1/customers", limit=1)  # waits for the world
            done, cost = ours(folder / "ours", info)
            took = peer(folder / "peer", info, chosen.sample)
        report(done, cost, took)


if __name__ == "__main__":
    main()
