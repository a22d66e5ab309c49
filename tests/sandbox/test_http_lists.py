"""Lists: order, cursors, filters, windows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sandbox.fake_world import DAY, NOW, Client, FakeWorld, serving

START = NOW - 10 * DAY


@pytest.fixture(scope="module")
def world() -> FakeWorld:
    made = FakeWorld()
    for number in range(1, 6):  # cus_4 and cus_5 share a second
        created = START + min(number, 4) * DAY
        made.put("customer", f"cus_{number}", created, email=f"{number % 2}@x.test", discount=None)
    for id_, status, price in (
        ("sub_a", "active", "price_1"),
        ("sub_c", "canceled", "price_1"),
        ("sub_t", "trialing", "price_2"),
    ):
        item = {"id": f"si_{id_}", "subscription": id_, "price": {"id": price}, "current_period_end": NOW + DAY}
        made.put("subscription", id_, START, status=status, customer="cus_1", items={"object": "list", "data": [item]})
    made.put(
        "invoice",
        "in_1",
        START,
        customer="cus_1",
        status="paid",
        due_date=None,
        parent={"subscription_details": {"subscription": "sub_a"}},
    )
    made.put("invoice", "in_2", START + 1, customer="cus_1", status="open", due_date=NOW, parent=None)
    made.put("invoiceitem", "ii_pending", START, invoice=None, customer="cus_1")
    made.put("invoiceitem", "ii_done", START, invoice="in_1", customer="cus_1")
    made.put(
        "price",
        "price_1",
        START,
        active=True,
        type="recurring",
        currency="usd",
        recurring={"interval": "month"},
        lookup_key="basic",
    )
    made.put("price", "price_2", START, active=False, type="one_time", currency="eur", recurring=None, lookup_key=None)
    made.put(
        "invoice_payment",
        "inpay_1",
        START,
        invoice="in_1",
        status="paid",
        payment={"type": "payment_intent", "payment_intent": "pi_1"},
    )
    for id_, type_, created in (
        ("evt_old", "invoice.paid", NOW - 31 * DAY),
        ("evt_1", "invoice.paid", NOW - 29 * DAY),
        ("evt_2", "invoice.created", NOW - 2),
        ("evt_3", "customer.created", NOW - 1),
    ):
        made.put("event", id_, created, type=type_, data={"object": {"id": "x", "object": "invoice"}})
    return made


@pytest.fixture(scope="module")
def client(world: FakeWorld) -> Iterator[Client]:
    # The fake's clock stands still at NOW only while no ticker moves it: the stand-in's clock lags behind NOW.
    with serving(world) as made:
        yield made


NEWEST_FIRST = ["cus_5", "cus_4", "cus_3", "cus_2", "cus_1"]


@pytest.mark.parametrize(
    ("expected", "params"),
    [
        (NEWEST_FIRST, {}),
        (["cus_5", "cus_4"], {"limit": 2}),
        (["cus_3", "cus_2"], {"limit": 2, "starting_after": "cus_4"}),
        ([], {"starting_after": "cus_1"}),
        (["cus_4", "cus_3"], {"limit": 2, "ending_before": "cus_2"}),
        (["cus_5"], {"ending_before": "cus_4"}),
        (["cus_5", "cus_4", "cus_3"], {"created[gte]": START + 3 * DAY}),
        (["cus_5", "cus_4"], {"created[gt]": START + 3 * DAY}),
        (["cus_2", "cus_1"], {"created[lt]": START + 3 * DAY}),
        (["cus_3", "cus_2", "cus_1"], {"created[lte]": START + 3 * DAY}),
        (["cus_3", "cus_2"], {"created[gte]": START + 2 * DAY, "created[lt]": START + 4 * DAY}),
        (["cus_2"], {"created": START + 2 * DAY}),
        (["cus_2"], {"created[gte]": START + 2 * DAY, "starting_after": "cus_3"}),
        (["cus_4", "cus_2"], {"email": "0@x.test"}),
        (["cus_2"], {"email": "0@x.test", "created[lt]": START + 3 * DAY}),
    ],
)
def test_customers_come_newest_first_and_cut_as_asked(
    client: Client, expected: list[str], params: dict[str, object]
) -> None:
    assert client.ids("/v1/customers", **params) == expected


def test_a_page_says_whether_more_follows_and_where_it_is_from(client: Client) -> None:
    page = client.get("/v1/customers", params={"limit": 3}).json()
    assert (page["object"], page["has_more"], page["url"]) == ("list", True, "/v1/customers")
    assert client.get("/v1/customers", params={"limit": 5}).json()["has_more"] is False
    assert client.get("/v1/customers", params={"limit": 1, "ending_before": "cus_3"}).json()["has_more"] is True


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_walking_by_cursor_sees_every_object_once(client: Client, limit: int) -> None:
    seen: list[str] = []
    while page := client.ids("/v1/customers", limit=limit, **({"starting_after": seen[-1]} if seen else {})):
        seen += page
    assert seen == NEWEST_FIRST


@pytest.mark.parametrize(
    ("expected", "path", "params"),
    [
        (["sub_t", "sub_a"], "subscriptions", {}),
        (["sub_t", "sub_c", "sub_a"], "subscriptions", {"status": "all"}),
        (["sub_c"], "subscriptions", {"status": "canceled"}),
        (["sub_c"], "subscriptions", {"status": "ended"}),
        (["sub_a"], "subscriptions", {"price": "price_1"}),
        (["sub_t", "sub_a"], "subscriptions", {"current_period_end[gte]": NOW}),
        (["si_sub_c"], "subscription_items", {"subscription": "sub_c"}),
        (["in_2"], "invoices", {"status": "open"}),
        (["in_1"], "invoices", {"subscription": "sub_a"}),
        (["in_2"], "invoices", {"customer": "cus_1", "status": "open"}),
        (["in_2"], "invoices", {"due_date[gte]": 0}),
        (["ii_pending"], "invoiceitems", {"pending": "true"}),
        (["ii_done"], "invoiceitems", {"pending": "false"}),
        (["price_1"], "prices", {"active": "true"}),
        (["price_2"], "prices", {"type": "one_time"}),
        (["price_1"], "prices", {"recurring[interval]": "month"}),
        (["price_1"], "prices", {"lookup_keys[]": "basic"}),
        (["inpay_1"], "invoice_payments", {"payment[type]": "payment_intent", "payment[payment_intent]": "pi_1"}),
        ([], "invoice_payments", {"invoice": "in_2"}),
        (["evt_3", "evt_2", "evt_1"], "events", {}),
        (["evt_1"], "events", {"type": "invoice.paid"}),
        (["evt_2", "evt_1"], "events", {"type": "invoice.*"}),
        (["evt_3", "evt_1"], "events", {"types[]": ["invoice.paid", "customer.created"]}),
        (["evt_1"], "events", {"created[lt]": NOW - 2}),
        ([], "payouts", {}),
    ],
)
def test_each_list_has_stripes_filters(
    client: Client, expected: list[str], path: str, params: dict[str, object]
) -> None:
    assert client.ids(f"/v1/{path}", **params) == expected


def test_an_object_that_goes_away_in_mid_walk_stays_a_valid_cursor() -> None:
    world = FakeWorld()
    for number in range(1, 5):
        world.put("customer", f"cus_{number}", START + number)
    with serving(world) as client:
        assert client.ids("/v1/customers", limit=2) == ["cus_4", "cus_3"]
        world.remove("customer", "cus_3")
        assert client.ids("/v1/customers", limit=2, starting_after="cus_3") == ["cus_2", "cus_1"]
        assert client.ids("/v1/customers", ending_before="cus_3") == ["cus_4"]
        assert client.get("/v1/customers/cus_3").json() == {"id": "cus_3", "object": "customer", "deleted": True}


def test_what_is_made_between_two_pages_does_not_shift_the_second() -> None:
    world = FakeWorld()
    for number in range(1, 4):
        world.put("customer", f"cus_{number}", START + number)
    with serving(world) as client:
        assert client.ids("/v1/customers", limit=1) == ["cus_3"]
        world.put("customer", "cus_4", START + 4)
        assert client.ids("/v1/customers", starting_after="cus_3") == ["cus_2", "cus_1"]
        assert client.ids("/v1/customers") == ["cus_4", "cus_3", "cus_2", "cus_1"]


LINES = [{"id": f"il_{number:02}", "object": "line_item", "discounts": []} for number in range(12)]


def test_an_item_is_found_inside_its_subscription(client: Client) -> None:
    assert client.get("/v1/subscription_items/si_sub_t").json()["price"] == {"id": "price_2"}
    assert client.error("/v1/subscription_items/si_none")[0] == 404


def test_lines_of_an_invoice_come_first_to_last_and_page() -> None:
    world = FakeWorld()
    world.put("invoice", "in_1", all_lines=LINES)
    with serving(world) as client:
        first = client.get("/v1/invoices/in_1/lines", params={"limit": 10}).json()
        assert ([each["id"] for each in first["data"]], first["has_more"]) == (
            [each["id"] for each in LINES[:10]],
            True,
        )
        assert client.ids("/v1/invoices/in_1/lines", starting_after="il_09") == ["il_10", "il_11"]
        assert client.ids("/v1/invoices/in_1/lines", ending_before="il_02") == ["il_00", "il_01"]
        assert client.error("/v1/invoices/in_9/lines")[0] == 404


@pytest.mark.parametrize("path", ["subscriptions", "invoices", "charges"])
def test_a_list_of_a_customer_that_never_was_here_is_refused(client: Client, path: str) -> None:
    status, error = client.error(f"/v1/{path}", customer="cus_of_the_other_mode")
    assert (status, error["code"]) == (400, "resource_missing")
    assert error["message"] == "No such customer: 'cus_of_the_other_mode'"
