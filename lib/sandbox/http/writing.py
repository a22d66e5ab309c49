"""Requests that change something: who may, what they say, once only, and the answer."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from lib.sandbox.engine.state import Object, Reply, State
from lib.sandbox.http import errors
from lib.sandbox.http.access import Caller
from lib.sandbox.http.api import Endpoint, ready
from lib.sandbox.http.errors import StripeError
from lib.sandbox.http.expansion import tree_of
from lib.sandbox.http.forms import LARGEST, Form, Shape, decode, read
from lib.sandbox.http.state import StandIn
from lib.sandbox.http.unserved import UNSERVED
from lib.sandbox.world import World

REPLIES_KEPT = 86_400
"""Seconds for which an idempotency key gives the same answer again."""


@dataclass(frozen=True)
class Ask:
    """A request whose form was read: for whom, on what, and what it says."""

    standin: StandIn
    caller: Caller
    world: World
    id: str
    """The object in the address, empty where there is none."""
    given: Form

    @property
    def state(self) -> State:
        """The account's objects."""
        return self.world.state

    def named(self, kind: str, param: str | None = None) -> Object:
        """The object of the address, or of a parameter. Raises ``resource_missing``."""
        id_ = str(self.given.get(param) or "") if param else self.id
        found = self.state.of(kind).get(id_)
        if found is None:
            raise errors.no_such(kind, id_, param=param or "id", status=400 if param else 404)
        return found

    def need(self, *names: str) -> None:
        """Raise ``parameter_missing`` unless the form holds all of these."""
        for name in names:
            if self.given.get(name) in (None, [], {}):
                raise errors.missing_parameter(name)


@dataclass(frozen=True)
class Write:
    """An address that changes something. ``kind`` is what it answers with, ``permission`` what a key needs."""

    path: str
    kind: str
    permission: str
    shape: Shape
    run: Callable[[Ask], Object]
    method: str = "POST"
    ours: bool = False
    """Served on the platform's own account alone."""
    dry: bool = False
    """Changes nothing: an idempotency key has no effect."""

    def route(self, standin: StandIn) -> Route:
        """Where it is served."""
        return Route(self.path, self._endpoint(standin), methods=[self.method])

    def _endpoint(self, standin: StandIn) -> Endpoint:
        async def endpoint(request: Request) -> Response:
            headers = request.headers
            caller = standin.access.caller(headers.get("authorization", ""), headers.get("stripe-account"))
            caller.need_write(self.permission)
            if self.ours and caller.connected:
                raise StripeError(400, f"The stand-in Stripe serves {self.path} on the platform's own account alone.")
            await ready(caller)
            said = await _said(request)
            given = decode(said)
            tree = tree_of(self.kind, _expanded(given))
            form = read(self.shape, given, unserved=UNSERVED.get((self.method, self.path), frozenset()))
            with caller.tenant.world() as (engine, renderer):
                if not isinstance(engine, World):
                    raise StripeError(400, "The stand-in Stripe can't change this account: it only shows one.")
                engine.advance(max(engine.now, int(standin.clock.now())))
                ask = Ask(standin, caller, engine, request.path_params.get("id", ""), form)
                show: Show = lambda made: renderer.one(self.kind, made, tree)  # noqa: E731 - one expression
                key = "" if self.dry else headers.get("idempotency-key", "")
                asked = f"{request.url.path}?{said}"
                answer = _once(ask, self.run, show, key, asked) if key else _answer(ask, self.run, show)
            if not self.dry:
                standin.keep_platform()
            return answer

        return endpoint


Show = Callable[[Object], bytes]
Run = Callable[[Ask], Object]


async def _said(request: Request) -> str:
    body = await request.body()
    if len(body) > LARGEST:
        raise StripeError(413, "The request is too large.")
    return "&".join(each for each in (request.url.query, body.decode("utf-8", "replace")) if each)


def _expanded(given: Form) -> tuple[str, ...]:
    paths = given.pop("expand", {})
    return tuple(paths.values()) if isinstance(paths, dict) else (str(paths),)


def _answer(ask: Ask, run: Run, show: Show) -> Response:
    return Response(show(run(ask)), media_type="application/json")


def _once(ask: Ask, run: Run, show: Show, key: str, said: str) -> Response:
    """Answer as the first request with a key was answered; what failed before it began may be tried again."""
    kept, asked = ask.state.replies, hashlib.sha256(said.encode()).hexdigest()
    for old in [name for name, each in kept.items() if each.at < ask.world.now - REPLIES_KEPT]:
        del kept[old]
    found = kept.get(key)
    if found and found.asked != asked:
        raise errors.other_parameters(key)
    if found:
        return _reply(found, {"idempotent-replayed": "true", "idempotency-key": key})
    try:
        kept[key] = Reply(asked, ask.world.now, 200, show(run(ask)))
    except StripeError as failure:
        kept[key] = Reply(asked, ask.world.now, failure.status, orjson.dumps(failure.body()))
    return _reply(kept[key], {"idempotency-key": key})


def _reply(reply: Reply, headers: dict[str, str]) -> Response:
    return Response(reply.body, reply.status, media_type="application/json", headers=headers)
