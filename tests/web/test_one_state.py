"""A page's figures are all of one state of the data, however fast that changes while the page is drawn."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pytest
from sqlalchemy import update
from sqlmodel import Session
from streamlit.testing.v1 import AppTest

from lib.metrics.query import Query
from lib.reports import arriving, books, door, one_state, rush, shelf
from lib.store import syncing, tables, upserts
from lib.store.engine import transaction
from lib.web import figures, navigation
from tests.accounts.members import Member
from tests.api.test_metrics import connect
from tests.web.conftest import Business, Open

MAIN = Path(navigation.__file__).with_name("main.py")


@pytest.mark.parametrize(
    ("same", "within"), [pytest.param(True, one_state.within, id="one-state"), pytest.param(False, nullcontext, id="")]
)
def test_a_change_is_seen_only_after_the_page(
    business: Business, within: Callable[[], AbstractContextManager[None]], *, same: bool
) -> None:
    with within():
        version, ledger = books.version(business.account), books.ledger(business.account)
        together = books.ledger(business.user.workspace)
        whole = books.version(business.user.workspace)
        upserts.bump(business.account)
        assert same is (books.version(business.account) == version)
        assert same is (books.version(business.user.workspace) == whole)
        assert same is (books.ledger(business.account) is ledger)
        assert same is (books.ledger(business.user.workspace) is together)
    assert books.version(business.account) == version + 1
    assert books.ledger(business.account) is not ledger


def test_figures_of_a_page_agree_though_another_page_has_shown_what_came_since(business: Business) -> None:
    before = mrr(business)
    with one_state.within():
        key, tables_before = figures.book(business.account), books.tables(business.account)
        assert mrr(business) == before
        with ThreadPoolExecutor(1) as elsewhere:
            assert elsewhere.submit(twice_the_seats, business).result() > before
        assert figures.book(business.account) == key
        assert figures.metric(key, "arr", Query(key.today, key.today)).total == 12 * before
        assert books.tables(business.account)["subscription_item"].equals(tables_before["subscription_item"])
    later = figures.book(business.account)
    assert later.version > key.version
    assert figures.metric(later, "arr", Query(later.today, later.today)).total == 12 * mrr(business) > 12 * before


def mrr(business: Business) -> int:
    today = books.ledger(business.account).today
    return int(door.metric(business.account, "mrr", Query(today, today)).total or 0)


def twice_the_seats(business: Business) -> int:
    """Every subscription has twice as many seats; the MRR that a page then shows."""
    with transaction() as db:
        db.exec(update(tables.SubscriptionItem).values(quantity=tables.SubscriptionItem.quantity * 2))
        upserts.bump(business.account, db)
    return mrr(business)


def test_an_account_that_was_erased_and_comes_back_is_read_anew(business: Business) -> None:
    before = books.ledger(business.account)
    with transaction() as db:
        db.exec(update(tables.Account).values(data_version=7))
    with one_state.within():
        assert books.ledger(business.account) is not before


def test_the_first_version_of_an_account_is_later_than_any_before_it(business: Business) -> None:
    with transaction() as db:
        db.exec(update(tables.Account).values(data_version=0))
    upserts.bump(business.account)
    assert books.version(business.account) >= (time.time() - 600) * 1000


def test_any_number_of_accounts_together_are_made_once(business: Business, monkeypatch: pytest.MonkeyPatch) -> None:
    together, made = 12, []
    for number in range(together - 1):
        connect(Member(business.user, "token"), f"acct_{number}", 1000, 2050, 1)
    written = books.written
    monkeypatch.setattr(books, "written", lambda *args, **named: (made.append(1), written(*args, **named))[1])
    first = books.ledger(business.user.workspace)
    assert len(made) == together
    assert books.ledger(business.user.workspace) is first
    upserts.bump("acct_3", rows=[])
    assert books.ledger(business.user.workspace) is not first
    assert len(made) == together


def test_a_run_of_the_app_makes_one_ledger_while_data_change_at_every_question(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, about = [], books._about

    def changing(account: str) -> tables.Account:
        upserts.bump(account, rows=[])
        return about(account)

    def making(kept: Callable[..., object], name: str) -> Callable[..., object]:
        return lambda *args, **named: (made.append(name), kept(*args, **named))[1]

    books.ledger(business.account)
    monkeypatch.setattr(books, "_about", changing)
    for name in ("written", "rewritten"):
        monkeypatch.setattr(books, name, making(getattr(books, name), name))
    app = AppTest.from_file(str(MAIN), default_timeout=60)
    app.query_params["account"] = business.account
    app.run()
    assert not app.exception
    assert [each.value for each in app.title] == ["Overview"]
    assert made == ["rewritten"]


def test_who_waits_while_another_makes_a_newer_ledger_takes_that_one(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    books.ledger(business.account)
    with ThreadPoolExecutor(1) as pool:
        with shelf.lock(business.account):
            waiting = pool.submit(books.ledger, business.account)
            assert wait([waiting], timeout=0.5).not_done
            upserts.bump(business.account)
            newest = books.ledger(business.account)
            monkeypatch.setattr(books, "written", pytest.fail)
        assert waiting.result() is newest


# --- A flood ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def flood(business: Business) -> Iterator[Callable[[int], None]]:
    """Let so many deliveries wait."""

    def wait(count: int) -> None:
        about = {"type": "charge.updated", "created": 1, "data": {"object": {"object": "charge", "id": "ch_1"}}}
        rows = [
            syncing.row({"id": f"evt_{count}_{number}", **about}, account=business.account, received=1.0)
            for number in range(count)
        ]
        with transaction() as db:
            _empty(db)
            if rows:
                syncing.keep(db, rows)
        rush.forget()

    yield wait
    rush.forget()


def _empty(db: Session) -> None:
    db.exec(update(tables.EventInbox).values(state="done"))


@pytest.mark.parametrize(("partial", "waits"), [(False, 0), (False, rush.MANY), (True, rush.MANY + 1)])
def test_figures_are_partial_while_very_many_changes_wait(
    business: Business, flood: Callable[[int], None], open_page: Open, waits: int, *, partial: bool
) -> None:
    flood(waits)
    assert partial is arriving.partial(business.account)
    assert partial is arriving.partial(business.user.workspace)
    told = [each.value for each in open_page("overview").info]
    assert told == (
        ["A lot has changed at Stripe at once: 501 changes are still to be read. Until then the figures are partial."]
        if partial
        else []
    )


def test_the_page_is_drawn_anew_when_the_flood_is_over(flood: Callable[[int], None], open_page: Open) -> None:
    flood(rush.MANY + 1)
    page = open_page("plans")
    assert len(page.info) == 1
    few = rush._flooded.copy()
    flood(3)
    rush._flooded |= few
    assert len(page.run().info) == 1, "nearly is not all"
    flood(0)
    assert not page.run().info
