from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest

from lib import errors
from lib.gateway import oauth
from lib.settings import Settings
from tests.gateway.stub import Reply, error, script, stripe

KEY = "sk_test_51Hsecretsecretsecret"
TOKEN = {
    "access_token": "sk_test_theirs",
    "livemode": False,
    "refresh_token": "rt_theirs",
    "token_type": "bearer",
    "stripe_publishable_key": "pk_test_theirs",
    "stripe_user_id": "acct_theirs",
    "scope": "read_write",
}

UseSettings = Callable[..., Settings]


def at(use_settings: UseSettings, base: str) -> None:
    use_settings(stripe_secret_key=KEY, stripe_client_id="ca_ours", stripe_api_base=base, stripe_connect_base=base)


def refused(status: int, code: str, description: str) -> Reply:
    return Reply(status, {"error": code, "error_description": description})


def test_the_link_out_names_us_the_scope_and_the_way_back(use_settings: UseSettings) -> None:
    at(use_settings, "https://connect.stripe.com")
    url = urlsplit(oauth.authorize_url("state-1", "https://us.example/oauth/callback"))
    assert (url.netloc, url.path) == ("connect.stripe.com", "/oauth/authorize")
    assert parse_qs(url.query) == {
        "client_id": ["ca_ours"],
        "response_type": ["code"],
        "scope": ["read_write"],
        "state": ["state-1"],
        "redirect_uri": ["https://us.example/oauth/callback"],
    }


def test_a_code_becomes_a_grant_whose_tokens_do_not_show(use_settings: UseSettings) -> None:
    with stripe(script(Reply(200, TOKEN))) as stub:
        at(use_settings, stub.base)
        grant = oauth.exchange("ac_1")
    assert (grant.account, grant.scope, grant.livemode) == ("acct_theirs", "read_write", False)
    assert (grant.access_token, grant.refresh_token) == ("sk_test_theirs", "rt_theirs")
    assert "theirs'" not in repr(grant).replace("'acct_theirs'", "")
    assert stub.asked[0].body == "grant_type=authorization_code&code=ac_1"
    assert stub.asked[0].headers["Authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (refused(400, "invalid_grant", "Authorization code does not exist: ac_1"), errors.CodeRefused),
        (refused(400, "invalid_request", "No code"), errors.CodeRefused),
        (refused(401, "invalid_client", "No such application: 'ca_ours'"), errors.ConnectUnavailable),
        (error(401, message=f"Invalid API Key provided: {KEY}"), errors.ConnectUnavailable),
        (refused(400, "unsupported_grant_type", "What?"), errors.StripeRefused),
        (error(500, headers={"Stripe-Should-Retry": "false"}), errors.ConnectInterrupted),
        (error(429, headers={"Stripe-Should-Retry": "false"}), errors.ConnectInterrupted),
        (refused(503, "server_error", "Later"), errors.ConnectInterrupted),
    ],
)
def test_a_refused_code_says_why_without_secrets(
    use_settings: UseSettings, reply: Reply, expected: type[errors.AppError]
) -> None:
    with stripe(script(reply)) as stub:
        at(use_settings, stub.base)
        with pytest.raises(expected) as caught:
            oauth.exchange("ac_1")
    assert caught.value.__suppress_context__
    assert KEY not in str(caught.value)
    assert "ac_1" not in str(caught.value)


def test_taking_leave_twice_is_taking_leave(use_settings: UseSettings) -> None:
    gone = refused(
        401,
        "invalid_client",
        "This application is not connected to stripe account acct_theirs, or that account does not exist.",
    )
    with stripe(script(Reply(200, {"stripe_user_id": "acct_theirs"}), gone)) as stub:
        at(use_settings, stub.base)
        oauth.deauthorize("acct_theirs")
        oauth.deauthorize("acct_theirs")
    assert stub.asked[0].path == "/oauth/deauthorize"
    assert "stripe_user_id=acct_theirs" in stub.asked[1].body


def test_wrong_settings_are_not_taken_for_a_leave(use_settings: UseSettings) -> None:
    with stripe(script(refused(401, "invalid_client", "No such application: 'ca_ours'"))) as stub:
        at(use_settings, stub.base)
        with pytest.raises(errors.ConnectUnavailable):
            oauth.deauthorize("acct_theirs")


def test_half_set_up_says_what_is_missing(use_settings: UseSettings) -> None:
    use_settings(stripe_secret_key=KEY)
    with pytest.raises(errors.ConnectUnavailable, match="STRIPE_CLIENT_ID"):
        oauth.authorize_url("s", "https://us.example")
