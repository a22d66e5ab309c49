"""A sync from beginning to end: prepare, read the history, look for what vanished, catch up with events.

Each stage may be cut off at any moment and begun again: what it achieved is in the store. :func:`run` goes through
them here and now; :mod:`lib.sync.runtime` makes each a durable step.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from threading import Event, Thread

from lib.accounts import connections
from lib.errors import AccessRevoked, AppError, NoRoom, StripeBusy, StripeUnavailable, SyncBroken
from lib.gateway import Gateway, Patience, limiter
from lib.settings import settings
from lib.store import checkpoints, pace, samples, tables
from lib.store import connections as connections_store
from lib.store.engine import transaction
from lib.store.tables import Mirror, SyncRun
from lib.store.writing import connection, writing
from lib.sync import additions, allowance, backfill, catchup, changes, halt, relist
from lib.sync.changes import Target
from lib.sync.progress import Snapshot, snapshot
from lib.sync.resources import RESOURCES

log = logging.getLogger(__name__)

PATIENCE = Patience()
PASSING = (StripeUnavailable, StripeBusy, NoRoom)
"""Failures that pass by themselves."""
VANISHING: tuple[type[Mirror], ...] = (
    tables.Product,
    tables.Price,
    tables.Coupon,
    tables.Customer,
    tables.Invoice,
    tables.InvoiceItem,
)
"""What can disappear from Stripe's lists; everything else stays for good."""


def run(
    account: str, *, full: bool = False, on_progress: Callable[[Snapshot], None] | None = None, every: float = 0.25
) -> Snapshot:
    """Bring ``account`` up to date and return how it ended; goes on where an interrupted sync stopped.

    ``full`` reads the whole history anew. ``on_progress`` is called in another thread, ``every`` so many seconds.
    Raises like ``Gateway.get``, UnknownAccount or AccessRevoked; the sentence is kept in the store too.
    """
    halt.forget()
    one_pace()
    with _watched(account, on_progress, every):
        try:
            with mistakes_told(account):
                prepare(account, full=full)
                for stage in STAGES.values():
                    stage(account)
        except AppError as error:
            fail(account, error)
            raise
    return snapshot(account)


def one_pace() -> None:
    """Read Stripe at one pace with every other process, where there may be others: on PostgreSQL."""
    limiter.share(pace if settings().database_url else None)


# --- Stages -----------------------------------------------------------------------------------------------------------


def prepare(account: str, *, full: bool = False) -> None:
    """Decide what is to do: the whole history when asked for, never read, or too long ago for events to fill the gap.

    The moment from which events will be read is noted before anything else is read.
    """
    gateway = _gateway(account)
    connections.introduce(account, now=int(time.time()))
    if samples.is_one(account):
        _forget_another(account, gateway)
    by = connection(account)
    with transaction() as db:
        before, begun = checkpoints.run(db, account), bool(checkpoints.windows(db, account))
        whole = checkpoints.is_whole(db, account)
    anew = full or not begun or catchup.too_old(before.watermark if before else None, time.time())
    if whole and not anew:
        _say(account, state="running") if before and before.state == "queued" else None
        return
    since = {"watermark": catchup.now_at_stripe(gateway)} if anew else {}
    started = time.time() - (0.0 if anew else _elapsed(account, before))
    with writing(account, by) as db:
        if anew:
            checkpoints.forget(db, account)
        phase = "Asking Stripe how much there is"
        run = {"state": "running", "phase": phase, "started": started, "finished": None, "error": None}
        checkpoints.save_run(db, account, **run, **since)


def _forget_another(account: str, gateway: Gateway) -> None:
    """A demo business that was made anew, after an upgrade or with other settings, has the old one's ids and another
    life: what was read of the old one goes.
    """
    with transaction() as db:
        known = samples.began(db, account)
    if known is None:
        return
    products = [each for page in gateway.pages("/v1/products") for each in page.data]
    if products and min(each["created"] for each in products) != known:
        with transaction() as db:
            connections_store.erase(db, account)


def history(account: str) -> None:
    """Read what is left of the history."""
    with transaction() as db:
        windows = checkpoints.windows(db, account)
    if not windows or not all(window.done for window in windows):
        _say(account, state="running", phase="Reading your history")
        backfill.run(account, _gateway(account))
        _say(account, phase="Looking for what was deleted")


def vanished(account: str) -> None:
    """Ask for each object that an earlier history had and this one has not: it may be deleted by now."""
    with transaction() as db:
        run = checkpoints.run(db, account)
        since = float(run.watermark or 0) if run and run.phase else 0.0
        missing = [
            Target(each.name, id_)
            for each in RESOURCES
            if each.table in VANISHING and since
            for id_ in checkpoints.unseen(db, account, each.table, since)
        ]
    if missing:
        changes.refetch(account, _gateway(account), missing)


def caught_up(account: str) -> None:
    """Work on the events since the watermark, and on what waits in the inbox."""
    gateway, began = _gateway(account), time.time()
    with transaction() as db:
        run = checkpoints.run(db, account)
    if run and run.phase:
        _say(account, state="running", phase="Reading what changed meanwhile")
    additions.run(account, gateway)
    catchup.run(account, gateway, (run.watermark if run else None) or catchup.now_at_stripe(gateway))
    catchup.inbox(account, gateway)
    _say(account, checked=began)
    finish(account)


def relisted(account: str) -> None:
    """Once a week: look at what can change, in case an event was lost."""
    relist.run(account, _gateway(account), time.time())


STAGES: Mapping[str, Callable[[str], None]] = {
    "history": history,
    "vanished": vanished,
    "caught_up": caught_up,
    "relisted": relisted,
}
"""What follows :func:`prepare`, in this order."""


def finish(account: str) -> None:
    """Note that all is done. ``finished`` is when the history had arrived, so later catching up leaves it alone.

    Not when another process has begun to read the history anew meanwhile: then it is the one to say so.
    """
    with transaction() as db:
        run = checkpoints.hold_run(db, account)
        if run and checkpoints.is_whole(db, account):
            ended = {"finished": time.time()} if run.phase is not None else {}
            checkpoints.save_run(db, account, state="done", phase=None, error=None, **ended)


def fail(account: str, error: AppError) -> None:
    """Keep the failure's sentence; access that was withdrawn ends the connection."""
    log.warning("The sync of an account stopped: %s", error.code)
    with _as_far_as_there_is_room(error):
        if isinstance(error, AccessRevoked):
            connections.withdrawn(account, now=int(time.time()))
        ended = {"finished": time.time()} if _reads_history(account) else {}
        _say(account, state="failed", error=error.message, **ended)


@contextmanager
def mistakes_told(account: str) -> Iterator[None]:
    """Note what is no AppError, hence a mistake of ours, as the sync's failure; the error itself goes on its way.

    However it ends, the reads of Stripe that it took are kept.
    """
    try:
        yield
    except AppError:
        raise
    except Exception:
        log.exception("The sync of an account broke")
        fail(account, SyncBroken())
        raise
    finally:
        allowance.keep()


def wait(account: str, error: AppError) -> None:
    """Say why the history does not move just now; the sync goes on by itself. Mere catching up waits silently, unless
    somebody must make room for it.
    """
    with _as_far_as_there_is_room(error):
        if _reads_history(account):
            _say(account, phase=error.message)
        elif isinstance(error, NoRoom):
            _say(account, state="failed", error=error.message)


@contextmanager
def _as_far_as_there_is_room(error: AppError) -> Iterator[None]:
    """A disk that takes nothing does not take the sentence that says so either: then it is in the log alone."""
    try:
        yield
    except NoRoom:
        log.warning("This can't be shown, since nothing can be written: %s", error.message)


def inbox(account: str) -> None:
    """Work on what waits in the inbox, once the history is there or on its way."""
    catchup.inbox(account, _gateway(account))


# --- Helpers ----------------------------------------------------------------------------------------------------------


def _gateway(account: str) -> Gateway:
    return Gateway(connections.credential(account), patience=PATIENCE, counted_as=account)


def _say(account: str, **changes: object) -> None:
    """Note how the sync stands, unless the account was disconnected and erased meanwhile."""
    with transaction() as db:
        if checkpoints.run(db, account) or connections_store.hold(db, account):
            checkpoints.save_run(db, account, **changes)


def _reads_history(account: str) -> bool:
    """Whether the sync is about the history; only then it has phases, and a beginning and end that people see."""
    with transaction() as db:
        run = checkpoints.run(db, account)
    return run is not None and run.phase is not None


def _elapsed(account: str, before: SyncRun | None) -> float:
    """Seconds that the interrupted sync had worked, so that its speed stays a true one."""
    if before is None or before.started is None:
        return 0.0
    with transaction() as db:
        last = before.finished or checkpoints.last_seen(db, account)
    return max(0.0, last - before.started)


@contextmanager
def _watched(account: str, on_progress: Callable[[Snapshot], None] | None, every: float) -> Iterator[None]:
    """Call ``on_progress`` now and then while the block runs, and once at its end."""
    if on_progress is None:
        yield
        return
    over = Event()

    def watch() -> None:
        while not over.wait(every):
            on_progress(snapshot(account))

    watcher = Thread(target=watch, name="sync-progress", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()
        on_progress(snapshot(account))
