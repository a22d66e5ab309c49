"""The order of the list of customers: of its table and its file alike, in the address."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date
from typing import Any

import polars as pl
import pytest

from lib.reports import customers
from lib.reports.customers import Sort
from lib.web import columns
from tests.web.conftest import Business, Open

_KEYS: dict[Sort, Callable[[dict[str, Any]], Any]] = {
    Sort.MRR: lambda row: -row["mrr"],
    Sort.PAID: lambda row: -row["ltv"],
    Sort.NAME: lambda row: (row["name"] or row["email"] or row["customer"]).lower(),
    Sort.NEWEST: lambda row: -(row["since"] or date.min).toordinal(),
    Sort.LAST_PAYMENT: lambda row: -(row["last_payment"] or date.min).toordinal(),
}


@pytest.mark.parametrize("by", list(Sort))
def test_the_order_is_of_the_table_and_of_the_file(
    by: Sort, business: Business, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []
    monkeypatch.setattr(columns, "download", lambda _label, text, *_: written.append(text()))
    everyone = customers.of(business.account)
    wanted = sorted(everyone.to_dicts(), key=_KEYS[by])
    app = open_page("customers", sort=str(by))
    assert app.selectbox(key="sort").value == by
    names = customers.table(pl.DataFrame(wanted, schema=everyone.schema), "usd")["name"].to_list()
    assert app.dataframe[0].value["name"].to_list() == names
    assert [row["customer"] for row in csv.DictReader(io.StringIO(written[-1]))] == [row["customer"] for row in wanted]


def test_the_order_is_by_mrr_unless_another_is_chosen(business: Business, open_page: Open) -> None:
    app = open_page("customers")
    assert app.selectbox(key="sort").value == Sort.MRR
    assert "sort" not in app.query_params
    assert "sort" not in app.session_state["customers-address"]


def test_the_way_back_from_a_customer_keeps_the_order(business: Business, open_page: Open) -> None:
    app = open_page("customers", sort=str(Sort.NAME))
    assert app.session_state["customers-address"]["sort"] == ["Name"]


def test_an_order_that_is_not_there_is_told(business: Business, open_page: Open) -> None:
    app = open_page("customers", sort="Shoe size")
    assert any("“Shoe size” is not available here" in each.value for each in app.warning)
    assert app.selectbox(key="sort").value == Sort.MRR
