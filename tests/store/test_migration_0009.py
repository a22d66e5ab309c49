"""The step that tells whose notes and goals are: nothing is lost, and each row finds the workspace that wrote it."""

from __future__ import annotations

from typing import Any, Final

import pytest
from alembic import command
from sqlalchemy import text

from lib.store import engine as store
from lib.store.engine import alembic_config

pytestmark = pytest.mark.usefixtures("data_dir")

ROWS: Final[dict[str, list[dict[str, Any]]]] = {
    "workspace": [{"id": "ws_a", "name": "A"}, {"id": "ws_b", "name": "B", "currency": "eur"}],
    "account": [
        {"id": "acct_1", "default_currency": "usd", "rules": '{"currency": "jpy"}'},
        {"id": "acct_2", "default_currency": "gbp", "rules": None},
    ],
    "connection": [
        {"id": "con_1", "workspace": "ws_a", "account": "acct_1", "created": 100, "revoked_at": 200},
        {"id": "con_2", "workspace": "ws_b", "account": "acct_1", "created": 300, "revoked_at": None},
        {"id": "con_3", "workspace": "ws_a", "account": "acct_2", "created": 100, "revoked_at": 200},
    ],
    "customer_note": [
        {"id": "by_a", "account": "acct_1", "created": 150},
        {"id": "by_b", "account": "acct_1", "created": 350},
        {"id": "before_all", "account": "acct_1", "created": 50},
        {"id": "of_one_that_left", "account": "acct_2", "created": 150},
        {"id": "of_nobody", "account": "acct_9", "created": 150},
        {"id": "of_all", "account": "ws_a", "created": 150},
    ],
    "annotation": [{"id": "by_a", "account": "acct_1", "created": 150}],
    "goal": [
        {"id": "in_yen", "account": "acct_1", "created": 150},
        {"id": "in_pounds", "account": "acct_2", "created": 150},
        {"id": "in_the_first", "account": "ws_a", "created": 150},
        {"id": "in_the_chosen", "account": "ws_b", "created": 150},
    ],
}
ALWAYS: Final[dict[str, dict[str, Any]]] = {
    "workspace": {"created": 1},
    "account": {"livemode": False, "timezone": "UTC", "data_version": 1, "created": 1},
    "connection": {"kind": "oauth", "livemode": False},
    "customer_note": {"customer": "cus_1", "text": "x", "user": None},
    "annotation": {"day": "2026-01-01", "text": "x", "user": None},
    "goal": {"metric": "mrr", "day": "2026-12-31", "target": "35000", "user": None},
}


def go(revision: str, *, up: bool = True) -> None:
    with store.engine().connect() as connection, connection.begin():
        (command.upgrade if up else command.downgrade)(alembic_config(connection), revision)


def found(query: str) -> dict[str, str | None]:
    with store.engine().connect() as connection:
        return {row[0]: row[1] for row in connection.execute(text(query))}


@pytest.fixture
def filled(empty_database: str) -> str:
    """A database of the step before, with something in it."""
    go("0008")
    with store.engine().begin() as connection:
        for table, rows in ROWS.items():
            for row in rows:
                values = ALWAYS[table] | row
                names = ", ".join(f'"{name}"' for name in values)
                blanks = ", ".join(f":{name}" for name in values)
                connection.execute(text(f'INSERT INTO "{table}" ({names}) VALUES ({blanks})'), values)
    return empty_database


def test_each_row_is_of_the_workspace_that_had_the_account_then(filled: str) -> None:
    store.migrate()
    assert found("SELECT id, workspace FROM customer_note") == {
        "by_a": "ws_a",
        "by_b": "ws_b",
        "before_all": "ws_b",
        "of_one_that_left": "ws_a",
        "of_nobody": None,
        "of_all": "ws_a",
    }, filled
    assert found("SELECT id, workspace FROM annotation") == {"by_a": "ws_a"}


def test_a_goal_keeps_the_currency_that_is_reported_in(filled: str) -> None:
    store.migrate()
    assert found("SELECT id, currency FROM goal") == {
        "in_yen": "jpy",
        "in_pounds": "gbp",
        "in_the_first": "usd",  # no account is connected to ws_a any more
        "in_the_chosen": "eur",
    }, filled


def test_nothing_is_lost_on_the_way_up_and_down(filled: str) -> None:
    tables = ("customer_note", "annotation", "goal")
    before = {table: found(f'SELECT id, account FROM "{table}"') for table in tables}
    store.migrate()
    go("0008", up=False)
    assert {table: found(f'SELECT id, account FROM "{table}"') for table in tables} == before, filled
    store.migrate()
