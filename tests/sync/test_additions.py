"""Accounts that an older version read, and keys that may not read everything: what is new comes by itself."""

from __future__ import annotations

import pytest

from lib.store import secrets
from lib.sync import work
from lib.sync.progress import snapshot
from tests.sync.conftest import Connected

LACKING = "_without_tax_rate"


def as_an_older_version_left_it(connected: Connected) -> None:
    """No tax rates, no window of theirs, and no rates on invoice lines: whether a price includes tax is all it kept."""
    for change in (
        "DELETE FROM tax_rate",
        "DELETE FROM sync_window WHERE resource = 'tax_rate'",
        "DELETE FROM sync_progress WHERE resource = 'tax_rate'",
        "UPDATE invoice_line SET taxes = NULL",
    ):
        connected.one(change)


def let_the_key_lack(connected: Connected, what: str) -> None:
    key = secrets.seal(connected.standin["restricted_key"] + what)
    connected.one("UPDATE connection SET kind = 'restricted_key', secret_encrypted = ? RETURNING id", key)


def lists_read(connected: Connected, path: str) -> int:
    return sum(asked == path for asked, _ in connected.requests())


def test_an_account_of_an_older_version_gets_its_tax_rates_at_the_next_sync(living: Connected) -> None:
    work.run(living.account)
    expected = living.tables()
    assert {row["inclusive"] for row in expected["tax_rate"]} == {0, 1}
    assert any(row["tax_inclusive"] for row in expected["invoice_line"])
    finished = living.one("SELECT finished FROM sync_run")

    as_an_older_version_left_it(living)
    done = work.run(living.account)
    assert living.tables() == expected
    assert (done.state, done.finished) == ("done", finished), "nobody is told of a history that begins anew"
    assert next(part for part in done.parts if part.resource == "tax_rate").done

    read = lists_read(living, "/v1/invoices")
    version = living.one("SELECT data_version FROM account")
    work.run(living.account)
    assert lists_read(living, "/v1/invoices") == read, "once is enough"
    assert living.one("SELECT data_version FROM account") == version


def test_invoices_are_not_read_anew_where_no_price_includes_tax(living: Connected) -> None:
    work.run(living.account)
    as_an_older_version_left_it(living)
    living.one("UPDATE invoice_line SET tax_inclusive = 0")
    read = lists_read(living, "/v1/invoices")
    work.run(living.account)
    assert lists_read(living, "/v1/invoices") == read
    assert living.tables()["tax_rate"]


@pytest.mark.parametrize("before", ["new", "older"])
def test_a_key_that_may_not_read_tax_rates_syncs_everything_else(living: Connected, before: str) -> None:
    if before == "older":
        work.run(living.account)
        as_an_older_version_left_it(living)
    let_the_key_lack(living, LACKING)
    done = work.run(living.account)
    assert (done.state, done.error) == ("done", None)
    assert snapshot(living.account).estimate == done.fetched
    tables = living.tables()
    assert tables["tax_rate"] == []
    assert any(row["taxes"] for row in tables["invoice_line"]), "the amounts of lines tell"

    let_the_key_lack(living, "")
    work.run(living.account)
    assert living.tables()["tax_rate"], "a permission that was added takes effect"
