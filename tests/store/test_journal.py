"""What changed with each version: told exactly, or not at all."""

from __future__ import annotations

import random

import pytest

from lib.store import frames, journal, upserts
from lib.store.engine import transaction
from lib.store.tables import MIRROR, Account, Customer, Invoice, InvoiceLine, Mirror, Row, Subscription, core
from lib.store.tables import SubscriptionItem as Item

A = "acct_1"


@pytest.fixture(autouse=True)
def account(database: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr("lib.store.upserts.time.time", lambda: 0.001)  # the first version is the time
    with transaction() as db:
        db.add(Account(id=A, created=1))
    return database


def row(table: type[Mirror], id_: str, at: float = 1.0, **values: object) -> Row:
    return table, {"account": A, "id": id_, "observed_at": at, "deleted": False, **values}


def write(*rows: Row) -> None:
    with transaction() as db:
        upserts.apply(A, rows, db)
        upserts.bump(A, db, rows)


def version() -> int:
    with transaction() as db:
        return db.get_one(Account, A).data_version


def changes(old: int, new: int) -> journal.Changed | None:
    with transaction() as db:
        return journal.between(db, A, old, new)


def between(old: int, new: int) -> dict[str, set[str]] | None:
    found = changes(old, new)
    return None if found is None else {name: set(ids) for name, ids in found.items()}


def test_the_journal_names_what_each_version_wrote() -> None:
    write(row(Customer, "cus_1"), row(Customer, "cus_2"))
    write(row(Customer, "cus_2", 2.0), row(Invoice, "in_1"))
    upserts.bump(A, rows=())
    assert version() == 3
    assert between(0, 3) == {"customer": {"cus_1", "cus_2"}, "invoice": {"in_1"}}
    assert between(1, 3) == {"customer": {"cus_2"}, "invoice": {"in_1"}}
    assert between(2, 3) == {}


def test_what_was_not_told_is_not_guessed(monkeypatch: pytest.MonkeyPatch) -> None:
    write(row(Customer, "cus_1"))
    upserts.bump(A)
    write(row(Customer, "cus_2"))
    assert between(0, 3) is None
    assert between(2, 3) == {"customer": {"cus_2"}}
    assert between(3, 5) is None, "versions that nobody counted yet"
    monkeypatch.setattr(journal, "MOST", 1)
    write(row(Customer, "cus_3"), row(Customer, "cus_4"))
    assert between(3, 4) is None, "more rows than are written down"


def test_old_versions_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "KEPT", 3)
    for number in range(6):
        write(row(Customer, f"cus_{number}"))
    assert between(2, 6) is None
    assert between(3, 6) == {"customer": {"cus_3", "cus_4", "cus_5"}}


def test_a_write_that_was_undone_counts_nothing() -> None:
    def interrupted() -> None:
        with transaction() as db:
            upserts.bump(A, db, [row(Customer, "cus_1")])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        interrupted()
    assert (version(), between(0, 0)) == (0, {})


# --- Frames that are renewed ------------------------------------------------------------------------------------------


def lines(invoice: str, *ids: str, at: float) -> list[Row]:
    """An invoice with exactly these lines."""
    return [
        row(Invoice, invoice, at, children_at=at, total=len(ids)),
        *(row(InvoiceLine, id_, at, invoice=invoice, amount=int(at)) for id_ in ids),
    ]


def test_a_line_that_its_invoice_lost_is_gone_from_renewed_frames() -> None:
    write(*lines("in_1", "il_1", "il_2", at=1.0), *lines("in_2", "il_3", at=1.0))
    before, old = frames.frames(A), version()
    write(*lines("in_1", "il_2", at=2.0))
    assert between(old, version()) == {"invoice": {"in_1"}, "invoice_line": {"il_2"}}
    changed = changes(old, version())
    assert changed is not None
    after = frames.renewed(A, before, changed)
    assert after["invoice_line"].select("id", "amount").rows() == [("il_2", 2), ("il_3", 1)]
    assert after["customer"] is before["customer"], "what nobody touched is not read again"


GONE: list[tuple[type[Mirror], str]] = [(Customer, "cus"), (Invoice, "in"), (Subscription, "sub")]


def some(chance: random.Random, at: float) -> list[Row]:
    """A few objects as Stripe might show them: whole parents with their children, tombstones, strangers."""
    rows: list[Row] = []
    for _ in range(chance.randint(1, 6)):
        number = chance.randint(1, 9)
        match chance.randint(0, 3):
            case 0:
                ids = [f"il_{number}_{n}" for n in range(4) if chance.random() < 0.6]
                rows += lines(f"in_{number}", *ids, at=at)
            case 1:
                rows += [row(Subscription, f"sub_{number}", at, children_at=at, status="active")]
                rows += [
                    row(Item, f"si_{number}_{n}", at, subscription=f"sub_{number}")
                    for n in range(3)
                    if chance.random() < 0.6
                ]
            case 2:
                rows.append(row(Customer, f"cus_{number}", at, name=f"at {at}"))
            case _:
                gone = chance.choice([Customer, Invoice, Subscription])
                name = {Customer: "cus", Invoice: "in", Subscription: "sub"}[gone]
                rows.append((gone, {"account": A, "id": f"{name}_{number}", "observed_at": 0.0, "deleted": True}))
    return rows


@pytest.mark.parametrize("seed", range(12))
def test_renewed_frames_are_those_read_from_nothing(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "MANY", 2)
    chance = random.Random(seed)
    held, seen = frames.frames(A), 0
    for step in range(8):
        write(*some(chance, float(chance.randint(1, 8))))
        if step % 3 == 2:  # a reader who comes now and then
            changed = changes(seen, version())
            assert changed is not None
            held, seen = frames.renewed(A, held, changed), version()
            whole = frames.frames(A)
            for table in MIRROR:
                name = core(table).name
                assert held[name].equals(whole[name], null_equal=True), (name, held[name], whole[name])
