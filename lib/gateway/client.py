"""Asking Stripe: plain dictionaries, paced, patient with Stripe's failures, each failure an AppError.

Lists are read as bytes and parsed by orjson: building stripe-python's objects costs ten times as much a page. The
connection, certificates and timeouts are still stripe-python's own.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Literal
from urllib.parse import urlencode

import orjson
import stripe

from lib.errors import AppError, StripeBusy, StripeUnavailable
from lib.gateway import addresses, faults, reads
from lib.gateway.credential import Credential
from lib.gateway.limiter import Limiter, limiter
from lib.gateway.retry import INTERACTIVE, Patience, retry_after, told_date, worth_retrying

API_VERSION = "2026-10-28.endive"
PAGE_SIZE = 100
CONNECT_TIMEOUT, READ_TIMEOUT = 5.0, Patience().read_timeout

JSON = dict[str, Any]
HTTP = stripe.RequestsClient(timeout=(CONNECT_TIMEOUT, READ_TIMEOUT))
"""One for the process: it keeps a session, hence open connections, for each thread."""
QUICK_HTTP = stripe.RequestsClient(timeout=(CONNECT_TIMEOUT, INTERACTIVE.read_timeout))
"""The same for those who wait at a page."""


@dataclass(frozen=True)
class Page:
    """One page of a list, in Stripe's order: newest first."""

    data: list[JSON]
    has_more: bool

    @property
    def cursor(self) -> str | None:
        """The id to continue after; None on an empty page."""
        return str(self.data[-1]["id"]) if self.data else None


@dataclass(frozen=True)
class _Request:
    method: Literal["get", "post", "delete"]
    url: str
    body: str | None = None
    once: str | None = None

    @property
    def headers(self) -> dict[str, str]:
        """What this one request says beside the headers of all."""
        if self.once is None:
            return {}
        return {"Idempotency-Key": self.once, "Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True)
class _Answer:
    status: int
    body: object
    wait: float | None


class Gateway:
    """Stripe as one credential sees it. Safe to share between threads."""

    def __init__(
        self,
        credential: Credential,
        *,
        base: str | None = None,
        patience: Patience | None = None,
        counted_as: str | None = None,
    ) -> None:
        """``counted_as`` is the account to whose reads each request is added; what nobody names is not counted."""
        self.credential = credential
        self._counted_as = counted_as or credential.stripe_account
        self._base = base or credential.base or addresses.api_base()
        self._patience = patience or Patience()
        self._http = HTTP if self._patience.read_timeout > INTERACTIVE.read_timeout else QUICK_HTTP
        self._date: float | None = None
        self._headers = credential.headers() | {"Stripe-Version": API_VERSION, "User-Agent": "Plimsoll"}

    @property
    def date(self) -> float | None:
        """When Stripe last answered, by its own clock (whole epoch seconds); None before it did, or if it said not."""
        return self._date

    def __repr__(self) -> str:
        return f"Gateway({self.credential!r})"

    def get(self, path: str, **params: Any) -> JSON:  # noqa: ANN401 - Stripe's parameters: text, numbers, nested
        """The object at ``path``.

        Raises StripeBusy or StripeUnavailable when every attempt failed, AccessRevoked, PermissionMissing,
        KeyRefused, ResourceMissing or StripeRefused.
        """
        query = urlencode(list(encode(params)))
        url = f"{self._base}{path}?{query}" if query else self._base + path
        return self._send(_Request("get", url), _endpoint(path))

    def post(self, path: str, *, once: str, **params: Any) -> JSON:  # noqa: ANN401 - see get()
        """Make or change the object at ``path``; returns it. Raises like :meth:`get`.

        ``once`` names this very act: whoever asks again with it, after a time-out or in a second click, gets the first
        answer and nothing is done twice (Stripe keeps it for a day).
        """
        request = _Request("post", self._base + path, urlencode(list(encode(params))), once)
        return self._send(request, _endpoint(path))

    def delete(self, path: str, **params: Any) -> JSON:  # noqa: ANN401 - see get()
        """End the object at ``path``; returns it as it is then. Raises like :meth:`get`."""
        query = urlencode(list(encode(params)))
        url = f"{self._base}{path}?{query}" if query else self._base + path
        return self._send(_Request("delete", url), _endpoint(path))

    def page(self, path: str, **params: Any) -> Page:  # noqa: ANN401 - see get()
        """One page of the list at ``path``, of 100 objects unless ``limit`` says otherwise. Raises like :meth:`get`."""
        body = self.get(path, **{"limit": PAGE_SIZE, **params})
        return Page(body["data"], body["has_more"])

    def pages(self, path: str, **params: Any) -> Iterator[Page]:  # noqa: ANN401 - see get()
        """All pages of the list at ``path``, newest objects first. Raises like :meth:`get`."""
        while True:
            page = self.page(path, **params)
            yield page
            if not page.has_more or not page.data:
                return
            params = params | {"starting_after": page.cursor}

    def _send(self, request: _Request, endpoint: str) -> JSON:
        failure: AppError = StripeUnavailable()
        pace = self._pace()
        for attempt in range(1, self._patience.attempts + 1):
            if pace:
                pace.wait(endpoint)
            answer = self._ask(request)
            if answer and answer.status == HTTPStatus.OK and isinstance(answer.body, dict):
                return answer.body
            failure = _failure(answer, request.method, endpoint)
            if answer and answer.status != HTTPStatus.OK and not worth_retrying(answer.status):
                break
            if attempt < self._patience.attempts:
                delay = self._patience.delay(attempt, answer.wait if answer else None)
                if pace and isinstance(failure, StripeBusy):
                    pace.pause(delay)
                time.sleep(delay)
        raise failure

    def _pace(self) -> Limiter | None:
        """Whose limits are kept: none of a demo business's, which is on this machine."""
        if self.credential.base is not None:
            return None
        own = self.credential
        return limiter(own.bucket, livemode=own.livemode, base=self._base, account=self._counted_as)

    def _ask(self, request: _Request) -> _Answer | None:
        """One attempt; None when no whole answer came."""
        if self._counted_as:
            reads.note(self._counted_as)
        try:
            content, status, headers = self._http.request(
                request.method, request.url, self._headers | request.headers, request.body
            )
        except stripe.APIConnectionError:
            return None
        self._date = told_date(headers) or self._date
        try:
            return _Answer(status, orjson.loads(content), retry_after(headers))
        except orjson.JSONDecodeError:
            return None if status == HTTPStatus.OK else _Answer(status, None, retry_after(headers))


def encode(params: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Stripe's form encoding: ``{"created": {"gte": 1}, "expand": ["data.x"]}`` → ``created[gte]``, ``expand[0]``."""
    for key, value in params.items():
        if isinstance(value, Mapping):
            yield from encode({f"{key}[{inner}]": each for inner, each in value.items()})
        elif isinstance(value, list | tuple):
            yield from encode({f"{key}[{index}]": each for index, each in enumerate(value)})
        elif isinstance(value, bool):
            yield key, "true" if value else "false"
        elif value is not None:
            yield key, str(value)


def _failure(answer: _Answer | None, method: str, endpoint: str) -> AppError:
    return faults.translate(answer.status, answer.body, endpoint, method) if answer else StripeUnavailable()


def _endpoint(path: str) -> str:
    """What Stripe's endpoint limit counts together: ``/v1/invoices/in_1/lines`` is ``/v1/invoices``."""
    return "/".join(path.split("/")[:3])
