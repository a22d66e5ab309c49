"""Rules of an account: what others would change, keeping them, and ledgers that share frames read once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from lib.errors import BadDate, BadRules, BadSettings, CurrencyWithoutRates, UnknownAccount, UnknownRule
from lib.ledger.rules import PRESETS, SWITCHES, Preset, Rules, TrialConversion
from lib.reports import books, rule_answers, rules, switches
from lib.reports.switches import Kind
from lib.store import frames, tables
from lib.store.engine import migrate, transaction
from tests.ledger.shop import at, shop

ACCOUNT = "acct_1"
WORLD = {
    "price": "id product unit_amount_decimal interval\nbasic p1 1000 month\npro p1 2500 month",
    "product": "id name\np1 Basic",
    "coupon": "id duration percent_off\nlaunch forever 20",
    "discount": "id coupon start end\nd1 launch 2024-01-10 -",
    "customer": "id name\nc1 Bolt\nc2 Cup",
    "subscription": 'id customer created status discounts\ns1 c1 2024-01-10 active ["d1"]\ns2 c2 2024-01-31 active -',
    "subscription_item": "id subscription price\ni1 s1 pro\ni2 s2 basic",
    "invoice": "id subscription customer created\nv1 s1 c1 2024-01-10\nv2 s2 c2 2024-01-31",
    "invoice_line": "id invoice subscription subscription_item price amount proration period_start\n"
    "l1 v1 s1 i1 pro 2500 no 2024-01-10\nl2 v2 s2 i2 basic 1000 no 2024-01-31",
}
"""Bolt pays 25 dollars less a fifth for good, Cup 10."""
FREE_OF_COUPONS = Rules(deducted_coupons=frozenset())


@pytest.fixture(autouse=True)
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The accounts whose frames were read from the store, read by read; the moment is 10 March 2024, 12:00 UTC."""
    found: list[str] = []

    def read(account: str) -> dict[str, pl.DataFrame]:
        found.append(account)
        return shop(**WORLD)

    monkeypatch.setattr(frames, "frames", read)
    monkeypatch.setattr("time.time", lambda: float(at("2024-03-10")))
    migrate()
    with transaction() as db:
        db.add(tables.Account(id=ACCOUNT, default_currency="usd", data_version=1, created=0))
    return found


def dollars(micros: object) -> object:
    return micros / 10**8 if isinstance(micros, int) else micros


def test_old_and_new_stand_side_by_side_and_nothing_is_kept() -> None:
    found = rules.preview(ACCOUNT, FREE_OF_COUPONS)
    figures = {each.metric.slug: each for each in found.figures}
    mrr = figures["mrr"]
    assert [dollars(each) for each in (mrr.old, mrr.new, mrr.difference)] == [30, 35, 5]
    assert [dollars(each) for each in (figures["arr"].old, figures["arr"].new)] == [360, 420]
    assert (figures["active_customers"].old, figures["active_customers"].difference) == (2, 0)
    assert figures["trial_conversion_rate"].difference is None, "nothing to divide by"
    months = [(str(day), dollars(old), dollars(new)) for day, old, new, _ in found.months.tail(3).rows()]
    assert months == [("2024-01-01", 30, 35), ("2024-02-01", 30, 35), ("2024-03-01", 30, 35)]
    assert found.months.height == 13
    assert [(m.customer, m.name, dollars(m.old), dollars(m.new)) for m in found.largest] == [("c1", "Bolt", 20, 25)]
    assert found.changed == 1
    assert rules.current(ACCOUNT).rules == Rules()


def test_a_what_if_reads_nothing_from_the_database_again(reads: list[str]) -> None:
    books.ledger(ACCOUNT)
    rules.preview(ACCOUNT, FREE_OF_COUPONS)
    rules.preview(ACCOUNT, PRESETS[Preset.STRIPE], "Asia/Tokyo")
    assert reads == [ACCOUNT]
    assert books.ledger(ACCOUNT).rules == Rules(), "one ledger is not taken for another"


def test_kept_rules_are_the_accounts_own_until_the_old_ones_are_put_back(reads: list[str]) -> None:
    before = rules.keep(ACCOUNT, FREE_OF_COUPONS)
    assert dollars(books.ledger(ACCOUNT).movements["amount_base"].sum()) == 35
    assert books.version(ACCOUNT) == 2
    rules.keep(ACCOUNT, before.rules, before.timezone)
    assert dollars(books.ledger(ACCOUNT).movements["amount_base"].sum()) == 30
    rules.keep(ACCOUNT, PRESETS[Preset.PROFITWELL])
    rules.reset(ACCOUNT)
    assert rules.current(ACCOUNT).rules == Rules()


def test_a_time_zone_moves_days_and_the_comparison_shows_it() -> None:
    assert [str(day) for day in days_of(None)] == ["2024-01-10", "2024-01-31"]
    found = rules.preview(ACCOUNT, Rules(), "Pacific/Auckland")
    assert [str(day) for day in days_of("Pacific/Auckland")] == ["2024-01-11", "2024-02-01"]
    january = found.months.filter(pl.col("date") == date(2024, 1, 1))
    assert [dollars(january[name][0]) for name in ("old", "new")] == [30, 20]
    rules.keep(ACCOUNT, Rules(), "Pacific/Auckland")
    assert rules.current(ACCOUNT).timezone == books.ledger(ACCOUNT).tz.key == "Pacific/Auckland"


def days_of(timezone: str | None) -> list[date]:
    return sorted(set(books.ledger(ACCOUNT, timezone=timezone).movements["date"]))


def test_a_currency_is_offered_when_rates_lead_there() -> None:
    assert rules.currencies(ACCOUNT) == ("usd",)
    with pytest.raises(CurrencyWithoutRates, match="There are no exchange rates for GBP"):
        rules.keep(ACCOUNT, Rules(currency="gbp"))
    with transaction() as db:
        for code, rate in (("usd", "1.25"), ("gbp", "0.8")):  # as the European Central Bank tells them
            row = {"account": ACCOUNT, "currency": "eur", "base": code, "date": "2024-01-01"}
            db.add(tables.ExchangeRate(**row, rate=rate, source="file"))
        db.get_one(tables.Account, ACCOUNT).data_version = 2
    assert rules.currencies(ACCOUNT) == ("eur", "gbp", "usd")
    found = rules.preview(ACCOUNT, Rules(currency="gbp"))
    mrr = found.figures[0]
    assert (found.new.currency, dollars(mrr.new), mrr.difference) == ("gbp", 19.2, None)
    assert found.changed == 0, "the same money in another currency is no change"
    assert all(each.comparable for each in found.figures if each.metric.slug == "active_customers")


def test_every_switch_reads_as_it_is_written() -> None:
    for held in PRESETS.values():
        typed = {switch.name: switches.written(switch.name, getattr(held, switch.name)) for switch in SWITCHES}
        assert switches.changed(Rules(past_due_days=7), typed) == held
    assert {switches.kind(switch.name) for switch in SWITCHES} == set(Kind)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("churn_at_click", "On", True),
        ("past_due_days", "never", None),
        ("past_due_days", "7", 7),
        ("deducted_coupons", "once, forever", frozenset({"once", "forever"})),
        ("deducted_coupons", "none", frozenset()),
        ("frozen_rates", "2026-01-31", date(2026, 1, 31)),
        ("currency", "EUR", "eur"),
        ("trial_conversion", "cohort", TrialConversion.COHORT),
    ],
)
def test_a_typed_value(name: str, text: str, value: object) -> None:
    assert getattr(switches.changed(Rules(), {name: text}), name) == value


@pytest.mark.parametrize(
    ("name", "text", "error", "sentence"),
    [
        ("churn_at_klick", "on", UnknownRule, "There is no rule called “churn_at_klick”. Known: deducted_coupons,"),
        ("churn_at_click", "perhaps", BadRules, "“perhaps” is not a setting for churn_at_click"),
        ("past_due_days", "1000", BadRules, "“1000” is not a setting for past_due_days"),
        ("past_due_days", "-1", BadRules, "“-1” is not a setting for past_due_days"),
        ("ltv_months", "none", BadRules, "“none” is not a setting for ltv_months"),
        ("deducted_coupons", "twice", BadRules, "“twice” is not a setting for deducted_coupons"),
        ("frozen_rates", "yesterday", BadDate, "“yesterday” is not a date"),
        ("currency", "euros", BadRules, "“euros” is not a setting for currency"),
    ],
)
def test_what_no_switch_can_be_set_to(name: str, text: str, error: type[Exception], sentence: str) -> None:
    with pytest.raises(error, match=sentence):
        switches.changed(Rules(), {name: text})


def test_what_is_not_there_is_named() -> None:
    with pytest.raises(BadSettings, match="there is no time zone called “Mars/Base”"):
        rules.preview(ACCOUNT, Rules(), "Mars/Base")
    with pytest.raises(UnknownAccount):
        rules.current("acct_none")


def test_old_and_new_as_text_and_as_json() -> None:
    found = rules.preview(ACCOUNT, FREE_OF_COUPONS)
    text = rule_answers.comparison_text(found)
    assert "mrr,30.00,35.00,5.00\n" in text
    assert "2024-02,30.00,35.00\n" in text
    assert text.endswith("# Customers whose MRR of today changes: 1\ncustomer,name,old,new\nc1,Bolt,20.00,25.00\n")
    answer = rule_answers.comparison(found)
    assert answer["figures"][0] == {"slug": "mrr", "old": 30.0, "new": 35.0, "difference": 5.0}
    assert answer["new"]["rules"]["deducted_coupons"] == "none"
    assert answer["old"]["preset"] == "Baremetrics"
    assert replace(found, new=found.old).same
