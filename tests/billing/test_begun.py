"""At an upgrade nothing locks: who was here before plans were sold keeps everything for 14 days, and is told."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date

import pytest

from lib.accounts import connections
from lib.accounts.sessions import SignedIn
from lib.billing import access, admin, begun, plans
from lib.billing.access import State
from lib.errors import AccountLocked
from lib.settings import Settings
from lib.store import begun as rows
from lib.store.engine import migrate, reading, transaction
from lib.store.tables import Account, BillingSubscription, Connection
from lib.web import plan_words
from tests.accounts.members import join

Use = Callable[..., Settings]
KEYS: dict[str, object] = {"stripe_secret_key": "sk_test_1", "stripe_api_base": "http://127.0.0.1:9", "billing": None}
SOLD = KEYS | {"stripe_price_id_pro": "price_1"}
DAY = 86_400


@pytest.fixture
def old(use_settings: Use) -> SignedIn:
    """An owner with two accounts on a server that has not sold anything yet, and does now."""
    use_settings(**KEYS)
    migrate()
    user, now = join("Ada").user, int(time.time())
    connect(user, "acct_1", now - 90 * DAY)
    connect(user, "acct_2", now - 60 * DAY)
    assert access.of(user.workspace).state is State.OFF
    use_settings(**SOLD)
    access.forget()
    return user


def connect(user: SignedIn, account: str, at: int) -> None:
    with transaction() as db:
        db.add(Account(id=account, name=account, livemode=False, created=at))
    with transaction() as db:
        db.add(Connection(id=f"con_{account}", workspace=user.workspace, account=account, kind="oauth", created=at))


def later(monkeypatch: pytest.MonkeyPatch, seconds: int) -> None:
    """As if the beginning were so long ago."""
    then = int(time.time()) + seconds
    monkeypatch.setattr("lib.billing.moment.now", lambda _db=None: then)
    access.forget()


def test_who_was_here_before_keeps_everything_for_14_days(old: SignedIn, monkeypatch: pytest.MonkeyPatch) -> None:
    found = access.of(old.workspace)
    assert (found.state, found.plan, found.bought) == (State.WELCOME, plans.EVERYTHING, plans.FREE)
    assert access.require_account("acct_2").first_day(date(2026, 1, 1)) is None
    later(monkeypatch, 14 * DAY - 60)
    assert access.of(old.workspace).until == found.until
    later(monkeypatch, 14 * DAY + 60)
    assert access.of(old.workspace).state is State.FREE
    assert access.require_account("acct_1")
    with pytest.raises(AccountLocked):
        access.require_account("acct_2")


def test_every_page_tells_them(old: SignedIn) -> None:
    found = access.of(old.workspace)
    assert plan_words.is_told(found, int(time.time()))
    told = plan_words.banner(found, "", "", "en_US", manager=True)
    assert told.startswith("From ")
    assert " on this server sells plans. Until then everything goes on as before" in told
    assert "unless an owner chooses a plan" in plan_words.banner(found, "", "", "en_US", manager=False)


def test_whoever_runs_it_sees_how_they_stand(old: SignedIn) -> None:
    (line,) = admin.overview(old).lines
    assert (line.status, line.access) == ("Here before plans were sold", access.of(old.workspace))


def test_who_comes_later_begins_on_free(old: SignedIn) -> None:
    assert access.of(old.workspace).state is State.WELCOME
    late = join("Eve").user
    assert access.of(late.workspace).state is State.FREE
    connect(late, "acct_3", int(time.time()) + 60)
    access.forget()
    assert access.of(late.workspace).state is State.FREE


def test_who_buys_has_what_they_bought(old: SignedIn) -> None:
    now = int(time.time())
    bought = BillingSubscription(
        id="sub_1", workspace=old.workspace, customer="cus_1", status="active", plan="pro", interval="month",
        created=now, observed_at=now,
    )  # fmt: skip
    assert access.of_rows(old.workspace, [bought], now, welcome=now + 9).state is State.ACTIVE
    ended = BillingSubscription(**(bought.model_dump() | {"ended_at": now - 9}))
    assert access.of_rows(old.workspace, [ended], now, welcome=now + 9).state is State.WELCOME
    unpaid = BillingSubscription(**(bought.model_dump() | {"status": "past_due", "unpaid_since": 1}))
    assert access.of_rows(old.workspace, [unpaid], now, welcome=now + 9).state is State.LAPSED


def test_the_beginning_is_noted_once(old: SignedIn) -> None:
    access.of(old.workspace)
    with reading() as db:
        first = rows.at(db)
    with transaction() as db:
        rows.note(db, 5)
    assert begun.since(7) == first


def test_in_the_sandbox_and_where_nothing_is_sold_there_is_no_such_grace(use_settings: Use) -> None:
    use_settings(billing=True)
    migrate()
    user = join("Ada").user
    connect(user, "acct_1", 5)
    access.forget()
    assert access.of(user.workspace).state is State.FREE
    use_settings(billing=False)
    assert begun.welcomes(int(time.time())) == {}
    with reading() as db:
        assert rows.at(db) is None
    assert connections.of(user.workspace)
