"""The stand-in as an ASGI application."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.types import ASGIApp

from lib.sandbox.http import (
    api,
    webhook_endpoints,
    write_checkout,
    write_customers,
    write_portal,
    write_previews,
    write_subscriptions,
)
from lib.sandbox.http.checkout import Checkout
from lib.sandbox.http.control import Control
from lib.sandbox.http.errors import StripeError
from lib.sandbox.http.faults import Faults
from lib.sandbox.http.invoices import Invoices
from lib.sandbox.http.oauth import OAuth
from lib.sandbox.http.portal import Portal
from lib.sandbox.http.state import StandIn

API_VERSION = "2026-10-28.endive"
"""The version that answers name when a request asks for none."""

WRITES = (
    *write_customers.WRITES,
    *write_subscriptions.WRITES,
    *write_previews.WRITES,
    *write_checkout.WRITES,
    *write_portal.WRITES,
    *webhook_endpoints.WRITES,
)
"""Every request of the API that may change something."""


def application(standin: StandIn) -> ASGIApp:
    """Everything that a stand-in serves. It must be started and stopped by the caller."""
    handlers = {StripeError: api.refused, 404: api.unknown, 405: api.unknown}
    routes = [
        *(write.route(standin) for write in WRITES),
        *webhook_endpoints.routes(standin),
        *api.routes(standin),
        *OAuth(standin).routes(),
        *Control(standin).routes(),
        *(route for hosted in (Checkout, Portal, Invoices) for route in hosted(standin).routes()),
    ]
    return Faults(
        Starlette(routes=routes, exception_handlers=handlers), standin.recorder, API_VERSION, standin.clock.now
    )
