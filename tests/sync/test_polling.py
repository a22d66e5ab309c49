"""How often an account is asked, how reads are counted, and what Stripe allows."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from lib.gateway import reads as counter
from lib.store import connections, reads
from lib.store.engine import reading, transaction
from lib.store.tables import Connection
from lib.sync import allowance, polling, work
from tests.sync.conftest import Connected

# minutes | share used | deliveries arrive
INTERVALS = """
     15   |    0.00    |  no
     15   |    0.49    |  no
     30   |    0.50    |  no
     60   |    0.75    |  no
    120   |    0.90    |  no
    360   |    1.00    |  no
    360   |    7.50    |  no
     30   |    0.00    |  yes
     30   |    0.50    |  yes
     60   |    0.75    |  yes
    360   |    1.50    |  yes
"""
# due | minutes since | share used | deliveries arrive
DUE = """
  yes |     never     |    9.00    |  yes
  yes |       15      |    0.00    |  no
  yes |       14      |    0.00    |  no
  no  |       12      |    0.00    |  no
  no  |       15      |    0.00    |  yes
  yes |       30      |    0.00    |  yes
  no  |      345      |    1.00    |  no
  yes |      359      |    1.00    |  no
"""


def rows(table: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()]


@pytest.mark.parametrize(("minutes", "share", "delivered"), rows(INTERVALS))
def test_the_more_is_used_the_slower(minutes: str, share: str, delivered: str) -> None:
    assert polling.interval(float(share), delivered=delivered == "yes") == int(minutes) * 60


@pytest.mark.parametrize(("expected", "minutes", "share", "delivered"), rows(DUE))
def test_when_an_account_is_due(expected: str, minutes: str, share: str, delivered: str) -> None:
    now = 1e9
    checked = None if minutes == "never" else now - int(minutes) * 60
    assert polling.due(checked, now, share=float(share), delivered=delivered == "yes") is (expected == "yes")


@pytest.mark.parametrize(("expected", "transactions"), [(10_000, 0), (10_000, 20), (10_500, 21), (500_000, 1_000)])
def test_what_stripe_allows(expected: int, transactions: int) -> None:
    assert allowance.allowed(transactions) == expected


def test_every_request_is_counted_and_kept(living: Connected) -> None:
    counter.take()
    before = len(living.requests())
    work.run(living.account)
    sent = len([1 for path, _ in living.requests()[before:] if path != "/v1/account"])
    found = allowance.of(living.account, time.time())
    assert found.used == found.own
    assert sent <= found.used <= sent + 5  # and what was asked about the account itself
    assert counter.take() == {}
    charges = living.one(
        "SELECT count(*) FROM charge WHERE status = 'succeeded' AND created >= ?", int(time.time()) - 30 * 86_400
    )
    assert (found.transactions, found.allowed) == (charges, max(10_000, 500 * charges))


def test_counts_add_up_by_day_and_old_ones_do_not_count(connected: Connected) -> None:
    day = datetime.now(UTC).date().isoformat()
    own = connected.account
    for counts in ({(own, day): 2}, {(own, day): 3, ("acct_2", day): 7}, {(own, "2020-01-01"): 100}):
        assert reads.add(counts)
    assert allowance.of(own, time.time()).used == 5


def test_what_cannot_be_kept_is_kept_later(connected: Connected, monkeypatch: pytest.MonkeyPatch) -> None:
    counter.take()
    counter.note("acct_1")
    monkeypatch.setattr(reads, "add", lambda _: False)
    allowance.keep()
    monkeypatch.undo()
    assert sum(counter.take().values()) == 1


def test_a_platform_shares_and_a_restricted_key_does_not(connected: Connected) -> None:
    day = datetime.now(UTC).date().isoformat()
    for number, kind in enumerate(("oauth", "oauth", "restricted_key"), start=1):
        with transaction() as db:
            shop = connections.all_live(db)[0].workspace
            row = Connection(id=f"con_{number}", workspace=shop, account=f"acct_{number}", kind=kind, created=1)
            db.add(row.sqlmodel_update({"livemode": True}))
        reads.add({(f"acct_{number}", day): 10**number})
    found = {account: allowance.of(account, time.time()) for account in ("acct_1", "acct_2", "acct_3")}
    assert {account: (each.own, each.used, each.accounts) for account, each in found.items()} == {
        "acct_1": (10, 110, 2),
        "acct_2": (100, 110, 2),
        "acct_3": (1000, 1000, 1),
    }


def test_who_waits_for_a_look(connected: Connected) -> None:
    now = time.time()
    assert polling.waiting([connected.account], now) == [connected.account]  # never synced
    work.run(connected.account)
    assert polling.waiting([connected.account], now + 60) == []
    assert polling.waiting([connected.account], now + 960) == [connected.account]
    connected.one("UPDATE sync_run SET state = 'failed'")
    assert polling.waiting([connected.account], now + 60) == [connected.account]
    with reading() as db:
        assert reads.last_delivered(db, [connected.account]) == {}
