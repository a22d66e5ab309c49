"""Both databases: a test that asks for ``database`` runs once on SQLite and once on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lib import settings as settings_module
from lib.store import engine as engine_module
from tests.conftest import new_database


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
        monkeypatch.setenv("DATABASE_URL", new_database(server, template=template))
    else:
        monkeypatch.delenv("DATABASE_URL", raising=False)
    settings_module.replace(None)
    yield settings_module.settings().database
    engine_module.engine().dispose()
