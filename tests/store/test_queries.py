"""The queries that other rooms ask, on both databases."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from sqlalchemy import Table as CoreTable
from sqlalchemy import insert
from sqlalchemy.event import listen
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlmodel import Session, SQLModel, func, select

from lib.store import checkpoints, connections, people, syncing, upserts
from lib.store.engine import reading, transaction
from lib.store.tables import (
    MIRROR,
    Account,
    Connection,
    EventInbox,
    InvoiceItem,
    LoginSession,
    Membership,
    OAuthState,
    SessionTicket,
    SyncWindow,
    User,
    Workspace,
)

pytestmark = pytest.mark.usefixtures("database")
A = "acct_1"


@pytest.fixture
def ada(database: str) -> None:
    """Ada, who owns a workspace."""
    assert database
    with transaction() as db:
        db.add(User(id="usr_1", email="ada@x.test", name="Ada", password_hash="-", created=1))
        db.add(Workspace(id="wsp_1", name="Engines", created=1))
        db.flush()
        db.add(Membership(user="usr_1", workspace="wsp_1", role="owner"))


def _event(id_: str, created: int = 5, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - whatever Stripe sends
    return {"id": id_, "type": "invoice.paid", "created": created, "livemode": False, **more}


# --- People -----------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("ada")
def test_an_email_is_taken_once_and_the_transaction_goes_on() -> None:
    with transaction() as db:
        assert not people.add(db, User(id="usr_2", email="ada@x.test", name="Eve", password_hash="-", created=2))
        assert people.add(db, User(id="usr_3", email="bob@x.test", name="Bob", password_hash="-", created=2))
    with reading() as db:
        assert people.user_by_email(db, "ada@x.test") == db.get(User, "usr_1")
        assert people.user_by_email(db, "bob@x.test") is not None
        assert people.user_by_email(db, "eve@x.test") is None


@pytest.mark.usefixtures("ada")
def test_a_session_is_somebodys_until_it_is_revoked() -> None:
    with transaction() as db:
        db.add(LoginSession(token_hash="t", user="usr_1", created=1, expires=10))
    with transaction() as db:
        found = people.session_owner(db, "t")
        assert found is not None
        assert (found[1].name, found[2].name) == ("Ada", "Engines")
        people.revoke_session(db, "t")
    with reading() as db:
        assert people.session_owner(db, "t") is None


@pytest.mark.usefixtures("ada")
def test_of_many_who_take_a_ticket_at_once_one_gets_it() -> None:
    with transaction() as db:
        db.add(SessionTicket(hash="h", user="usr_1", xsrf_hash="x", next="/", expires=10))
    got: list[str | None] = []

    def take() -> None:
        with transaction() as db:
            ticket = people.take_ticket(db, "h")
            got.append(ticket.user if ticket else None)

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got, key=str) == [None, None, None, "usr_1"]


@pytest.mark.usefixtures("ada")
def test_an_oauth_state_is_taken_once_and_the_old_are_forgotten() -> None:
    with transaction() as db:
        for name, expires in (("new", 10), ("old", 5)):
            db.add(OAuthState(hash=name, session_hash="s", user="usr_1", workspace="wsp_1", expires=expires))
    with transaction() as db:
        people.forget_expired(db, now=5)
        assert people.take_oauth_state(db, "old") is None
        taken = people.take_oauth_state(db, "new")
        assert taken is not None
        assert (taken.session_hash, taken.workspace) == ("s", "wsp_1")
        assert people.take_oauth_state(db, "new") is None


def test_wrong_passwords_are_counted_from_a_moment_on() -> None:
    with transaction() as db:
        first, _, _ = (people.add_failure(db, "ada", at=at) for at in (1.0, 2.0, 3.5))
        assert people.failures(db, "ada", since=1.0) == (2, 2.0)
        people.forget_failures(db, key="nobody", ids=[first], before=3.0)
        assert people.failures(db, "ada", since=0.0) == (1, 3.5)
        assert people.failures(db, "eve", since=0.0) == (0, None)


# --- Connections ------------------------------------------------------------------------------------------------------


def _connect(db: Session, id_: str, account: str = A) -> bool:
    return people.add(db, Connection(id=id_, workspace="wsp_1", account=account, kind="oauth", created=1))


@pytest.mark.usefixtures("ada")
def test_an_account_has_one_live_connection_at_a_time() -> None:
    with transaction() as db:
        connections.keep_account(db, Account(id=A, name="Shop", created=1))
        assert [_connect(db, "con_1"), _connect(db, "con_2"), _connect(db, "con_3", "acct_2")] == [True, False, True]
        connections.revoke(db, A, at=7)
        assert connections.live(db, A) is None
        assert connections.ever(db, A)
        assert _connect(db, "con_4")
    with reading() as db:
        assert [(c.id, a.name) for c, a in connections.of_workspace(db, "wsp_1")] == [("con_4", "Shop")]
        revoked = db.get_one(Connection, "con_1")
        assert (revoked.revoked_at, revoked.secret_encrypted) == (7, None)


@pytest.mark.usefixtures("ada")
def test_the_database_itself_refuses_a_second_live_connection() -> None:
    with transaction() as db:
        assert _connect(db, "con_1")
    with pytest.raises(IntegrityError), transaction() as db:
        db.add(Connection(id="con_2", workspace="wsp_1", account=A, kind="demo", created=2))


def test_an_account_seen_again_keeps_its_data_version() -> None:
    with transaction() as db:
        connections.keep_account(db, Account(id=A, name="Shop", created=1))
    upserts.bump(A)
    version = syncing.data_version(A)
    with transaction() as db:
        connections.keep_account(db, Account(id=A, name="Bigger shop", created=9))
    found = connections.account(A)
    assert found is not None
    assert (found.name, found.data_version, found.created) == ("Bigger shop", version, 1)


# --- The inbox --------------------------------------------------------------------------------------------------------


def test_a_delivery_is_kept_once() -> None:
    with transaction() as db:
        first = syncing.row(_event("evt_1", data={"object": {"id": "in_1"}}), account=A, received=6.5)
        again = syncing.row(_event("evt_1"), account=A, received=7.5)
        other = syncing.row(_event("evt_2"), account=A, received=7.5, note="other mode")
        syncing.keep(db, [first])
        syncing.keep(db, [again, other, other])
    with reading() as db:
        rows = db.exec(select(EventInbox).order_by(EventInbox.id)).all()
        assert [(r.id, r.state, r.received, r.note) for r in rows] == [
            ("evt_1", "pending", 6.5, None),
            ("evt_2", "ignored", 7.5, "other mode"),
        ]
        assert rows[0].payload["data"] == {"object": {"id": "in_1"}}


def test_what_was_ignored_waits_once_it_concerns_us_and_what_waits_is_never_ignored() -> None:
    event = _event("evt_1", data={"object": {"id": "in_1"}})
    with transaction() as db:
        syncing.keep(db, [syncing.row(event, account="platform", received=1, note="our own account")])
        syncing.keep(db, [syncing.row(event, account=A, received=2)])
        syncing.keep(db, [syncing.row(event, account="platform", received=3, note="our own account")])
    with reading() as db:
        (row,) = db.exec(select(EventInbox)).all()
    assert (row.account, row.state, row.note, row.received, row.payload) == (A, "pending", None, 2.0, event)


def test_what_was_worked_on_stays_so_however_often_it_is_delivered() -> None:
    with transaction() as db:
        checkpoints.settle(db, A, [_event("evt_1")], received=1)
        syncing.keep(db, [syncing.row(_event("evt_1"), account=A, received=2)])
    with reading() as db:
        (row,) = db.exec(select(EventInbox)).all()
    assert (row.state, row.payload, row.note) == ("done", None, syncing.LISTED)


def _revoke_at_once() -> None:
    """End the connection in another transaction, without waiting for those that hold it."""
    with transaction() as other:
        other.connection().exec_driver_sql("SET LOCAL lock_timeout = '1ms'")
        connections.revoke(other, A, at=2)


def test_nobody_ends_a_connection_while_its_deliveries_are_kept() -> None:
    """Otherwise what is delivered in the moment in which an account's data is erased would stay."""
    with transaction() as db:
        db.add(Workspace(id="ws", name="Ada", created=1))
        db.flush()
        connections.keep_account(db, Account(id=A, name="Shop", created=1))
        db.add(Connection(id="con", workspace="ws", account=A, kind="oauth", created=1))
    with transaction() as db:
        assert list(connections.live_of(db, {A, "acct_other"})) == [A]
        if db.connection().dialect.name == "postgresql":
            with pytest.raises(OperationalError, match="lock"):
                _revoke_at_once()


def test_deliveries_are_counted_and_forgotten_by_the_index() -> None:
    with reading() as db:
        if db.connection().dialect.name != "sqlite":
            pytest.skip("asks SQLite for its plan")
        told: list[str] = []
        listen(db.connection(), "before_cursor_execute", lambda *call: told.append(call[2]))
        syncing.tally(db, A)
        plan = db.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {told[0]}", ("",) * told[0].count("?")).all()
    assert "SEARCH event_inbox USING INDEX" in plan[0][3]


def test_deliveries_are_worked_on_oldest_first_and_once() -> None:
    with transaction() as db:
        events = [_event(id_, created) for id_, created in (("evt_b", 2), ("evt_c", 3), ("evt_a", 2))]
        syncing.keep(db, [syncing.row(event, account=A, received=9) for event in events])
        assert [row.id for row in checkpoints.pending(db, A, 2)] == ["evt_a", "evt_b"]
        assert checkpoints.waiting(db) == [A]
        checkpoints.settle(db, A, [_event("evt_a"), _event("evt_b"), _event("evt_listed")], received=9)
    with reading() as db:
        assert [row.id for row in checkpoints.pending(db, A, 9)] == ["evt_c"]
        assert checkpoints.settled(db, ["evt_a", "evt_c", "evt_listed", "evt_z"]) == {"evt_a", "evt_listed"}


# --- What a sync remembers --------------------------------------------------------------------------------------------


def test_a_run_and_its_progress_are_remembered() -> None:
    with transaction() as db:
        assert checkpoints.run(db, A) is None
        checkpoints.save_run(db, A, state="running", started=1.5)
        checkpoints.save_run(db, A, watermark=1_700_000_000)
        checkpoints.save_progress(db, A, "charge", fetched=100, estimate=5_000_000_000)
        checkpoints.save_progress(db, A, "charge", fetched=200)
    with reading() as db:
        run = checkpoints.run(db, A)
        assert run is not None
        assert (run.state, run.started, run.watermark) == ("running", 1.5, 1_700_000_000)
        assert [(p.resource, p.fetched, p.estimate) for p in checkpoints.progress(db, A)] == [
            ("charge", 200, 5_000_000_000)
        ]
        assert checkpoints.unfinished(db) == [A]


def test_a_window_gives_way_to_its_parts() -> None:
    def window(start: int, end: int, **more: Any) -> SyncWindow:  # noqa: ANN401 - columns
        return SyncWindow(account=A, resource="charge", start=start, end=end, **more)

    with transaction() as db:
        checkpoints.replace_window(db, A, None, [window(0, 1 << 40)])
    with transaction() as db:
        parts = [window(50, 1 << 40, cursor="ch_9"), window(0, 50), window(0, 1 << 40, done=True)]
        checkpoints.replace_window(db, A, ("charge", 0, 1 << 40), parts)
    with transaction() as db:
        found = {(w.start, w.end, w.cursor, w.done) for w in checkpoints.windows(db, A)}
        assert found == {(50, 1 << 40, "ch_9", False), (0, 50, None, False), (0, 1 << 40, None, True)}
        checkpoints.forget(db, A)
        assert checkpoints.windows(db, A) == []


def test_questions_to_the_mirror() -> None:
    base = {"account": A, "deleted": False}
    rows = [
        (InvoiceItem, base | {"id": "ii_1", "observed_at": 1.0, "invoice": None}),
        (InvoiceItem, base | {"id": "ii_2", "observed_at": 3.0, "invoice": "in_1"}),
        (InvoiceItem, base | {"id": "ii_3", "observed_at": 1.0, "invoice": None, "deleted": True}),
    ]
    upserts.apply(A, rows)
    with reading() as db:
        assert checkpoints.still_pending(db, A, ["ii_1", "ii_2", "ii_3", "ii_4"]) == ["ii_1"]
        assert checkpoints.unseen(db, A, InvoiceItem, 2.0) == ["ii_1"]
        assert checkpoints.count(db, A, InvoiceItem) == 2


def test_erasing_an_account_leaves_nothing_of_it_in_any_table(ada: None) -> None:
    kept = {"connection"}
    everywhere = [table for table in SQLModel.metadata.sorted_tables if "account" in table.columns]
    assert len(everywhere) == len(MIRROR) + 13

    def rows_of(db: Session, account: str) -> dict[str, int]:
        counted = {
            each.name: select(func.count()).select_from(each).where(each.c.account == account) for each in everywhere
        }
        return {name: db.exec(query).one() for name, query in counted.items()}

    with transaction() as db:
        for account in (A, "acct_2"):
            db.add(Account(id=account, created=1))
            for table in everywhere:
                db.connection().execute(insert(table).values(_any_row(table, account)))
    with transaction() as db:
        connections.erase(db, A)
    with reading() as db:
        assert rows_of(db, A) == {each.name: int(each.name in kept) for each in everywhere}
        assert set(rows_of(db, "acct_2").values()) == {1}
        assert db.get_one(Account, A).data_version > 0


def _any_row(table: CoreTable, account: str) -> dict[str, Any]:
    """A row with some value in every column that needs one; ids differ by account."""
    some: dict[type, Any] = {object: f"x_{account}", int: 1, float: 1.0, bool: False}  # object: sqlmodel's text
    needed = {each.name: some[each.type.python_type] for each in table.columns if not each.nullable}
    fixed = {"account": account, "workspace": "wsp_1"}
    return needed | {name: value for name, value in fixed.items() if name in table.columns}
