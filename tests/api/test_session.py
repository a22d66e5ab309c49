"""Cookies in and out: tickets, fixation, cross-site sign-out, flags."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from httpx import Response
from starlette.testclient import TestClient

from lib.accounts import sessions
from lib.api import answers
from lib.settings import Settings
from tests.accounts.members import XSRF, Member

OTHER = "2|00000000|6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b|1800000000"


@pytest.fixture
def ticket(ada: Member) -> str:
    return sessions.issue_ticket(ada.user.id, XSRF, "/connect?account=acct_1", now=answers.now())


def start(client: TestClient, ticket: str, **cookies: str) -> Response:
    client.cookies.clear()
    return client.get("/session/start", params={"ticket": ticket}, cookies=cookies)


def test_a_ticket_becomes_a_cookie_that_no_script_reads(client: TestClient, ticket: str) -> None:
    answer = start(client, ticket, _streamlit_xsrf=XSRF)
    assert (answer.status_code, answer.headers["location"]) == (303, "/connect?account=acct_1")
    flags = answer.headers["set-cookie"]
    assert flags.startswith("plimsoll=")
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= {flag.strip() for flag in flags.split(";")}
    assert answer.headers["cache-control"] == "private, no-store"
    assert sessions.find(sessions.digest(answer.cookies["plimsoll"]), now=answers.now())


def test_on_https_the_cookie_is_secure_and_of_this_host_alone(
    client: TestClient, ticket: str, use_settings: Callable[..., Settings]
) -> None:
    use_settings(app_url="https://plimsoll.example")
    answer = start(client, ticket, _streamlit_xsrf=XSRF)
    assert answer.headers["set-cookie"].startswith("__Host-plimsoll=")
    assert "Secure" in answer.headers["set-cookie"]
    assert "Domain" not in answer.headers["set-cookie"]
    assert answer.headers["strict-transport-security"]


def test_a_replayed_ticket_opens_nothing(client: TestClient, ticket: str) -> None:
    start(client, ticket, _streamlit_xsrf=XSRF)
    answer = start(client, ticket, _streamlit_xsrf=XSRF)
    assert answer.headers["location"] == "/?status=ticket_refused"
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("cookies", [{}, {"_streamlit_xsrf": OTHER}])
def test_nobody_is_signed_in_by_somebody_elses_link(client: TestClient, ticket: str, cookies: dict[str, str]) -> None:
    answer = start(client, ticket, **cookies)
    assert answer.headers["location"] == "/?status=ticket_refused"
    assert "set-cookie" not in answer.headers


def test_signing_in_again_ends_the_browsers_former_session(client: TestClient, ticket: str, eve: Member) -> None:
    start(client, ticket, _streamlit_xsrf=XSRF, plimsoll=eve.token)
    assert sessions.find(eve.user.session, now=answers.now()) is None


def test_signing_out_ends_the_session_and_drops_the_cookie(client: TestClient, ada: Member) -> None:
    answer = client.post("/session/end", data={"csrf": sessions.csrf(ada.user.session)}, cookies=ada.cookies)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert 'plimsoll=""' in answer.headers["set-cookie"]
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert sessions.find(ada.user.session, now=answers.now()) is None


@pytest.mark.parametrize("form", [{}, {"csrf": ""}, {"csrf": "0" * 64}])
def test_another_site_signs_nobody_out(client: TestClient, ada: Member, form: dict[str, str]) -> None:
    answer = client.post("/session/end", data=form, cookies=ada.cookies)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "form_foreign")
    assert sessions.find(ada.user.session, now=answers.now())


def test_signing_out_is_no_link(client: TestClient, ada: Member) -> None:
    assert client.get("/session/end", cookies=ada.cookies).status_code == 405
