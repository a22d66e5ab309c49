"""The way back from Stripe's pages: for whoever is signed in, and for whoever is not any more."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from lib.accounts.sessions import SignedIn
from lib.billing import checkout
from lib.errors import AppError, CheckoutUnknown, StripeUnavailable
from tests.accounts.members import Member

HOME = "/settings?section=Your+plan"


def test_the_way_back_is_kept_through_the_sign_in(client: TestClient) -> None:
    answer = client.get("/billing/return?session_id=cs_test_a1B2")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{HOME}&returned=cs_test_a1B2")


@pytest.mark.parametrize("session", ["", "../../v1/account", "cs_1?x=1", "sub_1", f"cs_{'x' * 300}", "cs_é"])
def test_what_is_no_session_is_not_carried_along(session: str, client: TestClient) -> None:
    answer = client.get("/billing/return", params={"session_id": session})
    assert (answer.status_code, answer.headers["location"]) == (303, HOME)


def test_who_is_signed_out_comes_back_to_the_plan_from_the_portal(client: TestClient) -> None:
    assert client.get("/billing/back").headers["location"] == HOME


@pytest.mark.parametrize(
    ("came_of_it", "status"),
    [
        (True, "paid"),
        (False, "waiting"),
        (CheckoutUnknown(), "checkout_unknown"),
        (StripeUnavailable(), "stripe_unavailable"),
    ],
)
def test_what_came_of_it_is_told_in_the_address(
    came_of_it: bool | AppError, status: str, client: TestClient, ada: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, str]] = []

    def finish(user: SignedIn, session: str) -> bool:
        asked.append((user.id, session))
        if isinstance(came_of_it, AppError):
            raise came_of_it
        return came_of_it

    monkeypatch.setattr(checkout, "finish", finish)
    answer = client.get("/billing/return?session_id=cs_1", cookies=ada.cookies)
    assert answer.headers["location"] == f"{HOME}&status={status}"
    assert asked == [(ada.user.id, "cs_1")]
