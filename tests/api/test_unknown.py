"""Addresses that are no page: on to the first page, which says so; everything else passes as it is."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from lib.api import server, unknown
from lib.web import missing, navigation

BROWSER = "text/html,application/xhtml+xml,*/*;q=0.8"


async def _streamlit(request: Request) -> PlainTextResponse:
    return PlainTextResponse(request.url.path)


@pytest.mark.parametrize(
    ("goes_to", "path", "accept"),
    [
        ("/?missing=%2Fnonsense", "/nonsense", BROWSER),
        ("/?missing=%2Fa%2Fb%2Fnonsense", "/a/b/nonsense", BROWSER),
        ("/?missing=%2Fmetric%2Fmrr", "/metric/mrr", BROWSER),
        ("/?missing=%2F" + "x" * 199, "/" + "x" * 500, BROWSER),
        ("", "/", BROWSER),
        ("", "/metric", BROWSER),
        ("", "/metric/", BROWSER),
        ("", "/our-customers", BROWSER),
        ("", "/_stcore/health", BROWSER),
        ("", "/app/static/icon.png", BROWSER),
        ("", "/media/0123abc", BROWSER),
        ("", "/favicon.png", BROWSER),
        ("", "/nonsense", "application/json"),
    ],
)
def test_where_an_address_leads(goes_to: str, path: str, accept: str) -> None:
    guard = [each for each in server.MIDDLEWARE if each.cls is unknown.UnknownPages]
    app = Starlette(routes=[Route("/{path:path}", _streamlit)], middleware=guard)
    answer = TestClient(app, follow_redirects=False).get(path, headers={"Accept": accept})
    assert (answer.status_code, answer.headers.get("location", "")) == (303 if goes_to else 200, goes_to)


@pytest.mark.parametrize("route", [each.path for each in server.ROUTES])
def test_a_route_of_ours_is_no_missing_page(route: str) -> None:
    path = route.replace("{slug}", "mrr").replace("{file}", "customers")
    guard = [each for each in server.MIDDLEWARE if each.cls is unknown.UnknownPages]
    app = Starlette(routes=[Route("/{path:path}", _streamlit)], middleware=guard)
    assert TestClient(app, follow_redirects=False).get(quote(path), headers={"Accept": BROWSER}).status_code == 200


NOWHERE = "There is no such page here."


@pytest.mark.parametrize(
    ("sentence", "asked"),
    [
        ("There is no page /nonsense here.", "/nonsense"),
        ("There is no page /a/b-c.d/%C3%A9 here.", "/a/b-c.d/%C3%A9"),
        (f"There is no page /{'x' * 199} here.", "/" + "x" * 199),
        (NOWHERE, "/" + "x" * 200),
        (NOWHERE, "/Your licence has expired. Call +1 555 0100"),
        (NOWHERE, "/nonsense\n"),
        (NOWHERE, "Call"),
        (NOWHERE, "/é"),
    ],
)
def test_only_a_path_is_repeated(sentence: str, asked: str) -> None:
    assert missing.said(asked).replace("\\", "") == sentence


def test_pages_are_those_that_the_screen_declares() -> None:
    assert unknown.PAGES - {"overview"} == {page.url_path for page in navigation.PAGES[1:]}
    assert unknown.MISSING == missing.ASKED
