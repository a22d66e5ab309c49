"""Our own set-up at Stripe, asked with any pair of keys: does it know them, where do its events go, who may come back.

Only looks, but for :func:`create_endpoint`. No key, secret or id of Stripe's is in any sentence that leaves here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from http import HTTPStatus
from typing import Final, cast
from urllib.parse import parse_qs, urlsplit

import requests
import stripe
from stripe import oauth_error

from lib.errors import AppError, StripeRefused, StripeUnavailable
from lib.gateway import addresses, faults
from lib.gateway.client import API_VERSION, CONNECT_TIMEOUT, JSON, QUICK_HTTP, Gateway
from lib.gateway.credential import Credential
from lib.gateway.retry import INTERACTIVE, Patience
from lib.settings import settings

ONCE: Final = Patience(attempts=1, read_timeout=INTERACTIVE.read_timeout)
"""A check is made again by whoever looks again."""
NOBODYS_CODE: Final = "ac_plimsoll_asks_whether_its_keys_work"
ENDPOINTS: Final = "/v1/webhook_endpoints"


@dataclass(frozen=True)
class Keys:
    """A pair of keys of one mode, either of which may be lacking. The secret one never shows in ``repr``."""

    secret: str | None = field(repr=False)
    client_id: str | None
    livemode: bool

    def gateway(self) -> Gateway:
        """Our own account as the secret key, which must be there, sees it."""
        return Gateway(Credential("own", self.secret or "", None, self.livemode), patience=ONCE)


class Refusal(StrEnum):
    """What Stripe's page of consent does not accept."""

    CLIENT = "client"
    REDIRECT = "redirect"
    SCOPE = "scope"


@dataclass(frozen=True)
class Made:
    """A new webhook endpoint, and its signing secret, which Stripe tells this once."""

    id: str
    secret: str = field(repr=False)


def belong_together(keys: Keys) -> bool:
    """Whether Stripe's OAuth takes this secret key with this client id.

    It is asked to exchange a code that nobody was given: it refuses the code when it knows us, and us when it does not.
    Raises StripeUnavailable, StripeBusy or StripeRefused when it says neither.
    """
    asked = {"grant_type": "authorization_code", "code": NOBODYS_CODE, "client_id": keys.client_id or ""}
    try:
        _oauth(keys).token(cast("stripe.OAuth.OAuthTokenParams", asked))
    except oauth_error.InvalidGrantError:
        return True
    except (oauth_error.InvalidClientError, stripe.AuthenticationError):
        return False
    except AttributeError:  # as in lib.gateway.oauth.exchange: an OAuth error that stripe-python has no class for
        raise StripeUnavailable from None
    except stripe.StripeError as failure:
        raise _translated(failure) from None
    return True


def _oauth(keys: Keys) -> stripe.OAuthService:
    api, connect = addresses.api_base(), addresses.connect_base()
    client = stripe.StripeClient(
        keys.secret or "",
        stripe_version=API_VERSION,
        base_addresses={"api": api, "connect": connect, "files": api, "meter_events": api},
        max_network_retries=0,
        http_client=QUICK_HTTP,
    )
    return client.oauth


def _translated(failure: stripe.StripeError) -> AppError:
    if isinstance(failure, stripe.APIConnectionError) or failure.http_status is None:
        return StripeUnavailable()
    return faults.translate(failure.http_status, failure.json_body, "/oauth/token")


def refusal(keys: Keys, redirect_uri: str) -> Refusal | None:
    """What Stripe's page of consent refuses when owners are sent there with this client id and way back, or None.

    No redirect is followed, and nothing is allowed by looking. Real Stripe may show the page and refuse only once
    somebody has signed in, so None proves something of a stand-in alone. Raises StripeUnavailable or StripeRefused.
    """
    asked = {
        "response_type": "code",
        "client_id": keys.client_id or "",
        "scope": settings().stripe_connect_scope,
        "redirect_uri": redirect_uri,
    }
    try:
        answer = requests.get(
            f"{addresses.connect_base()}/oauth/authorize",
            params=asked,
            timeout=(CONNECT_TIMEOUT, INTERACTIVE.read_timeout),
            allow_redirects=False,
        )
    except requests.RequestException:
        raise StripeUnavailable from None
    return _read(answer, redirect_uri)


def _read(answer: requests.Response, redirect_uri: str) -> Refusal | None:
    if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR or answer.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        raise StripeUnavailable
    if answer.is_redirect:
        return _sent_back(answer.headers["Location"], redirect_uri)
    if answer.ok:
        return None
    said = answer.text.casefold()
    if "redirect uri" in said or "redirect_uri" in said:
        return Refusal.REDIRECT
    if "client identifier" in said or "client_id" in said or "no application" in said:
        return Refusal.CLIENT
    if "scope" in said:
        return Refusal.SCOPE
    raise StripeRefused(reason=f"its page of consent answered with status {answer.status_code}.")


def _sent_back(location: str, redirect_uri: str) -> Refusal | None:
    """A redirect to the way back names what was wrong with the rest; any other leads to Stripe's own sign-in."""
    if not location.startswith(redirect_uri):
        return None
    error = parse_qs(urlsplit(location).query).get("error", [""])[0]
    return Refusal.SCOPE if error == "invalid_scope" else None


def account(keys: Keys) -> JSON:
    """Our own account. Raises like ``Gateway.get``."""
    return keys.gateway().get("/v1/account")


def endpoints(keys: Keys) -> list[JSON]:
    """Our webhook endpoints; those for connected accounts name an ``application``. Raises like ``Gateway.get``."""
    return [each for page in keys.gateway().pages(ENDPOINTS) for each in page.data]


def portal(keys: Keys) -> JSON | None:
    """What our billing portal allows, or None while nobody has saved its settings. Raises like ``Gateway.get``."""
    found = keys.gateway().page("/v1/billing_portal/configurations", is_default=True, active=True, limit=1).data
    return found[0] if found else None


def create_endpoint(keys: Keys, url: str, events: Sequence[str], *, connect: bool, once: str) -> Made:
    """Have Stripe deliver ``events`` to ``url``: those of connected accounts, or of our own. Raises like ``post``.

    ``once`` names this very act, as in ``Gateway.post``.
    """
    made = keys.gateway().post(
        ENDPOINTS,
        once=once,
        url=url,
        enabled_events=list(events),
        connect=connect,
        api_version=API_VERSION,
        description="Plimsoll: connected accounts" if connect else "Plimsoll: our own account",
    )
    return Made(str(made["id"]), str(made["secret"]))
