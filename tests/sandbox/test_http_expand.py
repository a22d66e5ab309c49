"""``expand[]``: what is an id until asked for, and what is not there at all."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sandbox.fake_world import NOW, Client, FakeWorld, Object, serving

TIERS = [{"up_to": None, "unit_amount": 5}]


def listed(*objects: Object) -> Object:
    return {"object": "list", "data": list(objects), "has_more": False, "url": "/v1/x"}


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    world = FakeWorld()
    world.put("customer", "cus_1", discount=None)
    world.put("product", "prod_1")
    price = world.put("price", "price_1", product="prod_1", tiers=TIERS)
    shown = {name: value for name, value in price.items() if name != "tiers"}
    world.put("coupon", "SAVE", applies_to={"products": ["prod_1"]})
    world.put("coupon", "ALL")
    world.put("discount", "di_1", source={"type": "coupon", "coupon": "SAVE"}, promotion_code=None)
    item = {"id": "si_1", "object": "subscription_item", "price": shown, "discounts": ["di_1"]}
    world.put(
        "subscription",
        "sub_1",
        status="active",
        customer="cus_1",
        discounts=["di_1"],
        items=listed(item),
        latest_invoice="in_1",
    )
    line = {"id": "il_1", "object": "line_item", "discounts": ["di_1"], "discount_amounts": []}
    world.put("invoice", "in_1", customer="cus_1", discounts=["di_1"], lines=listed(line), all_lines=[line])
    payment = {"type": "payment_intent", "payment_intent": "pi_1"}
    world.put("invoice_payment", "inpay_1", invoice="in_1", payment=payment)
    world.put("payment_intent", "pi_1", latest_charge="ch_1", customer="cus_1")
    world.put("charge", "ch_1", balance_transaction="txn_1", customer="cus_gone", payment_intent="pi_1")
    world.put("refund", "re_1", charge="ch_1", balance_transaction="txn_2")
    world.put("balance_transaction", "txn_1", source="ch_1")
    world.put("balance_transaction", "txn_2", source="re_1")
    world.emit("evt_1", "price.created", price)
    with serving(world) as made:
        yield made


def first(client: Client, path: str, *expand: str) -> Object:
    answer = client.get(f"/v1/{path}", params={"expand[]": list(expand)})
    assert answer.status_code == 200, answer.text
    found: Object = answer.json()["data"][0]
    return found


def test_a_reference_is_an_id_until_expanded(client: Client) -> None:
    assert first(client, "charges")["balance_transaction"] == "txn_1"
    assert first(client, "charges", "data.balance_transaction")["balance_transaction"]["source"] == "ch_1"


def test_a_reference_to_nothing_stays_an_id(client: Client) -> None:
    assert first(client, "charges", "data.customer")["customer"] == "cus_gone"


def test_a_reference_of_several_kinds_becomes_the_right_one(client: Client) -> None:
    page = client.get("/v1/balance_transactions", params={"expand[]": "data.source"}).json()["data"]
    assert [each["source"]["object"] for each in page] == ["refund", "charge"]


@pytest.mark.parametrize(
    ("path", "field", "expected"),
    [
        ("prices", "tiers", TIERS),
        ("coupons?starting_after=ALL", "applies_to", {"products": ["prod_1"]}),
    ],
)
def test_a_hidden_field_is_absent_until_expanded(client: Client, path: str, field: str, expected: object) -> None:
    sign = "&" if "?" in path else "?"
    assert field not in client.get(f"/v1/{path}").json()["data"][0]
    assert client.get(f"/v1/{path}{sign}expand[]=data.{field}").json()["data"][0][field] == expected


def test_a_coupon_for_everything_has_nothing_to_expand(client: Client) -> None:
    assert "applies_to" not in first(client, "coupons", "data.applies_to")


def test_hidden_lists_are_made_when_asked_for(client: Client) -> None:
    assert "payments" not in first(client, "invoices")
    payments = first(client, "invoices", "data.payments")["payments"]
    assert ([each["id"] for each in payments["data"]], payments["object"]) == (["inpay_1"], "list")
    refunds = first(client, "charges", "data.refunds")["refunds"]
    assert [each["id"] for each in refunds["data"]] == ["re_1"]


def test_lists_of_ids_become_lists_of_objects_and_coupons_follow_at_the_fourth_level(client: Client) -> None:
    assert first(client, "subscriptions")["discounts"] == ["di_1"]
    shallow = first(client, "subscriptions", "data.discounts")["discounts"][0]
    assert shallow["source"] == {"type": "coupon", "coupon": "SAVE"}
    deep = first(client, "subscriptions", "data.discounts.source.coupon")["discounts"][0]
    assert deep["source"]["coupon"]["id"] == "SAVE"
    assert "applies_to" not in deep["source"]["coupon"]


def test_paths_go_through_nested_lists(client: Client) -> None:
    line = first(client, "invoices", "data.lines.data.discounts")["lines"]["data"][0]
    assert line["discounts"][0]["id"] == "di_1"
    item = first(client, "subscriptions", "data.items.data.discounts")["items"]["data"][0]
    assert item["discounts"][0]["id"] == "di_1"


def test_several_paths_share_their_beginning(client: Client) -> None:
    found = first(client, "invoices", "data.payments", "data.discounts", "data.lines.data.discounts", "data.customer")
    assert found["customer"]["id"] == "cus_1"
    assert found["payments"]["data"][0]["payment"]["payment_intent"] == "pi_1"
    deep = first(client, "invoice_payments", "data.payment.payment_intent", "data.payment.payment_intent.latest_charge")
    assert deep["payment"]["payment_intent"]["latest_charge"]["id"] == "ch_1"


def test_a_single_object_expands_without_data(client: Client) -> None:
    params = {"expand[]": ["items.data.price.tiers", "latest_invoice.customer"]}
    found = client.get("/v1/subscriptions/sub_1", params=params).json()
    assert found["items"]["data"][0]["price"]["tiers"] == TIERS
    assert found["latest_invoice"]["customer"]["id"] == "cus_1"


def test_expanding_leaves_the_world_as_it_was(client: Client) -> None:
    client.get("/v1/subscriptions/sub_1", params={"expand[]": ["items.data.price.tiers", "discounts"]})
    plain = client.get("/v1/subscriptions/sub_1").json()
    assert (plain["discounts"], "tiers" in plain["items"]["data"][0]["price"]) == (["di_1"], False)


def test_an_event_never_shows_what_must_be_asked_for(client: Client) -> None:
    subject = client.get("/v1/events/evt_1").json()["data"]["object"]
    assert (subject["id"], "tiers" in subject) == ("price_1", False)


def test_a_change_is_seen_at_once(client: Client) -> None:
    body = {"operation": "pause", "customer": "cus_1", "name": "Ada"}
    assert client.post("/_sandbox/do", json=body).json()["result"]["name"] == "Ada"
    assert first(client, "invoices", "data.customer")["customer"]["name"] == "Ada"
    assert client.ids("/v1/events", type="customer.updated", **{"created[gte]": NOW}) == ["evt_Ada"]
