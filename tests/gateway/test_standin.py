"""The stand-in beside the app, as real processes: started, shared, and stopped with its parent."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from lib import errors
from lib.gateway import standin
from lib.settings import Settings
from lib.settings import standin as bound
from tests.conftest import ROOT, free_port

SMALL = {"sandbox_customers": 5, "sandbox_months": 2}
UseSettings = Callable[..., Settings]


def test_it_runs_while_the_block_lasts_and_settings_know_it(use_settings: UseSettings) -> None:
    use_settings(sandbox_port=free_port(), **SMALL)
    assert standin.live() is None
    with standin.running() as info:
        assert bound() == info
        assert standin.live() == info
    assert standin.live() is None


def test_a_running_one_is_shared_and_left_alone(use_settings: UseSettings) -> None:
    use_settings(sandbox_port=free_port(), **SMALL)
    with standin.running() as first:
        with standin.running() as second:
            assert second == first
        assert standin.live() == first


def test_a_taken_port_is_no_obstacle(use_settings: UseSettings) -> None:
    port = free_port()
    use_settings(sandbox_port=port, **SMALL)
    with standin.running() as first:
        bound_file = use_settings(sandbox_port=port, **SMALL).standin_file
        bound_file.unlink()  # another DATA_DIR knows nothing of the first
        with standin.running() as second:
            assert second["base"] != first["base"]


def test_one_that_does_not_start_is_stripe_unavailable(use_settings: UseSettings) -> None:
    use_settings(sandbox_port=free_port(), **SMALL)
    with pytest.raises(errors.StripeUnavailable), standin.running("--no-such-option"):
        pass


PARENT = """
import json, time
from lib.gateway import standin
with standin.running() as info:
    print(json.dumps(info), flush=True)
    time.sleep(600)
"""


def test_sigterm_stops_both(data_dir: Path) -> None:
    environment = os.environ | {
        "DATA_DIR": str(data_dir),
        "SANDBOX_PORT": str(free_port()),
        "SANDBOX_CUSTOMERS": "5",
        "SANDBOX_MONTHS": "2",
    }
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    base = json.loads(parent.stdout.readline())["base"]
    assert httpx.get(base + "/v1/account").status_code == 401
    parent.send_signal(signal.SIGTERM)
    assert parent.wait(20) == 128 + signal.SIGTERM
    parent.stdout.close()
    with pytest.raises(httpx.ConnectError):
        httpx.get(base)
