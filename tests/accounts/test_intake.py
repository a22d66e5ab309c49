"""Many deliveries, one transaction: each is answered for itself, and only once it is safe."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

import pytest

from lib.accounts import deliveries, intake
from lib.accounts.deliveries import Delivery, Seen
from lib.accounts.intake import Intake
from lib.errors import InboxFull, InboxUnavailable, NoRoom
from lib.store import syncing
from lib.store.engine import migrate, transaction
from lib.store.tables import Account, Connection, EventInbox, Workspace


@pytest.fixture(autouse=True)
def shop(data_dir: object) -> None:
    migrate()
    with transaction() as db:
        db.add(Workspace(id="ws", name="Ada", created=1))
        db.flush()
        db.add(Account(id="acct_shop", created=1))
        db.add(Connection(id="con", workspace="ws", account="acct_shop", kind="oauth", created=10))


def delivery(number: int, type_: str = "invoice.paid", account: str = "acct_shop", created: int = 20) -> Delivery:
    event = {"id": f"evt_{number}", "object": "event", "type": type_, "created": created, "data": {"object": {}}}
    return deliveries.of_connected(event | {"account": account}, heard=lambda t: t == "invoice.paid", received=number)


def outcomes(keeper: Intake, *waiting: Delivery) -> list[object]:
    async def all_at_once() -> list[object]:
        return list(await asyncio.gather(*map(keeper.keep, waiting), return_exceptions=True))

    return asyncio.run(all_at_once())


def inbox() -> list[tuple[str, str, str | None]]:
    with transaction() as db:
        rows = [db.get_one(EventInbox, f"evt_{n}") for n in range(99) if db.get(EventInbox, f"evt_{n}")]
        return [(row.id, row.state, row.note) for row in rows]


def test_each_of_a_batch_gets_its_own_answer() -> None:
    told = outcomes(
        Intake(), delivery(1), delivery(2, "tax.form.filed"), delivery(3, account="acct_other"), delivery(1)
    )
    assert told == ["acct_shop", None, None, "acct_shop"]
    assert inbox() == [
        ("evt_1", "pending", None),
        ("evt_2", "ignored", "type not read"),
        ("evt_3", "ignored", "no such connection"),
    ]


def test_what_follows_the_end_of_the_access_in_one_batch_comes_too_late() -> None:
    ended = delivery(2, deliveries.WITHDRAWN)
    assert deliveries.keep([delivery(1), ended, delivery(3)]) == ["acct_shop", None, None]
    assert [note for *_, note in inbox()] == [None, "access withdrawn", "no such connection"]


def test_an_end_of_before_the_connection_ends_nothing() -> None:
    assert deliveries.keep([delivery(1, deliveries.WITHDRAWN, created=9), delivery(2)]) == [None, "acct_shop"]


def test_one_that_the_database_refuses_takes_no_other_with_it() -> None:
    def picky(batch: Sequence[Delivery]) -> list[str | None]:
        if any(each.event["id"] == "evt_2" for each in batch):
            raise ValueError("evt_2")
        return deliveries.keep(batch)

    told = outcomes(Intake(picky), delivery(1), delivery(2), delivery(3))
    assert [told[0], type(told[1]), told[2]] == ["acct_shop", InboxUnavailable, "acct_shop"]
    assert [id_ for id_, *_ in inbox()] == ["evt_1", "evt_3"]


def test_a_database_that_is_away_is_asked_once_for_all() -> None:
    asked: list[int] = []

    def away(batch: Sequence[Delivery]) -> list[str | None]:
        asked.append(len(batch))
        raise NoRoom

    async def scene() -> list[object]:
        keeper = Intake(away)
        return list(await asyncio.gather(*(keeper.keep(delivery(n)) for n in range(9)), return_exceptions=True))

    assert [type(told) for told in asyncio.run(scene())] == [InboxUnavailable] * 9
    assert sum(asked) == 9


def test_nobody_hears_of_success_before_the_commit_and_a_full_queue_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "MOST", 2)
    begun, go_on = threading.Event(), threading.Event()

    def slow(batch: Sequence[Delivery]) -> list[str | None]:
        begun.set()
        assert go_on.wait(10)
        return deliveries.keep(batch)

    async def scene() -> None:
        keeper = Intake(slow)
        first = asyncio.ensure_future(keeper.keep(delivery(1)))
        await asyncio.to_thread(begun.wait, 10)
        others = [asyncio.ensure_future(keeper.keep(delivery(n))) for n in (2, 3)]
        await asyncio.sleep(0)
        with pytest.raises(InboxFull):
            await keeper.keep(delivery(4))
        assert not first.done()
        assert inbox() == []
        go_on.set()
        assert await asyncio.gather(first, *others) == ["acct_shop"] * 3

    asyncio.run(scene())
    assert len(inbox()) == 3


def test_who_left_meanwhile_is_not_answered_and_the_delivery_is_kept() -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(batch: Sequence[Delivery]) -> list[str | None]:
        begun.set()
        assert go_on.wait(10)
        return deliveries.keep(batch)

    async def scene() -> None:
        keeper = Intake(slow)
        first = asyncio.ensure_future(keeper.keep(delivery(1)))
        await asyncio.to_thread(begun.wait, 10)
        first.cancel()
        go_on.set()
        assert await keeper.keep(delivery(2)) == "acct_shop"

    asyncio.run(scene())
    assert [id_ for id_, *_ in inbox()] == ["evt_1", "evt_2"]


def test_what_came_is_counted_by_what_became_of_it() -> None:
    deliveries.keep([delivery(n) for n in range(3)])
    deliveries.keep([delivery(n, "tax.form.filed") for n in (10, 11)])
    deliveries.keep([delivery(12, deliveries.WITHDRAWN, created=1), delivery(13, account="acct_other")])
    expected = Seen(received=6, waiting=3, ignored=(("type not read", 2), ("access withdrawn", 1)), last=12)
    assert deliveries.seen("acct_shop") == expected
    assert deliveries.seen("acct_none") == Seen(0, 0, (), None)


def test_old_events_are_forgotten_unless_they_wait() -> None:
    deliveries.keep([delivery(1), delivery(2, "tax.form.filed"), delivery(50, "tax.form.filed")])
    with transaction() as db:
        assert syncing.prune(db, before=40) == 1
    assert [id_ for id_, *_ in inbox()] == ["evt_1", "evt_50"]
