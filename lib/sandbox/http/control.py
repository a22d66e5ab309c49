"""``/_sandbox``: doors for tests alone, and the human page at ``/``. No key is asked: it listens on this machine."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, get_args
from urllib.parse import parse_qsl

import orjson
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from lib.sandbox.http import errors, home
from lib.sandbox.http.api import WAITS
from lib.sandbox.http.faults import Fault, FaultKind
from lib.sandbox.http.operations import known, perform
from lib.sandbox.http.params import integer
from lib.sandbox.http.state import StandIn
from lib.sandbox.http.tenants import Tenant
from lib.sandbox.http.webhooks import Manners

_LONGEST = 10 * 365 * 86_400
"""Seconds that the clock can be moved at once."""
_LAST = 100


class Control:
    """The doors of one stand-in."""

    def __init__(self, standin: StandIn) -> None:
        self._standin = standin

    def routes(self) -> list[Route]:
        """Where they are."""
        return [
            Route("/", self.home, methods=["GET"]),
            Route("/", self.press, methods=["POST"]),
            Route("/_sandbox/truth", self.truth, methods=["GET"]),
            Route("/_sandbox/advance", self.advance, methods=["POST"]),
            Route("/_sandbox/faults", self.faults, methods=["GET", "POST"]),
            Route("/_sandbox/webhooks", self.webhooks, methods=["GET", "POST"]),
            Route("/_sandbox/branding", self.branding, methods=["GET", "POST"]),
            Route("/_sandbox/test_event", self.test_event, methods=["POST"]),
            Route("/_sandbox/revoke", self.revoke, methods=["POST"]),
            Route("/_sandbox/codes", self.codes, methods=["POST"]),
            Route("/_sandbox/requests", self.requests, methods=["GET", "DELETE"]),
            Route("/_sandbox/objects", self.objects, methods=["GET"]),
            Route("/_sandbox/do", self.operations, methods=["GET"]),
            Route("/_sandbox/do", self.do, methods=["POST"]),
        ]

    async def home(self, _: Request) -> Response:
        """Tell people what this is."""
        return home.page(self._standin)

    async def press(self, request: Request) -> Response:
        """Act on a button of the human page."""
        given = dict(parse_qsl((await request.body()).decode("utf-8", "replace")))
        await self._advance(_bounded(integer("seconds", given.get("seconds", ""))))
        return RedirectResponse("/", 303)

    async def truth(self, request: Request) -> Response:
        """The figures that an engine knows, of the demo business or of ``?account=``; ``?compact=true`` is shorter.

        ``?rules={…}`` (JSON) sets switches that differ from the default rules: see lib.sandbox.engine.truth.
        """
        tenant = await self._tenant(request.query_params)
        compact = request.query_params.get("compact") == "true"
        rules = _object(request.query_params.get("rules", "{}"), "rules")
        answer = await asyncio.to_thread(_truth, tenant, compact=compact, rules=rules)
        return Response(answer, media_type="application/json")

    async def advance(self, request: Request) -> Response:
        """Move the clock by ``seconds`` or ``to`` a moment (epoch seconds), and wait for every world."""
        given = await _body(request)
        for each in (self._standin.cast.demo, self._standin.cast.small):
            await asyncio.to_thread(each.ready.wait)
        if "to" in given:
            await self._advance(_bounded(_whole(given, "to") - self._standin.clock.now()))
        else:
            await self._advance(_bounded(_whole(given, "seconds")))
        return _json({"now": int(self._standin.clock.now())})

    async def faults(self, request: Request) -> Response:
        """Plant a fault, or several under ``faults``, or ``clear`` them; answers with the rules in force."""
        if request.method == "POST":
            given = await _body(request)
            if given.pop("clear", False):
                self._standin.recorder.clear()
            for each in given.pop("faults", [given] if given else []):
                self._standin.recorder.plant(_fault(each))
        return _json({"faults": self._standin.recorder.planted})

    async def webhooks(self, request: Request) -> Response:
        """Change how deliveries behave, and tell how they fare. ``reset`` brings the usual manners back.

        With ``platform`` (in the body or the query) those of the platform's own events are meant.
        """
        given = await _body(request) if request.method == "POST" else {}
        ours = given.pop("platform", request.query_params.get("platform") == "true")
        deliveries = self._standin.platform_deliveries if ours else self._standin.deliveries
        if request.method == "POST":
            if given.pop("reset", False):
                deliveries.manners = Manners()
            if "endpoints" in given:
                deliveries.endpoints[:] = [str(each) for each in given.pop("endpoints")]
            if "enabled_events" in given:
                deliveries.enabled_events[:] = [str(each) for each in given.pop("enabled_events")]
            _known(given, Manners)
            deliveries.manners = replace(deliveries.manners, **given)
        return _json({**deliveries.status(), "platform": bool(ours)})

    async def branding(self, request: Request) -> Response:
        """Give the platform a name, an icon, a logo and a colour; what is missing stays, null takes away."""
        ours = self._standin.cast.platform
        if request.method == "POST":
            ours.branding = ours.branding.changed(await _body(request))
            self._standin.keep()
        return _json(ours.branding.dump())

    async def test_event(self, request: Request) -> Response:
        """Deliver an event that changes nothing, as "Send test event" in Stripe's dashboard does."""
        tenant = await self._tenant(await _body(request))
        return _json({"event": await asyncio.to_thread(self._standin.send_test_event, tenant)})

    async def revoke(self, request: Request) -> Response:
        """Withdraw access as an owner does in Stripe's dashboard."""
        tenant = await self._tenant(await _body(request))
        return _json({"account": tenant.id, "revoked": self._standin.revoke(tenant)})

    async def codes(self, request: Request) -> Response:
        """Issue an authorization code without the page: of our platform, or of ``client_id``."""
        given = await _body(request)
        tenant, scope = await self._tenant(given), str(given.get("scope", "read_only"))
        code = self._standin.connections.issue(tenant.id, scope, client_id=given.get("client_id"))
        return _json({"code": code})

    async def requests(self, request: Request) -> Response:
        """Counts of API requests by path and the newest; DELETE starts afresh."""
        if request.method == "DELETE":
            self._standin.recorder.forget()
        last = integer("last", request.query_params.get("last", str(_LAST)))
        return _json(self._standin.recorder.report(last))

    async def objects(self, request: Request) -> Response:
        """All live objects of ``?kind=`` (Stripe's object name), oldest first, past every planted fault."""
        tenant = await self._tenant(request.query_params)
        kind = request.query_params.get("kind", "")
        with tenant.world() as (engine, _):
            return _json({"data": engine.listing(kind)})

    async def operations(self, request: Request) -> Response:
        """The operations that ``POST /_sandbox/do`` knows."""
        tenant = await self._tenant(request.query_params)
        with tenant.world() as (engine, _):
            return _json({"operations": known(engine)})

    async def do(self, request: Request) -> Response:
        """Call one of the world's operations with the remaining fields as its arguments."""
        given = await _body(request)
        tenant = await self._tenant(given)
        given.pop("account", None)
        name = str(given.pop("operation", ""))
        result = await asyncio.to_thread(_operate, tenant, name, given)
        if tenant is self._standin.cast.platform:
            self._standin.keep_platform()
        return _json({"result": result})

    async def _advance(self, seconds: float) -> None:
        await asyncio.to_thread(self._standin.advance, self._standin.clock.now() + seconds)

    async def _tenant(self, given: Mapping[str, Any]) -> Tenant:
        """The account that is meant, the demo business if none is; waits a while for its world."""
        account = str(given.get("account") or self._standin.cast.demo.id)
        tenant = self._standin.cast.find(account)
        if tenant is None:
            raise errors.no_such("account", account, param="account")
        await asyncio.to_thread(tenant.ready.wait, WAITS)
        return tenant


def _truth(tenant: Tenant, *, compact: bool, rules: dict[str, Any]) -> bytes:
    with tenant.world() as (engine, _):
        try:
            told = engine.truth(compact=compact, rules=rules)
        except (TypeError, ValueError) as failure:
            raise errors.invalid_value("rules", str(failure)) from None
    return orjson.dumps(told, option=orjson.OPT_NON_STR_KEYS)


def _operate(tenant: Tenant, name: str, arguments: dict[str, Any]) -> object:
    with tenant.world() as (engine, _):
        return perform(engine, name, arguments)


def _fault(given: dict[str, Any]) -> Fault:
    _known(given, Fault)
    if given.get("kind") not in get_args(FaultKind):
        raise errors.invalid_value("kind", f"A fault's kind is one of {', '.join(get_args(FaultKind))}")
    return Fault(**given)


def _known(given: Mapping[str, Any], shape: type[Fault | Manners]) -> None:
    """Refuse a field that the shape lacks, and a value that is no number where one is needed."""
    names = {each.name for each in fields(shape)}
    for name, value in given.items():
        if name not in names:
            raise errors.unknown_parameter(name)
        if name not in {"kind", "path"} and value is not None and not isinstance(value, int | float):
            raise errors.invalid_value(name, f"Invalid number: {value}")


def _whole(given: Mapping[str, Any], name: str) -> int:
    if name not in given:
        raise errors.missing_parameter(name)
    return integer(name, str(given[name]))


def _bounded(seconds: float) -> float:
    if not 0 <= seconds <= _LONGEST:
        raise errors.invalid_value("seconds", "The clock only moves forward, ten years at most.")
    return seconds


async def _body(request: Request) -> dict[str, Any]:
    return _object(await request.body() or b"{}", "body")


def _object(text: str | bytes, what: str) -> dict[str, Any]:
    try:
        given = orjson.loads(text)
    except orjson.JSONDecodeError:
        given = None
    if not isinstance(given, dict):
        raise errors.StripeError(400, f"The {what} must be a JSON object.")
    return given


def _json(value: Mapping[str, Any]) -> Response:
    return Response(orjson.dumps(value), media_type="application/json")
