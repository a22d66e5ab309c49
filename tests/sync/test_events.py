"""Following an account: events are notifications, in any order and number; what they name is read anew."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any

import pytest

from lib.accounts import deliveries
from lib.settings import Standin
from lib.store import syncing
from lib.store.engine import transaction
from lib.sync import catchup, changes, work
from lib.sync.changes import Target
from lib.sync.resources import RESOURCES, heard
from tests.sync.conftest import Connected

DAY = 86_400


def some_life(living: Connected) -> None:
    """A fortnight in which every kind of thing happens."""
    subscriptions = [each for page in living.gateway.pages("/v1/subscriptions", status="active") for each in page.data]
    first, second, third, fourth = subscriptions[:4]
    ada = living.do("create_customer", name="Ada", email="ada@example.com")
    assert isinstance(ada, dict)
    price = first["items"]["data"][0]["price"]["id"]
    living.do("create_subscription", customer=ada["id"], items=[[price, 2]])
    item = second["items"]["data"][0]
    living.do("update_subscription", id_=second["id"], edits=[{"item": item["id"], "quantity": item["quantity"] + 3}])
    living.tell("advance", seconds=3 * DAY)
    living.do("cancel_subscription", id_=third["id"])
    charge = living.do("charge", customer=ada["id"], amount=4200)
    assert isinstance(charge, dict)
    living.do("refund", charge=charge["id"], amount=1200)
    living.do("delete_customer", customer=fourth["customer"])
    living.tell("advance", seconds=11 * DAY)


def events_since(living: Connected, since: int) -> list[dict[str, Any]]:
    """Oldest first, as an endpoint gets them."""
    pages = living.gateway.pages("/v1/events", created={"gte": since})
    return [each | {"account": living.account} for page in pages for each in page.data][::-1]


def test_catching_up_equals_reading_everything_anew(
    living: Connected, elsewhere: Callable[[Standin], Connected]
) -> None:
    work.run(living.account)
    before = living.one("SELECT data_version FROM account")
    some_life(living)
    work.run(living.account)
    followed = living.tables()
    assert living.one("SELECT data_version FROM account") > before

    other = elsewhere(living.standin)
    work.run(other.account)
    anew = other.tables()
    for name, rows in anew.items():
        known = {row["id"]: row for row in followed[name]}
        for row in rows:
            assert known[row["id"]] == row, name
    # What only the follower can know: tombstones, and items that waited for an invoice.
    extra = {
        (name, row["id"]): row
        for name, rows in followed.items()
        for row in rows
        if row["id"] not in {each["id"] for each in anew[name]}
    }
    assert {name for name, _ in extra} <= {"customer", "invoice_item", "discount", "invoice", "coupon"}
    assert all(row["deleted"] for (name, _), row in extra.items() if name == "customer")
    assert all(row["deleted"] or row["invoice"] for (name, _), row in extra.items() if name == "invoice_item")


def test_an_item_that_waited_is_followed_to_its_invoice(living: Connected) -> None:
    (subscription,) = living.gateway.page("/v1/subscriptions", status="active", limit=1).data
    item = subscription["items"]["data"][0]
    edits = [{"item": item["id"], "quantity": item["quantity"] + 3}]
    living.do("update_subscription", id_=subscription["id"], edits=edits)
    work.run(living.account)
    waits = "SELECT count(*) FROM invoice_item WHERE subscription = ? AND invoice IS NULL AND NOT deleted"
    assert living.one(waits, subscription["id"]) > 0
    living.tell("advance", seconds=item["current_period_end"] - int(time.time()) + DAY)
    work.run(living.account)
    assert living.one(waits, subscription["id"]) == 0


def test_deliveries_twice_and_in_any_order_give_the_same_tables(
    living: Connected, elsewhere: Callable[[Standin], Connected]
) -> None:
    work.run(living.account)
    other = elsewhere(living.standin)
    work.run(other.account)
    since = int(time.time()) - 60  # the stand-in moves in steps
    some_life(living)

    events = events_since(living, since)
    shuffled = events * 2
    random.Random(7).shuffle(shuffled)
    for event in shuffled:
        deliveries.receive(event, received=time.time(), heard=heard)
    work.inbox(other.account)
    assert other.one("SELECT count(*) FROM event_inbox WHERE state = 'pending'") == 0
    assert other.one("SELECT count(*) FROM event_inbox WHERE note IS NULL OR note = 'type not read'") == len(events)
    delivered = other.tables()

    work.run(other.account)  # by the list of events there is nothing left to learn
    after = other.tables()
    assert {name: [row for row in rows if row not in delivered[name]] for name, rows in after.items()} == {
        name: [] for name in after
    }


def test_each_object_is_fetched_once_however_many_events_name_it(living: Connected) -> None:
    work.run(living.account)
    since = int(time.time()) - 60  # the stand-in moves in steps
    some_life(living)
    for event in events_since(living, since):
        deliveries.receive(event, received=time.time(), heard=heard)
    seen = len(living.requests())
    work.inbox(living.account)
    fetched = [path for path, _ in living.requests()[seen:] if path.count("/") == 3]
    assert len(fetched) == len(set(fetched)) > 20


def test_a_change_is_kept_as_a_version_of_the_subscription(living: Connected) -> None:
    work.run(living.account)
    (subscription,) = living.gateway.page("/v1/subscriptions", status="active", limit=1).data
    item = subscription["items"]["data"][0]
    for more in (1, 2):
        edits = [{"item": item["id"], "quantity": item["quantity"] + more}]
        living.do("update_subscription", id_=subscription["id"], edits=edits)
        living.tell("advance", seconds=60)
    work.run(living.account)
    count = "SELECT count(*) FROM subscription_version WHERE subscription = ? AND source = 'event'"
    assert living.one(count, subscription["id"]) == 2
    kept = living.one("SELECT count(*) FROM subscription_version")
    work.run(living.account)
    assert living.one("SELECT count(*) FROM subscription_version") == kept


def test_a_crash_before_the_commit_leaves_the_watermark(living: Connected, monkeypatch: pytest.MonkeyPatch) -> None:
    work.run(living.account)
    before = living.one("SELECT watermark FROM sync_run")
    some_life(living)

    def crash(*_: object, **__: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(changes.checkpoints, "settle", crash)
        with pytest.raises(SystemExit):
            work.run(living.account)
    assert living.one("SELECT watermark FROM sync_run") == before
    work.run(living.account)
    assert living.one("SELECT watermark FROM sync_run") > before


def test_a_gap_that_events_cannot_fill_means_reading_anew(living: Connected) -> None:
    work.run(living.account)
    gone = living.gateway.page("/v1/customers", limit=1).data[0]["id"]
    living.do("delete_customer", customer=gone)
    living.tell("advance", seconds=40 * DAY)
    living.one("UPDATE sync_run SET watermark = ? RETURNING account", int(time.time()) - 30 * DAY)
    seen = len(living.requests())
    work.run(living.account)
    assert ("/v1/products", "limit=100") in [(path, query.split("&")[0]) for path, query in living.requests()[seen:]]
    assert living.one("SELECT deleted FROM customer WHERE id = ?", gone) == 1


@pytest.mark.parametrize(
    ("kind", "found", "expected"),
    [
        ("invoice.paid", {"object": "invoice", "id": "in_1"}, [("invoice", "in_1")]),
        ("customer.subscription.deleted", {"object": "subscription", "id": "sub_1"}, [("subscription", "sub_1")]),
        ("customer.deleted", {"object": "customer", "id": "cus_1"}, [("customer", "cus_1")]),
        ("charge.dispute.created", {"object": "dispute", "id": "dp_1"}, [("dispute", "dp_1")]),
        ("charge.refund.updated", {"object": "refund", "id": "re_1"}, [("refund", "re_1")]),
        (
            "customer.discount.created",
            {"object": "discount", "id": "di_1", "customer": "cus_1", "subscription": "sub_1"},
            [("subscription", "sub_1"), ("customer", "cus_1")],
        ),
        (
            "customer.subscription.deleted",
            {"object": "subscription", "id": "sub_1", "ended_at": "1", "latest_invoice": "in_9"},
            [("subscription", "sub_1"), ("invoice", "in_9")],
        ),
        (
            "customer.subscription.updated",
            {"object": "subscription", "id": "sub_1", "latest_invoice": "in_9"},
            [("subscription", "sub_1")],
        ),
        ("invoice.upcoming", {"object": "invoice"}, []),
        ("customer.source.created", {"object": "card", "id": "card_1"}, []),
        ("payment_intent.created", {"object": "payment_intent", "id": "pi_1"}, []),
    ],
)
def test_what_an_event_changes(kind: str, found: dict[str, str], expected: list[tuple[str, str]]) -> None:
    event = {"type": kind, "data": {"object": found}}
    assert changes.targets(event) == tuple(Target(*each) for each in expected)


def test_every_resource_but_the_unannounced_hears_of_itself() -> None:
    assert [each.name for each in RESOURCES if not each.events] == ["balance_transaction"]
    assert heard("invoice.paid")
    assert not heard("balance.available")


@pytest.mark.parametrize(
    "data", [None, {}, {"object": {"object": ["invoice"], "id": "in_1"}}, {"object": {"object": "subscription"}}]
)
def test_a_delivery_that_cannot_be_read_holds_up_none_behind_it(connected: Connected, data: object) -> None:
    (customer,) = connected.gateway.page("/v1/customers", limit=1).data
    broken = {"id": "evt_0", "object": "event", "type": "customer.updated", "created": 1_700_000_000, "data": data}
    good = broken | {"id": "evt_1", "created": 1_700_000_001, "data": {"object": customer}}
    with transaction() as db:
        syncing.keep(db, [syncing.row(each, account=connected.account, received=1.0) for each in (broken, good)])
    work.inbox(connected.account)
    assert connected.one("SELECT name FROM customer WHERE id = ?", customer["id"]) == customer["name"]
    assert connected.one("SELECT count(*) FROM event_inbox WHERE state = 'pending'") == 0
    expected = "done" if data else "ignored"
    assert connected.one("SELECT state FROM event_inbox WHERE id = 'evt_0'") == expected


def test_events_older_than_stripe_keeps_are_no_use() -> None:
    now = 1_790_000_000
    assert [catchup.too_old(each, now) for each in (None, now - 30 * DAY, now - 28 * DAY)] == [True, True, False]
