"""The pages that prove: what makes a figure, what agrees with Stripe, and Stripe's own file."""

from __future__ import annotations

import re
from datetime import date

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from lib.accounts import connections
from lib.errors import StripeUnavailable
from lib.gateway import Gateway
from lib.metrics import catalog
from lib.metrics.query import Query
from lib.money import exponent
from lib.periods import Interval
from lib.reports import books, proof, reconcile, stripe_mrr
from lib.sync import backfill
from tests.web.conftest import Business, Open

TAG = re.compile(r"<[^>]+>")


def words(app: AppTest) -> str:
    return TAG.sub(" ", "\n".join(e.proto.body for e in app.get("html") if "<style" not in e.proto.body))


@pytest.mark.parametrize("slug", [each.slug for each in catalog.METRICS])
def test_every_metric_opens_to_rows_that_come_to_it(slug: str, business: Business, open_page: Open) -> None:
    app = open_page("metric", slug=slug, interval="month", range="3 months")
    assert "What makes this figure" in [each.value for each in app.subheader]
    assert not app.error
    assert "please report" not in words(app)


@pytest.mark.parametrize("by", ["plan", "currency", "cohort"])
def test_a_split_metric_opens_a_group(by: str, business: Business, open_page: Open) -> None:
    app = open_page("metric", slug="mrr", interval="month", range="3 months", by=by)
    assert [each.label for each in app.selectbox if each.label == "Group"] == ["Group"]
    assert "please report" not in words(app)


def test_every_figure_of_the_stand_ins_business_is_proved_to_the_micro(business: Business) -> None:
    ledger = books.ledger(business.account)
    query = Query(ledger.start, ledger.today, Interval.MONTH)
    days = query.frame(ledger.today)["date"].to_list()
    for metric in catalog.METRICS:
        for day in (days[1], days[-2], days[-1]):
            found = proof.of(ledger, metric, query, day)
            assert found.holds, (metric.slug, day, found.value, found.total)


def test_every_movement_of_the_business_has_a_stripe_object_that_dates_it(business: Business) -> None:
    ledger = books.ledger(business.account)
    for row in ledger.movements.iter_rows(named=True):
        found = proof.objects(business.account, row)
        assert found, row
        assert row["subscription"] in ledger.hidden or "as Stripe shows it today" not in found[0].sentence, row


def test_reconcile_explains_everything_of_the_business(business: Business, open_page: Open) -> None:
    app = open_page("reconcile")
    assert "Everything is explained" in words(app)
    assert "not explained" not in words(app).lower().replace("everything is explained", "")
    heads = ["Balance by month", "Charges", "Payouts", "Subscriptions", "Stripe's lists, counted now"]
    assert [each.value for each in app.subheader] == heads


@pytest.mark.parametrize(("chosen", "asked"), [(False, {}), (True, {"all": "true"})])
def test_reconcile_keeps_in_its_address_whether_all_months_are_shown(
    chosen: bool, asked: dict[str, str], business: Business, open_page: Open
) -> None:
    assert open_page("reconcile", **asked).toggle(key="all").value is chosen


def test_reconcile_reads_stripes_lists_anew_when_asked(
    business: Business, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    backfill.run(business.account, Gateway(connections.credential(business.account)))  # others write at the stand-in
    app = open_page("reconcile").button(key="count-lists").click().run()
    assert not app.exception
    assert "Every object is on both sides" in " ".join(each.value for each in app.caption)
    here = books.tables(business.account)["charge"].height
    assert re.search(rf"Charges\s+{here:,}\s+{here:,}\s+0", words(app))
    lost = {
        name: frame.head(1) if name == "charge" else frame for name, frame in books.tables(business.account).items()
    }
    monkeypatch.setattr(books, "tables", lambda _account: lost)
    app.button(key="count-lists").click().run()
    assert re.search(rf"Charges\s+1\s+{here:,}\s+{here - 1:,}", words(app))
    assert "Stripe lists this charge" in app.dataframe[-1].value["sentence"].iloc[0]


def test_reconcile_says_when_stripe_cannot_be_asked(
    business: Business, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(*_of: object) -> None:
        raise StripeUnavailable

    app = open_page("reconcile")
    monkeypatch.setattr(reconcile, "lists", unreachable)
    app.button(key="count-lists").click().run()
    assert app.error[0].value.startswith(StripeUnavailable().message[:20])


def test_compare_asks_for_the_file_and_keeps_nothing(business: Business, open_page: Open) -> None:
    app = open_page("compare")
    assert "Nothing of it is kept" in " ".join(each.value for each in app.caption)
    assert not app.error


def test_compare_shows_the_summary_and_each_cause(
    business: Business, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    class File:
        def getvalue(self) -> bytes:
            return b"Customer ID,Currency,2026-01\ncus_nobody,usd,5.00\n"

    monkeypatch.setattr(st, "file_uploader", lambda *_args, **_more: File())
    app = open_page("compare")
    assert re.search(r"\d+ of \d+\s+customers agree to the cent", words(app))
    assert "Not explained" in words(app)


def test_compare_says_what_is_wrong_with_a_file(
    business: Business, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    class File:
        def getvalue(self) -> bytes:
            return b"Customer ID,2026-01\ncus_1,five\n"

    monkeypatch.setattr(st, "file_uploader", lambda *_args, **_more: File())
    assert "Line 2" in open_page("compare").error[0].value


def test_our_own_figures_as_stripes_file_agree_to_the_cent(business: Business) -> None:
    ledger = books.ledger(business.account)
    month = date(ledger.today.year, ledger.today.month, 1)
    ours = stripe_mrr.comparison.held(ledger, [ledger.today])
    lines = ["Customer ID,Currency,Month,MRR"]
    lines += [f"{c},{code},{month:%Y-%m},{amount / 10 ** exponent(code)}" for (c, code, _), amount in ours.items()]
    found = stripe_mrr.compare(business.account, stripe_mrr.parse("\n".join(lines).encode()))
    assert found.agreeing == found.customers > 0
