"""A migrated, empty database of the test's own, and people in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from lib.accounts.sessions import SignedIn
from lib.store.engine import migrate
from tests.accounts.members import PlainHasher, join


@pytest.fixture(autouse=True)
def database(data_dir: Path) -> None:
    migrate()


@pytest.fixture
def hasher() -> PlainHasher:
    return PlainHasher()


@pytest.fixture
def ada() -> SignedIn:
    """Ada, signed up and signed in at noon."""
    return join("Ada").user


@pytest.fixture
def eve() -> SignedIn:
    """Eve, in a workspace of her own."""
    return join("Eve").user
