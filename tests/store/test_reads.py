"""Reads of Stripe, deliveries and what may still change, asked of both databases."""

from __future__ import annotations

import pytest

from lib.store import liveness, reads
from lib.store.engine import reading, transaction
from lib.store.syncing import LISTED
from lib.store.tables import (
    Charge,
    Connection,
    CreditNote,
    Customer,
    Dispute,
    EventInbox,
    Invoice,
    Refund,
    Subscription,
    Workspace,
)

pytestmark = pytest.mark.usefixtures("database")
A, B = "acct_1", "acct_2"


def connect(*accounts: str) -> None:
    with transaction() as db:
        db.add(Workspace(id="ws", name="Mine", created=1))
        db.flush()
        for each in accounts:
            db.add(Connection(id=f"con_{each}", workspace="ws", account=each, kind="oauth", created=1))


def test_reads_add_up_and_old_days_are_left_out() -> None:
    connect(A, B)
    assert reads.add({(A, "2026-03-01"): 2, (A, "2026-03-02"): 3, (B, "2026-03-02"): 5})
    assert reads.add({(A, "2026-03-02"): 10, (A, "2026-01-31"): 99})
    with reading() as db:
        assert reads.used(db, [A, B, "acct_3"], "2026-03-01") == {A: 15, B: 5, "acct_3": 0}


def test_reads_of_an_account_that_left_are_not_kept() -> None:
    connect(A)
    assert reads.add({(A, "2026-03-01"): 2, (B, "2026-03-01"): 7})
    with reading() as db:
        assert reads.used(db, [A, B], "2026-03-01") == {A: 2, B: 0}


def test_successful_charges_are_transactions() -> None:
    with transaction() as db:
        for number, (account, status, created) in enumerate(
            [(A, "succeeded", 100), (A, "succeeded", 99), (A, "failed", 100), (B, "succeeded", 200)]
        ):
            db.add(Charge(account=account, id=f"ch_{number}", status=status, created=created, observed_at=1.0))
    with reading() as db:
        assert [reads.transactions(db, each, 100) for each in ([A], [B], [A, B], [])] == [1, 1, 2, 0]


def test_a_platforms_accounts_share_in_one_mode_alone() -> None:
    kinds = {"a": ("oauth", True), "b": ("oauth", True), "t": ("oauth", False), "r": ("restricted_key", True)}
    with transaction() as db:
        db.add(Workspace(id="w", name="Mine", created=1))
        db.flush()
        for name, (kind, live) in kinds.items():
            db.add(Connection(id=name, workspace="w", account=name, kind=kind, livemode=live, created=1))
        db.add(Connection(id="gone", workspace="w", account="x", kind="oauth", livemode=True, created=1, revoked_at=2))
    with reading() as db:
        assert {each: reads.sharing(db, each) for each in (*kinds, "x")} == {
            "a": ["a", "b"],
            "b": ["a", "b"],
            "t": ["t"],
            "r": ["r"],
            "x": ["x"],
        }


def test_an_event_read_from_the_list_is_no_delivery() -> None:
    rows = """
        a | done    | 50 |
        a | pending | 60 |
        a | ignored | 90 | type not read
        b | done    | 70 | listed
        c | done    | 80 | listed
        c | done    | 10 |
        d | done    | 20 | listed
    """
    with transaction() as db:
        for number, line in enumerate(rows.strip().splitlines()):
            account, state, received, note = (cell.strip() for cell in line.split("|"))
            told: str | None = LISTED if note == "listed" else note or None
            came = EventInbox(id=f"evt_{number}", account=account, type="product.updated", created=1, received=0.0)
            db.add(came.sqlmodel_update({"state": state, "note": told, "received": float(received)}))
    with reading() as db:
        assert reads.last_delivered(db, ["a", "b", "c", "d"]) == {"a": 60.0, "c": 10.0}
        assert reads.undelivered(db, 40.0) == ["b", "c"]


def test_what_may_still_change_and_was_not_seen() -> None:
    seen, unseen = 20.0, 5.0
    with transaction() as db:
        for id_, status, at in [
            ("sub_1", "active", unseen),
            ("sub_2", "active", seen),
            ("sub_3", "canceled", unseen),
            ("sub_4", "past_due", 0.0),  # only named by others
        ]:
            db.add(Subscription(account=A, id=id_, status=status, observed_at=at))
        db.add(Customer(account=A, id="cus_1", observed_at=unseen))
        db.add(Customer(account=A, id="cus_2", observed_at=unseen, deleted=True))
        db.add(Customer(account=B, id="cus_3", observed_at=unseen))
        for id_, state in (("in_1", "draft"), ("in_2", None), ("in_3", "paid")):
            db.add(Invoice(account=A, id=id_, status=state, observed_at=unseen))
    with reading() as db:
        assert liveness.unseen(db, A, 10.0) == {
            ("subscription", "sub_1"),
            ("customer", "cus_1"),
            ("invoice", "in_1"),
            ("invoice", "in_2"),
        }


def test_what_recent_things_are_about() -> None:
    with transaction() as db:
        for id_ in ("ch_refunded", "ch_refunded_long_ago", "ch_disputed", "ch_quiet"):
            db.add(Charge(account=A, id=id_, observed_at=5.0))
        db.add(Charge(account=A, id="ch_seen", observed_at=20.0))
        db.add(Invoice(account=A, id="in_1", status="paid", observed_at=5.0))
        db.add(Refund(account=A, id="re_1", charge="ch_refunded", created=100, observed_at=20.0))
        db.add(Refund(account=A, id="re_2", charge="ch_refunded_long_ago", created=50, observed_at=20.0))
        db.add(Refund(account=A, id="re_3", charge="ch_seen", created=100, observed_at=20.0))
        db.add(Dispute(account=A, id="dp_1", charge="ch_disputed", created=1, observed_at=20.0))
        db.add(CreditNote(account=A, id="cn_1", invoice="in_1", created=100, observed_at=20.0))
    with reading() as db:
        assert liveness.touched(db, A, 90, 10.0) == {
            ("charge", "ch_refunded"),
            ("charge", "ch_disputed"),
            ("invoice", "in_1"),
        }
