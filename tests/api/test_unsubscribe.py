"""The unsubscribe link works signed out, asks before it acts, and is good for one user and workspace only."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from lib.accounts import weekly
from lib.accounts.weekly import Recipient
from lib.settings import settings
from tests.accounts.members import Member


@pytest.fixture
def link(ada: Member) -> str:
    weekly.choose(ada.user, on=True)
    return weekly.leave_link(Recipient.of(ada.user)).removeprefix(settings().app_url.rstrip("/"))


def test_opening_the_link_asks_and_changes_nothing(client: TestClient, ada: Member, link: str) -> None:
    answer = client.get(link)
    assert (answer.status_code, '<form method="post"' in answer.text) == (200, True)
    assert weekly.wanted(ada.user)


@pytest.mark.parametrize("body", [{}, {"List-Unsubscribe": "One-Click"}])
def test_posting_ends_it_once_and_again(client: TestClient, ada: Member, link: str, body: dict[str, str]) -> None:
    assert [client.post(link, data=body).status_code for _ in range(2)] == [200, 200]
    assert not weekly.wanted(ada.user)


@pytest.mark.parametrize("spoil", ["nothing", "token", "user"])
def test_another_link_is_refused(client: TestClient, ada: Member, eve: Member, link: str, spoil: str) -> None:
    wrong = {
        "nothing": "/unsubscribe",
        "token": link[:-3] + "äöü",
        "user": link.replace(ada.user.id, eve.user.id),
    }[spoil]
    assert [client.get(wrong).status_code, client.post(wrong).status_code] == [404, 404]
    assert weekly.wanted(ada.user)


def test_what_the_address_says_is_not_run(client: TestClient) -> None:
    answer = client.get('/unsubscribe?user="><script>alert(1)</script>')
    assert "<script" not in answer.text
