"""Frames out of the store, the same from both databases."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from typing import Any

import polars as pl
import pytest

from lib.settings import settings
from lib.store import frames, frames_versions, upserts
from lib.store.engine import migrate
from lib.store.tables import MIRROR, Charge, Customer, Invoice, InvoiceLine, Price, Row, columns, core

A = "acct_1"


def _row(id_: str, **values: object) -> dict[str, Any]:
    return {"account": A, "id": id_, "observed_at": 1.0, "deleted": False, **values}


def test_an_empty_store_still_has_every_frame_with_its_types(database: str) -> None:
    found = frames.frames(A)
    assert list(found) == [*(core(table).name for table in MIRROR), frames_versions.NAME], database
    assert found[frames_versions.NAME].schema == pl.Schema(frames_versions.schema())
    for table in MIRROR:
        assert found[core(table).name].schema == pl.Schema(frames.schema(table))
        assert list(frames.schema(table)) == [
            name for name in columns(table) if name not in {"account", "observed_at", "children_at"}
        ]
    assert found["charge"].schema["paid"] == pl.Boolean
    assert found["charge"].schema["amount"] == pl.Int64
    assert found["price"].schema["tiers"] == pl.String


def test_values_come_back_as_they_went_in(database: str) -> None:
    text = 'Zoë \\ "quoted", \n 💸'
    upserts.apply(
        A,
        [
            (Charge, _row("ch_2", amount=2**53 + 1, paid=True, created=4_102_444_800, description=text)),
            (Charge, _row("ch_1", amount=-5, paid=False, created=None, description=None)),
            (Charge, _row("ch_3", amount=None, paid=None, created=None, description="")),
            (Price, _row("price_1", unit_amount_decimal="0.0000000001", tiers=[{"up_to": None}], metadata={"a": "é"})),
        ],
    )
    found = frames.frames(A)
    assert found["charge"].select("id", "amount", "paid", "created", "description").rows() == [
        ("ch_1", -5, False, None, None),
        ("ch_2", 2**53 + 1, True, 4_102_444_800, text),
        ("ch_3", None, None, None, ""),
    ], database
    price = found["price"].row(0, named=True)
    assert (price["unit_amount_decimal"], price["tiers"]) == ("0.0000000001", '[{"up_to":null}]')
    assert price["metadata"] == '{"a":"é"}'


def test_a_column_whose_first_values_are_null_keeps_its_type(database: str) -> None:
    rows: list[Row] = [(Charge, _row(f"ch_{n:05}", failure_code=None)) for n in range(3_000)]
    rows.append((Charge, _row("ch_99999", failure_code="card_declined")))
    upserts.apply(A, rows)
    assert frames.frames(A)["charge"]["failure_code"].drop_nulls().to_list() == ["card_declined"], database


def test_chunks_join_without_a_gap(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "CHUNK", 10)
    for count in (9, 10, 11, 30):
        upserts.apply(A, [(Charge, _row(f"ch_{n:03}", amount=n)) for n in range(count)])
        assert frames.frames(A)["charge"]["amount"].to_list() == list(range(count)), database


def test_other_accounts_stay_out(database: str) -> None:
    upserts.apply(A, [(Charge, _row("ch_1"))])
    assert frames.frames("acct_2")["charge"].is_empty(), database


def test_deleted_rows_leave_unless_history_needs_them(database: str) -> None:
    upserts.apply(A, [(Customer, _row("cus_1", name="Ada") | {"deleted": True})])
    upserts.apply(A, [(Invoice, _row("in_1", total=5) | {"deleted": True})])
    found = frames.frames(A)
    assert found["customer"].select("name", "deleted").rows() == [("Ada", True)], database
    assert found["invoice"].is_empty()


def test_a_row_that_was_only_heard_of_stays_out(database: str) -> None:
    upserts.apply(A, [(InvoiceLine, _row("il_1") | {"observed_at": 0.0})])
    assert frames.frames(A)["invoice_line"].is_empty(), database


@pytest.mark.sqlite(reason="it is about SQLite's WAL")
def test_reading_never_loses_what_is_written_next() -> None:
    """Through a second copy of SQLite (ADBC, connectorx) this row was lost: it drops the locks of the first."""
    migrate()
    path = settings().database.removeprefix("sqlite:///")
    upserts.apply(A, [(Charge, _row("ch_1"))])
    frames.frames(A)
    upserts.apply(A, [(Charge, _row("ch_2"))])
    code = f"import sqlite3; print(sqlite3.connect({path!r}).execute('SELECT count(*) FROM charge').fetchone()[0])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "2", sqlite3.sqlite_version
