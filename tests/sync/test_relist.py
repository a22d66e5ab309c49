"""The weekly look: what no event told of is found, whatever it was, and a look that is cut off goes on."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from lib.settings import Standin
from lib.store.engine import reading
from lib.store.tables import SyncRun
from lib.sync import catchup, changes, halt, relist, work
from lib.sync.reader import Pulled
from lib.sync.resources import BY_NAME
from tests.sync.conftest import Connected
from tests.sync.test_events import some_life

WEEK, DAY = 7 * 86_400, 86_400


def a_week_ago(living: Connected) -> None:
    """The history was read eight days ago, so that the next look is due."""
    living.one("UPDATE sync_run SET finished = finished - ?, relisted = NULL", 8 * DAY)


def late_life(living: Connected) -> None:
    """What happens to objects that are old by then: refunded, disputed and lost, paid after long."""
    charges = [each for page in living.gateway.pages("/v1/charges") for each in page.data]
    old = [
        each
        for each in charges
        if each["created"] < time.time() - 90 * DAY
        and each["status"] == "succeeded"
        and not each["refunded"]
        and not each["disputed"]
    ]
    living.do("refund", charge=old[0]["id"], amount=100)
    dispute = living.do("dispute", charge=old[1]["id"])
    assert isinstance(dispute, dict)
    living.do("close_dispute", id_=dispute["id"], won=False)
    for invoice in living.gateway.page("/v1/invoices", status="open", limit=2).data:
        living.do("pay_invoice", id_=invoice["id"])


def differing(held: dict[str, Any], clean: dict[str, Any]) -> dict[str, list[Any]]:
    """Of each table the rows of a clean sync that the followed one lacks or has otherwise."""
    return {name: found for name, rows in clean.items() if (found := [row for row in rows if row not in held[name]])}


def extra(held: dict[str, Any], clean: dict[str, Any]) -> list[tuple[str, Any]]:
    """Rows that only the followed tables have, and that are not deleted."""
    known = {(name, row["id"]) for name, rows in clean.items() for row in rows}
    return [
        (name, row)
        for name, rows in held.items()
        for row in rows
        if (name, row["id"]) not in known and not row["deleted"]
    ]


def deaf(monkeypatch: pytest.MonkeyPatch) -> None:
    """No event is ever listed."""
    monkeypatch.setattr(catchup, "_new_events", lambda *_: ([], 0))


def test_lost_events_leave_no_wrong_row(
    living: Connected, elsewhere: Callable[[Standin], Connected], monkeypatch: pytest.MonkeyPatch
) -> None:
    work.run(living.account)
    a_week_ago(living)
    deaf(monkeypatch)
    some_life(living)
    late_life(living)
    before = living.tables()
    work.run(living.account)
    followed = living.tables()
    relisted = living.one("SELECT relisted FROM sync_run")

    other = elsewhere(living.standin)
    work.run(other.account)
    clean = other.tables()
    assert set(differing(before, clean)) >= {"subscription", "invoice", "charge", "refund", "dispute", "customer"}
    assert differing(followed, clean) == {}
    assert {name for name, _ in extra(followed, clean)} <= {"invoice_item", "discount", "invoice_line"}
    assert all(row["invoice"] for name, row in extra(followed, clean) if name == "invoice_item")
    assert relisted > time.time() - 600


def test_it_is_done_once_a_week(living: Connected) -> None:
    work.run(living.account)

    def lists() -> int:
        seen = len(living.requests())
        work.run(living.account)
        return len([1 for path, query in living.requests()[seen:] if path == "/v1/invoices"])

    assert lists() == 0
    a_week_ago(living)
    assert lists() >= 4
    assert lists() == 0


def test_a_look_that_is_cut_off_goes_on_with_the_list_at_which_it_was(
    living: Connected, monkeypatch: pytest.MonkeyPatch
) -> None:
    work.run(living.account)
    a_week_ago(living)
    written: list[str] = []
    write = changes.write

    def until_charges(account: str, pages: Iterable[Pulled]) -> int:
        kept = list(pages)
        name = kept[0].resource.name
        if name == "charge" and "charge" not in written:
            written.append(name)
            raise halt.Halted
        written.append(name)
        return write(account, kept)

    monkeypatch.setattr(changes, "write", until_charges)
    with pytest.raises(halt.Halted):
        work.run(living.account)
    with reading() as db:
        kept = db.get_one(SyncRun, living.account).relisting
    first = written.copy()
    written.clear()
    written.append("charge")
    work.run(living.account)
    assert first[-1] == "charge"
    assert written == ["charge", *[ask.resource for ask in relist.ASKS[len(first) - 1 :]]]
    with reading() as db:
        after = db.get_one(SyncRun, living.account)
    assert isinstance(kept, dict)
    assert (after.relisted, after.relisting) == (kept["began"], None)


def test_when_it_is_due() -> None:
    now = 100 * WEEK

    def due(**columns: Any) -> bool:  # noqa: ANN401 - columns of SyncRun
        return relist.due(SyncRun(account="acct_1", **columns), float(now))

    assert due() is True
    assert due(finished=now - WEEK - 1) is True
    assert due(finished=now - WEEK) is False
    assert due(finished=now - 9 * WEEK, relisted=now - DAY) is False
    assert due(finished=now - DAY, relisted=now - 9 * WEEK) is False  # the whole history was read anew
    assert due(relisted=now - DAY, relisting={"began": now, "since": 0, "done": []}) is True


def test_every_list_is_of_a_resource_that_we_keep() -> None:
    assert {ask.resource for ask in relist.ASKS} == set(BY_NAME)
    assert len({ask.name for ask in relist.ASKS}) == len(relist.ASKS)


def test_a_quiet_account_costs_one_read(living: Connected) -> None:
    work.run(living.account)
    living.one("UPDATE sync_run SET watermark = ?", int(time.time()))
    work.run(living.account)
    seen = len(living.requests())
    work.run(living.account)
    assert [path for path, _ in living.requests()[seen:]].count("/v1/events") == 1
