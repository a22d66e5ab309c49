"""The page of our own customers: for whoever runs the server, with sums that add up and nothing unescaped."""

from __future__ import annotations

import re
import time

import pytest

from lib.accounts.sessions import SignedIn
from lib.billing import admin
from lib.store import ours, people, tables
from lib.store.engine import transaction
from lib.web import customers_of_ours_page, guard
from tests import paying
from tests.accounts.members import join
from tests.web.conftest import Open
from tests.web.test_plan_section import NOW, has, html

MICRO = 1_000_000


@pytest.fixture
def ada(newcomer: SignedIn, monkeypatch: pytest.MonkeyPatch) -> SignedIn:
    """Who signed up first runs the server."""
    paying.sell(monkeypatch)
    return newcomer


def shop(name: str) -> SignedIn:
    """A workspace of somebody else's, named after them."""
    return join(name, now=int(time.time()) + 600).user


def test_every_workspace_with_its_plan_and_a_total(ada: SignedIn, open_page: Open) -> None:
    paying.connect(ada.workspace, "acct_1")
    bolt, cup = shop("Bolt"), shop("Cup")
    has(bolt, id="sub_b", interval="year", mrr=2_416_666_667)
    has(cup, id="sub_c", interval="year", mrr=2_416_666_667)
    found = html(open_page("our-customers"))
    assert re.findall(r"\$\d+\.\d\d", found.split("<tbody>")[1]) == ["$24.17", "$24.16", "$0.00", "$48.33"]
    assert "<dt>MRR to us</dt><dd>$48.33</dd>" in found
    assert "<dt>Paying</dt><dd>2</dd>" in found
    assert "Shop 1<small>acct_1</small>" in found
    assert "<td>Paying</td>" in found
    assert "dashboard.stripe.com" not in found


def test_a_search_narrows_the_table_and_its_total(ada: SignedIn, open_page: Open) -> None:
    has(shop("Bolt"), id="sub_b", mrr=2900 * MICRO)
    has(shop("Cup"), id="sub_c", mrr=2900 * MICRO)
    found = html(open_page("our-customers", q="bolt"))
    assert "1 of 3 workspaces" in found
    assert re.findall(r"\$\d+\.\d\d", found.split("<tbody>")[1]) == ["$29.00", "$29.00"]
    assert "<dt>MRR to us</dt><dd>$58.00</dd>" in found
    assert "No workspace matches" in open_page("our-customers", q="zzz").info[0].value


def test_nobody_else_sees_it(ada: SignedIn, open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    eve = shop("Eve")
    monkeypatch.setattr(guard, "current_user", lambda: eve)
    app = open_page("our-customers")
    assert [each.value for each in app.warning] == ["This page is for whoever runs this server."]
    assert "Ada" not in html(app)


def test_names_of_strangers_are_text(ada: SignedIn, monkeypatch: pytest.MonkeyPatch) -> None:
    with transaction() as db:
        people.add(db, tables.Workspace(id="ws_x", name="<script>alert(1)</script>", created=NOW))
    found = customers_of_ours_page.table(admin.overview(ada), "en_US", livemode=None)
    assert "<script>" not in found
    assert "&lt;script&gt;" in found


def test_what_is_paid_for_nobody_is_shown_and_linked(
    ada: SignedIn, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Without a workspace" not in html(open_page("our-customers"))
    row = tables.BillingStray(
        id="sub_<x>", customer="cus_9", named="ws_<y>", status="active", livemode=True, created=NOW
    )
    row.amount, row.currency = 2900, "usd"
    with transaction() as db:
        ours.keep_strays(db, [row])
    found = html(open_page("our-customers")).partition("Without a workspace")[2]
    assert "$29.00" in found
    assert "sub_&lt;x&gt;" in found
    assert "<td>ws_&lt;y&gt;</td>" in found
    monkeypatch.setattr(admin, "link", lambda id_, *, livemode: f"https://stripe/{id_}" if livemode else None)
    assert 'href="https://stripe/cus_9"' in customers_of_ours_page.nobodys([row], "en_US")


def test_what_is_not_drawn_is_summed_up(ada: SignedIn, monkeypatch: pytest.MonkeyPatch) -> None:
    has(shop("Bolt"), id="sub_b", mrr=2900 * MICRO)
    has(shop("Cup"), id="sub_c", mrr=2900 * MICRO)
    monkeypatch.setattr(customers_of_ours_page, "_SHOWN", 1)
    found = customers_of_ours_page.table(admin.overview(ada), "en_US", livemode=None)
    assert "2 others, in the CSV file" in found
    assert re.findall(r"\$\d+\.\d\d", found) == ["$29.00", "$29.00", "$58.00"]
