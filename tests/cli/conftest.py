"""The command line, run in this process as ``python -m lib`` runs it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from lib import settings
from lib.cli.main import main


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str


Cli = Callable[..., Ran]


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """``cli("metrics", "mrr")`` runs the command and returns its exit code, stdout and stderr."""

    def run(*words: str) -> Ran:
        settings.replace(None)  # each command is a process of its own
        monkeypatch.setattr(sys, "argv", ["python -m lib", *words])
        capsys.readouterr()
        try:
            main()
            code = 0
        except SystemExit as exit_:
            code = exit_.code if isinstance(exit_.code, int) else 0
        said = capsys.readouterr()
        return Ran(code, said.out, said.err)

    return run
