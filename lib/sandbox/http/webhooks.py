"""Signed deliveries of events, with Stripe's retries, and on demand late, twice, never or in the wrong order."""

from __future__ import annotations

import hashlib
import heapq
import hmac
import http.client
import itertools
import logging
import random
import threading
import time
from collections import Counter, deque
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import SplitResult, urlsplit

import orjson

from lib.sandbox.http.engine import Object

log = logging.getLogger(__name__)

TIMEOUT = 10.0
"""Seconds that an endpoint has to answer."""
WORKERS = 16
"""Deliveries on their way at once: Stripe does not wait for one answer before it sends the next either."""
REMEMBERED = 200


@dataclass(frozen=True)
class Manners:
    """How deliveries behave. ``delay`` in seconds; ``duplicate`` and ``drop`` are probabilities from 0 to 1."""

    delay: float = 0.0
    duplicate: float = 0.0
    drop: float = 0.0
    shuffle: float = 0.0
    """Each delivery waits up to this many seconds, at random: later events overtake earlier ones."""
    attempts: int = 6
    backoff: float = 1.0
    """Seconds before the first retry; each further one waits four times as long."""


@dataclass(frozen=True)
class Hook:
    """A place that wants to be told of events. ``created`` in epoch seconds."""

    url: str
    secret: str = field(repr=False)
    enabled_events: tuple[str, ...] = ("*",)
    id: str = ""
    created: int = 0
    api_version: str | None = None
    description: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)

    def wants(self, type_: str) -> bool:
        """Whether it is to be told of events of a type."""
        return not {"*", type_}.isdisjoint(self.enabled_events)


@dataclass(order=True)
class _Delivery:
    due: float
    number: int
    hook: Hook = field(compare=False)
    event: str = field(compare=False)
    body: bytes = field(compare=False, repr=False)
    attempt: int = field(default=1, compare=False)


class Deliveries:
    """A queue of deliveries and the threads that send them."""

    def __init__(self, secret: str, endpoints: tuple[str, ...], seed: int) -> None:
        self.secret = secret
        self.endpoints = list(endpoints)
        """Addresses that were given when the stand-in was started, or at its door: they share the secret."""
        self.enabled_events: list[str] = ["*"]
        """What those want to be told of."""
        self.registered: list[Hook] = []
        """Endpoints that were made through the API, each with a secret of its own."""
        self.manners = Manners()
        self._random = random.Random(seed)
        self._queue: list[_Delivery] = []
        self._numbers = itertools.count()
        self._changed = threading.Condition()
        self._stopped = False
        self._sending = 0
        self._totals: Counter[str] = Counter()
        self._recent: deque[dict[str, Any]] = deque(maxlen=REMEMBERED)
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begin to send, in threads."""
        for number in range(WORKERS):
            thread = threading.Thread(target=self._work, name=f"stand-in webhooks {number}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """Send nothing more."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def reseed(self, seed: int) -> None:
        """Draw anew what is dropped, doubled and delayed, from another seed."""
        with self._changed:
            self._random.seed(seed)

    @property
    def hooks(self) -> list[Hook]:
        """Every place that events are sent to."""
        given = [Hook(url, self.secret, tuple(self.enabled_events)) for url in self.endpoints]
        return [*given, *self.registered]

    def dump(self) -> list[dict[str, Any]]:
        """The registered endpoints as JSON, to survive a restart."""
        return [asdict(each) for each in self.registered]

    def restore(self, dumped: list[dict[str, Any]]) -> None:
        """Take over what :meth:`dump` gave."""
        self.registered = [Hook(**{**each, "enabled_events": tuple(each["enabled_events"])}) for each in dumped]

    def send(self, event: Object, account: str | None = None) -> None:
        """Queue an event of a connected account, or (None) of our own, for every endpoint that wants it."""
        body = orjson.dumps({**event, "account": account} if account else event)
        with self._changed:
            for hook in self.hooks:
                if not hook.wants(event["type"]):
                    continue
                if self._random.random() < self.manners.drop:
                    self._totals["dropped"] += 1
                    continue
                copies = 1 + (self._random.random() < self.manners.duplicate)
                for _ in range(copies):
                    wait = self.manners.delay + self._random.random() * self.manners.shuffle
                    self._push(_Delivery(time.monotonic() + wait, next(self._numbers), hook, event["id"], body))

    def status(self) -> dict[str, Any]:
        """How many deliveries wait, succeeded, failed for good or were dropped, and the newest attempts."""
        with self._changed:
            waiting = len(self._queue) + self._sending
            urls, recent = [each.url for each in self.hooks], list(self._recent)
            return {"endpoints": urls, "pending": waiting, **self._totals, "recent": recent}

    def _push(self, delivery: _Delivery) -> None:
        heapq.heappush(self._queue, delivery)
        self._changed.notify()

    def _work(self) -> None:
        while (delivery := self._next()) is not None:
            hook, body = delivery.hook, delivery.body
            status = _post(hook.url, body, signature(body, hook.secret, int(time.time())))
            with self._changed:
                self._sending -= 1
                self._done(delivery, status)

    def _next(self) -> _Delivery | None:
        """Wait for the next delivery that is due; None at the end."""
        with self._changed:
            while not self._stopped:
                wait = self._queue[0].due - time.monotonic() if self._queue else None
                if wait is not None and wait <= 0:
                    self._sending += 1
                    return heapq.heappop(self._queue)
                self._changed.wait(wait)
        return None

    def _done(self, delivery: _Delivery, status: int | None) -> None:
        self._recent.append({"event": delivery.event, "attempt": delivery.attempt, "status": status})
        if status is not None and 200 <= status < 300:  # noqa: PLR2004 - the statuses that Stripe takes for success
            self._totals["delivered"] += 1
        elif delivery.attempt >= self.manners.attempts:
            self._totals["failed"] += 1
        else:
            delivery.due = time.monotonic() + self.manners.backoff * 4 ** (delivery.attempt - 1)
            delivery.attempt += 1
            self._totals["retried"] += 1
            self._push(delivery)


def signature(body: bytes, secret: str, moment: int) -> str:
    """Return the ``Stripe-Signature`` header of a delivery made at ``moment`` (epoch seconds)."""
    signed = hmac.new(secret.encode(), b"%d.%s" % (moment, body), hashlib.sha256).hexdigest()
    return f"t={moment},v1={signed}"


def _post(url: str, body: bytes, signed: str) -> int | None:
    """Send one delivery; the status of the answer, None when there was none."""
    parts = urlsplit(url)
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        "Stripe-Signature": signed,
    }
    try:
        connection = _connection(parts)
        try:
            connection.request("POST", f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}", body, headers)
            return connection.getresponse().status
        finally:
            connection.close()
    except (OSError, http.client.HTTPException) as failure:
        log.debug("a delivery found no answer: %s", type(failure).__name__)
        return None


def _connection(parts: SplitResult) -> http.client.HTTPConnection:
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    return kind(parts.hostname or "", parts.port, timeout=TIMEOUT)
