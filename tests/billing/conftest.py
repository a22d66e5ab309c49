"""A server that sells plans, an owner, and a stand-in Stripe of the test's own whose clock may be moved."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from lib import settings as settings_module
from lib.billing import access
from lib.settings import Standin
from lib.store.engine import migrate
from tests.accounts.members import join
from tests.billing.buying import Buyer


@pytest.fixture
def selling(monkeypatch: pytest.MonkeyPatch, data_dir: Path) -> None:
    """Plans are sold, and the database is there."""
    monkeypatch.setenv("BILLING", "on")
    settings_module.replace(None)
    access.forget()
    migrate()


@pytest.fixture
def buyer(fresh_standin: Standin, selling: None) -> Buyer:
    """Ada, who owns a workspace that has bought nothing yet."""
    settings_module.bind_standin(fresh_standin)
    return Buyer(join("Ada", now=int(time.time())).user, fresh_standin)
