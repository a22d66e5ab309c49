"""The command line alone: link and sync as real processes, then figures, movements and exports. No browser, no app."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from lib.metrics.segments import Condition, Op, Segment
from lib.reports import segments
from lib.settings import Standin
from lib.store import connections
from lib.store.engine import reading
from tests.cli.conftest import Cli
from tests.conftest import ON_POSTGRESQL, new_database

ROOT = Path(__file__).resolve().parents[2]
DAYS = 120
LATELY = datetime.now(UTC).date() - timedelta(days=30)
LONG_AGO = LATELY - timedelta(days=DAYS)
"""Two days inside the fourteen months of the stand-in's world, which ends now."""
MOVEMENTS = "date,type,customer,subscription,plan,currency,amount,amount_base"


@pytest.fixture(scope="module")
def shared(request: pytest.FixtureRequest) -> dict[str, str]:
    """In place of a database for each test: they all look at what one command line left."""
    if not ON_POSTGRESQL:
        return {}
    url = new_database(request.getfixturevalue("postgresql"))
    return {"DATABASE_URL": url, "APP_SECRET": "a secret that all machines share"}


@pytest.fixture(autouse=True)
def on_postgresql(shared: dict[str, str], data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in shared.items():
        monkeypatch.setenv(name, value)


def lib(folder: Path, shared: dict[str, str], *words: str) -> subprocess.CompletedProcess[bytes]:
    """Run ``python -m lib`` with ``folder`` as DATA_DIR."""
    return subprocess.run(
        [sys.executable, "-m", "lib", *words],
        cwd=ROOT,
        env=os.environ | shared | {"DATA_DIR": str(folder), "SANDBOX_PORT": "0"},
        capture_output=True,
        check=False,
        timeout=280,
    )


def done(folder: Path, shared: dict[str, str], *words: str) -> str:
    """What a command prints that must succeed."""
    ran = lib(folder, shared, *words)
    assert ran.returncode == 0, ran.stderr.decode()
    return ran.stdout.decode()


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture(scope="module")
def linked(standin: Standin, tmp_path_factory: pytest.TempPathFactory, shared: dict[str, str]) -> tuple[Path, str]:
    """A DATA_DIR whose account was linked and synced by the command line; and the account."""
    folder = tmp_path_factory.mktemp("cli")
    (folder / "standin.json").write_text(json.dumps(standin), encoding="utf-8")
    account = json.loads(done(folder, shared, "connect", "--restricted-key", standin["restricted_key"], "--json"))[
        "account"
    ]
    counts = json.loads(done(folder, shared, "sync", "--json"))
    assert counts[account]["customer"] > 0
    return folder, account


@pytest.fixture
def figures(cli: Cli, linked: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """``figures("metrics", "mrr")``: what the command prints about the linked account, in this process."""
    monkeypatch.setenv("DATA_DIR", str(linked[0]))

    def run(*words: str) -> str:
        ran = cli(*words)
        assert ran.code == 0, ran.err
        return ran.out

    return run


def test_connect_prints_the_account(standin: Standin, linked: tuple[Path, str]) -> None:
    assert linked[1] == standin["account"]


def test_one_row_for_every_period(linked: tuple[Path, str], figures: Callable[..., str]) -> None:
    _, account = linked
    rows = table(figures("metrics", "mrr", "--account", account, "--from", str(LONG_AGO), "--to", str(LATELY)))
    assert [row["date"] for row in rows] == [str(LONG_AGO + timedelta(days=n)) for n in range(DAYS + 1)]


def test_movements_add_up_to_mrr(linked: tuple[Path, str], figures: Callable[..., str]) -> None:
    _, account = linked
    text = figures("movements", "--account", account)
    assert text.splitlines()[0] == MOVEMENTS
    rows = table(text)
    assert {row["type"] for row in rows} <= {"new", "expansion", "contraction", "churn", "reactivation", "fx"}
    last = max(row["date"] for row in rows)
    mrr = table(figures("metrics", "mrr", "--from", last, "--to", last))[0]["value"]
    # Each row is rounded to cents by itself, so the sum may part from MRR by half a cent a row.
    total = sum(Decimal(row["amount_base"]) for row in rows)
    assert abs(total - Decimal(mrr)) <= Decimal("0.005") * len(rows)


def test_json_says_the_same_as_csv(linked: tuple[Path, str], figures: Callable[..., str]) -> None:
    words = ("metrics", "net_revenue", "--from", str(LONG_AGO), "--to", str(LATELY), "--interval", "month")
    rows = table(figures(*words))
    answer = json.loads(figures(*words, "--format", "json"))
    assert [(row["date"], Decimal(str(row["value"]))) for row in answer["rows"]] == [
        (row["date"], Decimal(row["value"])) for row in rows
    ]
    assert (answer["unit"], answer["interval"]) == ("money", "month")


def test_a_split_adds_a_column(linked: tuple[Path, str], figures: Callable[..., str]) -> None:
    rows = table(figures("metrics", "mrr", "--by", "plan", "--interval", "month"))
    assert list(rows[0]) == ["date", "plan", "value"]


def test_all_metrics_come_in_one_table(linked: tuple[Path, str], figures: Callable[..., str]) -> None:
    rows = table(figures("metrics", "all", "--interval", "month"))
    assert list(rows[0]) == ["metric", "date", "value"]
    counts = Counter(row["metric"] for row in rows)
    assert {"mrr", "arr", "net_revenue", "customer_churn_rate"} <= set(counts)
    assert len(set(counts.values())) == 1


def test_a_segment_is_some_of_the_customers(linked: tuple[Path, str], figures: Callable[..., str], cli: Cli) -> None:
    people = table(figures("export", "customers"))
    germans = Segment("At home", (Condition("country", Op.IS, ("DE",)),))
    others = Segment("Abroad", (Condition("country", Op.IS_NOT, ("DE",)),))
    with reading() as db:
        connection = connections.live(db, linked[1])
    assert connection is not None
    for each in (germans, others):
        segments.save(connection.workspace, each, now=0)
    words = ("metrics", "mrr", "--from", str(LATELY), "--to", str(LATELY))
    whole, *parts = (
        Decimal(table(figures(*words, *more))[0]["value"])
        for more in ((), ("--segment", "At home"), ("--segment", "Abroad"))
    )
    assert any(row["country"] == "DE" for row in people)
    assert sum(parts) == pytest.approx(whole, abs=Decimal("0.01"))
    assert all(0 < part < whole for part in parts)
    answer = json.loads(figures(*words, "--segment", "At home", "--by", "country", "--format", "json"))
    assert answer["segment"] == "At home"
    assert {row["country"] for row in answer["rows"] if row["value"]} == {"DE"}
    ran = cli(*words, "--segment", "Martians")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == "There is no segment called “Martians”. Known: Abroad, At home.\n"


def test_export_as_csv_and_parquet_hold_the_same_rows(linked: tuple[Path, str], figures: Callable[..., str]) -> None:
    rows = table(figures("export", "customers"))
    file = linked[0] / "customers.parquet"
    figures("export", "customers", "--format", "parquet", "--output", str(file))
    assert [row["id"] for row in rows] == pl.read_parquet(file)["id"].to_list()
    assert rows[0]["created_iso"].endswith("Z")


def test_a_second_sync_changes_no_figure(
    linked: tuple[Path, str], figures: Callable[..., str], shared: dict[str, str]
) -> None:
    folder, account = linked
    before = figures("movements", "--to", str(LATELY))
    done(folder, shared, "sync", "--account", account)
    assert figures("movements", "--to", str(LATELY)) == before


def test_it_works_in_sandbox_mode_with_no_app_running(
    standin: Standin, world_cache: Path, tmp_path: Path, shared: dict[str, str]
) -> None:
    (tmp_path / "sandbox").symlink_to(world_cache)
    ran = lib(tmp_path, shared, "connect", "--restricted-key", "rk_test_0000000000000000")
    assert ran.returncode == 1
    assert ran.stderr.decode().startswith("Stripe does not know this key")
