"""Who runs this server: the one who came first, until OPERATORS names somebody."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lib.billing import operators
from lib.errors import NotTheOperator
from lib.settings import Settings, settings
from lib.store.engine import migrate
from tests.accounts.members import NOON, join


@pytest.fixture(autouse=True)
def _database(data_dir: object) -> None:
    migrate()


def test_whoever_signed_up_first_runs_the_server() -> None:
    late = join("Bob", now=NOON + 1).user
    first = join("Ada", now=NOON).user
    assert operators.is_operator(first)
    assert not operators.is_operator(late)
    operators.require_operator(first)
    with pytest.raises(NotTheOperator):
        operators.require_operator(late)


def test_operators_named_by_the_setting_replace_the_first(use_settings: Callable[..., Settings]) -> None:
    first, named = join("Ada").user, join("Bob", now=NOON + 1).user
    use_settings(operators="ops@example.com, BOB@example.com")
    assert settings().operators == ("ops@example.com", "bob@example.com")
    assert operators.is_operator(named)
    assert not operators.is_operator(first)
