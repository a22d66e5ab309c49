"""What every command shares: exit codes, one line for a failure, quick help."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from lib.cli.main import app
from tests.cli.conftest import Cli

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = [each.callback.__name__ for each in app.registered_commands if each.callback]


@pytest.mark.parametrize("command", COMMANDS)
def test_help_is_there(cli: Cli, command: str) -> None:
    ran = cli(command, "--help")
    assert (ran.code, ran.err) == (0, "")
    assert command in ran.out


@pytest.mark.parametrize(
    "words",
    [
        ["nonsense"],
        ["metrics"],
        ["metrics", "mrr", "--from", "2026-02-30"],
        ["metrics", "mrr", "--interval", "fortnight"],
        ["metrics", "mrr", "--format", "xml"],
        ["export", "customers", "--format", "xlsx"],
        ["connect"],
    ],
    ids=" ".join,
)
def test_bad_usage_is_2_and_goes_to_stderr(cli: Cli, words: list[str]) -> None:
    ran = cli(*words)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["metrics", "mrr", "--account", "acct_none"], "No Stripe account acct_none is connected here."),
        (["metrics", "mrr"], "No Stripe account is connected yet."),
        (["metrics", "mmr"], "There is no metric called “mmr”. Known: mrr, arr,"),
        (["metrics", "mrr", "--by", "shoe"], "mrr can't be split by “shoe”. Known: plan, price, product,"),
        (["movements", "--account", "acct_none"], "No Stripe account acct_none is connected here."),
        (["export", "customers", "--account", "acct_none"], "No Stripe account acct_none is connected here."),
        (["sync"], "No Stripe account is connected yet."),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_an_expected_failure_is_1_and_one_line(cli: Cli, words: list[str], sentence: str) -> None:
    ran = cli(*words)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith(sentence)
    assert ran.err.count("\n") == 1


def test_a_wrong_setting_is_named_and_never_shown(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANDBOX_PORT", "sk_live_pasted_here")
    ran = cli("metrics", "mrr")
    assert ran.code == 1
    assert "SANDBOX_PORT" in ran.err
    assert "sk_live_pasted_here" not in ran.err


def test_help_loads_no_heavy_library() -> None:
    heavy = ["streamlit", "polars", "sqlalchemy", "stripe", "dbos", "plotly", "starlette", "cryptography"]
    code = f"import sys, lib.cli.main; print([name for name in {heavy} if name in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
