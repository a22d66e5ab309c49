"""The app's routes behind its own middleware, with a migrated database, and people who are signed in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from lib.api import answers, server
from lib.store.engine import migrate
from tests.accounts.members import Member, join


@pytest.fixture(autouse=True)
def database(data_dir: Path) -> None:
    migrate()


@pytest.fixture
def client() -> Iterator[TestClient]:
    """All routes and the middleware; no pages, no background."""
    app = Starlette(routes=server.ROUTES, middleware=server.MIDDLEWARE, exception_handlers=server.EXCEPTION_HANDLERS)
    with TestClient(app, follow_redirects=False) as found:
        yield found


@pytest.fixture
def ada() -> Member:
    return join("Ada", now=answers.now())


@pytest.fixture
def eve() -> Member:
    return join("Eve", now=answers.now())
