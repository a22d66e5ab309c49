from __future__ import annotations

import json
import time
from contextlib import suppress

import pytest
import stripe
from hypothesis import given
from hypothesis import strategies as st

from lib.errors import AppError, BadPayload, BadSignature, PayloadTooLarge
from lib.gateway import webhooks
from lib.sync.changes import Target, targets

SECRET = "whsec_test"
NOW = 1_790_000_000
EVENT = {
    "id": "evt_1",
    "object": "event",
    "type": "invoice.paid",
    "created": NOW,
    "data": {"object": {"object": "invoice"}},
}
BODY = json.dumps(EVENT)


def signed(body: str = BODY, *, at: int = NOW, secret: str = SECRET) -> str:
    header: str = stripe.WebhookSignature.generate_signature_header(body, secret, at)
    return header


@pytest.mark.parametrize("age", [-60, 0, 299, 300])
def test_a_signed_delivery_is_read(age: int) -> None:
    assert webhooks.verify(BODY.encode(), signed(at=NOW - age), SECRET, NOW) == EVENT


@pytest.mark.parametrize(
    ("header", "why"),
    [
        ("", "no header"),
        ("nonsense", "not a header"),
        ("t=abc,v1=00", "no number"),
        (f"t={NOW}", "no signature"),
        (signed(secret="whsec_other"), "another secret"),
        (signed(BODY + " "), "another body"),
        (signed(at=NOW - 301), "stale"),
        (signed(at=NOW + 61), "from the future"),
        (f"t={NOW + 10**6}," + signed(at=NOW), "a second time before the signed one"),
        (f"t=١{NOW}," + signed(at=NOW), "digits of another script"),
        (f"t={NOW},v1=é", "no ASCII"),
    ],
)
def test_a_bad_signature_is_refused(header: str, why: str) -> None:
    with pytest.raises(BadSignature):
        webhooks.verify(BODY.encode(), header, SECRET, NOW)


@given(st.text() | st.text().map(lambda text: f"t={NOW},v1={text}") | st.text().map(lambda text: f"t={text},v1=00"))
def test_whatever_the_header_says_it_is_refused_and_nothing_worse(header: str) -> None:
    with pytest.raises(BadSignature):
        webhooks.verify(BODY.encode(), header, SECRET, NOW)


@given(st.text(alphabet="t=v1,0 é"))
def test_whatever_stands_beside_a_good_signature_breaks_nothing(noise: str) -> None:
    for header in (f"{signed()}{noise}", f"{noise},{signed()}", signed().replace(",", f"{noise},", 1)):
        with suppress(BadSignature):
            assert webhooks.verify(BODY.encode(), header, SECRET, NOW) == EVENT


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"\xff\xfe", BadPayload),
        (b"x" * (1024 * 1024 + 1), PayloadTooLarge),
    ],
)
def test_unreadable_bytes_are_refused(body: bytes, expected: type[AppError]) -> None:
    with pytest.raises(expected):
        webhooks.verify(body, signed(), SECRET, NOW)


@pytest.mark.parametrize("text", ["{", "[]", "1", "{}", '{"object": "v2.core.event", "id": "evt_1"}'])
def test_a_signed_body_that_is_no_event_is_refused(text: str) -> None:
    with pytest.raises(BadPayload):
        webhooks.verify(text.encode(), signed(text), SECRET, NOW)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("id", None),
        ("id", ""),
        ("id", 7),
        ("type", None),
        ("type", ["invoice.paid"]),
        ("created", None),
        ("created", "now"),
        ("created", 2**63),
        ("data", None),
        ("data", []),
        ("data", {}),
        ("data", {"object": None}),
        ("data", {"object": "in_1"}),
    ],
)
def test_a_signed_event_that_lacks_what_we_read_is_refused(name: str, value: object) -> None:
    text = json.dumps(EVENT | {name: value})
    with pytest.raises(BadPayload):
        webhooks.verify(text.encode(), signed(text), SECRET, NOW)


def test_an_unset_secret_opens_nothing() -> None:
    with pytest.raises(BadSignature):
        webhooks.verify(BODY.encode(), signed(), "", NOW)


# --- Thin events ------------------------------------------------------------------------------------------------------

THIN = {
    "id": "evt_thin_1",
    "object": "v2.core.event",
    "type": "v1.customer.updated",
    "created": "2026-11-24T10:00:00.250Z",
    "livemode": True,
    "context": "org_1/acct_shop",
    "related_object": {"id": "cus_1", "type": "customer", "url": "/v1/customers/cus_1"},
}


def test_a_thin_event_reads_like_any_other_and_names_what_to_fetch() -> None:
    body = json.dumps(THIN)
    found = webhooks.verify(body.encode(), signed(body), SECRET, NOW)
    assert found == {
        "id": "evt_thin_1",
        "object": "event",
        "type": "customer.updated",
        "created": 1_795_514_400,
        "livemode": True,
        "account": "acct_shop",
        "data": {"object": {"id": "cus_1", "object": "customer"}},
        "thin": True,
    }
    assert webhooks.is_event(found)
    assert targets(found) == (Target("customer", "cus_1"),)


def test_a_thin_event_of_an_object_that_we_do_not_keep_names_nothing() -> None:
    body = json.dumps(THIN | {"type": "v2.core.account.updated", "related_object": None, "context": None})
    found = webhooks.verify(body.encode(), signed(body), SECRET, NOW)
    assert "account" not in found
    assert targets(found) == ()


def test_stripe_python_reads_our_example_the_same_way() -> None:
    body = json.dumps(THIN)
    read = stripe.StripeClient("sk_test_x").parse_event_notification(
        body.encode(), signed(body, at=int(time.time())), SECRET
    )
    assert (read.id, read.type, str(read.context)) == ("evt_thin_1", "v1.customer.updated", "org_1/acct_shop")
