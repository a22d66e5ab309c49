"""What runs beside the pages in the same process: the stand-in Stripe in sandbox mode, the demo business where one is
connected beside real accounts, and the sync's workflows.

All of it starts in a thread, so that the first page never waits for it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from typing import Final

from starlette.concurrency import run_in_threadpool

from lib.accounts import connections
from lib.billing import truth
from lib.errors import AppError
from lib.gateway import sample, standin
from lib.reports import weekly
from lib.settings import keep_private, settings
from lib.store.engine import migrate
from lib.sync import own, runtime
from lib.sync import weekly as schedule

log = logging.getLogger(__name__)

STOPS_WITHIN: Final = 30.0
"""Seconds that the background may take to end when the server stops."""


@asynccontextmanager
async def lifespan(_app: object) -> AsyncIterator[None]:
    """Bring the database up to date, then start the background and stop it with the server."""
    keep_private(settings().data_dir)
    await run_in_threadpool(migrate)
    background = _Background()
    background.start()
    try:
        yield
    finally:
        background.over.set()
        await run_in_threadpool(background.join, STOPS_WITHIN)


class _Background(threading.Thread):
    """Holds the stand-in and the sync's runtime open until ``over`` is set."""

    def __init__(self) -> None:
        super().__init__(name="background", daemon=True)
        self.over = threading.Event()

    def run(self) -> None:
        """Start both, wait, stop both. A stand-in that does not come up is told in the log; pages still work."""
        with ExitStack() as stack:
            if settings().sandbox_mode:
                try:
                    stack.enter_context(standin.running(*_standin_options()))
                except AppError as error:
                    log.error("The stand-in Stripe did not start: %s See standin.log in DATA_DIR.", error.message)  # noqa: TRY400 - expected
            stack.callback(sample.rest)
            if connections.read_samples():
                _wake_sample()
            schedule.sender(weekly.send_due)
            own.handlers(truth.apply_events, truth.reconcile)
            runtime.launch()
            stack.callback(runtime.destroy)
            self.over.wait()


def _wake_sample() -> None:
    """Start the demo business now, so that nobody waits for it; whoever reads it later would start it too."""
    try:
        sample.credential(whole=False)
    except AppError as error:
        log.error("The demo business did not start: %s", error.message)  # noqa: TRY400 - expected


def _standin_options() -> tuple[str, ...]:
    """Where the stand-in delivers events and sends owners back to, and where it keeps what was connected."""
    site = settings().app_url.rstrip("/")
    state = str(settings().data_dir.resolve() / "standin")
    hooks = ("--deliver-to", f"{site}/webhooks/stripe", "--deliver-platform-to", f"{site}/webhooks/platform")
    return (*hooks, "--redirect-uri", connections.redirect_uri(), "--state", state)
