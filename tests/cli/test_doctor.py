"""``doctor``: one line a check, what to mend, exit code 1 when something is broken."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lib.settings import Standin
from lib.store import reads
from lib.store.engine import migrate, transaction
from lib.store.syncing import LISTED
from lib.store.tables import Connection, EventInbox, Workspace
from tests.cli.conftest import Cli


@pytest.mark.sqlite(reason="the sentence is about SQLite")
def test_a_fresh_machine_is_well(cli: Cli) -> None:
    ran = cli("doctor")
    assert ran.code == 0
    assert [line[0] for line in ran.out.splitlines()] == ["✓"] * 8
    assert "sandbox mode" in ran.out
    assert "made at the first start" in ran.out


def test_it_looks_and_changes_nothing(cli: Cli, data_dir: Path) -> None:
    cli("doctor")
    assert list(data_dir.iterdir()) == []


@pytest.mark.sqlite(reason="the sentence is about SQLite")
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
    monkeypatch.delenv("APP_SECRET", raising=False)
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


def test_the_set_up_at_stripe_is_looked_at_as_on_the_platform_page(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, fresh_standin: Standin
) -> None:
    standin = fresh_standin  # nobody has given it another name
    monkeypatch.setenv("STRIPE_API_BASE", standin["base"])
    monkeypatch.setenv("STRIPE_CONNECT_BASE", standin["base"])
    monkeypatch.setenv("STRIPE_SECRET_KEY", standin["secret_key"])
    monkeypatch.setenv("STRIPE_CLIENT_ID", standin["client_id"])
    monkeypatch.setenv("STRIPE_WEBHOOK_SECRET", "whsec_1")
    ran = cli("doctor")
    assert ran.code == 0
    assert "✓ Secret key (test): Answers in test mode as Plimsoll (acct_" in ran.out
    assert "✓ Client id (test): Stripe's sign-in knows it" in ran.out
    assert "○ Events of connected accounts (test): No endpoint for events" in ran.out
    assert "○ Secret key (live): No key of live mode is set." in ran.out
    assert standin["secret_key"] not in ran.out + ran.err
    assert "whsec_1" not in ran.out + ran.err
    found = {each["name"]: each for each in json.loads(cli("doctor", "--json").out)}
    assert found["Secret key (test)"] | {"says": ""} == {
        "ok": True,
        "name": "Secret key (test)",
        "says": "",
        "open": False,
    }
    assert found["Events of connected accounts (test)"]["open"] is True
    monkeypatch.setenv("STRIPE_CLIENT_ID", "ca_another")
    ran = cli("doctor")
    assert ran.code == 1
    assert "✗ Client id (test): Stripe's page of consent does not know this client id." in ran.out


def test_json_is_for_programs(cli: Cli) -> None:
    found = json.loads(cli("doctor", "--json").out)
    assert found[0]["name"] == "Settings"
    assert all(each["ok"] for each in found)


def test_webhooks_that_do_not_arrive_and_reads_that_are_used_up_are_told(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, standin: Standin
) -> None:
    monkeypatch.setenv("STRIPE_API_BASE", standin["base"])
    monkeypatch.setenv("STRIPE_SECRET_KEY", standin["secret_key"])
    monkeypatch.setenv("STRIPE_CLIENT_ID", standin["client_id"])
    monkeypatch.setenv("STRIPE_WEBHOOK_SECRET", "whsec_1")
    migrate()
    assert "✓ Webhooks: STRIPE_WEBHOOK_SECRET is set" in cli("doctor").out
    assert "✓ Reads: none so far" in cli("doctor").out
    day = datetime.now(UTC).date().isoformat()
    with transaction() as db:
        db.add(Workspace(id="w", name="Mine", created=1))
        db.flush()
        db.add(Connection(id="c", workspace="w", account="acct_1", kind="oauth", created=1))
        about = EventInbox(id="evt_1", account="acct_1", type="product.updated", created=1, received=time.time())
        db.add(about.sqlmodel_update({"state": "done", "note": LISTED}))
    reads.add({("acct_1", day): 10_000})
    ran = cli("doctor")
    assert ran.code == 1
    assert "✗ Webhooks: nothing was delivered in 3 days for acct_1, although things changed there." in ran.out
    assert "✗ Reads: 10,000 of 10,000 reads in 30 days for acct_1: all that Stripe allows." in ran.out
