"""The demo business: the same for the same seed, however its clock is moved; cached, and full of life."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from fractions import Fraction
from pathlib import Path

import pytest

from lib.sandbox.world import World

NOW = 1_795_000_000
DAY = 86_400
SMALL = {"seed": 3, "months": 5, "customers": 60}


def digest(world: World) -> str:
    """All that a world shows, in order."""
    shown = {kind: world.listing(kind) for kind in sorted(world.state.objects)}
    text = json.dumps([shown, world.truth()], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others() -> None:
    first = digest(World.build(**SMALL, now=NOW))
    assert first == digest(World.build(**SMALL, now=NOW))
    assert first != digest(World.build(**{**SMALL, "seed": 4}, now=NOW))


def test_small_steps_of_the_clock_lead_where_one_leap_does() -> None:
    leap, steps = World.build(**SMALL, now=NOW), World.build(**SMALL, now=NOW)
    leap.advance(NOW + 40 * DAY)
    for hour in range(0, 40 * 24 + 1, 7):
        steps.advance(NOW + hour * 3_600)
    steps.advance(NOW + 40 * DAY)
    assert digest(leap) == digest(steps)
    assert len(leap.listing("customer")) > SMALL["customers"]


def test_a_saved_world_goes_on_as_it_would_have(tmp_path: Path) -> None:
    world = World.build(**SMALL, now=NOW)
    world.on_event = print
    world.save(tmp_path / "world")
    found = World.load(tmp_path / "world")
    assert found is not None
    assert found.on_event is None
    for each in (world, found):
        each.advance(NOW + 20 * DAY)
    assert digest(found) == digest(world)


def test_a_damaged_or_foreign_cache_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "world"
    assert World.load(path) is None
    World.build(seed=3, months=1, customers=3, now=NOW).save(path)
    whole = path.read_bytes()
    assert World.load(path) is not None
    for bad in (b"", whole[:-1], whole[:100], b"x" + whole[1:], whole[:-9] + b"y" + whole[-8:]):
        path.write_bytes(bad)
        assert World.load(path) is None


def test_every_kind_of_life_is_there(built: World) -> None:
    statuses = Counter(each["status"] for each in built.listing("subscription"))
    assert {"active", "canceled", "past_due", "trialing", "incomplete_expired"} <= set(statuses)
    reasons = {each["billing_reason"] for each in built.listing("invoice")}
    assert reasons == {"subscription_create", "subscription_cycle", "subscription_update", "manual"}
    assert {each["status"] for each in built.listing("invoice")} == {"paid", "open", "void", "draft", "uncollectible"}
    intervals = {
        (item["price"]["recurring"]["interval"], item["price"]["recurring"]["interval_count"])
        for each in built.listing("subscription")
        for item in each["items"]["data"]
    }
    assert intervals == {("week", 1), ("month", 1), ("month", 3), ("year", 1)}
    assert {"usd", "eur", "gbp", "jpy", "kwd"} == {each["currency"] for each in built.listing("subscription")}


def test_lists_are_oldest_first_and_names_one_thing_each(built: World) -> None:
    for kind in ("customer", "subscription", "invoice", "charge", "balance_transaction", "event"):
        created = [each["created"] for each in built.listing(kind)]
        assert created == sorted(created)
    ids = [each["id"] for kind in built.state.objects for each in built.listing(kind)]
    assert len(ids) == len(set(ids))


def test_references_lead_somewhere(built: World) -> None:
    for charge in built.listing("charge"):
        assert built.get("payment_intent", charge["payment_intent"])
        assert (charge["balance_transaction"] is None) == (charge["status"] == "failed")
    for sub in built.listing("subscription"):
        assert built.get("customer", sub["customer"])
        assert built.get("invoice", sub["latest_invoice"])
        assert all(built.get("discount", each) for each in sub["discounts"])


def test_both_forms_of_the_truth_say_the_same(built: World) -> None:
    days = built.truth()["days"]
    compact = built.truth(compact=True)["subscriptions"]
    last = {sub: rows["changes"][-1]["mrr"] for sub, rows in compact.items() if rows["changes"][-1]["mrr"] != "0"}
    assert {sub: row["mrr"] for sub, row in days[-1]["subscriptions"].items()} == last
    assert all(Fraction(row["mrr"]) > 0 for day in days for row in day["subscriptions"].values())


def test_invoice_totals_add_up(built: World) -> None:
    for invoice in built.listing("invoice"):
        lines = built.lines(invoice["id"])
        off = sum(each["amount"] for line in lines for each in line["discount_amounts"])
        taxes = [each for line in lines for each in line["taxes"]]
        on_top = sum(each["amount"] for each in taxes if each["tax_behavior"] == "exclusive")
        assert invoice["subtotal"] == sum(line["amount"] for line in lines)
        assert invoice["total"] == invoice["subtotal"] - off + on_top
        assert invoice["total_excluding_tax"] == invoice["total"] - sum(each["amount"] for each in taxes)
        assert sum(each["amount"] for each in invoice["total_taxes"]) == sum(each["amount"] for each in taxes)
        assert invoice["amount_due"] == invoice["amount_paid"] + invoice["amount_remaining"]


@pytest.mark.parametrize("compact", [True, False])
def test_the_truth_ends_now(built: World, compact: bool) -> None:
    told = built.truth(compact=compact)
    assert (told["as_of"], told["time_zone"]) == (built.now, "UTC")
