"""What the children of the nursery are: a stand-in Stripe, a worker, a receiver of deliveries, a second worker.

``up`` tells the director that a child is there; what it tells is the child's address or the like.
"""

from __future__ import annotations

import logging
import mmap
import os
import signal
import struct
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

import stripe
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route

from lib import settings as settings_module
from lib.accounts import connections, workspaces
from lib.api import answers, webhooks
from lib.errors import AppError
from lib.gateway import Patience, client
from lib.sandbox.http import clock as standin_clock
from lib.sandbox.http.server import running
from lib.sandbox.http.state import Options
from lib.sandbox.world import World
from lib.settings import Standin
from lib.store import checkpoints
from lib.store.engine import transaction
from lib.sync import runtime, windows, work

Up = Callable[[object], None]

SEED: Final = 7
MONTHS: Final = 4
CUSTOMERS: Final = 20
PAGE: Final = 7
"""Objects on a page: small, so that a small business has many pages, and many moments to be killed at."""
ROUND: Final = 0.4
"""Seconds between two rounds of the schedule; in life a quarter of an hour."""
CLOCK: Final = struct.Struct("dd")
"""What director and children share: how far Stripe's clock is ahead of the real one, and ours ahead of Stripe's."""

_world: list[World] = []
_real = time.time


def prepare() -> None:
    """What every child shares: the business as it is at first."""
    _world.append(World.build(SEED, MONTHS, CUSTOMERS, int(time.time())))
    World.build(SEED + 1, 1, 1, int(time.time()))  # warms what the stand-in makes beside it


def standin(up: Up, seed: int) -> None:
    """A stand-in Stripe whose world moves only when it is told to."""
    standin_clock.TICK = 3600.0  # a world that moved by itself would differ between the last look and the clean one
    business = _world[0]
    options = Options(seed=SEED, months=MONTHS, customers=CUSTOMERS)
    with running(options, lambda size, _months, _customers, now: business if size == SEED else World.empty(now)) as (
        address,
        made,
    ):
        made.deliveries.reseed(seed)
        made.recorder.reseed(seed)
        up(made.card(address))
        signal.pause()


def receiver(up: Up, port: int) -> None:
    """Our webhook route, served as the app does."""
    _settle(None)
    app = Starlette(
        routes=[Route("/webhooks/stripe", webhooks.stripe, methods=["POST"])],
        exception_handlers={AppError: answers.problem},  # type: ignore[dict-item]
    )
    config = uvicorn.Config(app, port=port, log_level="warning", access_log=False, lifespan="off", ws="none")
    server = uvicorn.Server(config)
    threading.Thread(target=_when_started, args=(server, up), daemon=True).start()
    server.run()


def worker(up: Up, account: str, clock: str, real: bool) -> None:
    """The background worker: DBOS's, or a loop that does at once what the schedule and the queues would order."""
    _settle(clock)
    if real:
        runtime.PAUSES = (1, 1, 1, 1, 1)  # type: ignore[misc]
        runtime.launch()
        up(None)
        while True:
            runtime._enqueue(account)
            for waiting in _waiting():
                runtime.wake(waiting)
            time.sleep(ROUND)
    up(None)
    due = 0.0
    while True:
        try:
            if time.monotonic() > due:
                runtime._tried(account, partial(_catch_up, account), last=False)
                due = time.monotonic() + ROUND
            elif _waiting():
                runtime._apply_inbox(account)
        except Exception:
            logging.getLogger("lib.chaos").exception("A worker broke")
        time.sleep(0.01)


def rival(up: Up, account: str, clock: str) -> None:
    """``python -m lib sync`` while the worker works: another process that does the same."""
    _settle(clock)
    up(None)
    try:
        work.run(account)
    except AppError as error:
        logging.getLogger("lib.chaos").info("The rival heard: %s", error.message)


def catch_up(up: Up, account: str, clock: str) -> None:
    """One ordinary round of the schedule, and no more. Its exit code is 1 when it failed."""
    _settle(clock)
    up(None)
    work.run(account)


def clean(up: Up, info: Standin, clock: str) -> None:
    """The account connected to an empty store and read."""
    _settle(clock)
    settings_module.bind_standin(info)
    now = int(time.time())
    account = connections.connect_demo(workspaces.for_command_line(now=now), now=now)
    up(account)
    work.run(account)


# --- Helpers ----------------------------------------------------------------------------------------------------------


def _settle(clock: str | None) -> None:
    """Settings of this child, its clock, and less patience with Stripe than usual."""
    settings_module.Settings.model_config["env_file"] = None
    settings_module.replace(None)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    logging.getLogger("stripe").setLevel(logging.WARNING)
    client.HTTP = stripe.RequestsClient(timeout=(1.0, 0.5))
    client.PAGE_SIZE = windows.PAGE_SIZE = PAGE
    work.PATIENCE = Patience(attempts=3, first=0.005, longest=0.02)
    if clock is not None:
        _wear(Path(clock))


def _wear(path: Path) -> None:
    """From now on ``time.time`` goes by the shared clock, which the director may move at any moment."""
    with path.open("r+b") as file:
        shared = mmap.mmap(file.fileno(), CLOCK.size)
    time.time = lambda: _real() + sum(CLOCK.unpack(shared[: CLOCK.size]))


def _waiting() -> list[str]:
    with transaction() as db:
        return list(checkpoints.waiting(db))


def _catch_up(account: str) -> None:
    work.prepare(account)
    for stage in work.STAGES.values():
        stage(account)


def _when_started(server: uvicorn.Server, up: Up) -> None:
    while not server.started:
        time.sleep(0.005)
    up(server.servers[0].sockets[0].getsockname()[1])


def set_clock(path: Path, ahead: float, skew: float) -> None:
    """Move the shared clock: the director's side."""
    with path.open("r+b" if path.exists() else "w+b") as file:
        os.ftruncate(file.fileno(), CLOCK.size)
        file.write(CLOCK.pack(ahead, skew))
