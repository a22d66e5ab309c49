"""Signing in and out, the part that scripts can't do: a cookie that no script can read.

The login screen gives the browser a ticket: single-use, 30 seconds, bound to the browser's ``_streamlit_xsrf`` cookie,
so that nobody can be signed in by a link from somebody else.
"""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from lib.accounts import sessions, xsrf
from lib.api import answers, identity
from lib.errors import FormForeign, TicketRefused
from lib.settings import settings


async def start(request: Request) -> Response:
    """``GET /session/start?ticket=…``: trade the ticket for a session cookie, then on to the page first asked for."""
    previous = identity.session_of(request)
    try:
        opened = await run_in_threadpool(
            sessions.redeem,
            request.query_params.get("ticket", ""),
            request.cookies.get(xsrf.COOKIE),
            now=answers.now(),
        )
    except TicketRefused as error:
        return answers.go("/", status=error.code)
    if previous:
        await run_in_threadpool(sessions.revoke, previous)
    answer = answers.go(opened.path)
    answer.set_cookie(
        identity.cookie_name(),
        opened.token,
        max_age=sessions.LONGEST,
        path="/",
        secure=settings().https,
        httponly=True,
        samesite="lax",
    )
    return answer


async def end(request: Request) -> Response:
    """``POST /session/end`` with the session's ``csrf`` value: revoke the session and drop the cookie."""
    session = identity.session_of(request)
    async with request.form(max_files=0, max_fields=4) as form:
        if session and not sessions.csrf_fits(session, form.get("csrf")):
            raise FormForeign
    if session:
        await run_in_threadpool(sessions.revoke, session)
    answer = answers.go("/")
    answer.delete_cookie(identity.cookie_name(), path="/", secure=settings().https, httponly=True, samesite="lax")
    return answer
