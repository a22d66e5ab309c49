"""Who leaves is gone: no row of any table, no byte of any file; or kept, for as long as the owner wants."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlmodel import SQLModel, func, select

from lib.accounts import connections, deliveries
from lib.errors import StripeUnavailable, UnknownAccount
from lib.gateway import oauth
from lib.store import checkpoints, people, reads, syncing, upserts
from lib.store import connections as rows
from lib.store.engine import engine, migrate, reading, transaction, write_back
from lib.store.tables import Account, Connection, Customer, SubscriptionVersion
from tests.accounts.members import Member, join

A, EMAIL = "acct_lumen0press1", "zoe.unforgettable@example.com"
NOW = 1_790_000_000


@pytest.fixture
def ada(data_dir: Path) -> Member:
    migrate()
    return join("Ada", now=NOW)


@pytest.fixture(autouse=True)
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The accounts that Stripe was told of."""
    found: list[str] = []
    monkeypatch.setattr(oauth, "deauthorize", found.append)
    return found


def connect(member: Member, at: int = NOW) -> None:
    with transaction() as db:
        rows.keep_account(db, Account(id=A, name="Lumen Press", created=at))
        row = Connection(id=f"con_{at}", workspace=member.user.workspace, account=A, kind="oauth", created=at)
        assert people.add(db, row)


def fill() -> None:
    """Something of the account in every kind of table."""
    person = {"account": A, "id": "cus_1", "observed_at": 1.0, "deleted": False, "email": EMAIL, "name": "Zoë"}
    upserts.apply(A, [(Customer, person | {"id": f"cus_{n}"}) for n in range(200)])
    upserts.bump(A)
    reads.add({(A, "2026-11-24"): 3})
    event = {"id": "evt_1", "type": "customer.updated", "created": NOW, "data": {"object": {"email": EMAIL}}}
    deliveries.receive(event | {"account": A}, heard=lambda _type: True, received=NOW)
    with transaction() as db:
        checkpoints.save_run(db, A, state="done", watermark=NOW)
        version = SubscriptionVersion(
            account=A, subscription="sub_1", observed_at=1.0, source="event", payload={"email": EMAIL}
        )
        db.add(version)


def counted() -> dict[str, int]:
    """How many rows of each table name the account."""
    with reading() as db:
        return {
            table.name: db.exec(select(func.count()).select_from(table).where(column == A)).one()
            for table in SQLModel.metadata.sorted_tables
            for name in ("account", "bucket")
            if (column := table.columns.get(name)) is not None
        } | {"account": db.exec(select(func.count()).select_from(Account).where(Account.id == A)).one()}


def files_that_hold(folder: Path, *texts: str) -> list[str]:
    found = [each for each in folder.rglob("*") if each.is_file()]
    return [each.name for each in found for text in texts if text.encode() in each.read_bytes()]


def disconnect(member: Member, *, erase: bool, at: int = NOW + 9) -> None:
    connections.disconnect(member.user.workspace, A, now=at, erase=erase)


def test_nothing_is_left_in_any_table_or_file(ada: Member, data_dir: Path, told: list[str]) -> None:
    connect(ada)
    fill()
    write_back()
    before = counted()
    assert {name for name, count in before.items() if count} >= {
        "account", "change", "connection", "customer", "event_inbox", "read_count", "subscription_version", "sync_run",
    }  # fmt: skip
    if engine().dialect.name == "sqlite":
        assert files_that_hold(data_dir, EMAIL) == ["plimsoll.sqlite"]
    disconnect(ada, erase=True)
    assert counted() == dict.fromkeys(before, 0)
    assert files_that_hold(data_dir, EMAIL, A, "Lumen Press") == []
    assert told == [A]
    assert connections.ended(ada.user.workspace) == ()


def test_what_comes_later_for_one_who_left_is_counted_and_not_kept(ada: Member, data_dir: Path) -> None:
    connect(ada)
    fill()
    disconnect(ada, erase=True)
    late = {"id": "evt_2", "type": "customer.updated", "created": NOW, "account": A}
    deliveries.receive(late | {"data": {"object": {"email": EMAIL}}}, heard=lambda _type: True, received=NOW)
    reads.add({(A, "2026-11-24"): 3})
    write_back()
    assert {name for name, count in counted().items() if count} == {"event_inbox"}
    assert files_that_hold(data_dir, EMAIL) == []


def test_an_account_that_comes_back_has_no_version_that_it_had_before(
    ada: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [float(NOW)]
    monkeypatch.setattr("lib.store.upserts.time.time", lambda: clock[0])
    connect(ada)
    seen = set()
    for _ in range(5):
        upserts.bump(A)
        seen.add(syncing.data_version(A))
    disconnect(ada, erase=True)
    assert syncing.data_version(A) == 0
    clock[0] += 60
    connect(ada, NOW + 60)
    for _ in range(5):
        upserts.bump(A)
        assert syncing.data_version(A) not in seen


def test_kept_data_waits_and_is_deleted_when_the_owner_says_so(ada: Member, data_dir: Path) -> None:
    connect(ada)
    fill()
    disconnect(ada, erase=False)
    (ended,) = connections.ended(ada.user.workspace)
    assert (ended.account, ended.name, ended.at, ended.withdrawn) == (A, "Lumen Press", NOW + 9, False)
    eve = join("Eve", now=NOW)
    assert connections.ended(eve.user.workspace) == ()
    with pytest.raises(UnknownAccount):
        connections.forget(eve.user.workspace, A)
    connections.forget(ada.user.workspace, A)
    assert set(counted().values()) == {0}
    assert files_that_hold(data_dir, EMAIL) == []
    with pytest.raises(UnknownAccount):
        connections.forget(ada.user.workspace, A)


def test_an_account_that_is_read_can_not_be_deleted_in_passing(ada: Member) -> None:
    connect(ada)
    with pytest.raises(UnknownAccount):
        connections.forget(ada.user.workspace, A)
    disconnect(ada, erase=False)
    connect(ada, NOW + 20)
    assert connections.ended(ada.user.workspace) == ()
    with pytest.raises(UnknownAccount):
        connections.forget(ada.user.workspace, A)


def test_the_owner_is_told_who_ended_it(ada: Member) -> None:
    connect(ada)
    event = {"id": "evt_9", "type": deliveries.WITHDRAWN, "created": NOW + 1, "account": A, "data": {"object": {}}}
    deliveries.receive(event, heard=lambda _type: False, received=NOW + 2)
    (ended,) = connections.ended(ada.user.workspace)
    assert (ended.withdrawn, ended.at) == (True, NOW + 2)
    connect(ada, NOW + 20)
    connections.withdrawn(A, now=NOW + 30)
    (ended,) = connections.ended(ada.user.workspace)
    assert (ended.withdrawn, ended.at) == (True, NOW + 30)


def test_kept_data_is_where_the_next_connection_goes_on(ada: Member) -> None:
    connect(ada)
    fill()
    disconnect(ada, erase=False)
    connect(ada, NOW + 20)
    with reading() as db:
        run = checkpoints.run(db, A)
    assert run is not None
    assert run.watermark == NOW
    assert counted()["customer"] == 200


def test_kept_data_belongs_to_whoever_connected_last(ada: Member) -> None:
    eve = join("Eve", now=NOW)
    connect(ada)
    disconnect(ada, erase=False)
    connect(eve, NOW + 20)
    assert connections.ended(ada.user.workspace) == ()
    disconnect(eve, erase=False, at=NOW + 30)
    assert [each.account for each in connections.ended(eve.user.workspace)] == [A]
    assert connections.ended(ada.user.workspace) == ()


def test_a_second_disconnect_finds_nothing_to_end(ada: Member) -> None:
    connect(ada)
    disconnect(ada, erase=False)
    with pytest.raises(UnknownAccount):
        disconnect(ada, erase=True)


def test_stripe_is_told_later_unless_the_account_is_back(
    ada: Member, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_account: str) -> None:
        raise StripeUnavailable

    connect(ada)
    monkeypatch.setattr(oauth, "deauthorize", away)
    with pytest.raises(StripeUnavailable):
        disconnect(ada, erase=True)
    assert set(counted().values()) == {0}, "here it has ended all the same"
    with pytest.raises(StripeUnavailable):
        connections.give_back(A)
    monkeypatch.setattr(oauth, "deauthorize", told.append)
    connections.give_back(A)
    assert told == [A]
    connect(ada, NOW + 20)
    connections.give_back(A)
    assert told == [A]


def test_a_name_in_two_places_is_one_account(ada: Member) -> None:
    """A restricted key replaced by OAuth leaves an ended connection beside the live one."""
    connect(ada)
    with transaction() as db:
        rows.revoke(db, A, at=NOW + 5)
    connect(ada, NOW + 5)
    assert connections.ended(ada.user.workspace) == ()
    assert [each.account for each in connections.of(ada.user.workspace)] == [A]
