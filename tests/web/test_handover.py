"""An account passes to another workspace: its data stays, and nothing that the first one wrote or chose goes along."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from lib.accounts import connections, customer_notes
from lib.accounts.sessions import SignedIn
from lib.errors import UnknownAnnotation, UnknownGoal, UnknownNote, UnknownSegment
from lib.gateway import oauth
from lib.ledger.rules import Rules
from lib.metrics.segments import Condition, Op, Segment
from lib.reports import annotations, books, goals, rules, segments
from lib.store import rates, syncing
from lib.store.engine import reading, transaction
from tests.accounts.members import join
from tests.web.conftest import Business, Open
from tests.web.test_analysis_pages import html

DAY, YEAR_END = date(2026, 3, 3), date(2099, 12, 31)
LATER = 4_000_000_000
"""When Ada's connection has long been made."""


@pytest.fixture(autouse=True)
def access_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is given back at Stripe: the shared stand-in keeps its access for other tests."""
    monkeypatch.setattr(oauth, "deauthorize", lambda _account: None)


def goal(user: SignedIn, account: str) -> None:
    goals.keep(
        user, account, "mrr", day=YEAR_END, target=Decimal(35_000), currency="usd", today=date(2026, 11, 24), now=1
    )


@pytest.fixture
def eve(business: Business) -> SignedIn:
    """Eve, in a workspace of her own, has connected the account that Ada had written about and then left."""
    ada, account = business.user, business.account
    customer_notes.add(ada, account, "cus_1", "Ada's words", now=1)
    annotations.add(ada, account, DAY, "Ada's prices", now=1)
    goal(ada, account)
    segments.save(ada.workspace, Segment("Whales", (Condition("country", Op.IS, ("DE",)),)), now=1)
    rules.keep(account, Rules(churn_at_click=True), "Asia/Tokyo")
    with transaction() as db:
        rates.keep_address(db, account, "https://rates.example.com/ada.csv")
        rates.keep(db, account, [rates.Rate("eur", "usd", "2026-01-01", "9", rates.FILE)])
    hand_over(account, ada, eve := join("Eve").user, at=LATER)
    return eve


def hand_over(account: str, giver: SignedIn, taker: SignedIn, *, at: int) -> None:
    connections.disconnect(giver.workspace, account, now=at)
    assert connections.connect_demo(taker.workspace, now=at) == account


def test_notes_stay_with_who_wrote_them(business: Business, eve: SignedIn) -> None:
    account = business.account
    assert customer_notes.of(eve, account, "cus_1") == ()
    eves = customer_notes.add(eve, account, "cus_1", "Eve's words", now=20)
    assert [each.text for each in customer_notes.of(eve, account, "cus_1")] == ["Eve's words"]
    hand_over(account, eve, business.user, at=LATER + 20)
    (mine,) = customer_notes.of(business.user, account, "cus_1")
    assert mine.text == "Ada's words"
    for act in (customer_notes.remove, lambda user, note: customer_notes.rewrite(user, note, "x")):
        with pytest.raises(UnknownNote):
            act(business.user, eves)


def test_goals_and_annotations_stay_with_who_made_them(business: Business, eve: SignedIn) -> None:
    account, ada = business.account, business.user
    assert goals.of(eve.workspace, account, "mrr", "usd") == ()
    assert annotations.between(eve.workspace, account, DAY, DAY) == ()
    goal(eve, account)  # of the same day: Ada's is not replaced
    (adas,) = goals.of(ada.workspace, account, "mrr", "usd")
    with pytest.raises(UnknownGoal):
        goals.remove(eve, account, adas.id)
    (pin,) = annotations.between(ada.workspace, account, DAY, DAY)
    for act in (annotations.remove, lambda *at: annotations.change(*at, DAY, "x")):
        with pytest.raises(UnknownAnnotation):
            act(eve, account, pin.id)


def test_segments_stay_with_their_workspace(business: Business, eve: SignedIn) -> None:
    assert segments.of(eve.workspace) == []
    with pytest.raises(UnknownSegment):
        segments.find_for(business.account, "Whales")


def test_the_account_is_counted_as_by_default_again(business: Business, eve: SignedIn) -> None:
    account = business.account
    assert connections.of(eve.workspace)
    now = rules.current(account)
    assert (now.rules, now.timezone, rules.before(account)) == (Rules(), "Etc/UTC", None)
    with reading() as db:
        assert (rates.address(db, account), rates.held(db, account)) == (None, [])
    assert books.ledger(account).states.height > 0  # its data is here


def test_figures_kept_in_memory_are_not_the_last_owner_s(business: Business) -> None:
    account = business.account
    version = syncing.data_version(account)
    hand_over(account, business.user, join("Eve").user, at=LATER)
    assert syncing.data_version(account) > version


def test_who_comes_back_keeps_all_choices(business: Business) -> None:
    account, ada = business.account, business.user
    rules.keep(account, Rules(churn_at_click=True), "Asia/Tokyo")
    hand_over(account, ada, ada, at=LATER)
    assert rules.current(account).timezone == "Asia/Tokyo"


def test_kept_data_is_no_longer_the_first_one_s(business: Business, eve: SignedIn, open_page: Open) -> None:
    ada = business.user  # who looks
    for at in (None, LATER):  # Eve has it; Eve has left too, in the very second in which Ada did
        if at:
            connections.disconnect(eve.workspace, business.account, now=at)
        assert connections.ended(ada.workspace) == ()
        app = open_page("settings", section="Data")
        assert not [each for each in app.button if each.label == "Delete its data"]
    assert [each.account for each in connections.ended(eve.workspace)] == [business.account]


def test_kept_data_can_be_taken_along_where_it_is_told(business: Business, open_page: Open) -> None:
    connections.disconnect(business.user.workspace, business.account, now=LATER)
    way = f'<a download href="/download/everything.zip?account={business.account}">'
    for asked in ({"section": "Data"}, {}, {"account": business.account}):
        app = open_page("settings" if asked.get("section") else "overview", **asked)
        assert way in html(app)
    assert way in html(open_page("connect"))


def test_the_page_of_a_customer_shows_none_of_it(
    business: Business, eve: SignedIn, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lib.web.guard.current_user", lambda: eve)
    app = open_page("metric", slug="mrr", account=business.account)
    assert not [each for each in app.markdown if "Ada" in each.value or "of the way" in each.value]
