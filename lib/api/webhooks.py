"""Stripe's deliveries: verified, kept, answered, and only then worked on.

Once a delivery is in the inbox it can't be lost; until then anything but a 2xx makes Stripe send it again.
"""

from __future__ import annotations

import time
from functools import lru_cache
from typing import Any, Final

from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from lib.accounts import deliveries
from lib.accounts.intake import Intake
from lib.billing import truth
from lib.errors import AppError, PayloadTooLarge, WebhookUnset
from lib.gateway import refusals, webhooks
from lib.settings import settings, standin
from lib.sync import resources, runtime

SIGNATURE: Final = "stripe-signature"
_INTAKE: Final = Intake()
_heard: Final = lru_cache(maxsize=1024)(resources.heard)


async def stripe(request: Request) -> Response:
    """``POST /webhooks/stripe``: what happened in connected accounts. Says what was kept and what was ignored."""
    event = await _verified(request, _secret(settings().stripe_webhook_secret, "STRIPE_WEBHOOK_SECRET"))
    delivery = deliveries.of_connected(event, heard=_heard, received=time.time())
    if account := await _INTAKE.keep(delivery):
        runtime.wake(account)
    return JSONResponse({"received": True, "ignored": account is None})


async def platform(request: Request) -> Response:
    """``POST /webhooks/platform``: what happened in our own account: who paid, who did not."""
    secret = _secret(settings().stripe_platform_webhook_secret, "STRIPE_PLATFORM_WEBHOOK_SECRET", own=True)
    event = await _verified(request, secret)
    delivery = deliveries.of_our_own(event, heard=truth.heard, livemode=truth.livemode(), received=time.time())
    if account := await _INTAKE.keep(delivery):
        runtime.wake(account)
    return JSONResponse({"received": True, "ignored": account is None})


async def _verified(request: Request, secret: str) -> dict[str, Any]:
    try:
        body = await _body(request, webhooks.LARGEST)
        return webhooks.verify(body, request.headers.get(SIGNATURE, ""), secret, time.time())
    except AppError as error:
        refusals.note(error.message, request.url.path)
        raise


async def _body(request: Request, limit: int) -> bytes:
    """The body, read no further than ``limit`` bytes. Raises PayloadTooLarge."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise PayloadTooLarge(limit=limit)
    return bytes(body)


def _secret(chosen: SecretStr | None, name: str, *, own: bool = False) -> str:
    """The endpoint's signing secret, ``own``: our account's; from settings or the stand-in. Raises WebhookUnset."""
    if chosen is not None:
        return chosen.get_secret_value()
    if found := standin():
        return found["platform_webhook_secret"] if own else found["webhook_secret"]
    raise WebhookUnset(missing=name)
