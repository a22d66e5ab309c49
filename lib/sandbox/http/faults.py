"""Failures on demand, and a record of what was asked: one layer around the API."""

from __future__ import annotations

import asyncio
import random
import secrets
import threading
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from email.utils import formatdate
from typing import Any, Literal

import orjson
from starlette.types import ASGIApp, Message, Receive, Scope, Send

REMEMBERED = 1000
_PREFIXES = ("/v1/", "/oauth/token", "/oauth/deauthorize")

FaultKind = Literal["429", "500", "timeout", "latency", "cut", "lost"]
"""``lost``: what was asked is done, and the answer never arrives."""


@dataclass
class Fault:
    """One rule: what happens to requests whose path starts with ``path``.

    ``count`` requests are hit (None: without end), each with ``probability``. ``seconds`` is the length of a timeout
    or latency, or what ``Retry-After`` says on a 429 (None: no such header). ``skip`` requests pass first.
    """

    kind: FaultKind
    path: str = "/v1/"
    count: int | None = None
    probability: float = 1.0
    seconds: float | None = None
    skip: int = 0


class Recorder:
    """Counts requests and strikes those that a fault was planted for."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._faults: list[Fault] = []
        self._counts: Counter[str] = Counter()
        self._recent: deque[dict[str, Any]] = deque(maxlen=REMEMBERED)
        self._lock = threading.Lock()

    def reseed(self, seed: int) -> None:
        """Draw anew which requests are hit, from another seed."""
        with self._lock:
            self._random.seed(seed)

    def plant(self, fault: Fault) -> None:
        """Add a rule."""
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        """Remove every rule."""
        with self._lock:
            self._faults.clear()

    @property
    def planted(self) -> list[dict[str, Any]]:
        """The rules in force."""
        with self._lock:
            return [asdict(each) for each in self._faults]

    def strike(self, path: str) -> Fault | None:
        """Return the fault that hits this request, and use it up."""
        with self._lock:
            for each in self._faults:
                if not path.startswith(each.path) or each.count == 0:
                    continue
                if each.skip:
                    each.skip -= 1
                    continue
                if self._random.random() < each.probability:
                    if each.count is not None:
                        each.count -= 1
                    return each
        return None

    def note(self, scope: Scope, status: int) -> None:
        """Remember a request; never its key."""
        account = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"stripe-account"), None)
        seen = {"method": scope["method"], "path": scope["path"], "query": scope["query_string"].decode("latin-1")}
        with self._lock:
            self._counts[scope["path"]] += 1
            self._recent.append({**seen, "account": account, "status": status})

    def forget(self) -> None:
        """Start counting afresh."""
        with self._lock:
            self._counts.clear()
            self._recent.clear()

    def report(self, last: int) -> dict[str, Any]:
        """Return counts by path and the newest requests, oldest first."""
        with self._lock:
            recent = list(self._recent)[-last:] if last > 0 else []
            return {"total": self._counts.total(), "by_path": dict(self._counts.most_common()), "last": recent}


class Faults:
    """ASGI layer: applies a recorder's faults to the API and adds the headers of every answer of Stripe's."""

    def __init__(self, app: ASGIApp, recorder: Recorder, version: str, now: Callable[[], float]) -> None:
        """``now``: the stand-in's time, in epoch seconds."""
        self._app = app
        self._recorder = recorder
        self._version = version.encode()
        self._now = now

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or not scope["path"].startswith(_PREFIXES):
            await self._app(scope, receive, send)
            return
        version = next((value for name, value in scope["headers"] if name == b"stripe-version"), self._version)
        extra = [
            (b"date", formatdate(self._now(), usegmt=True).encode()),
            (b"request-id", b"req_" + secrets.token_hex(7).encode()),
            (b"stripe-version", version),
        ]

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._recorder.note(scope, message["status"])
                message["headers"] = [*message["headers"], *extra]
            await send(message)

        fault = self._recorder.strike(scope["path"])
        if fault is None:
            await self._app(scope, receive, answer)
        elif fault.kind == "latency":
            await asyncio.sleep(fault.seconds or 0)
            await self._app(scope, receive, answer)
        elif fault.kind == "lost":
            await self._app(scope, receive, _unheard)
            await _cut(answer)
        else:
            await _fail(fault, receive, answer)


async def _unheard(_: Message) -> None:
    """Say nothing."""


async def _fail(fault: Fault, receive: Receive, send: Send) -> None:
    match fault.kind:
        case "429":
            retry = [] if fault.seconds is None else [(b"retry-after", b"%d" % max(0, round(fault.seconds)))]
            limited = [(b"stripe-rate-limited-reason", b"endpoint-rate")]
            message = (
                "Request rate limit exceeded. Learn more about rate limits at https://stripe.com/docs/rate-limits."
            )
            error = {"message": message, "type": "invalid_request_error", "code": "rate_limit"}
            await _answer(send, 429, error, [*retry, *limited])
        case "500":
            sentence = "An unexpected error has occurred. We've been notified of the problem."
            await _answer(send, 500, {"message": sentence, "type": "api_error"}, [])
        case "timeout":
            await _silence(receive, fault.seconds or 3600)
            await _cut(send)
        case _:
            await _cut(send)


async def _answer(send: Send, status: int, error: dict[str, str], headers: list[tuple[bytes, bytes]]) -> None:
    body = orjson.dumps({"error": error})
    size = (b"content-length", b"%d" % len(body))
    start = {"type": "http.response.start", "status": status}
    await send({**start, "headers": [(b"content-type", b"application/json"), size, *headers]})
    await send({"type": "http.response.body", "body": body})


async def _silence(receive: Receive, seconds: float) -> None:
    """Say nothing until the client gives up, or for so many seconds."""
    try:
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        return


async def _cut(send: Send) -> None:
    """Promise more than is sent; the server then closes the connection in mid-answer."""
    headers = [(b"content-type", b"application/json"), (b"content-length", b"100000")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b'{"object": "list", "data": [', "more_body": True})
