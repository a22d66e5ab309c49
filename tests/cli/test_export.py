"""``export``: CSV that no spreadsheet runs, times that people read, Parquet untouched."""

from __future__ import annotations

import io

import polars as pl
import pytest
from sqlalchemy import Integer

from lib.errors import UnknownResource
from lib.reports import export
from lib.store import tables


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Bolt Café", "Bolt Café"),
        ("=1+1", "'=1+1"),
        ('=HYPERLINK("http://x","y")', '"\'=HYPERLINK(""http://x"",""y"")"'),
        ("+1 555 0100", "'+1 555 0100"),
        ("-cmd", "'-cmd"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t'=1"),
        ("-12.50", "-12.50"),
        ("-0.5", "-0.5"),
        ("a=b", "a=b"),
    ],
)
def test_a_spreadsheet_never_runs_a_cell(text: str, written: str) -> None:
    assert export.csv(pl.DataFrame({"name": [text]})) == f"name\n{written}\n"


def test_nothing_and_numbers_stay_as_they_are() -> None:
    frame = pl.DataFrame({"name": [None], "amount": [-5], "paid": [True]}, schema_overrides={"name": pl.String})
    assert export.csv(frame) == "name,amount,paid\n,-5,true\n"


@pytest.mark.parametrize("name", ["customer", "customers", "Customers", "subscription_item", "subscription-items"])
def test_a_table_may_be_named_as_stripe_names_its_list(name: str) -> None:
    assert export._known(name) in {"customer", "subscription_item"}


def test_an_unknown_table_names_the_known() -> None:
    with pytest.raises(UnknownResource, match=r"There is no table called “shoes”.*balance_transaction, charge"):
        export._known("shoes")


def test_a_time_has_its_iso_form_beside_it() -> None:
    frame = export.with_iso_times(
        pl.DataFrame({"id": ["in_1", "in_2"], "created": [1767225600, None], "total": [1, 2]})
    )
    assert frame.columns == ["id", "created", "created_iso", "total"]
    assert frame["created_iso"].to_list() == ["2026-01-01T00:00:00Z", None]


def test_parquet_is_the_frame_itself() -> None:
    frame = pl.DataFrame({"name": ["=1+1"], "amount": [-5]})
    assert pl.read_parquet(io.BytesIO(export.parquet(frame))).equals(frame)


def test_every_whole_number_column_is_known_as_a_time_or_not() -> None:
    not_times = {
        "amount", "amount_captured", "amount_due", "amount_off", "amount_paid", "amount_refunded", "amount_remaining",
        "amount_requested", "attempt_count", "balance", "card_exp_month", "card_exp_year", "duration_in_months", "fee",
        "interval_count", "net", "position", "quantity", "subtotal", "tax_exclusive", "tax_inclusive", "total",
        "total_discount", "total_tax", "transform_divide_by",
    }  # fmt: skip
    whole = {
        column.name
        for table in tables.MIRROR
        for column in tables.core(table).columns
        if isinstance(column.type, Integer)
    }
    assert whole - not_times == export.TIMES
