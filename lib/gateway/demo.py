"""The made-up businesses of the stand-in Stripe, connected as its consent page does: asked for, but without a click."""

from __future__ import annotations

import re
import secrets
from typing import Final
from urllib.parse import parse_qs, parse_qsl, urlsplit

import requests

from lib.errors import StripeUnavailable
from lib.gateway import oauth
from lib.gateway.client import CONNECT_TIMEOUT, READ_TIMEOUT
from lib.gateway.oauth import Grant

_CHOICE: Final = re.compile(r'name="account" value="(acct_\w+)"')

_LIVELY: Final = 2
"""How many of them, from the first on: those after them show what an empty account and a refusal look like."""


def businesses(redirect_uri: str) -> tuple[str, ...]:
    """The accounts that the consent page offers and that have customers, the one with the longest life first.

    For sandbox mode alone. Raises StripeUnavailable while the stand-in starts.
    """
    return tuple(_CHOICE.findall(_ask("GET", _page(redirect_uri)).text))[:_LIVELY]


def grant(redirect_uri: str, account: str) -> Grant | None:
    """Access to one of them; None where its owner can't give it. Raises StripeUnavailable while the stand-in starts."""
    page = _page(redirect_uri)
    address, _, asked = page.partition("?")
    answer = _ask("POST", address, dict(parse_qsl(asked)) | {"account": account, "decision": "allow"})
    codes = parse_qs(urlsplit(answer.headers.get("Location", "")).query).get("code")
    return oauth.exchange(codes[0]) if codes else None


def _page(redirect_uri: str) -> str:
    return oauth.authorize_url(secrets.token_urlsafe(16), redirect_uri)


def _ask(method: str, address: str, form: dict[str, str] | None = None) -> requests.Response:
    waits = (CONNECT_TIMEOUT, READ_TIMEOUT)
    try:
        answer = requests.request(method, address, data=form, allow_redirects=False, timeout=waits)
    except requests.RequestException as error:
        raise StripeUnavailable from error
    if answer.status_code >= 400:  # noqa: PLR2004 - an error of HTTP's
        raise StripeUnavailable
    return answer
