"""The database: one engine for each URL, transactions, and its schema brought up to date.

SQLite runs in WAL mode: readers never wait, writers queue (``BEGIN IMMEDIATE``, up to ``BUSY_SECONDS``). PostgreSQL
runs through psycopg 3. Everything above this file is the same on both.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

import orjson
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection as CoreConnection
from sqlalchemy import Engine, Table, create_engine, event, make_url, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool
from sqlmodel import Session

from lib.errors import DatabaseTooNew, DatabaseUnavailable, NoRoom
from lib.settings import settings

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry

Db: TypeAlias = Session
"""An open session, for rooms that hand it on to queries and never look inside."""

BUSY_SECONDS: Final = 30
EMPTY_SECONDS: Final = 5
CONNECT_SECONDS: Final = 10
STATEMENT_SECONDS: Final = 300
_PRIMARY: Final = 0xFF
"""The part of SQLite's error code that names its kind."""
_POSTGRESQL_DISK: Final = {"53100", "58030"}
"""disk_full and io_error."""
MIGRATION_LOCK: Final = 0x506C696D736F6C6C  # "Plimsoll", the key of an advisory lock
MIGRATIONS: Final = Path(__file__).parent / "migrations"


def engine() -> Engine:
    """The engine of the configured database, made once for each URL."""
    return _engine(settings().database)


@contextmanager
def transaction(session: Session | None = None) -> Iterator[Session]:
    """A session whose work is committed at the end, or undone when an error leaves the block.

    Inside another transaction pass its ``session``: the work joins it and is committed with it. Raises NoRoom when the
    disk takes no more; nothing is written then.
    """
    if session is not None:
        yield session
        return
    try:
        with Session(engine(), expire_on_commit=False) as own, own.begin():
            yield own
    except OperationalError as error:
        if _is_disk(error):
            raise NoRoom from error
        raise


def _is_disk(error: OperationalError) -> bool:
    """Whether the database could not write, for want of room or because the disk refused."""
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        return code & _PRIMARY in {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN}
    return getattr(error.orig, "sqlstate", None) in _POSTGRESQL_DISK


@contextmanager
def reading() -> Iterator[Session]:
    """A session to read with: it sees one moment, and on SQLite never waits for a writer. Nothing is committed."""
    with Session(_reader(settings().database), expire_on_commit=False) as session:
        yield session


def migrate(url: str | None = None) -> None:
    """Bring the schema up to date. Safe when several processes start at once, and quick when nothing is to do.

    ``url`` is another database than the configured one.

    Raises:
        DatabaseUnavailable: the database can't be reached or opened.
        DatabaseTooNew: a newer version of the app wrote it.
    """
    try:
        with _create(url or settings().database, migrating=True).connect() as connection, connection.begin():
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
            if MigrationContext.configure(connection).get_current_revision() != _newest():
                command.upgrade(alembic_config(connection), "head")
    except CommandError as error:
        raise DatabaseTooNew from error
    except OperationalError as error:
        raise DatabaseUnavailable from error


@lru_cache(maxsize=1)
def _newest() -> str | None:
    """The step that a schema of today has taken last."""
    return ScriptDirectory(str(MIGRATIONS)).get_current_head()


def write_back() -> None:
    """Write SQLite's log into its file and empty it, as far as readers let it: what was overwritten is gone then.

    Whoever reads for longer than EMPTY_SECONDS (a download) keeps the log as it is until the next time.
    """
    with engine().connect() as connection:
        if connection.dialect.name == "sqlite" and (raw := connection.connection.dbapi_connection) is not None:
            cursor = raw.cursor()
            cursor.execute(f"PRAGMA busy_timeout = {EMPTY_SECONDS * 1000}")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            cursor.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")


def alembic_config(connection: CoreConnection) -> Config:
    """Alembic's configuration, working on an open ``connection``; there is no alembic.ini."""
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    return config


@lru_cache(maxsize=16)
def _engine(url: str) -> Engine:
    return _create(url)


@lru_cache(maxsize=16)
def _reader(url: str) -> Engine:
    """The same pool, whose transactions see the database as it was at their first read."""
    shared = _engine(url)
    if shared.dialect.name == "sqlite":
        return shared.execution_options(sqlite_begin="BEGIN")
    return shared.execution_options(isolation_level="REPEATABLE READ")


def _create(url: str, *, migrating: bool = False) -> Engine:
    if make_url(url).get_backend_name() == "sqlite":
        return _sqlite(url, migrating=migrating)
    return create_engine(
        url,
        poolclass=NullPool if migrating else None,
        pool_pre_ping=not migrating,
        connect_args={
            "connect_timeout": CONNECT_SECONDS,
            "options": f"-c statement_timeout={STATEMENT_SECONDS}s -c timezone=UTC",
        },
        hide_parameters=True,  # rows hold people's data and sealed keys: none of it may reach an error or a log
        json_serializer=_dumps,
        json_deserializer=orjson.loads,
    )


def _sqlite(url: str, *, migrating: bool) -> Engine:
    path = make_url(url).database
    if path and path != ":memory:":
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    created = create_engine(
        url,
        poolclass=NullPool if migrating else None,
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
        hide_parameters=True,  # rows hold people's data and sealed keys: none of it may reach an error or a log
        json_serializer=_dumps,
        json_deserializer=orjson.loads,
    )

    @event.listens_for(created, "connect")
    def prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        assert isinstance(connection, sqlite3.Connection)  # noqa: S101 - tells mypy which driver this is
        connection.isolation_level = None  # BEGIN is ours, see below
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA cache_size = -65536")  # 64 MiB
        # Alembic's table rebuilds drop tables, which would cascade to every row that refers to them.
        connection.execute(f"PRAGMA foreign_keys = {'OFF' if migrating else 'ON'}")

    @event.listens_for(created, "begin")
    def begin(connection: CoreConnection) -> None:
        # A transaction that starts reading and then writes fails at once if another wrote meanwhile, however long the
        # busy timeout: so those that may write say so first.
        connection.exec_driver_sql(connection.get_execution_options().get("sqlite_begin", "BEGIN IMMEDIATE"))

    return created


def _dumps(value: object) -> str:
    return orjson.dumps(value).decode()


def upsert(db: Session) -> Callable[[Table], postgresql.Insert | sqlite.Insert]:
    """The session's own ``INSERT``, which can say what becomes of rows that are there."""
    return postgresql.insert if db.connection().dialect.name == "postgresql" else sqlite.insert
