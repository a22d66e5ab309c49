"""Copies of the whole database while the app runs, and putting one back. SQLite alone: PostgreSQL brings its own tools.

Both directions go through SQLite's online backup: a copy is one moment of the database, whoever writes meanwhile, and
what is put back becomes visible at once or, after a crash in between, not at all.
"""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Final

from sqlalchemy import make_url

from lib.errors import BackupByServer, BackupExists, BackupFailed, BackupUnreadable, DatabaseUnavailable
from lib.settings import settings
from lib.store.engine import BUSY_SECONDS, migrate

BEFORE: Final = "before-restore.sqlite"
"""In DATA_DIR: what was there before the last :func:`load`."""
PAGES: Final = 4_096
"""Database pages put back in one step; all of them are one transaction."""
_KEPT_PRIVATE: Final = 0o600
_MAGIC: Final = b"SQLite format 3\0"
_OURS: Final = {"account", "alembic_version", "connection", "event_inbox", "sync_run"}


def save(path: Path) -> int:
    """Copy the database to ``path``, readable by its owner alone; the copy's size in bytes.

    The copy grows beside ``path`` and takes its name only when it is whole. Raises BackupByServer on PostgreSQL,
    BackupExists, BackupFailed (no such folder, no room).
    """
    live = _live(path)
    if path.exists():
        raise BackupExists(path=path)
    _copied(live, path)
    return path.stat().st_size


def load(path: Path) -> Path:
    """Put the copy at ``path`` in the place of the database, while others use it; where the data before was copied to.

    A copy of an older version is brought up to date first. Raises BackupByServer, BackupUnreadable (missing, damaged,
    no copy of ours), DatabaseTooNew, BackupFailed, or DatabaseUnavailable when another program keeps it locked: then
    nothing has changed.
    """
    live = _live(path)
    _check(path)
    before, staged = live.parent / BEFORE, live.parent / "restoring.sqlite"
    try:
        _copied(path, staged)
        migrate(f"sqlite:///{staged}")
        _copied(live, before)
        _outnumber(staged, live)
        with closing(_open(staged)) as source, closing(_open(live)) as target:
            source.backup(target, pages=PAGES, progress=_Patience())
    except sqlite3.Error as error:
        raise BackupFailed(path=path, reason=str(error)) from error
    finally:
        for each in (staged, *(staged.with_name(staged.name + end) for end in ("-wal", "-shm"))):
            each.unlink(missing_ok=True)
    return before


def _live(path: Path) -> Path:
    """The database file in use. Raises BackupByServer."""
    url = make_url(settings().database)
    if url.get_backend_name() != "sqlite" or not url.database:
        raise BackupByServer(path=path)
    return Path(url.database)


def _copied(source: Path, target: Path) -> None:
    """Copy a database to a file of its own, replacing ``target`` at once at the end."""
    part = target.with_name(target.name + ".part")
    try:
        part.unlink(missing_ok=True)
        part.touch(_KEPT_PRIVATE)
        with closing(_open(source)) as reader, closing(_open(part)) as writer:
            reader.backup(writer, progress=_Patience())
            writer.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
        with part.open("rb+") as whole:
            os.fsync(whole.fileno())
        part.replace(target)
    except (sqlite3.Error, OSError) as error:
        part.unlink(missing_ok=True)
        raise BackupFailed(path=target, reason=str(error)) from error


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)


def _check(path: Path) -> None:
    """Raise BackupUnreadable unless ``path`` is a whole SQLite database with our tables."""
    try:
        with path.open("rb") as file:
            if file.read(len(_MAGIC)) != _MAGIC:
                raise BackupUnreadable(path=path, reason="it is not a backup")
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as found:
            tables = {name for (name,) in found.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            whole = found.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok"
    except OSError as error:
        raise BackupUnreadable(path=path, reason=error.strerror or "it can't be opened") from error
    except sqlite3.Error as error:
        raise BackupUnreadable(path=path, reason="it is damaged") from error
    if not whole:
        raise BackupUnreadable(path=path, reason="it is damaged")
    if not tables >= _OURS:
        raise BackupUnreadable(path=path, reason="it is another program's database")


def _outnumber(staged: Path, live: Path) -> None:
    """Raise every data version in ``staged`` above those in use, so that nobody keeps figures made before."""
    with closing(_open(staged)) as new, closing(_open(live)) as old:
        (highest,) = old.execute("SELECT coalesce(max(data_version), 0) FROM account").fetchone()
        new.execute("UPDATE account SET data_version = data_version + ? + 1", (highest,))


class _Patience:
    """Ends a copy that makes no step for BUSY_SECONDS, because another program keeps the database locked."""

    def __init__(self) -> None:
        self._left = -1
        self._since = time.monotonic()

    def __call__(self, _status: int, left: int, _total: int) -> None:
        if left != self._left:
            self._left, self._since = left, time.monotonic()
        elif time.monotonic() - self._since > BUSY_SECONDS:
            raise DatabaseUnavailable
