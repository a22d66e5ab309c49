"""Verified deliveries a second that one web process keeps: ``PYTHONPATH=. .venv/bin/python bench/bench_intake.py``.

The server is the app itself (``streamlit run Home.py``) in a process of its own; the deliveries come from another
process over keep-alive connections, each an invoice event of about two kilobytes, signed, with an id of its own. Every
2xx is counted by the sender. At the end the server is killed with SIGKILL in the middle of the flood, and every event
that was answered must be in the inbox. The peer does what Stripe's example does, ``construct_event`` and one
transaction a delivery, behind the same server.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from multiprocessing import Process, Queue
from pathlib import Path

import httpx

from tests.conftest import ROOT, free_port

SECRET, ACCOUNT = "whsec_bench", "acct_bench"
CONNECTIONS = 48
SECONDS = 8.0
PEER = """
import sys, time, stripe, uvicorn, orjson
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse
from starlette.routing import Route
from lib.accounts import deliveries
def keep(body, header):
    event = stripe.Webhook.construct_event(body, header, "whsec_bench").to_dict()
    deliveries.receive(event, heard=lambda _type: True, received=time.time())
async def hook(request):
    await run_in_threadpool(keep, await request.body(), request.headers["stripe-signature"])
    return JSONResponse({"received": True})
app = Starlette(routes=[Route("/webhooks/stripe", hook, methods=["POST"])])
uvicorn.run(app, port=int(sys.argv[1]), log_level="error")
"""


def main() -> None:
    """Measure and print."""
    with _server(peer=True) as (_, port, _database):
        peer = _flood(port, SECONDS)
    with _server() as (process, port, database):
        ours = _flood(port, SECONDS)
        answered = _flood(port, SECONDS / 2, kill=process)
        kept = _kept(database)
    sent = set(ours[1]) | set(answered[1])
    print(f"load {os.getloadavg()[0]:.1f}; ours {ours[0]:,.0f} a second, one at a time {peer[0]:,.0f} a second")
    print(f"answered before and until the SIGKILL: {len(sent):,}; of these in the inbox: {len(sent & kept):,}")


@contextmanager
def _server(*, peer: bool = False) -> Iterator[tuple[subprocess.Popen[bytes], int, Path]]:
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="plimsoll-intake-") as folder:
        environment = os.environ | {
            "DATA_DIR": folder,
            "APP_URL": f"http://localhost:{port}",
            "STRIPE_SECRET_KEY": "sk_test_bench",
            "STRIPE_CLIENT_ID": "ca_bench",
            "STRIPE_API_BASE": "http://127.0.0.1:9",
            "STRIPE_WEBHOOK_SECRET": SECRET,
            "PYTHONPATH": str(ROOT),
        }
        subprocess.run([sys.executable, "-c", _CONNECT], env=environment, cwd=ROOT, check=True)
        command = [sys.executable, "-c", PEER, str(port)] if peer else [sys.executable, "-m", "lib", "run"]
        process = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL)
        try:
            _wait(port)
            yield process, port, Path(folder) / "plimsoll.sqlite"
        finally:
            process.kill()
            process.wait()


_CONNECT = f"""
from lib.store.engine import migrate, transaction
from lib.store.tables import Account, Connection, Workspace
migrate()
with transaction() as db:
    db.add(Workspace(id="ws", name="Bench", created=1)); db.flush()
    db.add(Account(id="{ACCOUNT}", created=1))
    db.add(Connection(id="con", workspace="ws", account="{ACCOUNT}", kind="oauth", created=1))
"""


def _wait(port: int) -> None:
    while True:
        try:
            httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=5)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            time.sleep(3)
            return


def _flood(port: int, seconds: float, kill: subprocess.Popen[bytes] | None = None) -> tuple[float, list[str]]:
    """(2xx answers a second, the ids of the events that got one), sent by another process."""
    results: Queue[tuple[float, list[str]]] = Queue()
    sender = Process(target=_send, args=(port, seconds, results))
    sender.start()
    if kill is not None:
        time.sleep(seconds / 2 + 1)
        kill.send_signal(signal.SIGKILL)
        kill.wait()
    found = results.get()
    sender.join()
    return found


def _send(port: int, seconds: float, results: Queue[tuple[float, list[str]]]) -> None:
    signed = [_request(number) for number in range(int(seconds * 5_000))]
    results.put(asyncio.run(_pour(port, seconds, signed)))


def _request(number: int) -> tuple[str, bytes]:
    id_ = f"evt_{os.getpid()}_{number}"
    invoice = {"id": f"in_{number}", "object": "invoice", "lines": [{"id": f"il_{n}", "amount": n} for n in range(40)]}
    event = {"id": id_, "object": "event", "type": "invoice.updated", "account": ACCOUNT, "livemode": False}
    body = json.dumps(event | {"created": int(time.time()), "data": {"object": invoice}}).encode()
    at = int(time.time())
    signature = hmac.new(SECRET.encode(), b"%d." % at + body, hashlib.sha256).hexdigest()
    head = f"POST /webhooks/stripe HTTP/1.1\r\nHost: localhost\r\nStripe-Signature: t={at},v1={signature}\r\n"
    return id_, f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


async def _pour(port: int, seconds: float, signed: list[tuple[str, bytes]]) -> tuple[float, list[str]]:
    left, answered = iter(signed), list[str]()
    end = time.monotonic() + seconds

    async def connection() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            while time.monotonic() < end and (following := next(left, None)):
                id_, request = following
                writer.write(request)
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
                await reader.readexactly(length)
                if head.startswith(b"HTTP/1.1 2"):
                    answered.append(id_)
        except (OSError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()

    began = time.monotonic()
    await asyncio.gather(*(connection() for _ in range(CONNECTIONS)))
    return len(answered) / (time.monotonic() - began), answered


def _kept(database: Path) -> set[str]:
    with closing(sqlite3.connect(database)) as db:
        return {id_ for (id_,) in db.execute("SELECT id FROM event_inbox")}


if __name__ == "__main__":
    main()
