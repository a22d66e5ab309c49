"""``doctor``: one line a check, what to mend, exit code 1 when something is broken."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lib.settings import Standin
from lib.store.engine import migrate
from tests.cli.conftest import Cli


def test_a_fresh_machine_is_well(cli: Cli) -> None:
    ran = cli("doctor")
    assert ran.code == 0
    assert [line[0] for line in ran.out.splitlines()] == ["✓"] * 7
    assert "sandbox mode" in ran.out
    assert "made at the first start" in ran.out


def test_it_looks_and_changes_nothing(cli: Cli, data_dir: Path) -> None:
    cli("doctor")
    assert list(data_dir.iterdir()) == []


def test_a_migrated_database_is_up_to_date(cli: Cli) -> None:
    migrate()
    assert "✓ Database: SQLite, up to date" in cli("doctor").out


def test_the_stand_in_is_found_while_it_runs(cli: Cli, bound_standin: Standin) -> None:
    assert f"✓ Stripe: the stand-in answers at {bound_standin['base']}" in cli("doctor").out


@pytest.mark.parametrize(
    ("environment", "line"),
    [
        ({"APP_URL": "plimsoll.example.com"}, "✗ Address: “plimsoll.example.com” is not an address."),
        ({"APP_URL": "http://plimsoll.example.com"}, "✗ Address: http://plimsoll.example.com sends passwords in the"),
        ({"DATA_DIR": "/dev/null/data"}, "✗ Data folder: /dev/null/data can't be written."),
        ({"SANDBOX_PORT": "many"}, "✗ Settings: The settings are not right: SANDBOX_PORT"),
        ({"DATABASE_URL": "postgresql://127.0.0.1:1/x"}, "✗ Database:"),
        ({"DATABASE_URL": "postgresql://127.0.0.1:1/x"}, "✗ Encryption key: with DATABASE_URL every machine needs"),
    ],
)
def test_what_is_broken_is_named_with_its_remedy(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], line: str
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    ran = cli("doctor")
    assert ran.code == 1
    assert line in ran.out


def test_a_platform_needs_its_keys_and_webhook_secret(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, standin: Standin
) -> None:
    monkeypatch.setenv("STRIPE_API_BASE", standin["base"])
    monkeypatch.setenv("STRIPE_SECRET_KEY", standin["secret_key"])
    monkeypatch.setenv("STRIPE_CLIENT_ID", standin["client_id"])
    ran = cli("doctor")
    assert ran.code == 1
    assert "✓ Stripe: answers, and knows the key of acct_" in ran.out
    assert "✗ Webhooks: make a Connect endpoint at Stripe for http://localhost:8501/webhooks/stripe" in ran.out
    assert standin["secret_key"] not in ran.out
    monkeypatch.setenv("STRIPE_WEBHOOK_SECRET", standin["webhook_secret"])
    assert cli("doctor").code == 0


def test_json_is_for_programs(cli: Cli) -> None:
    found = json.loads(cli("doctor", "--json").out)
    assert found[0]["name"] == "Settings"
    assert all(each["ok"] for each in found)
