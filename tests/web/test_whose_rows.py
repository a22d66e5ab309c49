"""All accounts together: each row says which account it is of and leads to that one at Stripe; one account's don't."""

from __future__ import annotations

import csv
import io
import re
import time

import polars as pl
import pytest

from lib.accounts import connections
from lib.api import answers
from lib.gateway import Gateway, demo
from lib.metrics.query import Query
from lib.periods import Interval, add_months
from lib.reports import (
    books,
    cancellation_tables,
    cancellations,
    cash_flow,
    customers,
    door,
    exports,
    failed,
    failed_tables,
    feed,
    glossary,
    homes,
    movements,
    proof,
    stripe_links,
    trials,
)
from lib.reports.exports import EXPORTS, Ask
from lib.reports.proof import Proof
from lib.store import tables, upserts
from lib.store.engine import transaction
from lib.sync import backfill
from lib.web import proof as panel
from tests.web.conftest import Business, Open
from tests.web.test_analysis_pages import html

STRIPE = re.compile(r"https://dashboard\.stripe\.com/(acct_\w+)/test/")


@pytest.fixture
def both(business: Business, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """The business and another one of the stand-in's, in one workspace; two accounts whose figures are all there."""
    found = demo.businesses(connections.redirect_uri())
    other = next(each for each in found if each != business.account)
    monkeypatch.setattr(demo, "businesses", lambda _: (other,))
    assert connections.connect_demo(business.user.workspace, now=answers.now()) == other
    backfill.run(other, Gateway(connections.credential(other)))
    return business.account, other


@pytest.fixture
def whole(both: tuple[str, str], business: Business) -> str:
    return business.user.workspace


def named(whole: str) -> dict[str, str]:
    """The names of the accounts, by id."""
    return {each.account: each.name for each in books.homes(whole)}


def known(whole: str, people: list[str | None]) -> list[str | None]:
    """The names of these customers' accounts, found one by one."""
    names = named(whole)
    return [names[books.home(whole, each) or ""] if each else None for each in people]


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def lead_home(shown: pl.DataFrame, whole: str, accounts: int = 2) -> None:
    """Every link leads to the account that its row names, and there are rows of so many accounts."""
    ids = {name: account for account, name in named(whole).items()}
    for account, address in shown.select("account", "stripe").iter_rows():
        assert STRIPE.match(address or ""), address
        assert address.startswith(f"https://dashboard.stripe.com/{ids[account]}/test/")
    assert shown["account"].n_unique() == accounts


def span(whole: str, months: int = 24) -> Query:
    _, today = door.span(whole)
    return Query(add_months(today.replace(day=1), -months), today, Interval.MONTH)


def test_customers(both: tuple[str, str], whole: str) -> None:
    found, alone = customers.of(whole), customers.of(both[0])
    said = known(whole, found["customer"].to_list())
    assert set(said) == set(named(whole).values())
    assert customers.table(found, "usd")["account"].to_list() == said
    head, *_ = customers.as_csv(found, "usd").splitlines()
    assert head == customers.as_csv(alone, "usd").splitlines()[0] + ",account"
    assert [row["account"] for row in read(customers.as_csv(found, "usd"))] == said
    assert "account" not in alone.columns + customers.table(alone, "usd").columns


def test_movements(both: tuple[str, str], whole: str) -> None:
    asked = span(whole)
    found, alone = (movements.of(each, asked.start, asked.end) for each in (whole, both[0]))
    said = known(whole, found.rows["customer"].to_list())
    assert movements.table(found.rows, found.base)["account"].to_list() == said
    rows = read(movements.as_csv(found.rows, found.base))
    assert [row["account"] for row in rows] == said[::-1]
    assert set(said) == set(named(whole).values())
    assert [*rows[0]] == [*read(movements.as_csv(alone.rows, alone.base))[0], "account"]
    assert "account" not in movements.table(alone.rows, alone.base).columns


def test_failed_charges(both: tuple[str, str], whole: str) -> None:
    found, alone = failed.of(whole), failed.of(both[0])
    told = [""] * found.to_reach.height
    shown = failed_tables.to_reach_table(found, whole, told, livemode=False)
    assert shown["account"].to_list() == known(whole, found.to_reach["customer"].to_list())
    lead_home(shown, whole)
    lead_home(failed_tables.recent_table(found, whole, livemode=False), whole)
    risky = failed_tables.at_risk_table(found, whole, livemode=False)
    assert risky["account"].to_list() == known(whole, found.at_risk["customer"].to_list())
    for written in (failed_tables.unresolved_csv, failed_tables.at_risk_csv, failed_tables.recent_csv):
        head, *rows = written(found).splitlines()
        assert head == written(alone).splitlines()[0] + ",account"
        assert all(row.rpartition(",")[2] in named(whole).values() for row in rows)
    assert "account" not in failed_tables.recent_table(alone, both[0], livemode=False).columns


def test_what_is_owed_is_what_the_accounts_are_owed(both: tuple[str, str], whole: str) -> None:
    first, second = map(books.ledger, both)
    now = int(time.time()) - 60
    invoice = {
        "account": both[0],
        "id": "in_euro",
        "observed_at": float(now),
        "deleted": False,
        "created": now,
        "customer": first.customers["customer"][0],
        "status": "open",
        "amount_remaining": 50_000,
        "currency": "eur",
        "collection_method": "charge_automatically",
        "attempted": True,
        "attempt_count": 1,
    }
    upserts.apply(both[0], [(tables.Invoice, invoice)])
    upserts.bump(both[0])
    euro = [each.rates.filter(pl.col("currency") == "eur").sort("date")["rate"].last() for each in (first, second)]
    assert len(set(euro)) == len(both)  # each account has today's rate from payments of its own
    assert failed.of(whole).owed == sum(failed.of(each).owed for each in both)


def test_trials(both: tuple[str, str], whole: str) -> None:
    found, alone = trials.of(whole), trials.of(both[0])
    shown = trials.table(found, whole, livemode=False)
    assert shown["account"].to_list() == known(whole, found.running["customer"].to_list())
    lead_home(shown, whole, accounts=1)  # the business has trials that ran, and none that runs
    assert trials.running_csv(found).splitlines()[0] == trials.running_csv(alone).splitlines()[0] + ",account"
    assert [row["account"] for row in read(trials.running_csv(found))] == shown["account"].to_list()


def test_payouts(both: tuple[str, str], whole: str) -> None:
    asked = span(whole)
    found = cash_flow.of(whole, asked)
    shown = cash_flow.payouts_table(found, whole, livemode=False)
    lead_home(shown, whole)
    names = named(whole)
    for account in both:
        own = cash_flow.of(account, asked)
        assert set(found.payouts.filter(pl.col("account") == names[account])["id"]) == set(own.payouts["id"])
        assert "account" not in read(cash_flow.payouts_csv(own))[0]
    assert [row["account"] for row in read(cash_flow.payouts_csv(found))] == shown["account"].to_list()


def test_cancellations(both: tuple[str, str], whole: str) -> None:
    asked = span(whole)
    found, alone = (cancellations.table(each, asked.start, asked.end) for each in (whole, both[0]))
    said = known(whole, [row.customer for row in found.rows])
    shown = cancellation_tables.everyone(found, whole, livemode=False)
    assert shown["account"].to_list() == said
    lead_home(shown, whole)
    rows = read(cancellations.as_csv(found))
    assert [row["account"] for row in rows] == said
    assert [*rows[0]] == [*read(cancellations.as_csv(alone))[0], "account"]
    assert "account" not in cancellation_tables.everyone(alone, both[0], livemode=False).columns


def test_the_feed(both: tuple[str, str], whole: str) -> None:
    found, alone = (feed.newest(each, 90, payments=True) for each in (whole, both[0]))
    said = known(whole, [each.customer for each in found])
    assert [each.account for each in found] == said
    assert [row["account"] for row in read(feed.csv(found, "usd"))] == said
    assert feed.csv(found, "usd").splitlines()[0] == feed.csv(alone, "usd").splitlines()[0] + ",account"
    assert {each.account for each in alone} == {""}


def test_what_has_no_customer_is_of_an_account_all_the_same(both: tuple[str, str], whole: str) -> None:
    now = int(time.time()) - 60
    charge = {
        "account": both[1],
        "id": "ch_nobody",
        "observed_at": float(now),
        "deleted": False,
        "created": now,
        "amount": 500,
        "currency": "usd",
        "status": "failed",
    }
    upserts.apply(both[1], [(tables.Charge, charge)])
    upserts.bump(both[1])
    second = named(whole)[both[1]]
    (item,) = [each for each in feed.newest(whole, 30) if each.object == "ch_nobody"]
    assert (item.customer, item.account) == ("", second)
    assert failed.of(whole).recent.filter(pl.col("charge") == "ch_nobody")["account"].to_list() == [second]


@pytest.mark.parametrize("slug", ["mrr", "fees", "payouts"])
def test_the_rows_behind_a_figure(slug: str, both: tuple[str, str], whole: str) -> None:
    day = door.span(whole)[1]
    asked = Query(add_months(day.replace(day=1), -6), day)
    asked = asked if slug == "mrr" else asked.as_one()
    found = proof.behind(whole, slug, asked, day if slug == "mrr" else asked.start)
    shown = proof.table(found, whole, livemode=False, locale="en_US")
    lead_home(shown, whole)
    rows = read(proof.as_csv(found, whole))
    assert {row["account"] for row in rows} == set(named(whole).values())
    alone = proof.behind(both[0], slug, asked, day if slug == "mrr" else asked.start)
    assert "account" not in proof.table(alone, both[0], livemode=False, locale="en_US").columns
    assert [*rows[0]] == [*read(proof.as_csv(alone, both[0]))[0], "account"]


def test_what_stripe_shows_of_a_row_is_at_its_own_account(
    both: tuple[str, str], whole: str, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    for account in both:

        def marked(_at: object, found: Proof, *_: object, mine: str = account) -> int | None:
            people = proof.ordered(found)["customer"].to_list()
            return next(row for row, each in enumerate(people) if each and books.home(whole, each) == mine)

        monkeypatch.setattr(panel, "_table", marked)
        app = open_page("metric", account="all", slug="mrr", interval="month")
        assert set(STRIPE.findall(html(app))) == {account}


@pytest.mark.parametrize("name", [each.name for each in EXPORTS if not each.name.startswith("stripe-")])
def test_every_file_of_all_accounts_in_both_formats_with_its_columns_explained(name: str, whole: str) -> None:
    chosen, (_, today) = exports.find(name), door.span(whole)
    asked = Ask(whole, add_months(today.replace(day=1), -11), today, workspace=whole)
    head, *rows = csv.reader(io.StringIO("".join(exports.csv(chosen, asked))))
    path = exports.parquet(chosen, asked)
    kept = pl.read_parquet(path)
    path.unlink()
    assert (kept.height, kept.columns) == (len(rows), head)
    assert [column for column, meaning in glossary.of(chosen, head) if not meaning] == []
    people = {"movements", "customers", "trials", "failed-charges", "payouts", "cancellations"}
    assert ("account" in head) == (name in people)
    assert name not in people or head[-1] == "account"


@pytest.mark.parametrize("page", ["customers", "movements", "trials", "failed-charges", "cash-flow", "cancellations"])
def test_pages_show_the_column_of_all_accounts_alone(
    page: str, both: tuple[str, str], whole: str, open_page: Open
) -> None:
    together = open_page(page, account="all").dataframe
    assert any(set(each.value.get("account", ())) & set(named(whole).values()) for each in together)
    assert all("account" not in each.value for each in open_page(page, account=both[0]).dataframe)


def test_the_page_of_the_feed_and_of_cancellations_name_and_link_the_account(
    both: tuple[str, str], whole: str, open_page: Open
) -> None:
    for page, query in (("live-feed", {}), ("cancellations", {"range": "All time"})):
        together, alone = (html(open_page(page, account=each, **query)) for each in ("all", both[0]))
        assert set(STRIPE.findall(together)) == set(both), page
        assert set(STRIPE.findall(alone)) == {both[0]}, page
        for name in named(whole).values():
            assert f"{name} · " in together, page


def test_two_accounts_of_one_name_are_told_apart_at_once(both: tuple[str, str], whole: str) -> None:
    assert len(set(named(whole).values())) == len(both)
    with transaction() as db:
        for account in both:
            row = db.get(tables.Account, account)
            assert row is not None
            row.name = "Halyard"
            db.add(row)
    assert named(whole) == {account: f"Halyard ({account})" for account in both}


def test_a_link_is_of_the_mode_of_its_own_account(both: tuple[str, str], whole: str) -> None:
    name = named(whole)[both[1]]
    assert stripe_links.link(whole, "cus_1", livemode=True, home=name) == (
        f"https://dashboard.stripe.com/{both[1]}/test/customers/cus_1"
    )
    assert stripe_links.link(whole, "cus_1", livemode=True) == "https://dashboard.stripe.com/customers/cus_1"
    assert homes.name(whole, "cus_nobody") is homes.name(both[0], "cus_1") is None
