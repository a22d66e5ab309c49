"""Which session a request belongs to, told to Streamlit by a header that nobody else can set.

Pure ASGI, for HTTP and websockets alike. Streamlit maps the header to ``st.user.session`` (server.trustedUserHeaders in
.streamlit/config.toml) and hands a page's state only to a browser that brings the same value.
"""

from __future__ import annotations

import time
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from lib.accounts import sessions
from lib.accounts.sessions import SignedIn
from lib.errors import NotSignedIn
from lib.settings import settings

HEADER: Final = b"x-plimsoll-session"
MEMBERS_ONLY: Final = ("/media/", "/_stcore/metrics")
"""Paths Streamlit would answer to anyone: downloads are made of customers' figures."""


def cookie_name() -> str:
    """The session cookie's name; on https a name that browsers accept from this very host alone."""
    return "__Host-plimsoll" if settings().https else "plimsoll"


def session_of(connection: HTTPConnection) -> str | None:
    """The hash of the session that the request's cookie claims, not yet looked up."""
    token = connection.cookies.get(cookie_name())
    return sessions.digest(token) if token else None


async def signed_in(connection: HTTPConnection) -> SignedIn:
    """Who sends this request. Raises NotSignedIn."""
    session = session_of(connection)
    user = await run_in_threadpool(sessions.find, session, now=int(time.time())) if session else None
    if user is None:
        raise NotSignedIn
    return user


class Identity:
    """Strips the identity header that a client sent, sets ours, and keeps strangers out of members' paths."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request or websocket."""
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        if scope["type"] == "http" and scope["path"].startswith(MEMBERS_ONLY):
            try:
                await signed_in(connection)
            except NotSignedIn as error:
                await PlainTextResponse(error.message, error.status)(scope, receive, send)
                return
        headers = [(name, value) for name, value in scope["headers"] if name.lower() != HEADER]
        if session := session_of(connection):
            headers.append((HEADER, session.encode()))
        await self.app({**scope, "headers": headers}, receive, send)
