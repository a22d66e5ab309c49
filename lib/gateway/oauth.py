"""Connect with Stripe: the link out, the exchange of the code, and taking leave."""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import cast

import stripe
from stripe import oauth_error
from stripe.oauth_error import OAuthError

from lib.errors import AppError, CodeRefused, ConnectInterrupted, ConnectUnavailable, StripeUnavailable
from lib.gateway import addresses, faults
from lib.gateway.client import API_VERSION, QUICK_HTTP
from lib.gateway.retry import INTERACTIVE, worth_retrying
from lib.settings import settings

RETRIES = INTERACTIVE.attempts - 1


@dataclass(frozen=True)
class Grant:
    """What an owner granted. The tokens never show in ``repr``."""

    account: str
    scope: str
    livemode: bool
    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)


def authorize_url(state: str, redirect_uri: str) -> str:
    """The page at Stripe where the owner allows access. Raises ConnectUnavailable when we are not set up for it."""
    return _client().oauth.authorize_url(
        {
            "state": state,
            "redirect_uri": redirect_uri,
            "scope": cast("stripe.OAuth.OAuthAuthorizeUrlParams", {"scope": settings().stripe_connect_scope})["scope"],
        }
    )


def exchange(code: str) -> Grant:
    """Trade the single-use ``code`` for access.

    Raises CodeRefused when it was used, is too old or is not ours, ConnectUnavailable when our own settings are
    wrong, ConnectInterrupted when Stripe does not answer or has too much to do.
    """
    try:
        token = _client().oauth.token({"grant_type": "authorization_code", "code": code})
    except (oauth_error.InvalidGrantError, oauth_error.InvalidRequestError):
        raise CodeRefused from None
    except AttributeError:  # stripe-python's own, from an OAuth error that it has no class for, such as server_error
        raise ConnectInterrupted from None
    except stripe.StripeError as failure:
        passing = failure.http_status is not None and worth_retrying(failure.http_status)
        error = ConnectInterrupted() if passing else _translate(failure)
        raise (ConnectInterrupted() if isinstance(error, StripeUnavailable) else error) from None
    return Grant(
        account=token["stripe_user_id"],
        scope=token["scope"],
        livemode=bool(token["livemode"]),
        access_token=token["access_token"],
        refresh_token=getattr(token, "refresh_token", None),
    )


def deauthorize(account: str) -> None:
    """Give our access to ``account`` back. An account that is already disconnected counts as done.

    Raises ConnectUnavailable when our own settings are wrong, StripeUnavailable when Stripe does not answer.
    """
    try:
        _client().oauth.deauthorize({"stripe_user_id": account})
    except oauth_error.InvalidClientError as failure:
        if "not connected" not in str(failure):
            raise _translate(failure) from None
    except stripe.StripeError as failure:
        raise _translate(failure) from None


def _client() -> stripe.StripeClient:
    api, connect = addresses.api_base(), addresses.connect_base()
    return stripe.StripeClient(
        addresses.platform_key(),
        client_id=addresses.client_id(),
        stripe_version=API_VERSION,
        base_addresses={"api": api, "connect": connect, "files": api, "meter_events": api},
        max_network_retries=RETRIES,
        http_client=QUICK_HTTP,
    )


def _translate(failure: stripe.StripeError) -> AppError:
    if isinstance(failure, stripe.APIConnectionError) or failure.http_status is None:
        return StripeUnavailable()
    if isinstance(failure, stripe.AuthenticationError) or failure.http_status == HTTPStatus.UNAUTHORIZED:
        return ConnectUnavailable(missing="a STRIPE_SECRET_KEY and a STRIPE_CLIENT_ID that belong together")
    if isinstance(failure, OAuthError):
        return faults.translate(HTTPStatus.BAD_REQUEST, failure.json_body, "/oauth/token")
    return faults.translate(failure.http_status, failure.json_body, "/oauth/token")
