"""An owner's own rates: brought as a file or read from an address, said in a sentence, never lost to a failure."""

from __future__ import annotations

from fractions import Fraction

import polars as pl
import pytest

from lib.errors import BadRateFile, RatesUnavailable
from lib.gateway import rates as address
from lib.ledger.fx import RATE_SCALE
from lib.ledger.rules import Rules
from lib.metrics import segments
from lib.reports import books, customers, rates, weekly
from lib.store import frames, tables
from lib.store import rates as kept
from lib.store.engine import migrate, reading, transaction
from lib.sync import rates as renewal
from tests.ledger.shop import at, shop
from tests.reports import worlds

ACCOUNT = "acct_1"
URL = "https://rates.example.com/daily.csv"
WORLD = {
    "price": "id product currency unit_amount_decimal interval\nbasic p1 eur 1000 month",
    "customer": "id name\nc1 Bolt",
    "subscription": "id customer currency created status\ns1 c1 eur 2024-01-10 active",
    "subscription_item": "id subscription price\ni1 s1 basic",
    "invoice": "id subscription customer currency created\nv1 s1 c1 eur 2024-01-10",
    "invoice_line": "id invoice subscription subscription_item price currency amount proration period_start\n"
    "l1 v1 s1 i1 basic eur 1000 no 2024-01-10",
}
"""Bolt pays 10 euros a month; nothing was ever converted."""


@pytest.fixture(autouse=True)
def account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "frames", lambda _account: shop(**WORLD))
    monkeypatch.setattr("time.time", lambda: float(at("2024-03-10")))
    migrate()
    with transaction() as db:
        db.add(tables.Account(id=ACCOUNT, default_currency="usd", data_version=1, created=0))


def mrr() -> float:
    """Today's, in dollars."""
    return int(books.ledger(ACCOUNT).movements["amount_base"].sum()) / 10**8


def known() -> list[tuple[str, ...]]:
    with reading() as db:
        return [(each.currency, each.base, each.date, each.rate, each.source) for each in kept.rows(db, ACCOUNT)]


def test_without_any_rate_it_is_said_and_counts_as_nothing() -> None:
    found = rates.in_use(ACCOUNT)
    assert (mrr(), found.unpriced) == (0, ("eur",))
    assert rates.sentence(found) == "No exchange rate is known."


def test_who_pays_without_a_rate_is_called_paying_and_not_free() -> None:
    def frame() -> pl.DataFrame:
        stripe = worlds.tables(customer="id name\nc1 Bolt", subscription="id customer status\ns1 c1 active")
        return customers.customers(books.ledger(ACCOUNT), stripe)

    row = frame().row(0, named=True)
    assert (row["status"], row["mrr"]) == ("Paying", None)
    assert row["unrated"] == [{"currency": "eur", "amount": 10 * 10**8}]
    assert customers.table(frame(), "usd").select("mrr", "unrated").rows() == [(None, "€10.00")]
    assert "Bolt,,Paying,," in customers.as_csv(frame(), "usd")
    rates.bring(ACCOUNT, b"date,currency,rate\n2024-01-10,EUR,1.10\n")
    row = frame().row(0, named=True)
    assert (row["status"], row["mrr"], row["unrated"]) == ("Paying", 11 * 10**8, [])
    assert "unrated" not in customers.table(frame(), "usd").columns


def test_a_segment_by_mrr_has_nobody_whose_mrr_is_unknown() -> None:
    least = segments.Segment("Small", (segments.Condition("mrr", segments.Op.BETWEEN, (0, 5)),))
    assert segments.members(books.ledger(ACCOUNT), least).is_empty()


def test_the_weekly_summary_says_what_it_leaves_out() -> None:
    sentence = "No exchange rate for EUR is known yet, so its amounts count as 0 in USD."
    assert weekly.told(ACCOUNT).count(sentence) == 1
    rates.bring(ACCOUNT, b"date,currency,rate\n2024-01-10,EUR,1.10\n")
    assert sentence not in weekly.told(ACCOUNT)


def test_a_file_of_rates_counts_at_once_and_is_named() -> None:
    count = rates.bring(ACCOUNT, b"date,currency,rate\n2024-01-10,EUR,1.10\n2024-02-10,EUR,1.20\n")
    assert (count, mrr()) == (2, 12)
    assert rates.sentence(rates.in_use(ACCOUNT)) == "Rates: 2 days from your file; last known from 2024-02-10."


def test_a_banks_table_leads_from_any_currency_to_any_other_turned_round_exactly() -> None:
    rates.bring(ACCOUNT, b"Date,USD,GBP,JPY\n2024-01-10,1.25,0.8,160\n")
    assert mrr() == 12.5
    table = books.ledger(ACCOUNT).rates
    assert table["rate"].to_list() == [125 * RATE_SCALE // 100]
    pounds = books.ledger(ACCOUNT, Rules(currency="gbp"))
    assert pounds.movements["amount_base"].sum() == 8 * 10**8
    dollar = pounds.rates.filter(pl.col("currency") == "usd")["rate"]
    assert dollar.to_list() in ([], [round(Fraction("0.8") / Fraction("1.25") * RATE_SCALE)])


def test_of_a_banks_table_a_ledger_reads_only_what_it_converts_with() -> None:
    rates.bring(ACCOUNT, b"Date,USD,GBP,JPY\n1999-01-04,2,3,4\n2023-12-29,1.25,0.8,160\n")
    held = books.ledger(ACCOUNT).rates.select("currency", pl.col("date").cast(pl.String)).rows()
    assert held == [("eur", "2023-12-29")]
    assert rates.in_use(ACCOUNT).file == 2


def test_a_file_that_can_t_be_read_changes_nothing() -> None:
    rates.bring(ACCOUNT, b"date,currency,rate\n2024-01-10,EUR,1.10\n")
    before, version = known(), books.version(ACCOUNT)
    with pytest.raises(BadRateFile, match="Line 3"):
        rates.bring(ACCOUNT, b"date,currency,rate\n2024-01-10,EUR,2\n2024-01-11,EUR,a lot\n")
    assert (known(), books.version(ACCOUNT)) == (before, version)


def test_an_address_is_read_now_and_daily_and_a_file_goes_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter((b"date,currency,rate\n2024-01-10,EUR,1.5\n2024-01-11,EUR,1.6\n", b"Date,USD\n2024-01-12,1.7\n"))
    monkeypatch.setattr(address, "fetch", lambda _url: next(answers))
    rates.bring(ACCOUNT, b"date,currency,rate\n2024-01-10,EUR,1.10\n")
    assert rates.read_from(ACCOUNT, URL) == 2
    assert known() == [
        ("eur", "usd", "2024-01-10", "1.10", "file"),
        ("eur", "usd", "2024-01-11", "1.6", "url"),
    ]
    renewal.refresh_quietly(ACCOUNT)
    assert known()[-1] == ("eur", "usd", "2024-01-12", "1.7", "url")
    assert rates.in_use(ACCOUNT).address == URL


def test_rates_that_are_there_already_make_no_figure_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(address, "fetch", lambda _url: b"date,currency,rate\n2024-01-10,EUR,1.5\n")
    rates.read_from(ACCOUNT, URL)
    version = books.version(ACCOUNT)
    renewal.refresh(ACCOUNT)
    assert books.version(ACCOUNT) == version


def test_a_failure_leaves_address_and_rates_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(address, "fetch", lambda _url: b"date,currency,rate\n2024-01-10,EUR,1.5\n")
    rates.read_from(ACCOUNT, URL)
    before = known()

    def fail(_url: str) -> bytes:
        raise RatesUnavailable(reason="it answered with 500.")

    monkeypatch.setattr(address, "fetch", fail)
    with pytest.raises(RatesUnavailable):
        rates.read_from(ACCOUNT, "https://other.example.com/r.csv")
    renewal.refresh_quietly(ACCOUNT)
    assert (known(), rates.in_use(ACCOUNT).address) == (before, URL)


def test_both_sources_can_be_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(address, "fetch", lambda _url: b"date,currency,rate\n2024-01-11,EUR,1.5\n")
    rates.bring(ACCOUNT, b"date,currency,rate\n2024-01-10,EUR,1.10\n")
    rates.read_from(ACCOUNT, URL)
    rates.read_from(ACCOUNT, " ")
    assert [each[-1] for each in known()] == ["file"]
    rates.forget(ACCOUNT)
    assert known() == []
    assert rates.in_use(ACCOUNT).address is None
    assert renewal.refresh(ACCOUNT) == 0
