"""All accounts together: chosen in the list, summed to the cent, of one's own workspace alone."""

from __future__ import annotations

import pytest
from sqlmodel import select
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Selectbox

from lib.accounts import workspaces
from lib.api import answers
from lib.errors import UnknownAccount
from lib.metrics.query import Query
from lib.reports import books, door
from lib.store import checkpoints
from lib.store.engine import reading, transaction
from lib.store.tables import Account
from lib.sync import runtime
from lib.web import standing
from tests.accounts.members import Member, join
from tests.api.test_metrics import connect
from tests.web.conftest import Business, Open
from tests.web.test_analysis_pages import html

SECOND = "acct_second"


@pytest.fixture
def two(business: Business) -> Business:
    """The business and a second account, whose charges are 10.00, 20.50 and 0.01 dollars."""
    connect(Member(business.user, "token"), SECOND, 1000, 2050, 1)
    return business


def test_the_whole_is_the_sum(two: Business) -> None:
    whole = two.user.workspace
    first, today = door.span(whole)
    span = Query(first, today)
    for slug in ("gross_revenue", "mrr", "active_customers", "stripe_balance"):
        each = [door.metric(account, slug, span).total for account in (two.account, SECOND)]
        assert door.metric(whole, slug, span).total == sum(value or 0 for value in each), slug
    assert door.metric(SECOND, "gross_revenue", span).total == 3_051_000_000


def test_a_change_of_one_account_is_a_change_of_all(two: Business) -> None:
    before, kept = books.version(two.user.workspace), books.ledger(two.user.workspace)
    assert books.ledger(two.user.workspace) is kept
    with transaction() as db:
        row = db.get(Account, SECOND)
        assert row is not None
        row.data_version += 1
        db.add(row)
    assert books.version(two.user.workspace) == before + 1


def test_a_live_account_leaves_test_money_out(two: Business) -> None:
    with transaction() as db:
        row = db.get(Account, SECOND)
        assert row is not None
        row.livemode = True
        db.add(row)
    span = Query(*door.span(SECOND))
    assert door.metric(two.user.workspace, "gross_revenue", span).total == 3_051_000_000


@pytest.mark.parametrize(
    "page",
    ["overview", "metric", "movements", "live-feed", "customers", "trials", "failed-charges", "cancellations", "plans",
     "cohorts", "cash-flow", "forecast", "exports"],
)  # fmt: skip
def test_pages_of_all_accounts(page: str, two: Business, open_page: Open) -> None:
    app = open_page(page, account="all")
    assert not app.error
    (choice,) = [each for each in app.selectbox if each.label == "Account"]
    assert (choice.value, choice.options[-1]) == (two.user.workspace, "All accounts")


def test_two_accounts_whose_syncs_failed_are_told_of_and_tried_again_each(
    two: Business, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(runtime, "start", asked.append)
    with transaction() as db:
        for account in (two.account, SECOND):
            checkpoints.save_run(db, account, state="failed", error="Stripe does not answer.")
    app = open_page("overview", account="all")
    assert {each.value for each in app.error} == {
        "**Halyard**: Stripe does not answer.",
        "**acct_second**: Stripe does not answer.",
    }
    for again in [each.key for each in app.button if each.label == "Try again"]:
        app.button(key=again).click().run()
    assert sorted(asked) == sorted([two.account, SECOND])


def test_the_first_choice_of_an_account_holds(two: Business, open_page: Open) -> None:
    app = open_page("overview")  # no account in the address: the page puts one there
    before = chosen(app)
    other = {two.account: SECOND, SECOND: two.account}[before]
    app.selectbox(key=accounts(app).key).set_value(other).run()
    assert chosen(app) == other


def accounts(app: AppTest) -> Selectbox:
    (found,) = [each for each in app.selectbox if each.label == "Account"]
    return found


def chosen(app: AppTest) -> str:
    """The account that a page shows: the list of accounts and the address say the same."""
    said = app.query_params["account"]
    assert accounts(app).value == (said if isinstance(said, str) else said[-1])
    return str(accounts(app).value)


@pytest.mark.parametrize("page", ["rules", "reconcile", "compare"])
def test_pages_about_one_account_ask_which(page: str, two: Business, open_page: Open) -> None:
    app = open_page(page, account="all")
    assert any("is about one account at a time" in each.value for each in app.info)
    assert SECOND in [each.label for each in app.button] or "acct" in html(app)


def test_one_account_has_no_whole(business: Business, open_page: Open) -> None:
    app = open_page("overview", account="all")
    assert any("all" in each.value for each in app.warning)


def test_the_whole_of_another_workspace_is_unknown(two: Business, open_page: Open) -> None:
    eve = join("Eve", now=answers.now()).user
    with pytest.raises(UnknownAccount):
        workspaces.require_account(eve.workspace, two.user.workspace)
    app = open_page("overview", account=eve.workspace)
    assert [each.value for each in app.warning] == [UnknownAccount(account=standing.words.plain(eve.workspace)).message]


def test_the_currency_of_all(two: Business) -> None:
    workspaces.set_currency(two.user, "EUR")
    assert books.ledger(two.user.workspace).base == "eur"
    workspaces.set_currency(two.user, None)
    with reading() as db:
        first = db.exec(select(Account.default_currency).where(Account.id == two.account)).one()
    assert books.ledger(two.user.workspace).base == first
