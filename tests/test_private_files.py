"""What the app and the command line write holds customers' data: nobody else on the machine may read it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from lib.settings import keep_private
from lib.store.engine import migrate
from tests.cli.conftest import Cli, cli

__all__ = ["cli"]

pytestmark = pytest.mark.sqlite(reason="PostgreSQL keeps its own files")


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def open_to_others(folder: Path) -> list[str]:
    return [each.name for each in folder.iterdir() if each.stat().st_mode & 0o077]


def test_the_app_keeps_its_folder_and_files_to_its_owner(data_dir: Path) -> None:
    data_dir.chmod(0o755)
    keep_private(data_dir)
    migrate()
    assert data_dir.stat().st_mode & 0o777 == 0o700
    assert (data_dir / "plimsoll.sqlite").exists()
    assert open_to_others(data_dir) == []


def test_so_does_the_command_line(cli: Cli, data_dir: Path) -> None:
    cli("metrics", "mrr")
    assert (data_dir / "plimsoll.sqlite").exists()
    assert open_to_others(data_dir) == []
