"""What Stripe's failures mean for the user. No key, code or id of Stripe's reaches the resulting sentence."""

from __future__ import annotations

import re
from http import HTTPStatus

from lib import errors
from lib.gateway import scopes

_SECRET_OR_ID = re.compile(r"\b[a-z]{2,8}_(?=[\w*]*[0-9A-Z*])[\w*]{4,}")
_RAK = re.compile(r"'(rak_\w+)'")
_ASKS = frozenset(
    {"authentication_required", "invoice_payment_intent_requires_action", "subscription_payment_intent_requires_action"}
)
_NO_CARD = "no attached payment source"
_ACCOUNT = re.compile(r"account '(acct_\w+)'")


def clean(text: str) -> str:
    """``text`` without keys and ids: ``No such price: 'price_1Ab…'`` becomes ``No such price: '(hidden)'``."""
    return _SECRET_OR_ID.sub("(hidden)", text)


def translate(status: int, body: object, endpoint: str, method: str = "get") -> errors.AppError:
    """The app's error for an answer ``status`` with the parsed ``body`` to a ``method`` request of ``endpoint``."""
    error = _error(body)
    code, text = str(error.get("code") or ""), str(error.get("message") or "")
    if status == HTTPStatus.UNAUTHORIZED:
        return errors.KeyRefused()
    if status == HTTPStatus.FORBIDDEN:
        return _forbidden(code, text, endpoint)
    if status == HTTPStatus.NOT_FOUND or (code == "resource_missing" and _names_what_is_gone(error, method)):
        return errors.ResourceMissing(what="an object that it had announced" if method == "get" else "what this is for")
    if status == HTTPStatus.TOO_MANY_REQUESTS or code == "rate_limit":
        return errors.StripeBusy()
    if status == HTTPStatus.CONFLICT or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return errors.StripeUnavailable()
    about_card = status == HTTPStatus.PAYMENT_REQUIRED or error.get("type") == "card_error" or _NO_CARD in text
    return _card(error, clean(text)) if about_card else errors.StripeRefused(reason=clean(text) or _unsaid(status))


def _unsaid(status: int) -> str:
    return f"status {status} without a reason."


def _card(error: dict[str, object], reason: str) -> errors.CardRefused:
    """A payment that had to succeed did not: its bank asks the owner first, the card was declined, or there is none."""
    if {str(error.get("code")), str(error.get("decline_code"))} & _ASKS:
        return errors.CardAsks()
    return errors.CardRefused(reason=reason) if reason else errors.CardRefused()


def _names_what_is_gone(error: dict[str, object], method: str) -> bool:
    """Whether a 400 tells that what was asked for, or whom it is for, is gone.

    When something is made, Stripe says it of whatever else is lacking too, a card above all: then its own sentence
    tells more.
    """
    return method == "get" or error.get("param") == "customer"


def _error(body: object) -> dict[str, object]:
    """Stripe's error object; OAuth answers have a bare code and a description instead."""
    if not isinstance(body, dict):
        return {}
    error = body.get("error")
    if isinstance(error, dict):
        return error
    return {"code": error, "message": body.get("error_description")}


def _forbidden(code: str, text: str, endpoint: str) -> errors.AppError:
    """403 is a missing permission when it names one, else the owner withdrew access."""
    if rak := _RAK.search(text):
        known = scopes.of_endpoint(endpoint)
        account = _ACCOUNT.search(text)
        return errors.PermissionMissing(
            resources=known.label if known else rak[1], permission=rak[1], account=account[1] if account else None
        )
    if code == "account_invalid" or "does not have access" in text:
        return errors.AccessRevoked()
    return errors.StripeRefused(reason=clean(text))
