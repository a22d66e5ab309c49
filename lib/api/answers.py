"""Answers that several routes give: on to a page of ours, or an error as one sentence."""

from __future__ import annotations

import time
from http import HTTPStatus
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from lib.errors import AppError

SEE_OTHER = 303
RETRY_AFTER = 30
"""Seconds after which what is unavailable now may be asked for again."""


def now() -> int:
    """Epoch seconds: read once at the edge, passed down as a value."""
    return int(time.time())


def go(path: str, **query: str | None) -> RedirectResponse:
    """Send the browser on to ``path`` of this site with a GET."""
    given = {name: value for name, value in query.items() if value}
    return RedirectResponse(path + (f"?{urlencode(given)}" if given else ""), SEE_OTHER)


async def home(request: Request) -> Response:
    """``GET /overview``, as people type it: the Overview is at ``/``."""
    return RedirectResponse("/" + (f"?{request.url.query}" if request.url.query else ""), SEE_OTHER)


async def problem(_request: Request, error: AppError) -> Response:
    """An expected failure as JSON: ``{"error": {"code", "message"}}`` with the error's own status."""
    later = {"Retry-After": str(RETRY_AFTER)} if error.status == HTTPStatus.SERVICE_UNAVAILABLE else None
    return JSONResponse({"error": {"code": error.code, "message": error.message}}, error.status, later)
