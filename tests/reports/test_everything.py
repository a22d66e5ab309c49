"""The ZIP that is offered before an account's data are deleted holds all that would be."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date
from decimal import Decimal
from typing import Any, Final

import polars as pl
import pytest
from sqlalchemy import JSON, Boolean, Column, Float, Integer, Table, insert
from sqlmodel import SQLModel

from lib.accounts import views
from lib.accounts.sessions import SignedIn
from lib.errors import AccountLocked
from lib.reports import books, everything, exports, goals
from lib.store import frames_taken, rules
from lib.store.engine import migrate, transaction
from lib.store.tables import MIRROR, core
from tests import paying
from tests.accounts.members import join

ACCOUNT, OTHER = "acct_first", "acct_other"
NOT_TAKEN: Final = {
    "connection": "keys to Stripe: sealed, and worth nothing elsewhere",
    "sync_run": "where the reading of Stripe stands",
    "sync_progress": "where the reading of Stripe stands",
    "sync_window": "where the reading of Stripe stands",
    "event_inbox": "deliveries: what they tell is in Stripe's objects and in the versions",
    "change": "which rows changed with which data version",
    "read_count": "how often we asked Stripe",
}
"""Tables about an account that are not in the ZIP, each with its reason."""
FILES: Final = {core(table).name: f"stripe-{core(table).name.replace('_', '-')}" for table in MIRROR} | {
    "subscription_version": "subscription-versions",
    "goal": "goals",
    "annotation": "annotations",
    "customer_note": "notes",
    "customer_call": "calls",
    "exchange_rate": "exchange-rates",
}
"""The file that holds a table's rows."""
ABOUT: Final = [table for table in SQLModel.metadata.sorted_tables if "account" in table.columns]
TEXTS: Final = {
    "currency": "usd",
    "base": "eur",
    "day": "2026-01-02",
    "date": "2026-01-02",
    "metric": "mrr",
    "target": "9",
}
"""What a column of text may hold, where that is not just any text."""


@pytest.fixture
def ada() -> SignedIn:
    """Whose account it is."""
    migrate()
    user = join("Ada").user
    paying.connect(user.workspace, ACCOUNT)
    return user


def files(ada: SignedIn, form: str = "csv", *, commas: bool = False) -> dict[str, bytes]:
    pieces = everything.zipped(ada.workspace, ACCOUNT, form, commas=commas, reader=ada.id)
    with zipfile.ZipFile(io.BytesIO(b"".join(pieces))) as found:
        return {name.removesuffix(f".{form}"): found.read(name) for name in found.namelist()}


def rows(found: dict[str, bytes], name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(found[name].decode(), newline="")))


def value(column: Column[Any], account: str, ada: SignedIn) -> object:
    if isinstance(column.type, JSON):
        return ["=seen"]
    if isinstance(column.type, Boolean):
        return False
    if isinstance(column.type, (Integer, Float)):
        return 7
    given = {"account": account, "workspace": ada.workspace, "user": ada.id, **TEXTS}
    return given.get(column.name, f"=1+{account}")


def fill(table: Table, ada: SignedIn) -> None:
    """A row about the account and one about another, with something in every column."""
    with transaction() as db:
        for account in (ACCOUNT, OTHER):
            row = {column.name: value(column, account, ada) for column in table.columns}
            db.connection().execute(insert(table).values(row))


def test_every_table_about_an_account_is_taken_along_or_says_why_not() -> None:
    assert {table.name for table in ABOUT} == NOT_TAKEN.keys() | FILES.keys()
    assert not NOT_TAKEN.keys() & FILES.keys()


@pytest.mark.parametrize("name", sorted(FILES))
@pytest.mark.parametrize("form", everything.FORMATS)
def test_what_is_kept_in_it_is_in_the_zip(name: str, form: str, ada: SignedIn) -> None:
    fill(SQLModel.metadata.tables[name], ada)
    found = files(ada, form)[FILES[name]]
    if form == "parquet":
        assert pl.read_parquet(found).height == 1
        return
    (cells,) = list(csv.reader(io.StringIO(found.decode(), newline="")))[1:]
    assert [cell for cell in cells if cell.startswith("=")] == [], "a spreadsheet would run it"


def test_versions_come_whole_with_what_was_seen(ada: SignedIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames_taken, "CHUNK", 2)
    table = SQLModel.metadata.tables["subscription_version"]
    whole = {column.name: value(column, ACCOUNT, ada) for column in table.columns}
    seen = [("sub_1", 1.5), ("sub_1", 2.0), ("sub_2", 1.0), ("sub_3", 1.0), ("sub_3", 9.0)]
    with transaction() as db:
        for subscription, at in seen:
            one = {"subscription": subscription, "observed_at": at, "payload": {"quantity": at}}
            db.connection().execute(insert(table).values(whole | one))
    found = [(row["subscription"], row["payload"]) for row in rows(files(ada), "subscription-versions")]
    assert [(name, payload.replace(" ", "")) for name, payload in found] == [
        (name, f'{{"quantity":{at}}}') for name, at in seen
    ]


@pytest.mark.parametrize(
    ("target", "currency", "metric", "typed", "kept_in"),
    [
        ("99.50", "usd", "mrr", "99.5", "usd"),
        ("1200", "jpy", "mrr", "1200", "jpy"),
        ("99.5", "", "mrr", "99.5", None),  # from before goals kept it
        ("0.050000", "", "customer_churn_rate", "0.05", "usd"),
        ("1000", "", "active_customers", "1000", "usd"),
        ("7", "", "a_metric_of_old", "7", "usd"),
    ],
)
def test_a_goal_is_in_its_own_currency_without_a_ledger(  # the plan may lock it: figures are not one's own words
    target: str,
    currency: str,
    metric: str,
    typed: str,
    kept_in: str | None,
    ada: SignedIn,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def locked(*_args: object) -> None:
        raise AccountLocked(current="Free", shown="one", plan="Pro", price="$29.00")

    monkeypatch.setattr(books, "ledger", locked)
    table = SQLModel.metadata.tables["goal"]
    row = {column.name: value(column, ACCOUNT, ada) for column in table.columns}
    with transaction() as db:
        db.connection().execute(insert(table).values(row | {"metric": metric, "target": typed, "currency": kept_in}))
    (goal,) = rows(files(ada), "goals")
    assert (goal["target"], goal["currency"], goal["date"]) == (target, currency, "2026-01-02")


def test_views_of_the_team_and_ones_own(ada: SignedIn) -> None:
    bob = join("Bob").user
    for user, name, shared in ((ada, "Mine", False), (ada, "Ours", True)):
        views.save(user, name, page="metric", query={"slug": ["mrr"]}, shared=shared, now=1)
    assert [row["view"] for row in rows(files(ada), "views")] == ["Mine", "Ours"]
    found = b"".join(everything.zipped(ada.workspace, ACCOUNT, reader=bob.id))
    with zipfile.ZipFile(io.BytesIO(found)) as theirs:
        assert [line.split(b",")[0] for line in theirs.read("views.csv").splitlines()] == [b"view", b"Ours"]


def test_the_rules_and_those_before(ada: SignedIn) -> None:
    with transaction() as db:
        rules.keep(db, ACCOUNT, {"count_metered": True}, "Asia/Tokyo")
    (found,) = rows(files(ada), "rules")
    assert (found["timezone"], found["rules"]) == ("Asia/Tokyo", '{"count_metered": true}')
    assert found["rules_before"] == '{"rules": {}, "timezone": "UTC"}'


def test_numbers_with_decimal_commas(ada: SignedIn) -> None:
    goals.keep(
        ada,
        ACCOUNT,
        "mrr",
        day=date(2026, 2, 1),
        target=Decimal("1234.5"),
        currency="usd",
        today=date(2026, 1, 1),
        now=1,
    )
    found = files(ada, commas=True)["goals"].decode()
    assert found.splitlines()[1].startswith("mrr;2026-02-01;1234,50;usd;")
    assert exports.BOM not in found
