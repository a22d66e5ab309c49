"""Reading over real HTTP from a Stripe that misbehaves as planned."""

from __future__ import annotations

import time
from urllib.parse import parse_qsl, urlsplit

import pytest

from lib import errors
from lib.gateway import API_VERSION, Credential, Gateway, Patience
from lib.gateway.client import encode
from lib.gateway.limiter import Bucket, Limiter
from tests.gateway.stub import Reply, error, script, stripe

KEY = "sk_test_51Hsecretsecretsecret"
QUICK = Patience(attempts=3, first=0.001, longest=0.002)
NO_CARD = "This customer has no attached payment source or default payment method."
ONE = Reply(200, {"object": "list", "data": [{"id": "cus_1"}], "has_more": False})


def gateway(base: str, patience: Patience = QUICK) -> Gateway:
    return Gateway(Credential("oauth", KEY, "acct_1"), base=base, patience=patience)


def test_a_request_carries_key_account_and_pinned_version() -> None:
    with stripe(script(ONE)) as stub:
        page = gateway(stub.base).page("/v1/customers", created={"gte": 1, "lt": 9}, expand=["data.discounts"])
    asked = stub.asked[0]
    assert page.data == [{"id": "cus_1"}]
    assert not page.has_more
    assert asked.headers["Authorization"] == f"Bearer {KEY}"
    assert asked.headers["Stripe-Account"] == "acct_1"
    assert asked.headers["Stripe-Version"] == API_VERSION == "2026-10-28.endive"
    assert dict(parse_qsl(urlsplit(asked.path).query)) == {
        "limit": "100",
        "created[gte]": "1",
        "created[lt]": "9",
        "expand[0]": "data.discounts",
    }


def test_all_pages_are_read_with_the_last_id_as_cursor() -> None:
    first = Reply(200, {"data": [{"id": "cus_3"}, {"id": "cus_2"}], "has_more": True})
    with stripe(script(first, ONE)) as stub:
        ids = [each["id"] for page in gateway(stub.base).pages("/v1/customers") for each in page.data]
    assert ids == ["cus_3", "cus_2", "cus_1"]
    assert "starting_after=cus_2" in stub.asked[1].path


@pytest.mark.parametrize(
    "failure",
    [
        error(429, message="Too many", code="rate_limit"),
        error(409, message="Locked", code="lock_timeout"),
        error(500, message="Oops"),
        error(503, message="Busy"),
        Reply(200, {"data": list(range(5000))}, cut=True),
        Reply(200, b"<html>not JSON"),
        Reply(502, b"<html>bad gateway"),
    ],
    ids=["429", "409", "500", "503", "cut connection", "not JSON", "proxy page"],
)
def test_a_passing_failure_is_tried_again(failure: Reply) -> None:
    with stripe(script(failure, failure, ONE)) as stub:
        assert gateway(stub.base).page("/v1/customers").data == [{"id": "cus_1"}]
    assert len(stub.asked) == 3


def test_retry_after_is_honoured() -> None:
    with stripe(script(error(429, headers={"Retry-After": "0.3"}), ONE)) as stub:
        started = time.monotonic()
        gateway(stub.base).page("/v1/customers")
    assert time.monotonic() - started >= 0.3


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (error(429), errors.StripeBusy),
        (error(500), errors.StripeUnavailable),
        (error(401, message=f"Invalid API Key provided: {KEY}"), errors.KeyRefused),
        (error(403, code="account_invalid", message="no access to account 'acct_1'"), errors.AccessRevoked),
        (
            error(403, message="The provided key … on account 'acct_1'. Having the 'rak_customer_read' permission …"),
            errors.PermissionMissing,
        ),
        (error(404, code="resource_missing", message="No such customer: 'cus_Abc123'"), errors.ResourceMissing),
        (error(400, code="parameter_unknown", message="Received unknown parameter: colour"), errors.StripeRefused),
    ],
)
def test_a_lasting_failure_becomes_its_sentence_and_tells_no_secret(
    failure: Reply, expected: type[errors.AppError]
) -> None:
    with stripe(script(failure)) as stub, pytest.raises(expected) as caught:
        gateway(stub.base).page("/v1/customers")
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    for secret in (KEY, "acct_1", "cus_Abc123"):
        assert secret not in str(caught.value)


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (error(400, code="resource_missing", message=NO_CARD), f"The card could not be charged: {NO_CARD}"),
        (
            error(402, code="card_declined", message="It was declined."),
            "The card could not be charged: It was declined.",
        ),
        (
            error(402, code="subscription_payment_intent_requires_action", message="More is needed."),
            "The bank of this card wants its owner to confirm the payment, so nothing was charged.",
        ),
        (
            error(402, code="card_declined", decline_code="authentication_required", message="It was declined."),
            "The bank of this card wants its owner to confirm the payment, so nothing was charged.",
        ),
        (
            error(400, code="resource_missing", param="items[0][price]", message="No such price: 'price_1Abc'"),
            "Stripe refused a request: No such price: '(hidden)'",
        ),
        (
            error(400, code="resource_missing", param="customer", message="No such customer: 'cus_Abc123'"),
            "Stripe no longer has what this is for.",
        ),
        (
            error(404, code="resource_missing", param="id", message="No such x"),
            "Stripe no longer has what this is for.",
        ),
    ],
    ids=[
        "no card",
        "declined",
        "its bank asks",
        "declined until its bank asked",
        "another parameter",
        "the customer",
        "the object itself",
    ],
)
def test_what_is_lacking_when_something_is_made_is_told_in_stripes_words(failure: Reply, expected: str) -> None:
    with stripe(script(failure)) as stub, pytest.raises(errors.AppError) as caught:
        gateway(stub.base).post("/v1/subscriptions", once="1")
    assert caught.value.message == expected


def test_a_list_about_a_customer_who_is_gone_is_resource_missing() -> None:
    gone = error(400, code="resource_missing", param="customer", message="No such customer: 'cus_Abc123'")
    with stripe(script(gone)) as stub, pytest.raises(errors.ResourceMissing):
        gateway(stub.base).page("/v1/subscriptions", customer="cus_Abc123")


def test_nobody_listening_is_stripe_unavailable() -> None:
    with stripe(script(ONE)) as stub:
        pass
    with pytest.raises(errors.StripeUnavailable):
        gateway(stub.base).page("/v1/customers")


def test_a_refused_read_is_not_repeated() -> None:
    with stripe(script(error(400, message="No"))) as stub, pytest.raises(errors.StripeRefused):
        gateway(stub.base).page("/v1/customers")
    assert len(stub.asked) == 1


def test_keys_do_not_show() -> None:
    credential = Credential("restricted_key", KEY)
    assert KEY not in repr(credential) + str(credential) + repr(Gateway(credential, base="http://x"))


def test_parameters_are_written_as_stripe_reads_them() -> None:
    given = {"expand": ["a", "b"], "created": {"gte": 1}, "pending": True, "status": "all", "left_out": None}
    assert list(encode(given)) == [
        ("expand[0]", "a"),
        ("expand[1]", "b"),
        ("created[gte]", "1"),
        ("pending", "true"),
        ("status", "all"),
    ]


def test_a_bucket_spaces_its_tokens() -> None:
    #          asked at, waits
    expected = [(0.0, 0.0), (0.0, 0.1), (0.0, 0.2), (0.25, 0.05), (9.0, 0.0), (9.0, 0.1)]
    bucket = Bucket(rate=10)
    bucket.pause(-1)
    assert [(at, round(bucket.reserve(100 + at), 6)) for at, _ in expected] == expected


def test_one_endpoint_is_slower_than_the_account_and_a_429_rests_them_all() -> None:
    limiter = Limiter(1000.0)
    limiter.pause(0.2)
    started = time.monotonic()
    limiter.wait("/v1/invoices")
    assert time.monotonic() - started >= 0.19
    assert limiter._endpoints["/v1/invoices"].rate == 20
