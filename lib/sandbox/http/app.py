"""The stand-in as an ASGI application."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.types import ASGIApp

from lib.sandbox.http import api
from lib.sandbox.http.control import Control
from lib.sandbox.http.errors import StripeError
from lib.sandbox.http.faults import Faults
from lib.sandbox.http.oauth import OAuth
from lib.sandbox.http.state import StandIn

API_VERSION = "2026-10-28.endive"
"""The version that answers name when a request asks for none."""


def application(standin: StandIn) -> ASGIApp:
    """Everything that a stand-in serves. It must be started and stopped by the caller."""
    handlers = {StripeError: api.refused, 404: api.unknown, 405: api.unknown}
    routes = [*api.routes(standin), *OAuth(standin).routes(), *Control(standin).routes()]
    return Faults(Starlette(routes=routes, exception_handlers=handlers), standin.recorder, API_VERSION)
