"""Versions of subscriptions: what is kept, in which order, and how it comes back, on both databases."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest
from alembic import command
from sqlalchemy import text

from lib.store import engine as store
from lib.store import frames, frames_versions, versions
from lib.store.engine import reading, transaction

A = "acct_1"


def seen(quantity: int, **values: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    items = [{"id": "si", "price": {"id": "price_1"}, "quantity": quantity}]
    return {"id": "sub_1", "object": "subscription", "status": "active", "items": {"data": items}} | values


def event(id_: str, at: int, quantity: int, before: int | None = None) -> dict[str, Any]:
    data = {"object": seen(quantity)}
    if before is not None:
        data["previous_attributes"] = {"items": seen(before)["items"]}
    return {"id": id_, "created": at, "data": data}


def keep(*found: dict[str, Any] | tuple[float, int]) -> None:
    """Events, and looks of ours as (time, quantity)."""
    with transaction() as db:
        for each in found:
            version = (
                versions.of_event(A, each) if isinstance(each, dict) else versions.of_look(A, seen(each[1]), each[0])
            )
            assert version is not None
            versions.keep(db, [version])


def kept() -> list[tuple[float, str, int, str]]:
    """Time, event, place and items of what is kept."""
    frame = frames.frames(A)[frames_versions.NAME]
    return frame.select("observed_at", "event", "position", "items").rows()


def items(quantity: int) -> str:
    return f'[["si","price_1",{quantity},[]]]'


def test_an_event_is_kept_once_at_its_own_time_and_a_look_where_it_shows_something_new(database: str) -> None:
    keep(event("evt_1", 100, 1), (101.5, 1), (105.5, 2), event("evt_2", 103, 2), event("evt_2", 103, 2), (110.0, 2))
    assert kept() == [
        (100.0, "evt_1", 0, items(1)),
        (103.0, "evt_2", 0, items(2)),
        (105.5, "", 0, items(2)),
    ], database


@pytest.mark.parametrize("order", list(permutations(range(4)))[::5])
def test_events_of_one_second_follow_from_each_other_however_they_arrive(database: str, order: tuple[int, ...]) -> None:
    """From two seats to three, to five and back to three; ids say nothing."""
    told = [
        event("evt_start", 99, 2),
        event("evt_c", 100, 3, before=2),
        event("evt_a", 100, 5, before=3),
        event("evt_b", 100, 3, before=5),
    ]
    keep(*(told[place] for place in order))
    places = {id_: place for _, id_, place, _ in kept()}
    assert places == {"evt_start": 0, "evt_c": 0, "evt_a": 1, "evt_b": 2}, database


def test_old_shapes_and_lists_that_are_not_whole() -> None:
    old = {
        "id": "sub_1", "status": "trialing", "pause_collection": {"behavior": "void"}, "discount": {"id": "di_1"},
        "items": {"data": [{"id": "si", "plan": "price_1", "quantity": None}], "has_more": True},
    }  # fmt: skip
    told = versions.told(old)
    assert (told["pause_behavior"], told["discounts"], told["items"]) == ("void", ["di_1"], None)
    assert (
        versions.of_event(A, {"id": "evt", "created": 1, "data": {"object": {"object": "invoice", "id": "in"}}}) is None
    )


def test_a_thin_event_tells_nothing_of_how_the_subscription_stood() -> None:
    thin = {"id": "evt", "created": 1, "thin": True, "data": {"object": {"object": "subscription", "id": "sub_1"}}}
    assert versions.of_event(A, thin) is None


def test_only_the_versions_of_changed_subscriptions_are_read_again(database: str) -> None:
    keep(event("evt_1", 100, 1))
    before = frames.frames(A)
    keep(event("evt_2", 90, 3))
    with reading() as db:
        connection = db.connection()
        held = before[frames_versions.NAME]
        assert frames_versions.renewed(connection, A, held, []).equals(held)
        assert frames_versions.renewed(connection, A, held, ["sub_1"]).equals(frames_versions.read(connection, A))
    assert [row[1] for row in kept()] == ["evt_2", "evt_1"], database


def test_more_versions_than_one_statement_reads(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames_versions, "CHUNK", 2)
    keep(*(event(f"evt_{n}", 100 + n // 2, n) for n in range(5)))
    assert [row[1] for row in kept()] == [f"evt_{n}" for n in range(5)], database


def test_versions_that_were_kept_before_tell_the_same(empty_database: str) -> None:
    """What migration 0005 reads from payloads is what is told of them today."""
    store.migrate()
    keep((100.0, 4))
    before = frames.frames(A)[frames_versions.NAME]
    with store.engine().connect() as connection, connection.begin():
        command.downgrade(store.alembic_config(connection), "0004")
        columns = connection.execute(text("SELECT * FROM subscription_version")).keys()
        assert list(columns) == ["account", "subscription", "observed_at", "source", "payload"], empty_database
    store.migrate()
    assert frames.frames(A)[frames_versions.NAME].equals(before)
