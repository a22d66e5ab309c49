"""``/v1/webhook_endpoints``: where events go, of connected accounts and of the platform's own."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from lib.sandbox.engine.state import Object
from lib.sandbox.http import errors
from lib.sandbox.http.api import Endpoint, cut
from lib.sandbox.http.forms import flag, labels, merged, text, url
from lib.sandbox.http.params import Params
from lib.sandbox.http.state import StandIn
from lib.sandbox.http.tenants import token
from lib.sandbox.http.webhooks import Deliveries, Hook
from lib.sandbox.http.writing import Ask, Write

_PATH = "/v1/webhook_endpoints"
_READ, _WRITE = "rak_webhook_read", "rak_webhook_write"
_SHAPE = {
    "api_version": text,
    "connect": flag,
    "description": text,
    "enabled_events": [text],
    "metadata": labels,
    "url": url,
}


def shown(standin: StandIn) -> Iterator[Object]:
    """Every endpoint as Stripe shows it, without its secret: those given at the start, then those made since."""
    for deliveries in (standin.deliveries, standin.platform_deliveries):
        for hook in deliveries.hooks:
            yield _shown(standin, deliveries, hook)


def _shown(standin: StandIn, deliveries: Deliveries, hook: Hook) -> Object:
    connect = deliveries is standin.deliveries
    role = f"{'connect' if connect else 'platform'} {hook.url}"
    return {
        "id": hook.id or f"we_{token(standin.options.seed, role, 24)}",
        "object": "webhook_endpoint",
        "api_version": hook.api_version,
        "application": standin.connections.client_id if connect else None,
        "created": hook.created or standin.cast.platform.created,
        "description": hook.description,
        "enabled_events": list(hook.enabled_events),
        "livemode": False,
        "metadata": hook.metadata,
        "status": "enabled",
        "url": hook.url,
    }


def create(ask: Ask) -> Object:
    """Add an endpoint with a secret of its own, which is shown this once."""
    ask.need("enabled_events", "url")
    given, standin = ask.given, ask.standin
    deliveries = standin.deliveries if given.get("connect") else standin.platform_deliveries
    hook = Hook(
        given["url"],
        f"whsec_{secrets.token_hex(16)}",
        tuple(given["enabled_events"]),
        ask.state.id("we"),
        ask.state.now,
        given.get("api_version"),
        given.get("description"),
        merged({}, given.get("metadata", {})),
    )
    deliveries.registered.append(hook)
    standin.keep()
    return {**_shown(standin, deliveries, hook), "secret": hook.secret}


def delete(ask: Ask) -> Object:
    """Take an endpoint away."""
    for deliveries in (ask.standin.deliveries, ask.standin.platform_deliveries):
        for hook in deliveries.hooks:
            if _shown(ask.standin, deliveries, hook)["id"] != ask.id:
                continue
            if hook in deliveries.registered:
                deliveries.registered.remove(hook)
            else:
                deliveries.endpoints.remove(hook.url)
            ask.standin.keep()
            return {"id": ask.id, "object": "webhook_endpoint", "deleted": True}
    raise errors.no_such("webhook_endpoint", ask.id)


WRITES = (
    Write(_PATH, "webhook_endpoint", _WRITE, _SHAPE, create, ours=True),
    Write(f"{_PATH}/{{id}}", "webhook_endpoint", _WRITE, {}, delete, method="DELETE", ours=True),
)


def _listed(standin: StandIn, request: Request) -> list[Object]:
    headers = request.headers
    caller = standin.access.caller(headers.get("authorization", ""), headers.get("stripe-account"))
    caller.need(_READ)
    return list(shown(standin)) if caller.tenant is standin.cast.platform else []


def _list(standin: StandIn) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        found = _listed(standin, request)
        params = Params.read(request.url.query, frozenset())
        chosen, more = cut(found, params, "webhook endpoint")
        body = {"object": "list", "data": chosen, "has_more": more, "url": _PATH}
        return Response(orjson.dumps(body), media_type="application/json")

    return endpoint


def _single(standin: StandIn) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        id_ = request.path_params["id"]
        found = next((each for each in _listed(standin, request) if each["id"] == id_), None)
        if found is None:
            raise errors.no_such("webhook_endpoint", id_)
        return Response(orjson.dumps(found), media_type="application/json")

    return endpoint


def routes(standin: StandIn) -> list[Route]:
    """Where endpoints are read."""
    return [Route(_PATH, _list(standin), methods=["GET"]), Route(f"{_PATH}/{{id}}", _single(standin), methods=["GET"])]
