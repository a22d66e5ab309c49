"""Syncs in the background, as DBOS durable workflows: they survive a killed process and run on any number of machines.

A sync's own checkpoints are in the store (``sync_window``), so a stage that DBOS begins again goes on where it was;
DBOS adds the queue (one sync an account at a time, on all machines together), recovery after a crash, and the clock.
"""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Final
from uuid import uuid4

from dbos import DBOS, DBOSConfig, SetEnqueueOptions, SetWorkflowID, WorkflowStatus

from lib.accounts import connections as connected
from lib.accounts.deliveries import OWN_ACCOUNT
from lib.errors import AppError
from lib.settings import settings
from lib.store import checkpoints, connections, presence, syncing
from lib.store.engine import transaction
from lib.sync import halt, own, polling, rates, weekly, work
from lib.sync.waking import Waker

log = logging.getLogger(__name__)

SYNC: Final = "sync"
INBOX: Final = "inbox"
VERSION: Final = "1"
"""Of the workflows' steps. Raise it only when their order changes: DBOS resumes only workflows of its own version."""
PAUSES: Final = (30, 60, 120, 300, 600)
"""Seconds until a sync that Stripe's failure stopped is tried again; after the last, the schedule takes over."""
EVERY: Final = "*/15 * * * *"
"""When every account that is due (lib.sync.polling) catches up. More often would eat into Stripe's allocation."""

DAILY: Final = "10 17 * * *"
"""When owners' exchange rates are read (UTC): banks publish a day's rates before."""

NIGHTLY: Final = "40 3 * * *"
"""When events that were dealt with long ago are forgotten (UTC)."""

GIVES_BACK: Final = 144
"""Times that Stripe is told of a disconnected account before we give up: a day."""

WORK_KEPT: Final = 7 * 86_400
"""Seconds that DBOS remembers work that is done: nobody asks for it, but it tells what happened lately."""
MANY: Final = 500
"""Most workflows that are forgotten at once."""

STOPS_WITHIN: Final = 5
"""Seconds that syncs have to reach their next checkpoint when the process ends."""

OK: Final = "ok"
AGAIN: Final = "again"
FAILED: Final = "failed"

_launched = threading.Event()


# --- For the app ------------------------------------------------------------------------------------------------------


def launch(role: str = "app") -> None:
    """Start working in the background of this process; takes up whatever an earlier one left unfinished.

    ``role`` tells processes of one machine apart: each resumes its own work, and that of processes that are gone.
    The database must be up to date.
    """
    halt.forget()
    DBOS(config=_config(role))
    _divide_work(role)
    presence.enter(_executor(role))
    DBOS.launch()
    DBOS.register_queue(
        SYNC, partition_concurrency=1, worker_concurrency=settings().syncs_at_once, polling_interval_sec=0.25
    )
    DBOS.register_queue(INBOX, partition_concurrency=1, polling_interval_sec=0.1)
    DBOS.apply_schedules(
        [
            {"schedule_name": "catch-up", "workflow_fn": _catch_up_all, "schedule": EVERY},
            {"schedule_name": "rates", "workflow_fn": _rates_of_all, "schedule": DAILY},
            {"schedule_name": "weekly", "workflow_fn": weekly.summaries, "schedule": weekly.EVERY},
            {"schedule_name": "own", "workflow_fn": own.reconcile, "schedule": own.EVERY},
            {"schedule_name": "forget", "workflow_fn": _forget_old_events, "schedule": NIGHTLY},
        ]
    )
    _waker.start()
    _launched.set()
    _adopt()
    with transaction() as db:
        unfinished, waiting = checkpoints.unfinished(db), checkpoints.waiting(db)
    for account in unfinished:
        _enqueue(account)
    for account in waiting:
        wake(account)


def destroy() -> None:
    """Stop at the next checkpoint and give everything back; the next launch goes on there."""
    _launched.clear()
    _waker.stop()
    halt.ask()
    DBOS.destroy(workflow_completion_timeout_sec=STOPS_WITHIN)
    presence.leave()


def start(account: str, *, full: bool = False) -> None:
    """Bring ``account`` up to date in the background; ``full`` reads its whole history anew.

    Before :func:`launch` it is only noted, and begun by the launch (then never ``full``).
    """
    with transaction() as db:
        checkpoints.save_run(db, account, state="queued", error=None)
    if _launched.is_set():
        _enqueue(account, full=full)


def wake(account: str) -> None:
    """Work on the account's inbox now. Returns at once; deliveries in a flood are worked on together."""
    if _launched.is_set():
        _waker.ask(account)


wake_inbox = wake


def _enqueue_inbox(account: str) -> None:
    """Queue the work on an inbox, unless it is queued: work that has not begun will see every delivery there is."""
    named = f"inbox-{account}-"
    if DBOS.list_workflows(
        status="ENQUEUED", queue_name=INBOX, workflow_id_prefix=named, limit=1, load_input=False, load_output=False
    ):
        return
    with SetWorkflowID(f"{named}{uuid4().hex}"), SetEnqueueOptions(queue_partition_key=account):
        DBOS.enqueue_workflow(INBOX, _inbox, account)


_waker = Waker(_enqueue_inbox)


def _enqueue(account: str, *, full: bool = False, attempt: int = 0) -> None:
    delay = PAUSES[attempt - 1] if attempt else None
    with SetEnqueueOptions(queue_partition_key=account, delay_seconds=delay):
        DBOS.enqueue_workflow(SYNC, _sync, account, full, attempt)


def _divide_work(role: str) -> None:
    """Where several processes work: read Stripe at one pace together, and in web processes perhaps only ask for it."""
    work.one_pace()
    if settings().database_url and role == "app" and not settings().work_in_web:
        DBOS.listen_queues([])


def _executor(role: str) -> str:
    """The name under which this process works. SQLite's has no host in it: each container would have a new one."""
    return f"{socket.gethostname()}-{role}" if settings().database_url else role


def _adopt() -> None:
    """Queue again what dead processes were working on: it fills its account's place, and they will not be back.

    A process that died and came back under its own name had its work queued by DBOS already. Of SQLite's processes
    only those of this one's role are known to be dead.
    """
    own = DBOS.executor_id
    at_work = DBOS.list_workflows(status="PENDING", load_input=False, load_output=False)
    others = {each.executor_id for each in at_work if each.executor_id and each.executor_id != own}
    if not settings().database_url:
        others = {name for name in others if name.endswith(f"-{own}")}
    if dead := presence.gone(sorted(others)):
        log.warning("Going on with the work of processes that ended: %s", ", ".join(dead))
        DBOS._recover_pending_workflows(dead)  # noqa: SLF001 - resume_workflows() forgets the queue and is no test-and-set


def _config(role: str) -> DBOSConfig:
    chosen = settings()
    own_file = f"sqlite:///{chosen.data_dir.resolve() / 'dbos.sqlite'}"
    return {
        "name": "plimsoll",
        "system_database_url": chosen.database if chosen.database_url else own_file,
        "application_version": VERSION,
        "executor_id": _executor(role),
        "log_level": "WARNING",
    }


def leave(account: str, *, told: bool) -> None:
    """Nothing is to be done for ``account`` any more: take its work out of the queues and out of DBOS's memory.

    ``told``: Stripe knows; otherwise it is told as soon as it answers. Before :func:`launch` there is nothing to do.
    """
    if not _launched.is_set():
        return
    mine = [each for each in DBOS.list_workflows(load_output=False) if _is_about(each, account)]
    DBOS.cancel_workflows([each.workflow_id for each in mine if each.status not in FINISHED])
    DBOS.delete_workflows([each.workflow_id for each in mine if each.status in FINISHED])
    if not told:
        _give_back_later(account, 0)


FINISHED: Final = frozenset({"SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"})


def _is_about(workflow: WorkflowStatus, account: str) -> bool:
    return workflow.input is not None and account in workflow.input["args"]


def _give_back_later(account: str, attempt: int) -> None:
    with SetEnqueueOptions(queue_partition_key=account, delay_seconds=PAUSES[min(attempt, len(PAUSES) - 1)]):
        DBOS.enqueue_workflow(SYNC, _give_back, account, attempt)


# --- Workflows --------------------------------------------------------------------------------------------------------


@DBOS.workflow(name="sync")
def _sync(account: str, full: bool, attempt: int) -> None:  # noqa: FBT001 - DBOS keeps arguments by position
    """One account, from where it stands to up to date. A passing failure of Stripe's ends it and orders a next try."""
    last = attempt == len(PAUSES)
    outcome = _prepare(account, full, last)
    for stage in work.STAGES:
        if outcome == OK:
            outcome = _stage(account, stage, last)
    if outcome == AGAIN:
        _enqueue(account, attempt=attempt + 1)


@DBOS.step(name="prepare")
def _prepare(account: str, full: bool, last: bool) -> str:  # noqa: FBT001 - as above
    return _tried(account, partial(work.prepare, account, full=full), last=last)


@DBOS.step(name="stage")
def _stage(account: str, stage: str, last: bool) -> str:  # noqa: FBT001 - as above
    return _tried(account, partial(work.STAGES[stage], account), last=last)


def _tried(account: str, act: Callable[[], None], *, last: bool) -> str:
    """How ``act`` went. Its error's sentence is kept in the store; DBOS itself could not keep an AppError."""
    try:
        with work.mistakes_told(account):
            act()
    except AppError as error:
        if isinstance(error, work.PASSING) and not last:
            work.wait(account, error)
            return AGAIN
        work.fail(account, error)
        return FAILED
    halt.check()
    return OK


@DBOS.workflow(name="inbox")
def _inbox(account: str) -> None:
    """The deliveries that wait. When Stripe does not answer they go on waiting, until the schedule's next round."""
    _apply_inbox(account)


@DBOS.step(name="apply_inbox")
def _apply_inbox(account: str) -> str:
    if account == OWN_ACCOUNT:
        return OK if own.apply() else AGAIN
    try:
        with work.mistakes_told(account):
            work.inbox(account)
    except work.PASSING as error:
        log.warning("Deliveries wait: %s", error.code)
        return AGAIN
    except AppError as error:
        work.fail(account, error)
        return FAILED
    return OK


@DBOS.workflow(name="catch_up_all")
def _catch_up_all(_scheduled: datetime, _context: object) -> None:
    """Every quarter of an hour: each connected account that is due catches up, and interrupted histories go on.

    Deliveries of our own account that had to wait for Stripe are worked on too.
    """
    _apply_inbox(OWN_ACCOUNT)
    for account in _due():
        _enqueue(account)


@DBOS.workflow(name="rates_of_all")
def _rates_of_all(_scheduled: datetime, _context: object) -> None:
    """Once a day: the exchange rates of each connected account that has an address for them."""
    for account in _connected():
        _rates(account)


@DBOS.workflow(name="give_back")
def _give_back(account: str, attempt: int) -> None:
    """Tell Stripe that an account is no longer read, again and again for a day."""
    if _told(account) == AGAIN and attempt < GIVES_BACK:
        _give_back_later(account, attempt + 1)


@DBOS.step(name="told")
def _told(account: str) -> str:
    try:
        connected.give_back(account)
    except AppError as error:
        log.warning("Stripe could not be told that an account was disconnected: %s", error.code)
        return AGAIN
    return OK


@DBOS.workflow(name="forget_old_events")
def _forget_old_events(_scheduled: datetime, _context: object) -> None:
    """Once a day: what was delivered, dealt with and can't come again leaves the inbox."""
    _forget()


@DBOS.step(name="forget")
def _forget() -> None:
    now = time.time()
    with transaction() as db:
        syncing.prune(db, before=now - syncing.KEPT)
    until = datetime.fromtimestamp(now - WORK_KEPT, UTC).isoformat()
    while old := DBOS.list_workflows(
        status=sorted(FINISHED), end_time=until, limit=MANY, load_input=False, load_output=False
    ):
        DBOS.delete_workflows([each.workflow_id for each in old])


@DBOS.step(name="rates")
def _rates(account: str) -> None:
    rates.refresh_quietly(account)


@DBOS.step(name="due")
def _due() -> list[str]:
    return polling.waiting(_connected(), time.time())


@DBOS.step(name="connected")
def _connected() -> list[str]:
    _adopt()
    with transaction() as db:
        return sorted({connection.account for connection in connections.all_live(db)})
