"""Our own set-up asked of Stripe: what each answer means, what is sent, and that no secret leaves."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest

from lib import errors
from lib.gateway import API_VERSION, platform, standin
from lib.gateway.platform import Keys, Refusal
from lib.settings import Settings, bind_standin
from tests.gateway.stub import Reply, error, script, stripe

UseSettings = Callable[..., Settings]
KEY = "sk_test_51Hsecretsecretsecret"
KEYS = Keys(KEY, "ca_ours", livemode=False)
BACK = "https://us.example/oauth/callback"


def at(use_settings: UseSettings, base: str) -> None:
    use_settings(stripe_secret_key="sk_test_another", stripe_api_base=base, stripe_connect_base=base)


def refused(status: int, code: str) -> Reply:
    return Reply(status, {"error": code, "error_description": f"No: {KEY}"})


def test_keys_hide_the_secret_one(use_settings: UseSettings) -> None:
    at(use_settings, "http://127.0.0.1:9")
    assert KEY not in repr(KEYS) + repr(KEYS.gateway())


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (refused(400, "invalid_grant"), True),
        (refused(401, "invalid_client"), False),
        (error(401, message=f"Invalid API Key provided: {KEY}"), False),
    ],
)
def test_a_code_that_nobody_has_tells_whether_the_keys_belong_together(
    use_settings: UseSettings, reply: Reply, *, expected: bool
) -> None:
    with stripe(script(reply)) as stub:
        at(use_settings, stub.base)
        assert platform.belong_together(KEYS) is expected
    (asked,) = stub.asked
    assert (asked.method, asked.path) == ("POST", "/oauth/token")
    assert parse_qs(asked.body) == {
        "grant_type": ["authorization_code"],
        "code": [platform.NOBODYS_CODE],
        "client_id": ["ca_ours"],
    }
    assert asked.headers["Authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (error(500), errors.StripeUnavailable),
        (refused(503, "server_error"), errors.StripeUnavailable),
        (error(429), errors.StripeBusy),
        (refused(400, "unsupported_grant_type"), errors.StripeRefused),
    ],
)
def test_any_other_answer_proves_nothing(
    use_settings: UseSettings, reply: Reply, expected: type[errors.AppError]
) -> None:
    with stripe(script(reply)) as stub:
        at(use_settings, stub.base)
        with pytest.raises(expected) as caught:
            platform.belong_together(KEYS)
    assert caught.value.__suppress_context__
    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (Reply(200, "<h1>Allow access?</h1>"), None),
        (Reply(302, "", {"Location": "https://dashboard.example/login?redirect_uri=x"}), None),
        (Reply(303, "", {"Location": f"{BACK}?error=invalid_scope&state="}), Refusal.SCOPE),
        (
            Reply(400, {"error": "invalid_redirect_uri", "error_description": "Invalid redirect URI 'x'"}),
            Refusal.REDIRECT,
        ),
        (Reply(400, "No application matches the supplied client identifier"), Refusal.CLIENT),
        (Reply(400, {"error": "invalid_scope"}), Refusal.SCOPE),
    ],
)
def test_the_page_of_consent_says_what_it_refuses(
    use_settings: UseSettings, reply: Reply, expected: Refusal | None
) -> None:
    with stripe(script(reply)) as stub:
        at(use_settings, stub.base)
        assert platform.refusal(KEYS, BACK) is expected
    (asked,) = stub.asked
    url = urlsplit(asked.path)
    assert (asked.method, url.path) == ("GET", "/oauth/authorize")
    assert parse_qs(url.query) == {
        "response_type": ["code"],
        "client_id": ["ca_ours"],
        "scope": ["read_write"],
        "redirect_uri": [BACK],
    }
    assert KEY not in str(asked)


@pytest.mark.parametrize(
    ("reply", "expected"), [(Reply(502, "x"), errors.StripeUnavailable), (Reply(404, "x"), errors.StripeRefused)]
)
def test_a_page_of_consent_that_fails_refuses_nothing(
    use_settings: UseSettings, reply: Reply, expected: type[errors.AppError]
) -> None:
    with stripe(script(reply)) as stub:
        at(use_settings, stub.base)
        with pytest.raises(expected):
            platform.refusal(KEYS, BACK)
    at(use_settings, "http://127.0.0.1:9")
    with pytest.raises(errors.StripeUnavailable):
        platform.refusal(KEYS, BACK)


def test_all_endpoints_are_listed(use_settings: UseSettings) -> None:
    first = Reply(200, {"data": [{"id": "we_2"}], "has_more": True})
    last = Reply(200, {"data": [{"id": "we_1"}], "has_more": False})
    with stripe(script(first, last)) as stub:
        at(use_settings, stub.base)
        assert [each["id"] for each in platform.endpoints(KEYS)] == ["we_2", "we_1"]
    assert stub.asked[1].path.endswith("starting_after=we_2")


def test_an_endpoint_is_made_once_and_its_secret_does_not_show(use_settings: UseSettings) -> None:
    with stripe(script(Reply(200, {"id": "we_1", "secret": "whsec_once"}))) as stub:
        at(use_settings, stub.base)
        made = platform.create_endpoint(KEYS, "https://us.example/x", ["a.b", "c.d"], connect=True, once="act")
    assert (made.id, made.secret) == ("we_1", "whsec_once")
    assert "whsec_once" not in repr(made)
    (asked,) = stub.asked
    assert asked.headers["Idempotency-Key"] == "act"
    assert asked.headers["Authorization"] == f"Bearer {KEY}"
    sent = {name: value for name, (value,) in parse_qs(asked.body).items()}
    assert sent.pop("description")
    assert sent == {
        "url": "https://us.example/x",
        "enabled_events[0]": "a.b",
        "enabled_events[1]": "c.d",
        "connect": "true",
        "api_version": API_VERSION,
    }


def test_an_endpoint_that_stripe_does_not_take_is_told(use_settings: UseSettings) -> None:
    with stripe(script(error(400, message="Invalid URL: URL must be publicly accessible."))) as stub:
        at(use_settings, stub.base)
        with pytest.raises(errors.StripeRefused, match="publicly accessible"):
            platform.create_endpoint(KEYS, "http://localhost", ["a.b"], connect=False, once="act")


def test_the_brand_is_sent_to_the_stand_in() -> None:
    keys = ("secret_key", "client_id", "account", "restricted_key", "webhook_secret", "platform_webhook_secret")
    with stripe(script(Reply(200, {}), Reply(400, {}))) as stub:
        bind_standin({"base": stub.base, **dict.fromkeys(keys, "x")})  # type: ignore[typeddict-item] # all are there
        standin.show_brand(name="Harbour", colour="#7A1F3D", icon=None, logo=None)
        with pytest.raises(errors.StripeUnavailable):
            standin.show_brand(name="Harbour", colour=None, icon=None, logo=None)
    assert stub.asked[0].path == "/_sandbox/branding"
    assert stub.asked[0].body == '{"name": "Harbour", "colour": "#7A1F3D", "icon": null, "logo": null}'
