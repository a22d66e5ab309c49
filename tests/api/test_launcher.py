"""The launcher: what it must not import, and whether it knows when it is of no use."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from starlette.testclient import TestClient

from lib.settings import Settings

ROOT = Path(__file__).resolve().parents[2]


def test_the_launcher_imports_nothing_of_the_screen() -> None:
    """A component of streamlit-authenticator that is registered here would be missing in the pages, silently."""
    screen = ("lib.web", "streamlit_authenticator", "extra_streamlit_components")
    script = f"import sys, Home; print([name for name in sys.modules if name.startswith({screen})])"
    found = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_health(client: TestClient, use_settings: Callable[..., Settings]) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})

    use_settings(database_url="postgresql://nobody@127.0.0.1:9/nothing")

    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (503, {"status": "database unavailable"})


def test_the_overview_by_its_name(client: TestClient) -> None:
    """Streamlit knows its first page at ``/`` only, and would say that there is no such page."""
    answer = client.get("/overview?account=acct_1&range=All+time", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/?account=acct_1&range=All+time")
