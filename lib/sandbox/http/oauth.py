"""``/oauth``: the page where an owner decides, the exchange of a code, and the end of a connection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NoReturn
from urllib.parse import parse_qsl, urlencode

import orjson
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from lib.sandbox.http import pages
from lib.sandbox.http.access import bearer
from lib.sandbox.http.connections import SCOPES, Connection
from lib.sandbox.http.errors import OAuthError, masked
from lib.sandbox.http.state import StandIn

_CARRIED = ("response_type", "client_id", "scope", "redirect_uri", "state")
_LARGEST_FORM = 64 * 1024


class OAuth:
    """The OAuth endpoints of one stand-in."""

    def __init__(self, standin: StandIn) -> None:
        self._standin = standin
        self._connections = standin.connections

    def routes(self) -> list[Route]:
        """Where they are."""
        return [
            Route("/oauth/authorize", self.authorize, methods=["GET"]),
            Route("/oauth/authorize", self.decide, methods=["POST"]),
            Route("/oauth/token", self.token, methods=["POST"]),
            Route("/oauth/deauthorize", self.deauthorize, methods=["POST"]),
        ]

    async def authorize(self, request: Request) -> Response:
        """Show the consent page, or connect the demo business when the form is skipped."""
        given = dict(request.query_params)
        asked = _asked(given)
        if (wrong := self._wrong(asked)) is not None:
            return wrong
        if given.get("decision") == "skip":
            return self._allow(asked, self._standin.cast.demo.id)
        return pages.authorize(self._standin, asked)

    async def decide(self, request: Request) -> Response:
        """Send the owner back with a code, or with a refusal."""
        given = await _form(request)
        asked = _asked(given)
        if (wrong := self._wrong(asked)) is not None:
            return wrong
        if given.get("decision") != "allow":
            return _back(asked, error="access_denied", error_description="The user denied your request")
        return self._allow(asked, given.get("account", ""))

    def _allow(self, asked: Mapping[str, str], account: str) -> Response:
        tenant = self._standin.cast.find(account)
        if tenant is None or tenant not in self._standin.cast.choices:
            return pages.problem("No such account", "Go back and choose one of the accounts that are offered.")
        if tenant.foreign:
            refusal = _location(
                asked, error="access_denied", error_description="The account is already connected to another platform"
            )
            sentence = f"{tenant.name} is already connected to another platform, and Stripe allows only one."
            return pages.problem("This account can’t be connected", sentence, link=("Go back", refusal), status=200)
        return _back(asked, scope=asked["scope"], code=self._connections.issue(account, asked["scope"]))

    def _wrong(self, asked: Mapping[str, str]) -> Response | None:
        """What is wrong with a request: shown here unless the return address can be trusted."""
        if asked["client_id"] != self._connections.client_id:
            return pages.problem("Unknown application", "No application matches the supplied client identifier.")
        if not self._connections.registered(asked["redirect_uri"]):
            return pages.problem(
                "Invalid redirect URI",
                f"“{asked['redirect_uri']}” is not registered for this application. The stand-in allows "
                "/oauth/callback on localhost or 127.0.0.1, any port; start it with --redirect-uri to allow another.",
            )
        if asked["response_type"] != "code":
            return _back(asked, error="unsupported_response_type", error_description="response_type must be 'code'")
        if asked["scope"] not in SCOPES:
            return _back(asked, error="invalid_scope", error_description=f"Invalid scope: {asked['scope']}")
        return None

    async def token(self, request: Request) -> Response:
        """Exchange a code, or a refresh token, for access."""
        given = await _form(request)
        self._authenticate(request, given)
        match given.get("grant_type"):
            case "authorization_code":
                made = self._connections.exchange(_required(given, "code"))
            case "refresh_token":
                made = self._connections.refresh(_required(given, "refresh_token"))
            case None:
                _refuse("invalid_request", "No grant type specified")
            case other:
                _refuse("unsupported_grant_type", f"Unsupported grant type: {other}")
        return _json(_granted(made))

    async def deauthorize(self, request: Request) -> Response:
        """End our access to an account."""
        given = await _form(request)
        self._authenticate(request, given)
        client_id, account = _required(given, "client_id"), _required(given, "stripe_user_id")
        tenant = self._standin.cast.find(account)
        known = client_id == self._connections.client_id and tenant is not None
        if not known or tenant is None or not self._standin.revoke(tenant):
            raise OAuthError(
                401,
                "invalid_client",
                f"This application is not connected to stripe account {account}, or that account does not exist.",
            )
        return _json({"stripe_user_id": account})

    def _authenticate(self, request: Request, given: Mapping[str, str]) -> None:
        key = bearer(request.headers.get("authorization", "")) or given.get("client_secret", "")
        if key != self._standin.access.secret_key:
            known = masked(key) if key else "none"
            raise OAuthError(401, "invalid_client", f"Invalid API Key provided: {known}")


def _asked(given: Mapping[str, str]) -> dict[str, str]:
    """The parameters of an authorize request; Stripe's default scope is read_only."""
    return {name: given.get(name, "") for name in _CARRIED} | {"scope": given.get("scope") or SCOPES[0]}


def _location(asked: Mapping[str, str], **answer: str) -> str:
    state = {"state": asked["state"]} if asked["state"] else {}
    return f"{asked['redirect_uri']}?{urlencode({**answer, **state})}"


def _back(asked: Mapping[str, str], **answer: str) -> Response:
    return RedirectResponse(_location(asked, **answer), 303, {"Cache-Control": "no-store"})


def _granted(connection: Connection) -> dict[str, str | bool]:
    return {
        "access_token": connection.access_token,
        "livemode": False,
        "refresh_token": connection.refresh_token,
        "token_type": "bearer",
        "stripe_publishable_key": f"pk_test_{connection.account.removeprefix('acct_')}",
        "stripe_user_id": connection.account,
        "scope": connection.scope,
    }


def _required(given: Mapping[str, str], name: str) -> str:
    if not (value := given.get(name)):
        _refuse("invalid_request", f"No {name} provided")
    return value


def _refuse(code: str, description: str) -> NoReturn:
    raise OAuthError(400, code, description)


async def _form(request: Request) -> dict[str, str]:
    body = await request.body()
    if len(body) > _LARGEST_FORM:
        _refuse("invalid_request", "The request is too large")
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


def _json(value: Mapping[str, str | bool]) -> Response:
    return Response(orjson.dumps(value), media_type="application/json", headers={"Cache-Control": "no-store"})
