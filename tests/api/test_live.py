"""Open pages are told of every change, and only to those whose account it is."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from lib.accounts import sessions
from lib.api import live, versions
from lib.store import syncing, upserts
from lib.store.engine import transaction
from lib.store.tables import Account, Connection
from tests.accounts.members import Member

A = "acct_1"
OURS = "http://testserver"


@pytest.fixture(autouse=True)
def connected(ada: Member, database: None) -> None:
    with transaction() as db:
        db.add(Account(id=A, created=1, name="Lumen Press"))
        db.add(Connection(id="con_1", workspace=ada.user.workspace, account=A, kind="oauth", created=1))


def headers(member: Member | None, origin: str = OURS) -> dict[str, str]:
    return {"Origin": origin} | ({"Cookie": f"plimsoll={member.token}"} if member else {})


ADDRESS = f"/session/live?account={A}"


def test_a_page_hears_the_version_at_once_and_then_every_change(client: TestClient, ada: Member) -> None:
    with client.websocket_connect(ADDRESS, headers=headers(ada)) as socket:
        assert socket.receive_json() == {"version": 0}
        for _ in range(2):
            upserts.bump(A)
            assert socket.receive_json() == {"version": syncing.data_version(A)}
    assert client.get(ADDRESS, headers=headers(ada)).json() == {"version": syncing.data_version(A)}


def refused(client: TestClient, headers: dict[str, str], address: str = ADDRESS) -> int:
    with pytest.raises(WebSocketDisconnect) as closed, client.websocket_connect(address, headers=headers) as socket:
        socket.receive_json()
    return closed.value.code


def test_nobody_else_hears_anything(client: TestClient, ada: Member, eve: Member) -> None:
    elsewhere = "/session/live?account=acct_2"
    assert refused(client, headers(None)) == live.REFUSED
    assert refused(client, headers(eve)) == live.REFUSED
    assert refused(client, headers(ada), elsewhere) == live.REFUSED
    assert refused(client, headers(ada), "/session/live") == live.REFUSED
    assert client.get(ADDRESS, headers=headers(None)).status_code == 401
    assert client.get(ADDRESS, headers=headers(eve)).status_code == 404


@pytest.mark.parametrize("origin", ["https://evil.example", "http://testserver.evil.example", "null", ""])
def test_a_page_of_another_site_can_not_listen_with_the_readers_cookie(
    client: TestClient, ada: Member, origin: str
) -> None:
    assert refused(client, headers(ada, origin)) == live.REFUSED


def test_who_signs_out_hears_no_more(client: TestClient, ada: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "LEASE", 0.0)
    with client.websocket_connect(ADDRESS, headers=headers(ada)) as socket:
        assert socket.receive_json() == {"version": 0}
        sessions.revoke(ada.user.session)
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_json()
    assert closed.value.code == live.REFUSED


def test_one_person_can_not_hold_sockets_without_end(
    client: TestClient, ada: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "MOST", 1)
    with client.websocket_connect(ADDRESS, headers=headers(ada)) as socket:
        socket.receive_json()
        assert refused(client, headers(ada)) == live.FULL
    with client.websocket_connect(ADDRESS, headers=headers(ada)) as socket:
        assert socket.receive_json() == {"version": 0}, "a page that was closed leaves its place"


def test_a_database_that_fails_for_a_moment_silences_nobody(
    client: TestClient, ada: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers: list[dict[str, int] | OSError] = [OSError("gone"), {A: 7}]

    def ask(accounts: Sequence[str]) -> dict[str, int]:
        assert list(accounts) == [A]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, OSError):
            raise answer
        return answer

    monkeypatch.setattr(live, "_WATCH", versions.Watch(ask))
    monkeypatch.setattr(versions, "PATIENCE", 0.01)
    with client.websocket_connect(ADDRESS, headers=headers(ada)) as socket:
        assert socket.receive_json() == {"version": 0}
        assert socket.receive_json() == {"version": 7}


def test_versions_of_many_accounts_come_with_one_question() -> None:
    assert syncing.data_versions([A, "acct_none"]) == {A: 0}
    assert syncing.data_versions([]) == {}
