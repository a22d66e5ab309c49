"""Is this delivery from Stripe, fresh, whole and readable? Nothing else is believed about it."""

from __future__ import annotations

from typing import Any

import orjson
import stripe

from lib.errors import BadPayload, BadSignature, PayloadTooLarge

TOLERANCE = 300
"""Seconds a delivery may be old: Stripe's own figure."""
SKEW = 60
"""Seconds by which Stripe's clock may run ahead of ours."""
LAST = 2**40
"""Epoch seconds after which no event is: what every database can keep."""
LARGEST = 1024 * 1024
"""Bytes of the largest body we read."""


def verify(body: bytes, header: str, secret: str, now: float) -> dict[str, Any]:
    """The event in ``body``, once ``header`` (``Stripe-Signature``) proves who sent it, at ``now`` (epoch seconds).

    Raises PayloadTooLarge, BadSignature (unsigned, wrongly signed, stale, from the future) or BadPayload (not UTF-8,
    not JSON, not an event).
    """
    if len(body) > LARGEST:
        raise PayloadTooLarge(limit=LARGEST)
    _check_signature(body, header, secret)
    _check_time(header, now)
    try:
        event = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise BadPayload(reason="it is not JSON") from None
    if not is_event(event):
        raise BadPayload(reason="it is not an event")
    return dict(event)


def is_event(event: object) -> bool:
    """Whether ``event`` has all that we read of one, each of the right type: id, type, time and the changed object."""
    if not isinstance(event, dict) or event.get("object") != "event":
        return False
    named = all(isinstance(event.get(name), str) and event[name] for name in ("id", "type"))
    timed = isinstance(event.get("created"), int) and 0 < event["created"] <= LAST
    data = event.get("data")
    return named and timed and isinstance(data, dict) and isinstance(data.get("object"), dict)


def _check_signature(body: bytes, header: str, secret: str) -> None:
    """Raise BadSignature or BadPayload; stripe-python's own exceptions hold the body, so they are not chained."""
    if not header.isascii():
        raise BadSignature(reason="its header holds characters that no signature has")
    try:
        stripe.WebhookSignature.verify_header(body, header, secret)
    except UnicodeDecodeError:
        raise BadPayload(reason="it is not UTF-8 text") from None
    except stripe.SignatureVerificationError:
        raise BadSignature(reason="it was not signed with this endpoint's secret") from None


def _check_time(header: str, now: float) -> None:
    signed_at = int(next(part for part in header.split(",") if part.startswith("t=")).split("=")[1])
    if signed_at < now - TOLERANCE:
        raise BadSignature(reason="it is more than five minutes old")
    if signed_at > now + SKEW:
        raise BadSignature(reason="its time lies in the future")
