"""Telling open pages that an account's figures have changed: ``/session/live?account=acct_…``.

A browser keeps a websocket open; whenever the data version grows it gets ``{"version": 42}`` and draws its page anew.
However many pages are open, one question a TICK to the database serves them all. The same address answers a plain GET,
for browsers behind a proxy that lets no websocket through.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from contextlib import suppress
from typing import Final
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.websockets import WebSocket, WebSocketDisconnect

from lib.accounts import connections
from lib.api.identity import signed_in
from lib.api.versions import Watch
from lib.errors import AppError, UnknownAccount
from lib.settings import settings
from lib.store import syncing

LOOK: Final = 1.0
"""Seconds between two looks whether the browser is still there."""
LEASE: Final = 30.0
"""Seconds after which a page that stays open must still be allowed to."""
MOST: Final = 20
"""Open sockets that one person may have: pages in tabs."""
REFUSED: Final = 4403
FULL: Final = 4429
"""Codes with which a socket is closed: the browser does not try again."""


async def asked(request: Request) -> Response:
    """``GET /session/live?account=…``: the version now. Raises NotSignedIn, UnknownAccount."""
    account = await _allowed(request)
    return JSONResponse({"version": await run_in_threadpool(syncing.data_version, account)})


async def live(socket: WebSocket) -> None:
    """The websocket of one open page: sends the version at once, and again whenever it grows."""
    try:
        if not _own(socket):
            await socket.close(REFUSED)
            return
        account = await _allowed(socket)
    except AppError:
        await socket.close(REFUSED)
        return
    person = (await signed_in(socket)).id
    if _open[person] >= MOST:
        await socket.close(FULL)
        return
    _open[person] += 1
    try:
        await socket.accept()
        await _serve(socket, account)
    except WebSocketDisconnect:
        pass
    finally:
        _open.subtract([person])
        if not _open[person]:
            del _open[person]


_WATCH: Final = Watch(syncing.data_versions)
_open: Counter[str] = Counter()
"""Sockets by person."""


async def _serve(socket: WebSocket, account: str) -> None:
    """Send versions until the browser leaves or may no longer look."""
    listening = asyncio.ensure_future(_gone(socket))
    told, leased = None, time.monotonic()
    try:
        with _WATCH.of(account) as watched:
            watched.tell(await run_in_threadpool(syncing.data_version, account))
            while not listening.done():
                if watched.version != told:
                    told = watched.version
                    await socket.send_json({"version": told})
                if time.monotonic() - leased > LEASE:
                    await _allowed(socket)
                    leased = time.monotonic()
                await watched.wait(LOOK)
    except AppError:
        await socket.close(REFUSED)
    finally:
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening


async def _gone(socket: WebSocket) -> None:
    """Return when the browser has left; whatever it sends is not read."""
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass


async def _allowed(connection: HTTPConnection) -> str:
    """The account that is asked for, once it is the reader's. Raises NotSignedIn, UnknownAccount."""
    user = await signed_in(connection)
    account = connection.query_params.get("account", "")
    mine = await run_in_threadpool(connections.of, user.workspace)
    if account != user.workspace and account not in {each.account for each in mine}:
        raise UnknownAccount(account=account)
    return account


def _own(socket: WebSocket) -> bool:
    """Whether a page of ours opened it: browsers let any page of any site open sockets, with our cookie where they
    take it for the same site.
    """
    origin = urlsplit(socket.headers.get("origin", "")).netloc
    return origin in {socket.headers.get("host"), urlsplit(settings().app_url).netloc}
