"""Splits and segments by metadata in the pages: keys of the account's own customers, or a word on what they are."""

from __future__ import annotations

import pytest
from sqlmodel import col, select, update

from lib.ledger.build import Ledger
from lib.reports import books
from lib.store import tables
from lib.store.engine import transaction
from tests.web.conftest import Business, Open
from tests.web.test_segments_page import fill, said


@pytest.fixture
def tagged(business: Business) -> Ledger:
    """The business with a region for every other customer and a tier for every tenth."""
    with transaction() as db:
        for number, each in enumerate(db.exec(select(tables.Customer).order_by(col(tables.Customer.id))).all()):
            region = {"region": "North" if number % 4 else "South"} if number % 2 == 0 else {}
            each.metadata_ = region | ({"tier": "gold"} if number % 10 == 0 else {})
        db.exec(update(tables.Account).values(data_version=1_000_000))
    return books.ledger(business.account)


def test_a_split_by_metadata_asks_for_the_key(tagged: Ledger, open_page: Open) -> None:
    app = open_page("metric", slug="active_customers", by="metadata", interval="month", range="3 months")
    assert app.selectbox(key="key").options == ["region", "tier"]
    table = app.dataframe[0].value
    assert set(table[table.columns[1]]) == {"North", "South", "Not set"}
    app.selectbox(key="key").select("tier").run()
    table = app.dataframe[0].value
    assert set(table[table.columns[1]]) == {"gold", "Not set"}


def test_the_key_is_in_the_address(tagged: Ledger, open_page: Open) -> None:
    app = open_page("metric", slug="mrr", by="metadata", key="tier", interval="month", range="3 months")
    assert app.selectbox(key="key").value == "tier"
    wrong = open_page("metric", slug="mrr", by="metadata", key="shoe", interval="month", range="3 months")
    assert wrong.warning[0].value == "No customer has “shoe” in the metadata, so the split is by “region”."
    assert wrong.selectbox(key="key").value == "region"


def test_without_metadata_the_page_says_what_they_are_and_where_to_set_them(
    business: Business, open_page: Open
) -> None:
    app = open_page("metric", slug="mrr", by="metadata")
    assert "No customer of this account has metadata yet" in app.info[0].value
    assert "edit its *Metadata*" in app.info[0].value


def test_metadata_are_fields_of_a_segment(tagged: Ledger, business: Business, open_page: Open) -> None:
    app = open_page("plans")
    app.selectbox(key="segment").select("New segment…").run()
    fill(app, 0, "metadata.tier", ["gold"])
    count = -(-tagged.customers.height // 10)
    assert f"**{count} customers match**" in said(app)
