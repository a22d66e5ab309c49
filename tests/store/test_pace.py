"""A pace that processes share, on both databases. No test waits: what is asked is when the next read may begin."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest
from sqlalchemy import text

from lib.store import connections, pace
from lib.store.engine import engine, transaction
from lib.store.tables import Account

BOOKS_FORTY = "from lib.store import pace\nfor _ in range(20): pace.reserve('acct_1', 2.0, 2)"


def test_each_booking_begins_where_the_last_one_ends(database: str) -> None:
    began = time.monotonic()
    waits = [pace.reserve("acct_1", 2.0, count) for count in (1, 4, 2, 1)]
    elapsed = time.monotonic() - began
    for wait, expected in zip(waits, (0.0, 0.5, 2.5, 3.5), strict=True):
        assert wait is not None
        assert expected - elapsed - 0.01 <= wait <= expected + 0.01  # the database counts in floats of epoch seconds


def test_two_processes_together_stay_within_the_rate(database: str) -> None:
    began = time.monotonic()
    command = [sys.executable, "-c", BOOKS_FORTY]
    both = [subprocess.Popen(command, env=os.environ | {"DATABASE_URL": _given(database)}) for _ in range(2)]
    assert [each.wait(60) for each in both] == [0, 0]
    wait = pace.reserve("acct_1", 2.0, 1)
    assert wait is not None
    assert 80 / 2 - (time.monotonic() - began) - 0.01 <= wait <= 80 / 2


def test_nobody_reads_during_a_pause_and_a_shorter_one_does_not_end_it(database: str) -> None:
    pace.pause("acct_1", 600.0)
    pace.pause("acct_1", 1.0)
    wait = pace.reserve("acct_1", 2.0, 1)
    assert wait is not None
    assert 500 < wait <= 600
    assert pace.reserve("acct_2", 2.0, 1) == 0.0


def test_an_erased_account_leaves_none_of_its_buckets(database: str) -> None:
    with transaction() as db:
        db.add(Account(id="acct_1", created=0))
    for bucket in ("acct_1", "acct_1 /v1/invoices", "acct_10", "acct_10 /v1/invoices"):
        pace.reserve(bucket, 2.0, 1)
    with transaction() as db:
        connections.erase(db, "acct_1")
    with engine().connect() as connection:
        kept = connection.execute(text("SELECT bucket FROM pace ORDER BY bucket")).scalars().all()
    assert kept == ["acct_10", "acct_10 /v1/invoices"]


def test_a_database_that_fails_is_told_in_the_log_and_stops_no_read(
    database: str, caplog: pytest.LogCaptureFixture
) -> None:
    with engine().begin() as connection:
        connection.execute(text("DROP TABLE pace"))
    assert pace.reserve("acct_1", 2.0, 1) is None
    assert "pace" in caplog.text


def _given(database: str) -> str:
    """The setting that leads to this database; none for SQLite, which is in DATA_DIR."""
    return database if database.startswith("postgresql") else ""
