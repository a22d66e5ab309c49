"""A business whose history has arrived: the small stand-in's, synced once and copied into each test's DATA_DIR."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from lib import settings as settings_module
from lib.accounts import connections
from lib.accounts.sessions import SignedIn
from lib.api import answers
from lib.gateway import Gateway
from lib.settings import Settings, Standin
from lib.store import engine
from lib.store.engine import migrate
from lib.sync import backfill, halt
from lib.web import guard
from lib.web.navigation import PAGES
from tests.accounts.members import join
from tests.conftest import ON_POSTGRESQL, new_database

Open = Callable[..., AppTest]


SYNCED = "synced"
"""The database on PostgreSQL that tests copy."""


@dataclass(frozen=True)
class Business:
    """Who is signed in, and the account whose figures they see."""

    user: SignedIn
    account: str


@pytest.fixture
def newcomer(bound_standin: Standin, monkeypatch: pytest.MonkeyPatch) -> SignedIn:
    """Somebody signed in who has connected nothing yet."""
    migrate()
    user = join("Ada", now=answers.now()).user
    monkeypatch.setattr(guard, "current_user", lambda: user)
    return user


@pytest.fixture(scope="session")
def synced(
    request: pytest.FixtureRequest, standin: Standin, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Business]:
    """DATA_DIR of an owner whose history is all there, to copy from; on PostgreSQL the database ``synced`` as well."""
    halt.forget()  # a test of this process may have ended a runtime
    folder = tmp_path_factory.mktemp("synced")
    chosen = Settings.model_validate({"data_dir": folder})
    if ON_POSTGRESQL:
        url = new_database(request.getfixturevalue("postgresql"), name=SYNCED)
        chosen = Settings.model_validate({"data_dir": folder, "database_url": url})
    settings_module.replace(chosen)
    settings_module.bind_standin(standin)
    migrate()
    user = join("Ada", now=answers.now()).user
    account = connections.connect_demo(user.workspace, now=answers.now())
    backfill.run(account, Gateway(connections.credential(account)))
    engine.engine().dispose()
    settings_module.replace(None)
    return folder, Business(user, account)


@pytest.fixture
def business(
    request: pytest.FixtureRequest,
    synced: tuple[Path, Business],
    standin: Standin,
    data_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Business:
    """The synced business, in a DATA_DIR of the test's own."""
    folder, found = synced
    shutil.copytree(folder, data_dir, dirs_exist_ok=True)
    if ON_POSTGRESQL:
        monkeypatch.setenv("DATABASE_URL", new_database(request.getfixturevalue("postgresql"), template=SYNCED))
        settings_module.replace(None)
    settings_module.bind_standin(standin)
    monkeypatch.setattr(guard, "current_user", lambda: found.user)
    return found


@pytest.fixture
def open_page() -> Open:
    """``open_page("metric", slug="mrr")`` runs a page as a script, with that query in its address."""

    def run(url_path: str, **query: str) -> AppTest:
        page = next(each for each in PAGES if each.url_path == url_path)
        app = AppTest.from_file(str(page.path), default_timeout=60)
        for name, value in query.items():
            app.query_params[name] = value
        app.run()
        assert not app.exception
        return app

    return run
