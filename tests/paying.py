"""A server that sells plans, and workspaces that pay, try or have stopped paying: for the tests of every room."""

from __future__ import annotations

import time
from typing import Final

import pytest

from lib import settings
from lib.billing import access
from lib.store import billing, people, tables
from lib.store.engine import transaction
from lib.store.tables import BillingSubscription

DAY: Final = 86_400


def sell(monkeypatch: pytest.MonkeyPatch) -> None:
    """Switch BILLING on: whoever has paid nothing is on Free."""
    monkeypatch.setenv("BILLING", "on")
    settings.replace(None)
    access.forget()


def pay(workspace: str, plan: str = "pro", status: str = "active", *, unpaid_days: int | None = None) -> None:
    """Put a workspace on a plan, in place of the one that it has. ``unpaid_days``: since when its invoice is due."""
    now = int(time.time())
    row = BillingSubscription(
        id=f"sub_{workspace}",
        workspace=workspace,
        customer="cus_ours",
        status=status,
        plan=plan,
        interval="month",
        unpaid_since=None if unpaid_days is None else now - unpaid_days * DAY,
        created=now - 400 * DAY,
        observed_at=time.time(),
    )
    with transaction() as db:
        billing.keep(db, row)
    access.forget()


def lapse(workspace: str, plan: str = "pro") -> None:
    """A payment failed long ago: the grace is over."""
    pay(workspace, plan, "past_due", unpaid_days=30)


def connect(workspace: str, *accounts: str) -> None:
    """Connect accounts to a workspace, the oldest first; nothing of them is read yet."""
    with transaction() as db:
        for created, account in enumerate(accounts, 1):
            people.add(db, tables.Account(id=account, name=f"Shop {created}", default_currency="usd", created=created))
            link = tables.Connection(
                id=f"con_{account}", workspace=workspace, account=account, kind="oauth", created=created
            )
            people.add(db, link)
    access.forget()


def workspace(name: str = "ws_paying") -> str:
    """A workspace without people."""
    with transaction() as db:
        people.add(db, tables.Workspace(id=name, name="Shop", created=1))
    return name
