"""The engine and the schema's history, on both databases."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import BigInteger, Integer, inspect, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import SQLModel, select

from lib.errors import DatabaseTooNew, DatabaseUnavailable
from lib.settings import replace
from lib.store import engine as store
from lib.store.tables import Account, Membership

pytestmark = pytest.mark.usefixtures("data_dir")


def _account(name: str) -> Account:
    return Account(id=f"acct_{name}", name=name, created=0)


def test_tables_and_migrations_agree(empty_database: str) -> None:
    store.migrate()
    with store.engine().connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == [], empty_database


def test_every_number_has_64_bits() -> None:
    """PostgreSQL's INTEGER ends at 2,147,483,647: in 2038, or at 21 million dollars."""
    narrow = {
        f"{table.name}.{column.name}"
        for table in SQLModel.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, Integer) and not isinstance(column.type, BigInteger)
    }
    one_row = {"brand.id", "billing_begun.id"}
    assert narrow - one_row == {"login_failure.id"}  # SQLite numbers rows by itself only where the type is INTEGER


def test_migrating_twice_changes_nothing(empty_database: str) -> None:
    store.migrate()
    with store.transaction() as session:
        session.add(_account("kept"))
    before = _schema()
    store.migrate()
    assert _schema() == before, empty_database
    with store.reading() as session:
        assert session.get_one(Account, "acct_kept").name == "kept"


def _schema() -> object:
    inspector = inspect(store.engine())
    return {name: [str(c) for c in inspector.get_columns(name)] for name in inspector.get_table_names()}


NEWEST = max(path.name[:4] for path in (store.MIGRATIONS / "versions").glob("0*.py"))


def test_processes_that_start_at_once_migrate_once(empty_database: str) -> None:
    code = "from lib.store.engine import migrate; migrate()"
    started = [subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE) for _ in range(4)]
    assert [process.communicate(timeout=60)[1].decode() for process in started] == [""] * 4, empty_database
    with store.engine().connect() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all() == [NEWEST]


def test_a_database_of_a_newer_version_is_refused(database: str) -> None:
    with store.transaction() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseTooNew, match="newer version"):
        store.migrate()
    assert database


def test_an_unreachable_database_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody:hush@127.0.0.1:1/none")
    replace(None)
    with pytest.raises(DatabaseUnavailable) as caught:
        store.migrate()
    assert "hush" not in caught.value.message


def test_an_error_undoes_the_whole_transaction(database: str) -> None:
    with pytest.raises(ZeroDivisionError), store.transaction() as session:  # noqa: PT012 - the block is the transaction
        session.add(_account("gone"))
        session.flush()
        raise ZeroDivisionError
    with store.reading() as session:
        assert session.get(Account, "acct_gone") is None, database


def test_work_joins_the_transaction_it_is_given(database: str) -> None:
    with pytest.raises(ZeroDivisionError), store.transaction() as outer:  # noqa: PT012 - the block is the transaction
        with store.transaction(outer) as inner:
            inner.add(_account("inner"))
        raise ZeroDivisionError
    with store.reading() as session:
        assert session.get(Account, "acct_inner") is None, database


def test_foreign_keys_are_kept(database: str) -> None:
    with pytest.raises(IntegrityError), store.transaction() as session:
        session.add(Membership(user="nobody", workspace="nowhere", role="owner"))
    assert database


def test_a_reader_sees_one_moment_and_does_not_wait_for_a_writer(database: str) -> None:
    with store.transaction() as session:
        session.add(_account("old"))
    with store.transaction() as writer:
        writer.add(_account("new"))
        writer.flush()
        with store.reading() as reader:
            assert reader.exec(select(Account.name)).all() == ["old"]
            writer.commit()
            assert reader.exec(select(Account.name)).all() == ["old"]
    with store.reading() as reader:
        assert sorted(map(str, reader.exec(select(Account.name)))) == ["new", "old"], database


def test_writers_at_once_lose_nothing(database: str) -> None:
    with store.transaction() as session:
        session.add(_account("busy"))

    def count_up() -> None:
        for _ in range(25):
            with store.transaction() as session:
                session.execute(text("UPDATE account SET data_version = data_version + 1"))

    threads = [threading.Thread(target=count_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.reading() as session:
        assert session.get_one(Account, "acct_busy").data_version == 100, database


@pytest.mark.sqlite(reason="it is about SQLite")
def test_sqlite_is_in_wal_mode_with_foreign_keys() -> None:
    with store.reading() as session:
        pragmas = {name: session.execute(text(f"PRAGMA {name}")).scalar() for name in ("journal_mode", "foreign_keys")}
    assert pragmas == {"journal_mode": "wal", "foreign_keys": 1}
