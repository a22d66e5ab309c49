"""A world small enough to stand in a test: objects are put in by hand, and nothing happens by itself."""

# ruff: noqa: A002, ANN401 - the world's own names, and objects of any shape
from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from lib.sandbox.http.server import running
from lib.sandbox.http.state import Options, StandIn

Object = dict[str, Any]
NOW = 1_800_000_000
DAY = 86_400


class FakeWorld:
    """Implements lib.sandbox.http.engine.Engine over plain dicts."""

    def __init__(self, now: int = NOW) -> None:
        self.now = now
        self.on_event: Callable[[Object], None] | None = None
        self.objects: dict[str, dict[str, Object]] = {}
        self.gone: dict[str, Object] = {}
        self.versions: dict[str, int] = {}

    def put(self, kind: str, id: str, created: int = NOW, **fields: Any) -> Object:
        made = {"id": id, "object": kind, "created": created, **fields}
        self.objects.setdefault(kind, {})[id] = made
        self._touch(kind)
        return made

    def remove(self, kind: str, id: str) -> None:
        del self.objects[kind][id]
        self.gone[id] = {"id": id, "object": kind, "deleted": True}
        self._touch(kind)

    def emit(self, id: str, type: str, subject: Object, created: int | None = None) -> Object:
        event = self.put("event", id, created or self.now, type=type, data={"object": subject}, livemode=False)
        if self.on_event:
            self.on_event(event)
        return event

    def pause(self, customer: str, name: str) -> Object:
        """Stands for any operation: renames a customer, with an event."""
        changed = {**self.objects["customer"][customer], "name": name}
        self.objects["customer"][customer] = changed
        self._touch("customer")
        self.emit(f"evt_{name}", "customer.updated", changed)
        return changed

    def listing(self, kind: str) -> list[Object]:
        return list(self.objects.get(kind, {}).values())

    def get(self, kind: str, id: str) -> Object | None:
        return self.objects.get(kind, {}).get(id) or self.gone.get(id)

    def lines(self, invoice_id: str) -> list[Object]:
        return list(self.objects["invoice"][invoice_id].get("all_lines", []))

    def version(self, kind: str) -> int:
        return self.versions.get(kind, 0)

    def advance(self, to: int) -> None:
        self.now = max(self.now, to)

    def truth(self, *, compact: bool = False, rules: Mapping[str, Any] | None = None) -> Object:
        return {"as_of": self.now, "compact": compact, "rules": rules}

    def save(self, path: Path) -> None:
        path.write_text(str(self.now))

    def _touch(self, kind: str) -> None:
        self.versions[kind] = self.version(kind) + 1


class Client(httpx.Client):
    """Speaks to a stand-in as one of its keys."""

    def __init__(self, base: str, standin: StandIn, key: str, account: str | None = None) -> None:
        headers = {"Authorization": f"Bearer {key}"} | ({"Stripe-Account": account} if account else {})
        super().__init__(base_url=base, headers=headers, timeout=20)
        self.standin = standin

    def ids(self, path: str, **params: Any) -> list[str]:
        """The ids of one page."""
        answer = self.get(path, params=params)
        assert answer.status_code == 200, answer.text
        return [each["id"] for each in answer.json()["data"]]

    def error(self, path: str, **params: Any) -> tuple[int, Object]:
        """The status and Stripe's error of a request that fails."""
        answer = self.get(path, params=params)
        return answer.status_code, answer.json()["error"]


@contextmanager
def serving(world: FakeWorld | None = None, **options: Any) -> Iterator[Client]:
    """A stand-in whose demo business is ``world``, and a client with its restricted key."""
    made = world or FakeWorld()

    def build(seed: int, _months: int, _customers: int, now: int) -> FakeWorld:
        return made if seed == 7 else FakeWorld(now)

    with running(Options(**options), build) as (base, standin):
        assert standin.cast.small.ready.wait(10)
        with Client(base, standin, standin.cast.demo.restricted_key) as client:
            yield client
