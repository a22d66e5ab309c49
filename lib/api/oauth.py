"""The trip to Stripe and back. The code is spent here, in a route: a page's script may run twice."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lib.accounts import connections, roles
from lib.accounts.connections import Return
from lib.accounts.roles import Right
from lib.accounts.sessions import SignedIn
from lib.api import answers, identity
from lib.billing import access, truth
from lib.errors import AppError, NotSignedIn, OtherAddress
from lib.settings import settings
from lib.sync import runtime

CONNECT = "/connect"
"""The page that tells how it went: ``status`` names an error by its code, or is CONNECTED."""
CONNECTED = "connected"
THIS_MACHINE = {"localhost", "127.0.0.1", "::1"}
"""Names that browsers keep separate cookies for: Stripe sends people back to APP_URL's."""


async def start(request: Request) -> Response:
    """``GET /oauth/start``: off to Stripe's consent page; back to the Connect page when that can't be.

    ``?again=acct_…`` names an account that is connected already, which needs no room.
    """
    own = urlsplit(settings().app_url)
    if {request.url.hostname, own.hostname} <= THIS_MACHINE and request.url.hostname != own.hostname:
        return answers.go(f"{own.scheme}://{own.netloc}{CONNECT}", status=OtherAddress().code)
    try:
        user = await identity.signed_in(request)
        roles.require(user, Right.MANAGE)
        room = await run_in_threadpool(_room, user.workspace)
        again = request.query_params.get("again")
        address = await run_in_threadpool(connections.begin, user, now=answers.now(), room=room, again=again)
    except AppError as error:
        return answers.go(CONNECT, status=error.code)
    return RedirectResponse(address, answers.SEE_OTHER)


async def callback(request: Request) -> Response:
    """``GET /oauth/callback``: connect, start reading, and on to the Connect page, however it went."""
    given = request.query_params
    back = Return(given.get("state", ""), given.get("code", ""), given.get("error", ""))
    user = await _visitor(request)
    try:
        if user is not None:
            roles.require(user, Right.MANAGE)
        account = await run_in_threadpool(connections.finish, back, user, now=answers.now(), room=_room)
        await run_in_threadpool(runtime.start, account)
        if user is not None:
            await run_in_threadpool(truth.tell_connected, user.workspace)
    except AppError as error:
        return answers.go(CONNECT, status=error.code)
    return answers.go(CONNECT, status=CONNECTED, account=account)


def _room(workspace: str) -> int | None:
    """Most accounts that the workspace's plan allows now."""
    return access.of(workspace).plan.limits.accounts


async def _visitor(request: Request) -> SignedIn | None:
    try:
        return await identity.signed_in(request)
    except NotSignedIn:
        return None
