"""A page's figures are all of one state of the data, however fast that changes while the page is drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pytest
from sqlalchemy import update
from sqlmodel import Session
from streamlit.testing.v1 import AppTest

from lib.reports import arriving, books, rush
from lib.store import syncing, tables, upserts
from lib.store.engine import transaction
from lib.web import navigation
from tests.web.conftest import Business, Open

MAIN = Path(navigation.__file__).with_name("main.py")


@pytest.mark.parametrize(
    ("same", "within"), [pytest.param(True, books.one_state, id="one-state"), pytest.param(False, nullcontext, id="")]
)
def test_a_change_is_seen_only_after_the_page(
    business: Business, within: Callable[[], AbstractContextManager[None]], *, same: bool
) -> None:
    with within():
        version, ledger = books.version(business.account), books.ledger(business.account)
        whole = books.version(business.user.workspace)
        upserts.bump(business.account)
        assert same is (books.version(business.account) == version)
        assert same is (books.version(business.user.workspace) == whole)
        assert same is (books.ledger(business.account) is ledger)
    assert books.version(business.account) == version + 1
    assert books.ledger(business.account) is not ledger


def test_what_another_page_had_made_since_is_good_and_what_an_erased_account_had_is_not(business: Business) -> None:
    before = books.ledger(business.account)
    with books.one_state():
        books.version(business.account)
        upserts.bump(business.account)
        newer = books._ledgers._kept
        for key, (version, found) in list(newer.items()):
            newer[key] = (version + 1, found)
        assert books.ledger(business.account) is before
    with transaction() as db:  # connected anew: its versions begin again, lower than those that are kept
        db.exec(update(tables.Account).values(data_version=7))
    with books.one_state():
        assert books.ledger(business.account) is not before


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
        with books._lock:
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
            syncing.row({"id": f"evt_{number}", **about}, account=business.account, received=1.0)
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
    flood(0)
    assert not page.run().info
