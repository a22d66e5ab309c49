"""The house keeps its floors: who may import whom, and which room owns which library (DESIGN.md, "The house")."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# Low to high. A file imports its own room or lower floors; rooms on one floor don't import each other.
FLOORS: tuple[frozenset[str], ...] = (
    frozenset({"ground"}),
    frozenset({"ledger", "store", "gateway"}),
    frozenset({"metrics", "accounts"}),
    frozenset({"sync", "billing"}),
    frozenset({"charts", "reports"}),
    frozenset({"web", "api", "cli"}),
    frozenset({"pages", "Home", "__main__"}),
)
FLOOR_OF = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
GROUND = {"errors", "settings", "money", "periods"}
ALONE = "sandbox"
MAY_IMPORT_SANDBOX = {ALONE, "cli"}

# A library and the rooms (or the beginnings of modules) that may import it; the others ask that room.
ROOMS_OF_LIBRARY: dict[str, tuple[str, ...]] = {
    "streamlit": ("lib.web", "pages", "Home"),
    "streamlit_authenticator": ("lib.web",),
    "stripe": ("lib.gateway",),
    "sqlmodel": ("lib.store",),
    "sqlalchemy": ("lib.store",),
    "alembic": ("lib.store",),
    "psycopg": ("lib.store",),
    "plotly": ("lib.charts",),
    "starlette": ("lib.api", "lib.sandbox"),
    "uvicorn": ("lib.cli", "lib.sandbox"),
    "dbos": ("lib.sync",),
    "polars": ("lib.ledger", "lib.metrics", "lib.charts", "lib.reports", "lib.store.frames"),
    "typer": ("lib.cli",),
    "rich": ("lib.cli",),
}

# The core takes everything in as values: no input or output, no clock, no globals.
PURE = ("lib.ledger", "lib.metrics", "lib.money", "lib.periods")
IMPURE = {"os", "time", "random", "socket", "pathlib", "subprocess", "sqlite3", "requests", "httpx", "lib.settings"}


def imports(source: str) -> Iterator[str]:
    """Every module that the source imports anywhere, functions and TYPE_CHECKING blocks included, by its full name."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")
            yield from (f"{node.module}.{alias.name}" for alias in node.names if not node.level)


def room(module: str) -> str:
    """The room of a module of ours: ``lib.store.engine`` → store, ``lib.errors`` → ground, ``pages.x`` → pages."""
    first, _, rest = module.partition(".")
    if first != "lib":
        return first
    name = rest.partition(".")[0]
    return "ground" if name in GROUND else name


def broken_rules(module: str, source: str) -> list[str]:
    """One sentence for each import of ``module`` that the house does not allow."""
    found: dict[str, None] = {}
    for target in imports(source):
        for sentence in (
            _floor_broken(module, target),
            _library_broken(module, target),
            _purity_broken(module, target),
        ):
            if sentence:
                found[f"{module} imports {sentence}"] = None
    return list(found)


def _floor_broken(module: str, target: str) -> str | None:
    if target.startswith("."):
        return "relatively: write the whole name"
    if target.partition(".")[0] not in {"lib", "pages", "Home"} or target == "lib":
        return None
    here, there = room(module), room(target)
    if ALONE in {here, there}:
        allowed = here == there or (there == ALONE and here in MAY_IMPORT_SANDBOX)
        return None if allowed else f"{there}: the sandbox stands alone"
    if here == there or FLOOR_OF.get(there, len(FLOORS)) < FLOOR_OF[here]:
        return None
    return f"{there}, which is no lower floor"


def _library_broken(module: str, target: str) -> str | None:
    library = target.partition(".")[0]
    rooms = ROOMS_OF_LIBRARY.get(library)
    if rooms is None or any(module == room or module.startswith((room + ".", room + "_")) for room in rooms):
        return None
    return f"{library}, which belongs to {', '.join(rooms)}"


def _purity_broken(module: str, target: str) -> str | None:
    pure = any(module == room or module.startswith(room + ".") for room in PURE)
    return f"{target}, but it is pure" if pure and target in IMPURE else None


def modules() -> list[tuple[str, Path]]:
    """Every file of the app, with its module name."""
    files = sorted([*(ROOT / "lib").rglob("*.py"), *(ROOT / "pages").glob("*.py"), ROOT / "Home.py"])
    return [(_module_name(file), file) for file in files if file.exists()]


def _module_name(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def test_every_import_goes_down() -> None:
    broken = [rule for module, file in modules() for rule in broken_rules(module, file.read_text("utf-8"))]
    assert broken == []


def test_every_room_is_on_a_floor() -> None:
    rooms = {room(module) for module, _ in modules() if module != "lib"}
    assert rooms - set(FLOOR_OF) - {ALONE} == set()


@pytest.mark.parametrize("page", sorted((ROOT / "pages").glob("*.py")), ids=lambda page: page.name)
def test_a_page_is_thin(page: Path) -> None:
    assert len(page.read_text("utf-8").splitlines()) <= 50


def test_the_launcher_imports_nothing_of_the_screen() -> None:
    # Importing a v1 component in the launcher makes it 404 and its cookie vanish (STREAMLIT.md, trap 2).
    allowed = {"streamlit", "__future__", "__future__.annotations", "lib.api", "lib.api.server"}
    assert set(imports((ROOT / "Home.py").read_text("utf-8"))) - allowed == set()


@pytest.mark.parametrize(
    ("module", "source", "expected"),
    [
        ("lib.ledger.build", "import polars as pl\nfrom lib.errors import LedgerBroken", None),
        ("lib.store.frames_fast", "import polars", None),
        ("lib.cli.sandbox", "from lib import sandbox", None),
        ("pages.connect", "from lib.web import guard", None),
        ("lib.ledger.build", "from lib.store import engine", "store, which is no lower floor"),
        ("lib.store.engine", "def f():\n    import lib.web.main", "web, which is no lower floor"),
        ("lib.web.cards", "from lib.api import server", "api, which is no lower floor"),
        ("lib.web.cards", "from lib import api", "api, which is no lower floor"),
        ("lib.metrics.mrr", "import datetime, time", "time, but it is pure"),
        ("lib.store.engine", "import polars", "polars, which belongs to"),
        ("lib.sync.backfill", "from stripe import StripeClient", "stripe, which belongs to lib.gateway"),
        ("lib.sandbox.clock", "from lib import money", "ground: the sandbox stands alone"),
        ("lib.web.cards", "from lib.sandbox import serve", "sandbox: the sandbox stands alone"),
        ("lib.store.engine", "from . import tables", "relatively"),
    ],
)
def test_the_rule_catches_what_it_should(module: str, source: str, expected: str | None) -> None:
    sentences = broken_rules(module, source)
    if expected is None:
        assert sentences == []
    else:
        assert any(expected in sentence for sentence in sentences)
