"""Webhooks: signed, for connected accounts alone, retried, and unruly on demand."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue

from tests.sandbox.fake_world import Client, FakeWorld, Object, serving

WAIT = 20


class Endpoint:
    """A server that keeps what is delivered, and answers with the statuses it is told, then 200."""

    def __init__(self) -> None:
        self.received: Queue[tuple[bytes, str]] = Queue()
        self.statuses: list[int] = []
        self.url = ""

    def next(self) -> Object:
        body: Object = json.loads(self.received.get(timeout=WAIT)[0])
        return body


@contextmanager
def endpoint() -> Iterator[Endpoint]:
    kept = Endpoint()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = kept.statuses.pop(0) if kept.statuses else 200
            self.send_response(status)
            self.end_headers()
            kept.received.put((body, self.headers["Stripe-Signature"]))

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in the standard library
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    kept.url = f"http://127.0.0.1:{server.server_port}/webhooks/stripe?x=1"
    yield kept
    server.shutdown()
    server.server_close()


@contextmanager
def connected() -> Iterator[tuple[Client, Endpoint, FakeWorld]]:
    """A stand-in whose demo business has connected, delivering to an endpoint."""
    world = FakeWorld()
    world.put("customer", "cus_1")
    with endpoint() as kept, serving(world, deliver_to=(kept.url,)) as client:
        connections = client.standin.connections
        connections.exchange(connections.issue(client.standin.cast.demo.id, "read_only"))
        yield client, kept, world


def rename(client: Client, *names: str) -> None:
    for name in names:
        client.post("/_sandbox/do", json={"operation": "pause", "customer": "cus_1", "name": name})


def settled(client: Client) -> Object:
    """The deliveries' status once none is waiting."""
    deadline = time.monotonic() + WAIT
    while time.monotonic() < deadline:
        status: Object = client.get("/_sandbox/webhooks").json()
        if status["pending"] == 0:
            return status
        time.sleep(0.02)
    raise AssertionError(status)


def test_an_event_arrives_signed_and_names_its_account() -> None:
    with connected() as (client, kept, _):
        rename(client, "Ada")
        body, header = kept.received.get(timeout=WAIT)
        event = json.loads(body)
        assert (event["id"], event["account"]) == ("evt_Ada", client.standin.cast.demo.id)
        parts = dict(part.split("=", 1) for part in header.split(","))
        secret = client.standin.deliveries.secret.encode()
        assert parts["v1"] == hmac.new(secret, parts["t"].encode() + b"." + body, hashlib.sha256).hexdigest()
        assert abs(int(parts["t"]) - time.time()) < 60


def test_the_app_itself_believes_the_signature() -> None:
    from lib.gateway import webhooks

    with connected() as (client, kept, _):
        rename(client, "Ada")
        body, header = kept.received.get(timeout=WAIT)
        assert webhooks.verify(body, header, client.standin.deliveries.secret, time.time())["id"] == "evt_Ada"


def test_nothing_is_told_about_an_account_that_is_not_connected() -> None:
    with connected() as (client, kept, _):
        client.post("/_sandbox/revoke", json={})
        ended = kept.next()
        assert (ended["type"], ended["account"]) == ("account.application.deauthorized", client.standin.cast.demo.id)
        application = {"id": client.standin.connections.client_id, "object": "application", "name": None}
        assert ended["data"]["object"] == application
        rename(client, "Ada")
        assert settled(client)["delivered"] == 1


def test_a_failed_delivery_comes_again_until_it_is_taken() -> None:
    with connected() as (client, kept, _):
        kept.statuses = [500, 503]
        client.post("/_sandbox/webhooks", json={"backoff": 0.01})
        rename(client, "Ada")
        assert [kept.next()["id"] for _ in range(3)] == ["evt_Ada"] * 3
        assert (settled(client)["retried"], settled(client)["delivered"]) == (2, 1)


def test_a_delivery_is_given_up_in_the_end() -> None:
    with connected() as (client, kept, _):
        client.post("/_sandbox/webhooks", json={"backoff": 0.01, "attempts": 2, "endpoints": ["http://127.0.0.1:9/"]})
        rename(client, "Ada")
        assert settled(client)["failed"] == 1
        assert kept.received.empty()


def test_deliveries_can_be_doubled_dropped_and_shuffled() -> None:
    names = [f"n{number}" for number in range(12)]
    with connected() as (client, kept, _):
        client.post("/_sandbox/webhooks", json={"duplicate": 1})
        rename(client, "Ada")
        assert [kept.next()["id"] for _ in range(2)] == ["evt_Ada"] * 2
        client.post("/_sandbox/webhooks", json={"reset": True, "drop": 1})
        rename(client, "Bob")
        assert settled(client)["dropped"] == 1
        client.post("/_sandbox/webhooks", json={"reset": True, "shuffle": 0.5})
        rename(client, *names)
        came = [kept.next()["id"] for _ in names]
        assert came != [f"evt_{name}" for name in names]
        assert sorted(came) == sorted(f"evt_{name}" for name in names)


def test_a_late_delivery_waits() -> None:
    with connected() as (client, kept, _):
        client.post("/_sandbox/webhooks", json={"delay": 3600})
        rename(client, "Ada")
        assert client.get("/_sandbox/webhooks").json()["pending"] == 1
        assert kept.received.empty()


def test_manners_that_make_no_sense_are_refused() -> None:
    with connected() as (client, _, _):
        assert client.post("/_sandbox/webhooks", json={"politeness": 1}).status_code == 400
        assert client.post("/_sandbox/webhooks", json={"delay": "long"}).status_code == 400


def test_a_test_event_is_delivered_and_changes_nothing() -> None:
    with connected() as (client, kept, world):
        world.put("product", "prod_1")
        before = world.version("product")
        sent = client.post("/_sandbox/test_event", json={}).json()["event"]
        event = kept.next()
        assert (event["id"], event["type"], event["data"]["object"]["id"]) == (sent, "product.updated", "prod_1")
        assert event["account"] == client.standin.cast.demo.id
        assert world.version("product") == before
