"""What chaos found, each once and by hand: two syncs at once, a history that lay too long, a disk that is full."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from lib.errors import NoRoom
from lib.store import checkpoints
from lib.store.engine import engine, transaction
from lib.store.tables import SyncWindow
from lib.sync import additions, backfill, catchup, windows, work
from lib.sync.progress import snapshot
from tests.sync.conftest import Connected

DAY = 86_400


def kept(connected: Connected) -> int:
    return sum(len(rows) for rows in connected.tables().values())


def test_two_syncs_of_one_history_end_with_the_same_tables(
    connected: Connected, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lib.gateway.client.PAGE_SIZE", 20)
    monkeypatch.setattr(windows, "PAGE_SIZE", 20)
    with ThreadPoolExecutor(2) as pool:
        ends = list(pool.map(work.run, [connected.account] * 2))
    assert {end.state for end in ends} == {"done"}
    together, parts = connected.tables(), snapshot(connected.account).parts
    assert all(part.done and part.fetched == part.estimate for part in parts)
    alone = work.run(connected.account, full=True)
    assert connected.tables() == together
    assert [part.fetched for part in parts] == [part.fetched for part in alone.parts]


def test_a_history_that_lay_longer_than_stripe_keeps_events_is_begun_anew(connected: Connected) -> None:
    work.prepare(connected.account)
    begin = backfill.first_moment(connected.gateway)
    with transaction() as db:
        stale = SyncWindow(account=connected.account, resource="customer", start=begin, end=begin + 1, done=False)
        checkpoints.replace_window(db, connected.account, None, [stale])
        checkpoints.save_run(db, connected.account, watermark=int(time.time()) - 30 * DAY)
    work.run(connected.account)
    whole = kept(connected)
    work.run(connected.account, full=True)
    assert kept(connected) == whole > 1000


def test_who_ends_while_another_begins_anew_does_not_say_done(connected: Connected) -> None:
    work.run(connected.account)
    work.prepare(connected.account, full=True)
    assert (snapshot(connected.account).state, snapshot(connected.account).parts) == ("running", ())
    additions.run(connected.account, connected.gateway)
    work.finish(connected.account)
    assert (snapshot(connected.account).state, snapshot(connected.account).parts) == ("running", ())


@contextmanager
def full_disk() -> Iterator[None]:
    """No file of this process may be written to."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_is_told_and_nothing_is_lost(connected: Connected) -> None:
    if engine().dialect.name != "sqlite":
        pytest.skip("PostgreSQL's files are another process's")
    work.run(connected.account)
    before = connected.tables()
    with full_disk(), pytest.raises(NoRoom):
        work.run(connected.account, full=True)
    assert work.run(connected.account, full=True).state == "done"
    assert connected.tables() == before


def test_want_of_room_while_catching_up_is_shown_until_it_is_over(connected: Connected) -> None:
    work.run(connected.account)
    work.wait(connected.account, NoRoom())
    shown = snapshot(connected.account)
    assert (shown.state, shown.error) == ("failed", NoRoom().message)
    assert (work.run(connected.account).error, snapshot(connected.account).state) == (None, "done")


def test_a_clock_that_is_ahead_does_not_carry_the_watermark_past_what_is_to_come(
    connected: Connected, monkeypatch: pytest.MonkeyPatch
) -> None:
    today = time.time()
    monkeypatch.setattr(time, "time", lambda: today + 90 * DAY)
    assert catchup.now_at_stripe(connected.gateway) < today + DAY
