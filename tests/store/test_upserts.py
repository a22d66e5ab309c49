"""Writes that come twice, late and out of order, on both databases."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from sqlalchemy import Connection, delete, select, text
from sqlmodel import Session

from lib.store import upserts
from lib.store.engine import reading, transaction
from lib.store.stripe_rows import from_stripe, tombstone
from lib.store.syncing import data_version
from lib.store.tables import (
    Account,
    Charge,
    Coupon,
    Customer,
    Discount,
    InvoiceLine,
    Mirror,
    Price,
    Row,
    Subscription,
    SubscriptionItem,
    core,
)

A = "acct_1"


def _row(table: type[Mirror], at: float, **values: object) -> Row:
    return table, {"account": A, "id": "x", "observed_at": at, "deleted": False, **values}


def _kept(table: type[Mirror], *names: str) -> list[tuple[object, ...]]:
    row = core(table).c
    with reading() as session:
        return [tuple(r) for r in session.connection().execute(select(*(row[n] for n in names)).order_by(row.id))]


def _sub(at: float, *items: str, status: str = "active", has_more: bool = False) -> list[Row]:
    data = [{"object": "subscription_item", "id": item, "quantity": int(at)} for item in items]
    listing = {"object": "list", "data": data, "has_more": has_more}
    return from_stripe({"object": "subscription", "id": "sub_1", "status": status, "items": listing}, A, at)


# --- What wins --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", [(1, 2), (2, 1), (1, 2, 1), (2, 2, 1, 1)])
def test_the_newest_observation_wins(database: str, order: Sequence[int]) -> None:
    for at in order:
        upserts.apply(A, [_row(Customer, at, name=f"seen at {at}")])
    assert _kept(Customer, "name", "observed_at") == [("seen at 2", 2.0)], database


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_the_newest_wins_within_one_write_too(database: str, order: Sequence[int]) -> None:
    written = upserts.apply(A, [_row(Customer, at, name=f"seen at {at}") for at in order])
    assert (written, _kept(Customer, "name")) == (1, [("seen at 2",)]), database


def test_a_null_is_news_like_any_other(database: str) -> None:
    upserts.apply(A, [_row(Customer, 1, name="Ada", email="a@x.test")])
    upserts.apply(A, [_row(Customer, 2, name=None, email="a@x.test")])
    assert _kept(Customer, "name", "email") == [(None, "a@x.test")], database


@pytest.mark.parametrize("end", ["canceled", "incomplete_expired"])
@pytest.mark.parametrize("first", [0, 1])
def test_an_ended_subscription_stays_ended(database: str, end: str, first: int) -> None:
    seen = [_row(Subscription, 1, status=end), _row(Subscription, 2, status="active")]
    upserts.apply(A, [seen[first]])
    upserts.apply(A, [seen[1 - first]])
    assert _kept(Subscription, "status") == [(end,)], database
    upserts.apply(A, [_row(Subscription, 3, status=end, cancellation_comment="too dear")])
    assert _kept(Subscription, "status", "cancellation_comment") == [(end, "too dear")]


@pytest.mark.parametrize("first", [0, 1])
def test_a_tombstone_keeps_what_was_known_whenever_it_comes(database: str, first: int) -> None:
    seen = [[_row(Customer, 1, name="Ada")], tombstone("customer", "x", A)]
    upserts.apply(A, seen[first])
    upserts.apply(A, seen[1 - first])
    upserts.apply(A, [_row(Customer, 2, name="Ada L.")])  # a page that was read before the deletion, written after
    assert _kept(Customer, "name", "deleted") == [("Ada L.", True)], database


def test_a_tombstone_opens_no_door_to_older_observations(database: str) -> None:
    upserts.apply(A, [_row(Customer, 2, name="new")])
    upserts.apply(A, tombstone("customer", "x", A))
    upserts.apply(A, [_row(Customer, 1, name="old")])
    assert _kept(Customer, "name", "observed_at", "deleted") == [("new", 2.0, True)], database


@pytest.mark.parametrize("table", [Customer, Subscription, Charge])
def test_of_two_seen_at_the_same_moment_the_later_write_wins(database: str, table: type[Mirror]) -> None:
    upserts.apply(A, [_row(table, 1, created=1)])
    upserts.apply(A, [_row(table, 1, created=2)])
    assert _kept(table, "created") == [(2,)], database


def test_the_same_rows_can_be_written_again(database: str) -> None:
    rows = [_row(Price, 1, metadata={"plan": "pro"}, tiers=[{"up_to": 5}])]
    for _ in range(3):
        upserts.apply(A, rows)
    assert _kept(Price, "metadata", "tiers") == [({"plan": "pro"}, [{"up_to": 5}])], database


# --- What fills in ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("table_name_value", [(Coupon, "applies_to", ["prod_1"]), (Price, "tiers", [{"up_to": None}])])
@pytest.mark.parametrize("whole_first", [True, False])
@pytest.mark.parametrize("whole_at", [1, 3])
def test_what_only_some_shapes_tell_is_never_wiped(
    database: str, table_name_value: tuple[type[Mirror], str, object], whole_first: bool, whole_at: int
) -> None:
    table, name, value = table_name_value
    whole = _row(table, whole_at, currency="usd", **{name: value})
    nested = _row(table, 2, currency="eur")
    for row in (whole, nested) if whole_first else (nested, whole):
        upserts.apply(A, [row])
    assert _kept(table, name, "currency") == [(value, "usd" if whole_at == 3 else "eur")], database


def test_a_charge_keeps_the_invoice_that_an_old_shape_named(database: str) -> None:
    upserts.apply(A, from_stripe({"object": "invoice", "id": "in_1", "charge": "x"}, A, 5))
    upserts.apply(A, [_row(Charge, 4, amount=100, invoice=None)])
    assert _kept(Charge, "amount", "invoice", "observed_at") == [(100, "in_1", 4.0)], database


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_a_discount_fills_in_and_its_end_is_the_newest(database: str, order: Sequence[int]) -> None:
    seen = {
        1: _row(Discount, 1, subscription="sub_1", customer=None, end=500),
        2: _row(Discount, 2, subscription=None, customer="cus_1", end=None),
    }
    for writes in ([[seen[at]] for at in order], [[seen[at] for at in order]]):
        for rows in writes:
            upserts.apply(A, rows)
        assert _kept(Discount, "subscription", "customer", "end") == [("sub_1", "cus_1", None)], database
        with transaction() as session:
            session.connection().execute(delete(core(Discount)))


# --- Children ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", [(1, 2), (2, 1), (1, 2, 1)])
def test_an_item_gone_from_its_subscription_is_deleted(database: str, order: Sequence[int]) -> None:
    seen = {1: _sub(1, "si_a", "si_b"), 2: _sub(2, "si_a", "si_c")}
    for at in order:
        upserts.apply(A, seen[at])
    found = _kept(SubscriptionItem, "id", "deleted")
    assert found == [("si_a", False), ("si_b", True), ("si_c", False)], database


def test_a_first_page_of_items_deletes_nothing(database: str) -> None:
    upserts.apply(A, _sub(1, "si_a", "si_b"))
    upserts.apply(A, _sub(2, "si_a", has_more=True))
    assert _kept(SubscriptionItem, "id", "deleted") == [("si_a", False), ("si_b", False)], database


@pytest.mark.parametrize("line_first", [True, False])
def test_the_lines_of_a_deleted_invoice_are_deleted(database: str, line_first: bool) -> None:
    lines = {"data": [{"object": "line_item", "id": "il_1", "amount": 5}]}
    draft = from_stripe({"object": "invoice", "id": "in_1", "status": "draft", "lines": lines}, A, 1)
    for rows in (draft, tombstone("invoice", "in_1", A)) if line_first else (tombstone("invoice", "in_1", A), draft):
        upserts.apply(A, rows)
    assert _kept(InvoiceLine, "id", "deleted") == [("il_1", True)], database


# --- Transactions, accounts, versions ---------------------------------------------------------------------------------


def test_many_rows_of_many_tables_in_chunks(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upserts, "CHUNK", 10)
    rows: list[Row] = [(Charge, _row(Charge, 1)[1] | {"id": f"ch_{n}"}) for n in range(25)]
    rows += [(Customer, _row(Customer, 1)[1] | {"id": f"cus_{n}"}) for n in range(11)]
    rows += [(InvoiceLine, _row(InvoiceLine, 1, invoice=f"in_{n}")[1] | {"id": f"il_{n}"}) for n in range(12)]
    assert upserts.apply(A, rows) == 48, database
    assert (len(_kept(Charge, "id")), len(_kept(Customer, "id")), len(_kept(InvoiceLine, "id"))) == (25, 11, 12)


def test_a_foreign_row_is_refused_and_nothing_is_written(database: str) -> None:
    rows: list[Row] = [_row(Customer, 1), (Charge, _row(Charge, 1)[1] | {"account": "acct_2"})]
    with pytest.raises(ValueError, match="belongs to acct_2"):
        upserts.apply(A, rows)
    assert _kept(Customer, "id") == [], database


def test_accounts_keep_to_themselves(database: str) -> None:
    upserts.apply(A, [_row(Customer, 1, name="mine")])
    upserts.apply("acct_2", [(Customer, _row(Customer, 2, name="theirs")[1] | {"account": "acct_2"})])
    assert sorted(map(str, _kept(Customer, "name"))) == ["('mine',)", "('theirs',)"], database


def test_a_write_joins_the_callers_transaction(database: str) -> None:
    def fail(session: Session) -> None:
        upserts.apply(A, [_row(Customer, 1)], session)
        upserts.bump(A, session)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), transaction() as session:
        fail(session)
    assert _kept(Customer, "id") == [], database


def test_the_data_version_counts_changes(database: str) -> None:
    assert data_version(A) == 0
    with transaction() as session:
        session.add(Account(id=A, created=0))
    upserts.bump(A)
    first = data_version(A)
    assert first > 1_700_000_000, "the time: an account that was deleted has no version again"
    upserts.bump(A)
    assert data_version(A) == first + 1, database


def test_rows_of_customers_never_reach_an_error(database: str) -> None:
    with transaction() as session:
        connection: Connection = session.connection()
        with pytest.raises(Exception, match="nowhere") as caught:
            connection.execute(text("INSERT INTO nowhere VALUES (:email)"), {"email": "ada@x.test"})
    assert "ada@x.test" not in str(caught.value), database
