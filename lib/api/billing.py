"""Coming back from Stripe's pages about our own plans. What came of it is read from Stripe, never from the address."""

from __future__ import annotations

import re
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
RETURNED: Final = "returned"
"""Names, in an address of Settings, the session that somebody was back from paying who was signed out meanwhile."""
_SESSION: Final = re.compile(r"cs_\w{1,250}", re.ASCII)


async def paid(request: Request) -> Response:
    """``GET /billing/return``: back from paying, on to Settings, however it went.

    Whoever is signed out meanwhile signs in on the way and comes here again.
    """
    session = request.query_params.get("session_id", "")
    try:
        user = await identity.signed_in(request)
        done = await run_in_threadpool(checkout.finish, user, session)
    except NotSignedIn:
        return answers.go(SETTINGS, section=PLAN, returned=session if _SESSION.fullmatch(session) else None)
    except AppError as error:
        return answers.go(SETTINGS, section=PLAN, status=error.code)
    return answers.go(SETTINGS, section=PLAN, status=PAID if done else WAITING)


async def back(request: Request) -> Response:
    """``GET /billing/back``: back from anything else at Stripe, on to Settings with what is so now."""
    try:
        user = await identity.signed_in(request)
        await run_in_threadpool(checkout.back, user)
    except NotSignedIn:
        return answers.go(SETTINGS, section=PLAN)
    except AppError as error:
        return answers.go(SETTINGS, section=PLAN, status=error.code)
    return answers.go(SETTINGS, section=PLAN)
