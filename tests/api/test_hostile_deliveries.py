"""Two thousand and more deliveries that nobody should believe: each is refused with a 4xx and leaves no row."""

from __future__ import annotations

import gzip
import hashlib
import hmac
import json
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from sqlmodel import func, select
from starlette.testclient import TestClient

from lib.gateway.webhooks import LARGEST
from lib.settings import Settings
from lib.store import people, tables
from lib.store.engine import reading, transaction
from lib.store.tables import MIRROR
from lib.sync import runtime
from tests.accounts.members import Member

SECRET, OTHER = "whsec_connect", "whsec_platform"
KINDS = 12
EACH = 180
"""Deliveries of each kind: 2,160 in all."""

Headers = list[tuple[bytes, bytes]]
Bad = tuple[bytes, Headers]


@pytest.fixture(autouse=True)
def endpoint(ada: Member, monkeypatch: pytest.MonkeyPatch, use_settings: Callable[..., Settings]) -> None:
    use_settings(
        stripe_secret_key="sk_test_x",
        stripe_client_id="ca_x",
        stripe_webhook_secret=SECRET,
        stripe_platform_webhook_secret=OTHER,
    )
    monkeypatch.setattr(runtime, "wake", lambda _account: None)
    with transaction() as db:
        row = tables.Connection(id="con_1", workspace=ada.user.workspace, account="acct_shop", kind="oauth", created=1)
        people.add(db, row)


def event(chance: random.Random) -> dict[str, object]:
    """A delivery that would be kept."""
    number = chance.randint(1, 10**9)
    return {
        "id": f"evt_{number}",
        "object": "event",
        "type": chance.choice(["invoice.paid", "customer.updated", "charge.failed"]),
        "account": "acct_shop",
        "created": int(time.time()) - chance.randint(0, 86_400),
        "livemode": False,
        "data": {"object": {"id": f"in_{number}", "object": "invoice"}},
    }


def signed(body: bytes, at: int | None = None, secret: str = SECRET) -> Bad:
    at = int(time.time()) if at is None else at
    digest = hmac.new(secret.encode(), b"%d." % at + body, hashlib.sha256).hexdigest()
    return body, [(b"stripe-signature", f"t={at},v1={digest}".encode())]


def raw(chance: random.Random) -> bytes:
    return json.dumps(event(chance)).encode()


# --- Not Stripe's, or not now -----------------------------------------------------------------------------------------


def forged(chance: random.Random) -> Bad:
    """Signed with another secret, the other endpoint's among them."""
    return signed(raw(chance), secret=chance.choice([OTHER, "", "whsec_", SECRET.upper(), chance.randbytes(8).hex()]))


def stale(chance: random.Random) -> Bad:
    return signed(raw(chance), int(time.time()) - chance.randint(400, 10**9))


def of_the_future(chance: random.Random) -> Bad:
    return signed(raw(chance), int(time.time()) + chance.choice([90, 3_600, 10**9, 10**15]))


def changed_after_signing(chance: random.Random) -> Bad:
    body, headers = signed(raw(chance))
    place = chance.randrange(len(body))
    return body[:place] + bytes([body[place] ^ (1 << chance.randrange(8))]) + body[place + 1 :], headers


def truncated(chance: random.Random) -> Bad:
    """Cut off on the way, or signed as it was cut."""
    body = raw(chance)
    cut = body[: chance.randrange(len(body))]
    return (cut, signed(body)[1]) if chance.random() < 0.5 else signed(cut)


def wrong_header(chance: random.Random) -> Bad:
    body, ((name, right),) = signed(raw(chance))
    digest, now = right.split(b"v1=")[1], int(time.time())
    wrong: list[Headers] = [
        [],
        [(name, b"")],
        [(name, right.replace(b"t=", b"t=x"))],
        [(name, b"t=%d" % now)],
        [(name, b"v1=" + digest)],
        [(name, b"t=,v1=" + digest)],
        [(name, b"t=%d,v0=%s" % (now, digest))],
        [(name, b"t=%d,v1=%s" % (now, digest[:-1]))],
        [(name, b"t=%d.5,v1=%s" % (now, digest))],
        [(name, b"t=-%d,v1=%s" % (now, digest))],
        [(name, b"t=%s,v1=%s" % (b"9" * 5_000, digest))],
        [(name, right.replace(b"v1=", b"v1=\xff\xfe"))],
        [(name, b"=" * chance.randint(1, 500))],
        [(name, b",".join([b"t=1"] * 300))],
        [(b"stripe-signatures", right)],
        [(b"authorization", b"Bearer sk_live_x")],
    ]
    return body, chance.choice(wrong)


def oversized(chance: random.Random) -> Bad:
    return signed(raw(chance) + b" " * (LARGEST + chance.randint(0, 10)))


# --- Signed, and unreadable -------------------------------------------------------------------------------------------


def wrong_encoding(chance: random.Random) -> Bad:
    text = raw(chance).decode().replace("in_", "ïn_")
    return signed(
        chance.choice(
            [
                text.encode("utf-16"),
                text.encode("utf-32-be"),
                text.encode("latin-1"),
                text.encode("utf-8-sig"),
                gzip.compress(text.encode()),
                text.encode().replace(b"\xc3\xaf", b"\xc3"),
                text.encode().replace("ï".encode(), b"\xed\xa0\x80"),
                chance.randbytes(chance.randint(1, 300)),
            ]
        )
    )


def unheard_of_json(chance: random.Random) -> Bad:
    deep = b"[" * 5_000 + b"]" * 5_000
    levels = chance.choice([300, 900])  # as deep as can be read, and too deep to be kept
    body = raw(chance)
    return signed(
        chance.choice(
            [
                b"",
                b" ",
                b"null",
                b"[]",
                b'"evt_1"',
                b"12",
                b"{}",
                deep,
                body.replace(b'"invoice"', b"[" * levels + b"]" * levels),
                body.replace(b'"livemode": false', b'"livemode": NaN'),
                body.replace(b'"invoice"', b'"\\ud800"'),
                body.replace(b"}", b",}", 1),
                body + body,
                b"id=evt_1&object=event",
                b"<event/>",
                b"\x00" * 40,
            ]
        )
    )


def no_event(chance: random.Random) -> Bad:
    """JSON of the right kind with one thing that no event of Stripe's has."""
    found = event(chance)
    name, value = chance.choice(
        [
            ("object", chance.choice(["Event", "invoice", None, 1])),
            ("id", chance.choice([None, "", 7, [], "evt 1", "evt_\x00", "evt_é", "e" * 256, "\ud7ff", "a\nb"])),
            ("type", chance.choice([None, "", 7, {}, "invoice paid", "x" * 256, "\x00"])),
            ("created", chance.choice([None, "1700000000", 1.5, True, -1, 0, 2**63, 10**30])),
            (
                "data",
                chance.choice([None, [], {}, {"object": None}, {"object": "in_1"}, "data", {"object": {"id": "\0"}}]),
            ),
            ("data", {"object": {}, "previous_attributes": chance.choice([[], "x", 7])}),
            ("account", chance.choice([None, "", 7, [], "acct shop", "acct_\x00", "a" * 256, "platform"])),
            ("api_version", chance.choice([7, "", "2026\x00", "v" * 256, []])),
        ]
    )
    return signed(json.dumps(found | {name: value}).encode())


def no_notification(chance: random.Random) -> Bad:
    """A thin event with one thing that none has."""
    found = {
        "id": f"evt_{chance.randint(1, 9)}",
        "object": "v2.core.event",
        "type": "v1.invoice.paid",
        "created": "2026-11-24T10:00:00.000Z",
        "livemode": False,
        "context": "acct_shop",
        "related_object": {"id": "in_1", "type": "invoice", "url": "/v1/invoices/in_1"},
    }
    name, value = chance.choice(
        [
            (
                "created",
                chance.choice([None, 1_700_000_000, "now", "2026-11-24T10:00:00", "0001-01-01T00:00Z"]),
            ),
            ("id", chance.choice([None, "", 7, "evt\x00"])),
            ("type", chance.choice([None, "", [], "t" * 300, "v1."])),
            ("context", chance.choice(["", 7, "acct \x00", "c" * 300, "acct_shop/", "org_1/platform"])),
            (
                "related_object",
                chance.choice(["in_1", [], {"id": 7, "type": "x"}, {"id": "in_1"}, {"type": "x"}]),
            ),
        ]
    )
    return signed(json.dumps(found | {name: value}).encode())


def of_nobody(chance: random.Random) -> Bad:
    """A platform's own event at the endpoint of connected accounts, thin or whole."""
    found = event(chance)
    del found["account"]
    return signed(json.dumps(found).encode())


GENERATORS = (
    forged,
    stale,
    of_the_future,
    changed_after_signing,
    truncated,
    wrong_header,
    oversized,
    wrong_encoding,
    unheard_of_json,
    no_event,
    no_notification,
    of_nobody,
)


def rows() -> dict[str, int]:
    """How many rows every table has that a delivery could reach."""
    with reading() as db:
        own: tuple[type[tables.Table], ...] = (tables.EventInbox, tables.SubscriptionVersion, tables.Change)
        return {each.__name__: db.exec(select(func.count()).select_from(each)).one() for each in (*MIRROR, *own)}


def deliver(client: TestClient, bad: Bad, path: str = "stripe") -> int:
    body, headers = bad

    def pieces() -> Iterator[bytes]:
        yield body

    status: int = client.post(f"/webhooks/{path}", content=pieces(), headers=headers).status_code
    return status


@pytest.mark.parametrize("generator", GENERATORS, ids=lambda each: each.__name__)
def test_hostile_deliveries_are_refused_and_leave_no_row(client: TestClient, generator: Callable[..., Bad]) -> None:
    chance = random.Random(generator.__name__)
    before, answers = rows(), Counter[int]()
    for _ in range(EACH if generator is not oversized else EACH // 6):
        bad = generator(chance)
        status = deliver(client, bad)
        assert 400 <= status < 500, bad
        answers[status] += 1
    assert rows() == before
    assert answers.total() >= EACH // 6


def test_there_are_as_many_as_promised() -> None:
    assert len(GENERATORS) == KINDS
    assert EACH * (KINDS - 1) >= 1_980
    assert EACH * (KINDS - 1) + EACH // 6 >= 2_000


def test_what_all_these_were_made_from_is_kept(client: TestClient) -> None:
    chance = random.Random(1)
    before = rows()
    for _ in range(20):
        assert deliver(client, signed(raw(chance))) == 200
    assert rows() == before | {"EventInbox": 20}


def test_the_account_is_not_believed_on_our_own_endpoint(client: TestClient) -> None:
    body = raw(random.Random(1))
    assert deliver(client, signed(body), "platform") == 400
    assert deliver(client, signed(body, secret=OTHER), "platform") == 200
    with reading() as db:
        (row,) = db.exec(select(tables.EventInbox)).all()
    assert (row.account, row.state, row.payload) == ("platform", "ignored", None)


def test_ten_thousand_events_of_strangers_keep_nothing_of_what_they_tell(client: TestClient) -> None:
    stranger = event(random.Random(1)) | {"account": "acct_stranger", "data": {"object": {"email": "zoe@example.com"}}}
    assert deliver(client, signed(json.dumps(stranger).encode())) == 200
    with reading() as db:
        (row,) = db.exec(select(tables.EventInbox)).all()
    assert (row.state, row.note, row.payload) == ("ignored", "no such connection", None)
