"""The customer's page: notes are kept, changed and shown letter by letter; cards are listed."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from lib.accounts import customer_notes
from lib.reports import books, customer_cards, customers
from lib.web import guard
from tests.web.conftest import Business, Open
from tests.web.test_customers_pages import EVIL, html


@pytest.fixture
def customer(business: Business) -> str:
    """The one who pays most."""
    found: str = customers.of(business.account)["customer"][0]
    return found


def click(app: AppTest, label: str) -> AppTest:
    return next(each for each in app.button if each.label == label).click().run()


def test_a_note_is_kept_changed_and_deleted(business: Business, customer: str, open_page: Open) -> None:
    app = open_page("customer", id=customer)
    app.text_area(key="note-text").set_value(EVIL)
    click(app, "Save this note")
    assert "&lt;img" in html(app)
    assert "Ada ·" in html(app)
    next(each for each in app.text_area if str(each.key).startswith("text-")).set_value("Pays by post")
    click(app, "Save")
    assert "Pays by post" in html(app)
    click(app, "Delete this note")
    assert customer_notes.of(business.user, business.account, customer) == ()


def test_an_empty_note_gets_a_sentence(business: Business, customer: str, open_page: Open) -> None:
    app = click(open_page("customer", id=customer), "Save this note")
    assert [each.value for each in app.error] == ["This note can't be saved: it is empty."]


def test_a_viewer_reads_notes_and_is_offered_no_change(
    business: Business, customer: str, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer_notes.add(business.user, business.account, customer, "Read me", now=1_790_000_000)
    viewer = replace(business.user, id="usr_other", role="viewer")
    monkeypatch.setattr(guard, "current_user", lambda: viewer)
    app = open_page("customer", id=customer)
    assert "Read me" in html(app)
    assert not [each for each in app.button if each.label in {"Save", "Delete this note"}]


def test_every_card_that_paid_is_listed(business: Business, open_page: Open) -> None:
    charges = books.tables(business.account)["charge"].filter(pl.col("card_last4").is_not_null())
    most = charges.group_by("customer").agg(pl.col("card_last4").n_unique()).sort("card_last4", "customer")
    customer = most["customer"][-1]
    mine = charges.filter(pl.col("customer") == customer)
    found = customer_cards.of(business.account, customer)
    assert sum(each.paid for each in found) == (mine["status"] == "succeeded").sum()
    app = open_page("customer", id=customer)
    assert [each for each in mine["card_last4"].unique() if each not in html(app)] == []
