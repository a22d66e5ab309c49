"""Every page and every section of Settings as a viewer sees it: no button that writes for others can be pressed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Final

import pytest

from lib.accounts import api_keys, customer_notes
from lib.accounts.roles import Role
from lib.ledger.rules import Rules
from lib.metrics.segments import Condition, Op, Segment
from lib.reports import annotations, books, customers, goals, rules, segments
from lib.store import checkpoints, people, tables
from lib.store import connections as rows
from lib.store.engine import transaction
from lib.web import guard
from lib.web.navigation import PAGES
from lib.web.settings_page import SECTIONS
from tests.web.conftest import Business, Open

OWN: Final = {
    "Save your name", "Change your password", "Sign out there", "Sign out everywhere", "Leave", "Send me one now",
    "Hide the first steps", "Undo", "Edit cards",
}  # fmt: skip
"""What is the viewer's alone."""
LOOKING: Final = {
    "Show what changes", "Show old and new", "Undo these changes", "Reset", "Wait for a test event", "Check again",
    "Let the stand-in send one", "All customers", "All rows", "Back", "Edit", "Hide",
    "Create another",
}  # fmt: skip
"""What only shows something, to this viewer in this session."""
LEFT = "acct_left"


@pytest.fixture
def customer(business: Business, monkeypatch: pytest.MonkeyPatch) -> str:
    """A customer of a workspace that has something of every kind to change; who looks is a viewer of it."""
    ada, account = business.user, business.account
    today = books.ledger(account).today
    found: str = customers.of(account)["customer"][0]
    customer_notes.add(ada, account, found, "A note", now=1)
    annotations.add(ada, account, today, "A pin", now=1)
    goals.keep(
        ada, account, "mrr", day=date(today.year + 1, 12, 31), target=Decimal(1), currency="usd", today=today, now=1
    )
    segments.save(ada.workspace, Segment("Germans", (Condition("country", Op.IS, ("DE",)),)), now=1)
    api_keys.create(ada.id, ada.workspace, "sheet", now=1)
    rules.keep(account, Rules(churn_at_click=True))
    with transaction() as db:
        checkpoints.save_run(db, account, state="failed", error="Stripe does not answer.", finished=1.0, checked=1.0)
        rows.keep_account(db, tables.Account(id=LEFT, name="Left", created=1))
        people.add(
            db,
            tables.Connection(
                id="con_left", workspace=ada.workspace, account=LEFT, kind="oauth", created=1, revoked_at=2
            ),
        )
    monkeypatch.setattr(guard, "current_user", lambda: replace(ada, role=Role.VIEWER))
    return found


WALK: Final = [
    *[(page.url_path, {}) for page in PAGES if page.url_path not in {"settings", "join"} and not page.operator],
    *[("settings", {"section": section}) for section in SECTIONS],
    ("metric", {"segment": "Germans"}),
]


@pytest.mark.parametrize(("page", "query"), WALK, ids=[" ".join((page, *query.values())) for page, query in WALK])
def test_a_viewer_can_press_nothing_that_writes_for_others(
    page: str, query: dict[str, str], customer: str, open_page: Open
) -> None:
    known = {"id": customer} if page == "customer" else {}
    app = open_page(page, **query, **known)
    on = {each.label for each in app.button if not each.disabled}
    assert on <= OWN | LOOKING


def test_an_owner_could(business: Business, open_page: Open) -> None:
    """The walk would see the buttons if they were on."""
    on = {
        each.label
        for page, query in (("metric", {}), ("settings", {"section": "Connection"}), ("settings", {"section": "Data"}))
        for each in open_page(page, **query).button
        if not each.disabled
    }
    assert {"Save the goal", "Disconnect", "Create a key"} <= on
