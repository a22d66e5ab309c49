"""Is this delivery from Stripe, fresh, whole and readable? Nothing else is believed about it."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Final

import orjson
import stripe

from lib.errors import BadPayload, BadSignature, PayloadTooLarge

TOLERANCE = 300
"""Seconds a delivery may be old: Stripe's own figure."""
SKEW = 60
"""Seconds by which Stripe's clock may run ahead of ours."""
LAST = 2**40
"""Epoch seconds after which no event is: what every database can keep."""
THIN: Final = "v2.core.event"
FIRST_YEAR: Final = 2011
"""Stripe's first."""
LARGEST = 1024 * 1024
"""Bytes of the largest body we read."""


def verify(body: bytes, header: str, secret: str, now: float) -> dict[str, Any]:
    """The event in ``body``, once ``header`` (``Stripe-Signature``) proves who sent it, at ``now`` (epoch seconds).

    Raises PayloadTooLarge, BadSignature (unsigned, wrongly signed, stale, from the future) or BadPayload (not UTF-8,
    not JSON, not an event, nested so deeply that it could be read but not kept).
    """
    if len(body) > LARGEST:
        raise PayloadTooLarge(limit=LARGEST)
    _check_signature(body, header, secret)
    _check_time(header, now)
    try:
        event = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise BadPayload(reason="it is not JSON") from None
    if is_notification(event):
        event = unfolded(event)
    if not is_event(event):
        raise BadPayload(reason="it is not an event")
    try:
        orjson.dumps(event)
    except TypeError:  # it reads four times as deep as it writes
        raise BadPayload(reason="it is nested too deeply") from None
    return dict(event)


def is_event(event: object) -> bool:
    """Whether ``event`` has all that we read of one, each of the right type: id, type, time and the changed object."""
    if not isinstance(event, dict) or event.get("object") != "event":
        return False
    named = is_name(event.get("id")) and is_name(event.get("type"))
    timed = type(event.get("created")) is int and 0 < event["created"] <= LAST
    optional = all(event.get(name) is None or is_name(event[name]) for name in ("account", "api_version"))
    return named and timed and optional and _is_change(event.get("data"))


def _is_change(data: object) -> bool:
    """Whether ``data`` shows an object, perhaps with an id, which may be the owner's own, and what was otherwise."""
    if not isinstance(data, dict) or not isinstance(found := data.get("object"), dict):
        return False
    previous, id_ = data.get("previous_attributes"), found.get("id")
    return (previous is None or isinstance(previous, dict)) and not (isinstance(id_, str) and "\0" in id_)


def is_name(text: object) -> bool:
    """Whether ``text`` can be an id, a type or a version of Stripe's: printable, without spaces, of sane length."""
    return isinstance(text, str) and _NAME.fullmatch(text) is not None


_NAME: Final = re.compile(r"[!-~]{1,255}")


# --- Thin events ------------------------------------------------------------------------------------------------------


def is_notification(event: object) -> bool:
    """Whether ``event`` is a thin (v2) one, whole: it names the object that changed and does not show it."""
    if not isinstance(event, dict) or event.get("object") != THIN:
        return False
    related, context = event.get("related_object"), event.get("context")
    about = isinstance(related, dict) and is_name(related.get("id")) and is_name(related.get("type"))
    placed = context is None or is_name(context)
    named = is_name(event.get("id")) and is_name(event.get("type"))
    return named and placed and (about or related is None) and _moment(event.get("created")) is not None


def unfolded(event: dict[str, Any]) -> dict[str, Any]:
    """A thin event in the shape of the others: of the changed object only its id and its type, as all else is fetched.

    Its type says by ``v1.`` or ``v2.`` which of Stripe's APIs the object is of; ours have none. The account is the last
    part of its context.
    """
    related, context = event.get("related_object") or {}, event.get("context")
    return {
        "id": event["id"],
        "object": "event",
        "type": event["type"].removeprefix("v1."),
        "created": _moment(event["created"]),
        "livemode": bool(event.get("livemode")),
        "data": {"object": {"id": related.get("id"), "object": related.get("type")}},
        "thin": True,
        **({"account": context.rsplit("/", 1)[-1]} if context else {}),
    }


def _moment(text: object) -> int | None:
    """An ISO time with its zone as epoch seconds; None when it is none."""
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return int(moment.timestamp()) if moment and moment.tzinfo and moment.year >= FIRST_YEAR else None


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
