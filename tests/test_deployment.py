"""What is deployed is what there is: compose.yaml, the Caddyfile, the Dockerfile and .env.example against the code."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml  # type: ignore[import-untyped]  # its types are a package of their own, for this one call
from sqlmodel import SQLModel

from lib.api.server import ROUTES
from lib.settings import Settings
from lib.store.tables import MIRROR, core
from tests.conftest import ROOT

ITS_OWN = {"POSTGRES_PASSWORD"}
"""Names that compose.yaml alone reads."""
IN_THE_IMAGE = {"PYTHONUNBUFFERED"}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
    return loaded


def settings_names() -> set[str]:
    return {name.upper() for name in Settings.model_fields}


def test_every_name_that_is_set_is_a_setting(compose: dict[str, Any]) -> None:
    for name in ("web", "worker"):
        assert set(compose["services"][name]["environment"]) <= settings_names()
    text = (ROOT / "compose.yaml").read_text("utf-8")
    asked = set(re.findall(r"\$\{([A-Z_]+)", text))
    assert asked <= settings_names() | ITS_OWN
    example = set(re.findall(r"(?m)^([A-Z_]+)=", (ROOT / ".env.example").read_text("utf-8")))
    assert asked <= example <= settings_names() | ITS_OWN
    docker = re.search(r"(?m)^ENV (.*)$", (ROOT / "Dockerfile").read_text("utf-8"))
    assert docker
    assert {pair.split("=")[0] for pair in docker[1].split()} <= settings_names() | IN_THE_IMAGE


def test_secrets_have_no_default(compose: dict[str, Any]) -> None:
    services = compose["services"]
    secrets = [
        services["web"]["environment"]["APP_SECRET"],
        services["worker"]["environment"]["APP_SECRET"],
        services["postgres"]["environment"]["POSTGRES_PASSWORD"],
    ]
    assert all(re.fullmatch(r"\$\{[A-Z_]+:\?.+\}", each) for each in secrets)


def test_web_asks_and_workers_work_on_one_database(compose: dict[str, Any]) -> None:
    web, worker = compose["services"]["web"], compose["services"]["worker"]
    assert (web["environment"]["WORK_IN_WEB"], worker["environment"].get("WORK_IN_WEB")) == ("false", None)
    for shared in ("DATABASE_URL", "APP_SECRET", "APP_URL", "SYNCS_AT_ONCE"):
        assert web["environment"][shared] == worker["environment"][shared]
    assert worker["command"] == ["python", "-m", "lib", "worker"]
    assert all(each["restart"] == "unless-stopped" for each in compose["services"].values())
    assert [name for name, each in compose["services"].items() if "ports" in each] == ["caddy"]


def test_health_is_asked_where_it_is_answered(compose: dict[str, Any]) -> None:
    paths = {route.path for route in ROUTES}
    asked = [" ".join(compose["services"]["web"]["healthcheck"]["test"]), (ROOT / "Dockerfile").read_text("utf-8")]
    for each in asked:
        found = re.search(r"urlopen\('([^']+)'", each)
        assert found
        url = urlsplit(found[1])
        assert url.path in paths
        assert url.port == compose["services"]["web"]["environment"]["PORT"] == 8501


def test_files_and_volumes_that_are_mounted_exist(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        for mount in service.get("volumes", ()):
            source = mount.split(":")[0]
            assert (ROOT / source).is_file() if source.startswith(".") else source in compose["volumes"]


def test_the_image_runs_as_nobody_special_and_what_exists() -> None:
    text = (ROOT / "Dockerfile").read_text("utf-8")
    assert re.search(r"(?m)^USER (?!root)", text)
    assert text.index("\nUSER ") < text.index("\nCMD ")
    assert 'CMD ["python", "-m", "lib", "run"]' in text
    for copied in re.findall(r"(?m)^COPY (?:--\S+ )?(\S+) ", text):
        assert (ROOT / copied).exists()


def test_caddy_leads_each_browser_to_the_same_web_process(compose: dict[str, Any]) -> None:
    caddyfile = (ROOT / "deploy" / "Caddyfile").read_text("utf-8")
    assert "lb_policy cookie" in caddyfile
    assert re.search(r"encode zstd gzip", caddyfile)
    assert "{$WEB_HOST:web} {$WEB_PORT:8501}" in caddyfile
    assert {"web", "caddy"} <= set(compose["services"])


def test_caddy_takes_its_configuration() -> None:
    caddy = shutil.which("caddy")
    if caddy is None:
        pytest.skip("no caddy here: apt-get install caddy")
    command = [caddy, "validate", "--config", str(ROOT / "deploy" / "Caddyfile"), "--adapter", "caddyfile"]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr


def test_the_page_on_growing_distributes_every_table_that_is_keyed_by_account() -> None:
    told = re.findall(
        r"create_distributed_table\('(\w+)', 'account'", (ROOT / "docs" / "growing.md").read_text("utf-8")
    )
    keyed = [
        table.name for table in SQLModel.metadata.tables.values() if table.primary_key.columns.keys()[0] == "account"
    ]
    assert sorted(told) == sorted(keyed)
    assert {core(each).name for each in MIRROR} <= set(told)
    for table in (SQLModel.metadata.tables[name] for name in told):
        assert not table.foreign_keys
