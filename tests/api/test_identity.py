"""The identity header: nobody but our middleware sets it, over HTTP and over websockets."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket

from lib.accounts import sessions
from lib.api.identity import Identity
from tests.accounts.members import Member

HEADER = "x-plimsoll-session"
SPOOFED = {"X-Plimsoll-Session": "somebody-elses", "x-plimsoll-SESSION": "again"}


async def seen(request: Request) -> Response:
    return JSONResponse(request.headers.getlist(HEADER))


async def seen_by_socket(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_json(socket.headers.getlist(HEADER))
    await socket.close()


async def private(_request: Request) -> Response:
    return PlainTextResponse("figures")


@pytest.fixture
def inner() -> TestClient:
    routes = [
        Route("/", seen),
        WebSocketRoute("/ws", seen_by_socket),
        Route("/media/report.csv", private),
        Route("/_stcore/metrics", private),
    ]
    return TestClient(Starlette(routes=routes, middleware=[Middleware(Identity)]))


def by_socket(client: TestClient, headers: dict[str, str]) -> list[str]:
    with client.websocket_connect("/ws", headers=headers) as socket:
        found: list[str] = socket.receive_json()
        return found


def test_a_header_from_outside_is_stripped(inner: TestClient) -> None:
    assert inner.get("/", headers=SPOOFED).json() == []
    assert by_socket(inner, SPOOFED) == []


def test_the_cookie_alone_says_which_session(inner: TestClient, ada: Member) -> None:
    own = [ada.user.session]
    headers = SPOOFED | {"Cookie": f"plimsoll={ada.token}"}
    assert inner.get("/", headers=headers).json() == own
    assert by_socket(inner, headers) == own


@pytest.mark.parametrize("path", ["/media/report.csv", "/_stcore/metrics"])
def test_downloads_and_counters_are_for_members(inner: TestClient, ada: Member, path: str) -> None:
    assert inner.get(path).status_code == 401
    assert inner.get(path, headers={"X-Plimsoll-Session": ada.user.session}).status_code == 401
    assert inner.get(path, headers={"Cookie": "plimsoll=made-up"}).status_code == 401
    assert inner.get(path, headers={"Cookie": f"plimsoll={ada.token}"}).text == "figures"
    sessions.revoke(ada.user.session)
    assert inner.get(path, headers={"Cookie": f"plimsoll={ada.token}"}).status_code == 401


def test_every_answer_carries_the_security_headers(client: TestClient) -> None:
    for path in ("/healthz", "/session/start", "/api/v1/metrics/mrr", "/nowhere"):
        headers = client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "SAMEORIGIN"
        assert "frame-ancestors 'self'" in headers["content-security-policy"]
