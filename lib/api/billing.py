"""Coming back from Stripe's pages about our own plans. What came of it is read from Stripe, never from the address."""

from __future__ import annotations

from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from lib.api import answers, identity
from lib.billing import checkout
from lib.errors import AppError, NotSignedIn

SETTINGS: Final = "/settings"
PLAN: Final = "Your plan"
PAID: Final = "paid"
WAITING: Final = "waiting"


async def paid(request: Request) -> Response:
    """``GET /billing/return``: back from paying, on to Settings, however it went."""
    try:
        user = await identity.signed_in(request)
        done = await run_in_threadpool(checkout.finish, user, request.query_params.get("session_id", ""))
    except NotSignedIn:
        return answers.go("/")
    except AppError as error:
        return answers.go(SETTINGS, section=PLAN, status=error.code)
    return answers.go(SETTINGS, section=PLAN, status=PAID if done else WAITING)


async def back(request: Request) -> Response:
    """``GET /billing/back``: back from anything else at Stripe, on to Settings with what is so now."""
    try:
        user = await identity.signed_in(request)
        await run_in_threadpool(checkout.back, user)
    except NotSignedIn:
        return answers.go("/")
    except AppError as error:
        return answers.go(SETTINGS, section=PLAN, status=error.code)
    return answers.go(SETTINGS, section=PLAN)
