"""An account connected to a stand-in, and a look at every row it left in the store."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from sqlalchemy import Connection, Table, create_engine, select

from lib import settings as settings_module
from lib.accounts import connections, workspaces
from lib.gateway import Credential, Gateway, Patience
from lib.settings import Standin
from lib.store.engine import migrate
from lib.store.tables import MIRROR, core
from lib.sync import work
from tests.conftest import ON_POSTGRESQL, new_database

Tables = dict[str, list[dict[str, Any]]]

WHEN_SEEN = {"observed_at", "children_at"}
"""Columns that say when we looked, not what we saw."""


@dataclass(frozen=True)
class Connected:
    """An account, the stand-in it lives in, and its mirror in the store."""

    account: str
    standin: Standin
    data_dir: Path

    @property
    def gateway(self) -> Gateway:
        return Gateway(Credential.restricted(self.standin["restricted_key"]))

    url: str

    def tables(self) -> Tables:
        """Every mirrored row, sorted, but for when we saw it."""
        with self._asked() as db:
            return {core(each).name: self._rows(db, core(each)) for each in MIRROR}

    def _rows(self, db: Connection, table: Table) -> list[dict[str, Any]]:
        rows = db.execute(select(table).order_by(table.c.account, table.c.id))
        return [{name: value for name, value in row.items() if name not in WHEN_SEEN} for row in rows.mappings()]

    def one(self, query: str, *values: object) -> Any:  # noqa: ANN401 - whatever the column holds
        """The first column of the first row; ``?`` stands for each of the values."""
        with self._asked() as db:
            sql = query.replace("?", "%s") if db.dialect.name == "postgresql" else query
            done = db.exec_driver_sql(sql, values)
            row = done.first() if done.returns_rows else None
            return row[0] if row else None

    @contextmanager
    def _asked(self) -> Iterator[Connection]:
        """The store that this account was connected to, whatever the settings are now."""
        engine = create_engine(self.url, json_deserializer=orjson.loads)
        with engine.begin() as db:
            yield db
        engine.dispose()

    def tell(self, door: str, **body: object) -> dict[str, Any]:
        """Ask the stand-in's back door: ``tell("faults", kind="500", count=1)``."""
        answer = httpx.post(f"{self.standin['base']}/_sandbox/{door}", json=body, timeout=60)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def do(self, operation: str, **arguments: object) -> object:
        """Let something happen in the account."""
        return self.tell("do", operation=operation, **arguments)["result"]

    def requests(self) -> list[tuple[str, str]]:
        """Path and query of the requests so far, oldest first."""
        report = httpx.get(f"{self.standin['base']}/_sandbox/requests?last=1000").json()
        return [(each["path"], each["query"]) for each in report["last"]]


def connect(standin: Standin, data_dir: Path) -> Connected:
    settings_module.bind_standin(standin)
    migrate()
    now = int(time.time())
    account = connections.connect_demo(workspaces.for_command_line(now=now), now=now)
    return Connected(account, standin, data_dir, settings_module.settings().database)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Failures are tried again at once, and not for long."""
    monkeypatch.setattr(work, "PATIENCE", Patience(attempts=8, first=0.01, longest=0.02))


@pytest.fixture
def connected(standin: Standin, data_dir: Path) -> Connected:
    """An account of the shared stand-in: read it, and leave its clock and faults alone."""
    return connect(standin, data_dir)


@pytest.fixture
def living(fresh_standin: Standin, data_dir: Path) -> Connected:
    """An account of a stand-in of one's own: anything may happen in it."""
    return connect(fresh_standin, data_dir)


@pytest.fixture
def elsewhere(
    request: pytest.FixtureRequest, data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Standin], Connected]:
    """Connect the same stand-in to a second, empty store."""

    def connect_again(standin: Standin) -> Connected:
        other = tmp_path / "other"
        other.mkdir()
        monkeypatch.setenv("DATA_DIR", str(other))
        if ON_POSTGRESQL:
            monkeypatch.setenv("DATABASE_URL", new_database(request.getfixturevalue("postgresql")))
        settings_module.replace(None)
        return connect(standin, other)

    return connect_again
