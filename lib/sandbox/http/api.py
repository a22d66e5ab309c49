"""``/v1``: lists, single objects, the account and the balance."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from lib.sandbox.http import errors
from lib.sandbox.http.access import Caller
from lib.sandbox.http.engine import Engine, Object
from lib.sandbox.http.errors import StripeError
from lib.sandbox.http.expansion import tree_of
from lib.sandbox.http.listing import EVENTS_KEPT, page
from lib.sandbox.http.params import Params
from lib.sandbox.http.resources import (
    ACCOUNT_PERMISSION,
    BALANCE_PERMISSION,
    BY_KIND,
    BY_PATH,
    RESOURCES,
    Resource,
)
from lib.sandbox.http.state import StandIn

WAITS = 20.0
"""Seconds that a request waits for a world that is still being made."""
_BARE = frozenset[str]()

Endpoint = Callable[[Request], Awaitable[Response]]


def routes(standin: StandIn) -> list[Route]:
    """Every address of the API; what is not served answers as Stripe does for an unknown one."""
    lists = [Route(f"/v1/{each.path}", _list(standin, each)) for each in RESOURCES]
    singles = [Route(f"/v1/{each.path}/{{id}}", _single(standin, each)) for each in RESOURCES]
    return [
        Route("/v1/account", _account(standin)),
        Route("/v1/accounts/{id}", _account(standin)),
        Route("/v1/balance", _balance(standin)),
        Route("/v1/invoices/{id}/lines", _lines(standin)),
        Route("/v1/credit_notes/{id}/lines", _credit_note_lines(standin)),
        Route("/v1/checkout/sessions/{id}/line_items", _bought(standin)),
        *lists,
        *singles,
    ]


async def caller_of(standin: StandIn, request: Request, permission: str) -> Caller:
    """Check key, account and permission, and wait a while for the account's world."""
    headers = request.headers
    caller = standin.access.caller(headers.get("authorization", ""), headers.get("stripe-account"))
    caller.need(permission)
    await ready(caller)
    return caller


async def ready(caller: Caller) -> None:
    """Wait a while for the world of the account that is meant."""
    if not caller.tenant.ready.is_set():
        await asyncio.to_thread(caller.tenant.ready.wait, WAITS)


def _json(body: bytes) -> Response:
    return Response(body, media_type="application/json")


def _list(standin: StandIn, resource: Resource) -> Endpoint:
    url = f"/v1/{resource.path}"

    async def endpoint(request: Request) -> Response:
        caller = await caller_of(standin, request, resource.permission)
        params = Params.read(request.url.query, resource.known)
        tree = tree_of(f"list:{resource.kind}", params.expand)
        with caller.tenant.world() as (engine, renderer):
            _of_somebody(resource, params, engine)
            objects, has_more = page(resource, renderer.index(resource.kind), params, engine.now)
            return _json(renderer.many(url, resource.kind, objects, tree, has_more=has_more))

    return endpoint


def _of_somebody(resource: Resource, params: Params, engine: Engine) -> None:
    """Raise Stripe's error when a list is asked for of a customer that this account, in this mode, never had."""
    customer = params.get("customer") if "customer" in resource.exact else None
    if customer is not None and engine.get("customer", customer) is None:
        raise errors.no_such("customer", customer, param="customer", status=400)


def _single(standin: StandIn, resource: Resource) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        caller = await caller_of(standin, request, resource.permission)
        params = Params.read(request.url.query, _BARE)
        tree = tree_of(resource.kind, params.expand)
        id_ = request.path_params["id"]
        with caller.tenant.world() as (engine, renderer):
            found = renderer.find(resource.kind, id_)
            if found is None or not _visible(resource.kind, found, engine.now):
                raise errors.no_such(resource.kind, id_)
            return _json(orjson.dumps(found) if found.get("deleted") else renderer.one(resource.kind, found, tree))

    return endpoint


def _visible(kind: str, found: Object, now: int) -> bool:
    """Whether an object can still be retrieved: old events can't, and of the deleted only customers can."""
    if found.get("deleted"):
        return kind == "customer"
    return kind != "event" or found["created"] >= now - EVENTS_KEPT


def _lines(standin: StandIn) -> Endpoint:
    resource = BY_PATH["invoices"]

    async def endpoint(request: Request) -> Response:
        caller = await caller_of(standin, request, resource.permission)
        params = Params.read(request.url.query, _BARE)
        tree = tree_of("list:line_item", params.expand)
        id_ = request.path_params["id"]
        with caller.tenant.world() as (engine, renderer):
            if engine.get("invoice", id_) is None:
                raise errors.no_such("invoice", id_, param="invoice")
            chosen, has_more = cut(engine.lines(id_), params, "line item")
            return _json(renderer.many(request.url.path, "line_item", chosen, tree, has_more=has_more))

    return endpoint


def _credit_note_lines(standin: StandIn) -> Endpoint:
    resource = BY_KIND["credit_note"]

    async def endpoint(request: Request) -> Response:
        caller = await caller_of(standin, request, resource.permission)
        params = Params.read(request.url.query, _BARE)
        id_ = request.path_params["id"]
        with caller.tenant.world() as (engine, renderer):
            found = engine.get("credit_note", id_)
            if found is None:
                raise errors.no_such("credit_note", id_)
            chosen, has_more = cut(found["lines"]["data"], params, "credit note line item")
            return _json(renderer.many(request.url.path, "", chosen, {}, has_more=has_more))

    return endpoint


def _bought(standin: StandIn) -> Endpoint:
    resource = BY_KIND["checkout.session"]

    async def endpoint(request: Request) -> Response:
        caller = await caller_of(standin, request, resource.permission)
        params = Params.read(request.url.query, _BARE)
        id_ = request.path_params["id"]
        with caller.tenant.world() as (engine, renderer):
            found = engine.get("checkout.session", id_)
            if found is None:
                raise errors.no_such("checkout.session", id_)
            chosen, has_more = cut(found["line_items"]["data"], params, "line item")
            return _json(renderer.many(request.url.path, "", chosen, {}, has_more=has_more))

    return endpoint


def cut(objects: list[Object], params: Params, what: str) -> tuple[list[Object], bool]:
    """Return one page of a list that has an order of its own, first to last, and whether more follow."""
    ids = [each["id"] for each in objects]
    low, high = 0, len(ids)
    for name in ("starting_after", "ending_before"):
        cursor = params.get(name)
        if cursor is not None and cursor not in ids:
            raise errors.no_such(what, cursor, param=name, status=400)
        if cursor is not None and name == "starting_after":
            low = ids.index(cursor) + 1
        elif cursor is not None:
            high = ids.index(cursor)
            return objects[max(low, high - params.limit) : high], high - params.limit > low
    return objects[low : low + params.limit], low + params.limit < high


def _account(standin: StandIn) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        headers = request.headers
        wanted = request.path_params.get("id") or headers.get("stripe-account")
        caller = standin.access.caller(headers.get("authorization", ""), wanted)
        caller.need(ACCOUNT_PERMISSION)
        Params.read(request.url.query, _BARE)
        return _json(orjson.dumps(caller.tenant.account()))

    return endpoint


def _balance(standin: StandIn) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        caller = await caller_of(standin, request, BALANCE_PERMISSION)
        Params.read(request.url.query, _BARE)
        return _json(orjson.dumps(caller.tenant.balance()))

    return endpoint


async def refused(_: Request, failure: Exception) -> Response:
    """Any failure of Stripe's kind as its answer."""
    assert isinstance(failure, StripeError)  # noqa: S101 - registered for these alone; tells mypy
    return Response(orjson.dumps(failure.body()), failure.status, media_type="application/json")


async def unknown(request: Request, _: Exception) -> Response:
    """Answer for an address, or a method, that is not served."""
    failure = errors.unknown_url(request.method, request.url.path)
    return Response(orjson.dumps(failure.body()), failure.status, media_type="application/json")
