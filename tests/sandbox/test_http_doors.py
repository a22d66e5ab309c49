"""The doors for tests, the human page, the clock, and what survives a restart."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx

from tests.sandbox.fake_world import DAY, Client, FakeWorld, serving

ROOT = Path(__file__).resolve().parents[2]


def test_the_clock_follows_real_time_and_what_was_skipped() -> None:
    world = FakeWorld(now=int(time.time()) - 3 * DAY)
    with serving(world) as client:
        before = int(time.time())
        moved = client.post("/_sandbox/advance", json={"seconds": 40 * DAY}).json()["now"]
        assert before + 40 * DAY <= moved < before + 41 * DAY
        assert world.now >= before + 40 * DAY
        to = moved + DAY
        assert client.post("/_sandbox/advance", json={"to": to}).json()["now"] >= to
        assert world.now >= to


def test_the_clock_never_goes_back() -> None:
    with serving() as client:
        for wrong in ({"seconds": -1}, {"to": 5}, {"seconds": "soon"}, {}, {"seconds": 10**12}):
            assert client.post("/_sandbox/advance", json=wrong).status_code == 400


def test_the_human_page_tells_what_this_is_and_moves_the_clock() -> None:
    with serving() as client:
        page = client.get("/").text
        for words in ("nothing here is real", "Advance a day", "Advance a week", "Advance a month", "Halyard"):
            assert words in page
        assert client.post("/", data={"seconds": "604800"}).headers["location"] == "/"
        assert "7 days ahead" in client.get("/").text


def test_the_truth_and_the_operations_are_the_worlds_own() -> None:
    with serving() as client:
        assert client.get("/_sandbox/truth", params={"compact": "true"}).json()["compact"] is True
        ruled = client.get("/_sandbox/truth", params={"rules": '{"past_due_days": null}'}).json()
        assert ruled["rules"] == {"past_due_days": None}
        assert client.error("/_sandbox/truth", rules="[1]")[0] == 400
        empty = client.get("/_sandbox/truth", params={"account": client.standin.cast.empty.id}).json()
        assert empty["days"] == []
        assert client.get("/_sandbox/do").json() == {
            "operations": {"pause": "(customer: 'str', name: 'str') -> 'Object'"}
        }
        assert client.post("/_sandbox/do", json={"operation": "save", "path": "/tmp/x"}).status_code == 400
        assert client.get("/_sandbox/truth", params={"account": "acct_invented"}).status_code == 404


def test_the_balance_is_what_the_transactions_add_up_to() -> None:
    world = FakeWorld()
    for id_, net, available in (("txn_1", 300, world.now - 1), ("txn_2", -50, world.now), ("txn_3", 70, world.now + 1)):
        world.put("balance_transaction", id_, net=net, currency="usd", available_on=available)
    with serving(world) as client:
        balance = client.get("/v1/balance").json()
    assert [balance[side][0]["amount"] for side in ("available", "pending")] == [250, 70]


def test_connections_and_clock_survive_a_restart(tmp_path: Path) -> None:
    with serving(state=tmp_path) as client:
        account, connections = client.standin.cast.demo.id, client.standin.connections
        kept = connections.exchange(connections.issue(account, "read_only"))
        client.post("/_sandbox/advance", json={"seconds": DAY})
    with serving(state=tmp_path) as client:
        assert client.standin.connections.holds(account)
        assert client.standin.connections.owner_of(kept.access_token) == account
        assert client.standin.clock.offset == DAY
    with serving(state=tmp_path, seed=8) as client:
        assert client.standin.connections.accounts == []


def test_damaged_state_is_a_fresh_start(tmp_path: Path) -> None:
    (tmp_path / "standin-state.json").write_text('{"seed": 7, "off')
    with serving(state=tmp_path) as client:
        assert client.standin.connections.accounts == []


def test_as_a_process_it_tells_where_it_is_and_answers_before_its_world_is_made() -> None:
    command = [sys.executable, "-m", "lib.sandbox", "--port", "0", "--customers", "40", "--months", "3"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            card = json.loads(process.stdout.readline())
            keys = {"base", "secret_key", "client_id", "account", "restricted_key", "webhook_secret"}
            assert set(card) == keys | {"platform_webhook_secret", "platform_account"}
            headers = {"Authorization": f"Bearer {card['secret_key']}"}
            answer = httpx.get(f"{card['base']}/v1/account", headers=headers, timeout=30)
            assert (answer.status_code, answer.json()["object"]) == (200, "account")
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0


def test_a_process_that_is_told_to_stop_keeps_its_world(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "lib.sandbox", "--port", "0", "--customers", "20", "--months", "2"]
    kept, offsets = tmp_path / "kept", []
    for _ in range(2):
        with subprocess.Popen([*command, "--state", kept], cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            base = json.loads(process.stdout.readline())["base"]
            offsets.append(httpx.post(f"{base}/_sandbox/advance", json={"seconds": DAY}, timeout=60).json()["now"])
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0
    assert offsets[1] - offsets[0] >= DAY
    assert sorted(path.name[:5] for path in kept.iterdir()) == ["acct_", "acct_", "acct_", "stand"]


def test_a_taken_port_is_told_in_a_sentence() -> None:
    with serving() as client:
        port = client.base_url.port
        command = [sys.executable, "-m", "lib.sandbox", "--port", str(port)]
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == f"The stand-in Stripe can't listen on port {port}: it is taken.\n"


def test_a_business_that_is_still_being_made_answers_later(monkeypatch: object) -> None:
    from lib.sandbox.http import api

    with serving() as client:
        demo = client.standin.cast.demo
        demo._engine, waits = None, api.WAITS
        answer = client.get("/v1/customers")
        assert (answer.status_code, answer.json()["error"]["type"], waits > 0) == (503, "api_error", True)
        with Client(str(client.base_url), client.standin, client.standin.access.secret_key) as ours:
            assert ours.get("/v1/customers").status_code == 200
