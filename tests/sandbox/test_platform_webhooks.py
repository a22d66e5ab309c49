"""The platform's own events: to its own endpoints, with a secret of their own, and no account."""

from __future__ import annotations

import hashlib
import hmac
import json

from tests.sandbox.shop_front import FAILS, GOOD, MONTH, selling
from tests.sandbox.test_webhooks_delivery import WAIT, endpoint


def verified(body: bytes, header: str, secret: str) -> bool:
    parts = dict(part.split("=", 1) for part in header.split(","))
    signed = hmac.new(secret.encode(), parts["t"].encode() + b"." + body, hashlib.sha256).hexdigest()
    return signed == parts["v1"]


def test_events_of_a_subscriptions_life_arrive_signed() -> None:
    with endpoint() as ours, endpoint() as connect:
        with selling(deliver_platform_to=(ours.url,), deliver_to=(connect.url,)) as front:
            card = front.standin.card(str(front.base_url))
            assert card["platform_webhook_secret"] != card["webhook_secret"]
            assert card["platform_account"] == front.one("/v1/account")["id"]
            sub = front.bought(number=FAILS, **{"subscription_data[trial_period_days]": "14"})
            front.wait(MONTH)
            front.do("attach_card", customer=sub["customer"], number=GOOD.replace(" ", ""))
            front.delete(f"/v1/subscriptions/{sub['id']}")
            front.form(f"/v1/checkout/sessions/{front.session()['id']}/expire", {})
            awaited = {
                "customer.created", "checkout.session.completed", "checkout.session.expired",
                "customer.subscription.created", "customer.subscription.updated", "customer.subscription.deleted",
                "customer.subscription.trial_will_end", "invoice.created", "invoice.finalized", "invoice.paid",
                "invoice.payment_failed", "invoice.updated",
            }  # fmt: skip
            while awaited:  # in any order: many are delivered at once
                body, header = ours.received.get(timeout=WAIT)
                assert verified(body, header, card["platform_webhook_secret"])
                event = json.loads(body)
                assert "account" not in event
                awaited.discard(event["type"])
        assert connect.received.empty()


def test_manners_are_the_platforms_own() -> None:
    with endpoint() as ours, selling(deliver_platform_to=(ours.url,)) as front:
        told = front.post("/_sandbox/webhooks", json={"platform": True, "drop": 1}).json()
        assert (told["platform"], told["endpoints"]) == (True, [ours.url])
        assert front.standin.deliveries.manners.drop == 0
        front.customer()
        told = front.get("/_sandbox/webhooks", params={"platform": "true"}).json()
        assert (told["dropped"], told["pending"]) == (1, 0)
        assert front.get("/_sandbox/webhooks").json()["platform"] is False
        front.post("/_sandbox/webhooks", json={"platform": True, "reset": True, "duplicate": 1})
        front.customer()
        assert ours.next()["id"] == ours.next()["id"]


def test_endpoints_are_listed_made_and_taken_away() -> None:
    with (
        endpoint() as later,
        selling(deliver_to=("http://127.0.0.1:9/c",), deliver_platform_to=("http://127.0.0.1:9/p",)) as front,
    ):
        listed = front.all("/v1/webhook_endpoints")
        client = front.standin.connections.client_id
        assert [(each["application"], each["url"][-1], each["enabled_events"]) for each in listed] == [
            (client, "c", ["*"]),
            (None, "p", ["*"]),
        ]
        form = {"url": later.url, "enabled_events[0]": "customer.created", "metadata[a]": "b"}
        made = front.form("/v1/webhook_endpoints", form)
        assert made["secret"].startswith("whsec_")
        found = front.one(f"/v1/webhook_endpoints/{made['id']}")
        assert ("secret" in found, found["metadata"], found["status"]) == (False, {"a": "b"}, "enabled")
        customer = front.customer()
        front.form(f"/v1/customers/{customer}", {"name": "Changed"})
        second = front.customer()
        body, header = later.received.get(timeout=WAIT)
        assert verified(body, header, made["secret"])
        assert {json.loads(body)["data"]["object"]["id"], later.next()["data"]["object"]["id"]} == {customer, second}
        assert front.delete(f"/v1/webhook_endpoints/{made['id']}").json()["deleted"] is True
        assert len(front.all("/v1/webhook_endpoints")) == 2
        error = front.refused("/v1/webhook_endpoints", {"url": "ftp://x", "enabled_events[0]": "*"})[1]
        assert error["param"] == "url"
