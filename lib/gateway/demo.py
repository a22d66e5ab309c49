"""The demo business of the stand-in Stripe, connected as its "Skip this account form" link does: without a click."""

from __future__ import annotations

import secrets
from urllib.parse import parse_qs, urlsplit

import requests

from lib.errors import StripeUnavailable
from lib.gateway import oauth
from lib.gateway.client import CONNECT_TIMEOUT, READ_TIMEOUT
from lib.gateway.oauth import Grant


def grant(redirect_uri: str) -> Grant:
    """Access to the demo business; for sandbox mode alone. Raises StripeUnavailable while the stand-in starts."""
    page = oauth.authorize_url(secrets.token_urlsafe(16), redirect_uri)
    try:
        answer = requests.get(f"{page}&decision=skip", allow_redirects=False, timeout=(CONNECT_TIMEOUT, READ_TIMEOUT))
    except requests.RequestException as error:
        raise StripeUnavailable from error
    codes = parse_qs(urlsplit(answer.headers.get("Location", "")).query).get("code")
    if not codes:
        raise StripeUnavailable
    return oauth.exchange(codes[0])
