"""A currency without an exchange rate is in no figure: each page of figures says so, once."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from lib.ledger.build import Ledger
from lib.reports import books, customers
from lib.web import customers_page
from tests.web.conftest import Business, Open
from tests.web.test_analysis_pages import html

SENTENCE = "No exchange rate for SEK is known yet, so its amounts count as 0 in USD."
PAGES = (
    "overview", "metric", "movements", "customers", "trials", "cash-flow", "benchmarks", "live-feed", "plans",
    "cohorts", "cancellations", "forecast", "exports", "reconcile", "compare",
)  # fmt: skip


@pytest.fixture
def unpriced(business: Business, monkeypatch: pytest.MonkeyPatch) -> Business:
    """The business as if it had amounts in Swedish kronor, of which no rate is known."""
    made, kept = books._ledger, {}

    def ledger(*asked: object) -> Ledger:
        found = made(*asked)  # type: ignore[arg-type] # as it was asked
        return kept.setdefault(id(found), (found, replace(found, unpriced=("sek",))))[1]

    monkeypatch.setattr(books, "_ledger", ledger)
    return business


def said(app: AppTest) -> int:
    texts = [each.value.replace("\\", "") for kind in ("caption", "markdown", "warning") for each in app.get(kind)]
    return sum(text.count(SENTENCE) for text in texts)


@pytest.mark.parametrize("page", PAGES)
def test_every_page_of_figures_says_once_what_they_leave_out(unpriced: Business, open_page: Open, page: str) -> None:
    assert said(open_page(page)) == 1


def test_the_page_of_a_customer_says_it_too(unpriced: Business, open_page: Open) -> None:
    customer = customers.of(unpriced.account)["customer"][0]
    assert said(open_page("customer", id=customer)) == 1


@pytest.mark.parametrize("page", ["rules", "failed-charges"])
def test_pages_that_say_it_in_their_own_words_do_not_say_it_twice(
    unpriced: Business, open_page: Open, page: str
) -> None:
    assert said(open_page(page)) == 0


def test_with_every_rate_known_nothing_is_said(business: Business, open_page: Open) -> None:
    assert said(open_page("overview")) == 0


def test_a_customer_whose_mrr_has_no_rate_is_not_shown_at_0(
    business: Business, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    euros = pl.Series([[{"currency": "eur", "amount": 5_000 * 10**8}]], dtype=customers.CUSTOMERS["unrated"])
    one = customers.of(business.account).head(1).with_columns(mrr=pl.lit(None, pl.Int64), unrated=euros)
    monkeypatch.setattr(customers_page, "rows", lambda _key: one)
    told = html(open_page("customer", id=one["customer"][0]))
    assert "<dd>n/a<small>€5,000.00 has no exchange rate</small></dd>" in told
    assert open_page("customers").dataframe[0].value["unrated"].to_list() == ["€5,000.00"]
