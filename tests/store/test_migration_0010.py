"""The step that tells which account of ours sold a plan: every customer stays, and the newest goes back."""

from __future__ import annotations

from typing import Final

import pytest
from alembic import command
from sqlalchemy import text

from lib.store import engine as store
from lib.store.engine import alembic_config

pytestmark = pytest.mark.usefixtures("data_dir")

CUSTOMERS: Final = "SELECT customer, workspace, connected, created FROM billing_customer ORDER BY customer"


def go(revision: str, *, up: bool = True) -> None:
    with store.engine().connect() as connection, connection.begin():
        (command.upgrade if up else command.downgrade)(alembic_config(connection), revision)


def run(*statements: str) -> None:
    with store.engine().begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def found(query: str) -> list[tuple[object, ...]]:
    with store.engine().connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


@pytest.fixture
def filled(empty_database: str) -> str:
    """A database of the step before, with two customers and a clock."""
    go("0009")
    run(
        "INSERT INTO workspace (id, name, created) VALUES ('ws_a', 'A', 1), ('ws_b', 'B', 2)",
        "INSERT INTO billing_customer (workspace, customer, connected, created) "
        "VALUES ('ws_a', 'cus_a', 'acct_1', 5), ('ws_b', 'cus_b', NULL, 6)",
        "INSERT INTO billing_clock (id, seen) VALUES (1, 4000000000)",
    )
    return empty_database


KEPT: Final = [("cus_a", "ws_a", "acct_1", 5), ("cus_b", "ws_b", None, 6)]


def test_every_customer_stays_and_of_none_it_is_known_who_sold(filled: str) -> None:
    store.migrate()
    assert found(CUSTOMERS) == KEPT, filled
    assert found("SELECT DISTINCT platform, livemode FROM billing_customer") == [(None, None)]


def test_on_the_way_down_the_newest_customer_of_a_workspace_is_kept(filled: str) -> None:
    store.migrate()
    run(
        "INSERT INTO billing_customer (customer, workspace, platform, livemode, created) "
        "VALUES ('cus_c', 'ws_b', 'acct_9', TRUE, 7)"
    )
    go("0009", up=False)
    assert found(CUSTOMERS) == [KEPT[0], ("cus_c", "ws_b", None, 7)], filled
    assert found("SELECT * FROM billing_clock") == []
    store.migrate()
    assert [each[0] for each in found(CUSTOMERS)] == ["cus_a", "cus_c"]


def test_an_empty_database_goes_both_ways(empty_database: str) -> None:
    store.migrate()
    go("0009", up=False)
    store.migrate()
    assert found(CUSTOMERS) == [], empty_database
