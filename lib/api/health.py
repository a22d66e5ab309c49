"""``GET /healthz``: is this process of use? Its database must answer."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from lib.errors import DatabaseUnavailable
from lib.store import health


async def healthz(_request: Request) -> Response:
    """``{"status": "ok"}``, or 503 and ``{"status": "database unavailable"}``."""
    try:
        await run_in_threadpool(health.ping)
    except DatabaseUnavailable:
        return JSONResponse({"status": "database unavailable"}, 503)
    return JSONResponse({"status": "ok"})
