"""Everything Home.py hands to ``st.App``: routes, middleware, the edge where errors become answers, the lifespan."""

from __future__ import annotations

from typing import Final

from starlette.middleware import Middleware
from starlette.routing import Route, WebSocketRoute

from lib.api import answers, billing, downloads, health, live, metrics, oauth, openapi, session, unsubscribe, webhooks
from lib.api.background import lifespan
from lib.api.identity import Identity
from lib.api.security import SecurityHeaders
from lib.api.unknown import UnknownPages
from lib.errors import AppError

ROUTES: Final = (
    Route("/session/start", session.start, methods=["GET"]),
    Route("/session/end", session.end, methods=["POST"]),
    Route("/session/live", live.asked, methods=["GET"]),
    WebSocketRoute("/session/live", live.live),
    Route("/oauth/start", oauth.start, methods=["GET"]),
    Route("/oauth/callback", oauth.callback, methods=["GET"]),
    Route("/webhooks/stripe", webhooks.stripe, methods=["POST"]),
    Route("/webhooks/platform", webhooks.platform, methods=["POST"]),
    Route("/billing/return", billing.paid, methods=["GET"]),
    Route("/billing/back", billing.back, methods=["GET"]),
    Route("/unsubscribe", unsubscribe.page, methods=["GET", "POST"]),
    Route("/healthz", health.healthz, methods=["GET"]),
    Route("/overview", answers.home, methods=["GET"]),
    Route("/download/everything.zip", downloads.everything, methods=["GET"]),
    Route("/download/{file}", downloads.file, methods=["GET"]),
    Route("/api/v1/metrics/{slug}", metrics.one, methods=["GET"]),
    Route("/api/v1/openapi.json", openapi.document, methods=["GET"]),
)
MIDDLEWARE: Final = (
    Middleware(SecurityHeaders),
    Middleware(UnknownPages, routes=[route.path for route in ROUTES]),
    Middleware(Identity),
)
EXCEPTION_HANDLERS: Final = {AppError: answers.problem}

__all__ = ["EXCEPTION_HANDLERS", "MIDDLEWARE", "ROUTES", "lifespan"]
