"""Backups: one moment of the database, made and put back while others write, whole or not at all."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import create_engine
from typer.testing import CliRunner

from lib.cli.main import app
from lib.errors import BackupByServer, BackupExists, BackupFailed, BackupUnreadable, DatabaseTooNew
from lib.store import backup, syncing
from lib.store.engine import alembic_config, engine, migrate, transaction
from lib.store.tables import Account
from tests.conftest import ROOT

pytestmark = pytest.mark.sqlite(reason="a backup of PostgreSQL is pg_dump's")


@pytest.fixture
def live(data_dir: Path) -> Path:
    """A database with one account called Before, open in this process."""
    migrate()
    named("Before")
    return data_dir / "plimsoll.sqlite"


def named(name: str) -> None:
    with transaction() as db:
        account = db.get(Account, "acct_1") or Account(id="acct_1", created=0)
        account.name, account.data_version = name, account.data_version + 1
        db.add(account)


def name_now() -> str | None:
    with transaction() as db:
        found = db.get(Account, "acct_1")
        return found.name if found else None


def test_what_was_saved_comes_back_while_the_app_holds_the_database_open(live: Path, tmp_path: Path) -> None:
    file = tmp_path / "copy.sqlite"
    assert backup.save(file) == file.stat().st_size
    assert oct(file.stat().st_mode)[-3:] == "600"
    named("After")
    before = backup.load(file)
    assert name_now() == "Before"
    with closing(sqlite3.connect(before)) as db:
        assert db.execute("SELECT name FROM account").fetchone() == ("After",)
    assert sorted(each.name for each in live.parent.iterdir() if "rest" in each.name) == ["before-restore.sqlite"]


def test_figures_made_before_are_not_kept_after_a_restore(live: Path, tmp_path: Path) -> None:
    backup.save(tmp_path / "copy")
    for _ in range(3):
        named("After")
    seen = syncing.data_version("acct_1")
    backup.load(tmp_path / "copy")
    assert syncing.data_version("acct_1") > seen


def test_a_copy_is_one_moment_however_much_is_written_meanwhile(live: Path, tmp_path: Path) -> None:
    """Every transaction writes the same number to two rows: no copy may hold two numbers."""
    over = threading.Event()

    def write() -> None:
        number = 0
        while not over.is_set():
            number += 1
            with transaction() as db:
                for id_ in ("acct_2", "acct_3"):
                    db.merge(Account(id=id_, name=str(number), created=0))
                    db.flush()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(8):
            backup.save(tmp_path / f"copy{number}")
    finally:
        over.set()
        writer.join()
    for number in range(8):
        with closing(sqlite3.connect(tmp_path / f"copy{number}")) as db:
            assert len(set(db.execute("SELECT name FROM account WHERE id <> 'acct_1'"))) <= 1


def test_an_older_copy_is_brought_up_to_date(live: Path, tmp_path: Path) -> None:
    backup.save(tmp_path / "copy")
    older = create_engine(f"sqlite:///{tmp_path / 'copy'}")
    with older.begin() as connection:
        command.downgrade(alembic_config(connection), "0002")
    older.dispose()
    named("After")
    backup.load(tmp_path / "copy")
    assert name_now() == "Before"


def test_a_newer_copy_is_refused_and_changes_nothing(live: Path, tmp_path: Path) -> None:
    backup.save(tmp_path / "copy")
    with closing(sqlite3.connect(tmp_path / "copy", isolation_level=None)) as db:
        db.execute("UPDATE alembic_version SET version_num = '9999'")
    named("After")
    with pytest.raises(DatabaseTooNew):
        backup.load(tmp_path / "copy")
    assert name_now() == "After"


@pytest.mark.parametrize(
    ("reason", "content"),
    [
        ("it is not a backup", b"date,value\n2026-01-01,3\n"),
        ("it is not a backup", b""),
        ("it is damaged", b"SQLite format 3\0" + b"\xff" * 5000),
        ("No such file or directory", None),
    ],
)
def test_what_is_no_backup_gets_a_sentence_and_changes_nothing(
    reason: str, content: bytes | None, live: Path, tmp_path: Path
) -> None:
    file = tmp_path / "copy"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(BackupUnreadable, match=f"nothing has changed: {reason}"):
        backup.load(file)
    assert name_now() == "Before"


def test_another_programs_database_is_refused(live: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "theirs")) as db:
        db.execute("CREATE TABLE account (id)")
    with pytest.raises(BackupUnreadable, match="another program's database"):
        backup.load(tmp_path / "theirs")


def test_no_backup_is_written_over_and_a_missing_folder_is_told(live: Path, tmp_path: Path) -> None:
    backup.save(tmp_path / "copy")
    with pytest.raises(BackupExists, match="Choose another name"):
        backup.save(tmp_path / "copy")
    with pytest.raises(BackupFailed, match="nothing has changed"):
        backup.save(tmp_path / "nowhere" / "copy")


KILLED = """
import os, signal, sys
from pathlib import Path
from lib.store import backup
backup.PAGES = 1
backup._Patience.__call__ = lambda self, status, left, total: {condition} and os.kill(os.getpid(), signal.SIGKILL)
backup.{act}(Path(sys.argv[1]))
"""


@pytest.mark.parametrize(
    ("act", "condition"), [("save", "True"), ("load", "True"), ("load", "left and total - left == total // 2")]
)
def test_a_kill_in_the_middle_leaves_what_was_there(act: str, condition: str, live: Path, tmp_path: Path) -> None:
    copy, killed = tmp_path / "copy", tmp_path / "killed"
    backup.save(copy)
    named("After")
    engine().dispose()
    script = KILLED.format(act=act, condition=condition)
    file = killed if act == "save" else copy
    env = {**os.environ, "DATA_DIR": str(live.parent)}
    done = subprocess.run([sys.executable, "-c", script, str(file)], cwd=ROOT, env=env, timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL
    assert name_now() == "After"
    assert not killed.exists()
    backup.load(copy)
    assert name_now() == "Before"


def test_the_commands_say_what_they_did(live: Path, tmp_path: Path) -> None:
    file = str(tmp_path / "copy")
    saved = CliRunner().invoke(app, ["backup", file])
    assert saved.exit_code == 0
    assert "APP_SECRET" in saved.output
    named("After")
    refused = CliRunner().invoke(app, ["restore", file], input="n\n")
    assert refused.exit_code == 1
    assert name_now() == "After"
    restored = CliRunner().invoke(app, ["restore", file, "--yes"])
    assert restored.exit_code == 0
    assert "before-restore.sqlite" in restored.output
    assert name_now() == "Before"


def test_postgresql_is_told_its_own_way(use_settings: Callable[..., object], tmp_path: Path) -> None:
    use_settings(database_url="postgresql://db/plimsoll")
    for act in (backup.save, backup.load):
        with pytest.raises(BackupByServer, match="pg_dump --format=custom"):
            act(tmp_path / "copy")
