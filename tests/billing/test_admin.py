"""Our customers: who pays what, for whoever runs this server alone; sums are exact to the cent."""

from __future__ import annotations

import csv
import io
import time

import pytest

from lib import settings as settings_module
from lib.accounts.sessions import SignedIn
from lib.billing import admin
from lib.billing.access import State
from lib.errors import NotTheOperator
from lib.reports.tables import safe
from lib.settings import Settings
from lib.store import billing, people, tables
from lib.store.engine import transaction
from lib.store.tables import BillingInvoice, BillingSubscription
from tests import paying
from tests.accounts.members import join

DAY, MICRO = 86_400, 1_000_000
NOW = int(time.time())


@pytest.fixture
def ada(selling: None) -> SignedIn:
    """Who runs the server: the first to sign up."""
    return join("Ada", now=NOW - DAY).user


def shop(name: str, cents: float = 0, **more: object) -> None:
    """A workspace, and its subscription if it has one: ``shop("Bolt", 2900, status="past_due")``."""
    workspace = f"ws_{name.lower()}"
    with transaction() as db:
        people.add(db, tables.Workspace(id=workspace, name=name, created=NOW - 100 * DAY))
        known: dict[str, object] = {"status": "active", "plan": "pro", "interval": "month", "currency": "usd"}
        row: dict[str, object] = {"id": f"sub_{name}", "workspace": workspace, "customer": f"cus_{name}"}
        seen: dict[str, object] = {"observed_at": 1.0, "created": NOW - 50 * DAY, "mrr": round(cents * MICRO)}
        if cents or more:
            billing.keep(db, BillingSubscription.model_validate(row | known | seen | more))


def test_everybody_is_counted_where_they_stand(ada: SignedIn) -> None:
    shop("Bolt", 2900)
    shop("Cup", 9900, plan="business", ends_at=NOW + DAY)
    shop("Dot", status="trialing", trial_end=NOW + DAY)
    shop("Eel", status="trialing", trial_end=NOW + DAY, ends_at=NOW + DAY)
    shop("Fox", 2900, status="past_due", unpaid_since=NOW - DAY)
    shop("Gum", 2900, status="past_due", unpaid_since=NOW - 30 * DAY)
    shop("Hat", 0, status="canceled", ended_at=NOW - DAY)
    found = admin.overview(ada)
    assert [(each.name, each.plan, each.status) for each in found.lines if each.name != "Ada's workspace"] == [
        ("Cup", "Business", "Cancelled, runs out"),
        ("Bolt", "Pro", "Paying"),
        ("Fox", "Pro", "In grace: the last payment failed"),
        ("Dot", "Pro", "On trial"),
        ("Eel", "Pro", "Cancelled, runs out"),
        ("Gum", "Pro", "Lapsed: not paid"),
        ("Hat", "Free", "On Free"),
    ]
    assert (found.paying, found.trying, found.count(State.GRACE), found.count(State.LAPSED)) == (2, 2, 1, 1)
    assert found.mrr == (9900 + 2 * 2900) * MICRO


@pytest.mark.parametrize(
    ("cents", "micros"),
    [
        ((7250,), (7250 * MICRO,)),
        ((2417, 2417, 2416), (2_416_666_667, 2_416_666_667, 2_416_666_666)),
        ((1, 0), (500_000, 400_000)),
        ((0, 0), (0, 0)),
        ((), ()),
    ],
)
def test_cents_add_up_to_the_rounded_sum(cents: tuple[int, ...], micros: tuple[int, ...]) -> None:
    assert admin.shared_out(micros) == cents


def test_a_subscription_that_ended_or_is_in_other_money_brings_nothing(ada: SignedIn) -> None:
    shop("Bolt", 2900, ended_at=NOW - DAY)
    shop("Cup", 2900, currency="eur")
    assert admin.overview(ada).mrr == 0


def test_what_is_owed_is_summed_of_open_invoices_of_plans_that_have_ended_too(ada: SignedIn) -> None:
    shop("Fox", 2900, status="past_due", unpaid_since=NOW - DAY)
    shop("Gum", 2900, status="past_due", unpaid_since=NOW - 70 * DAY)
    shop("Hat", 0, status="canceled", ended_at=NOW - DAY)
    bills = (
        ("Fox", "open", "usd", 2900),
        ("Gum", "open", "usd", 2900),
        ("Gum", "open", "usd", 2901),
        ("Gum", "open", "eur", 5),
        ("Gum", "void", "usd", 7),
        ("Hat", "open", "usd", 9),
    )
    for number, (of, status, currency, due) in enumerate(bills):
        bill = {"id": f"in_{number}", "workspace": f"ws_{of.lower()}", "subscription": f"sub_{of}", "status": status}
        bill |= {"currency": currency, "due": due, "created": NOW, "observed_at": 1.0}
        with transaction() as db:
            billing.keep(db, BillingInvoice.model_validate(bill))
    found = admin.overview(ada)
    assert {each.name: (each.mrr, each.owed) for each in found.lines if each.owed} == {
        "Fox": (2900 * MICRO, 2900),
        "Gum": (0, 5801),
        "Hat": (0, 9),
    }
    assert (found.mrr, found.owed) == (2900 * MICRO, 8710)
    lines = list(csv.DictReader(io.StringIO(admin.as_csv(found, lambda _moment: "2026-01-31", safe))))
    assert [each["owed"] for each in lines] == ["29.00", "58.01", "0.09", "0.00", "87.10"]


@pytest.mark.parametrize(
    ("search", "names"),
    [("bolt", ["Bolt"]), ("ACCT_1", ["Bolt"]), ("cus_cup", ["Cup"]), ("lapsed", []), ("pro paying", ["Bolt", "Cup"])],
)
def test_a_search_finds_names_ids_and_states(ada: SignedIn, search: str, names: list[str]) -> None:
    shop("Bolt", 2901)
    shop("Cup", 2900)
    paying.connect("ws_bolt", "acct_1")
    assert [each.name for each in admin.overview(ada).matching(search).lines] == names


def test_the_file_adds_up_and_holds_no_formula(ada: SignedIn) -> None:
    shop(" ＝Bolt", 29000 / 12)
    shop("|Cup", 29000 / 12)
    text = admin.as_csv(admin.overview(ada), lambda _moment: "2026-01-31", safe)
    lines = list(csv.DictReader(io.StringIO(text)))
    assert [each["mrr"] for each in lines] == ["24.17", "24.16", "0.00", "48.33"]
    assert [each["name"] for each in lines[:2]] == ["' ＝Bolt", "'|Cup"]
    assert lines[-1]["workspace"] == "Total"


def test_only_whoever_runs_the_server_sees_it(ada: SignedIn, monkeypatch: pytest.MonkeyPatch) -> None:
    eve = join("Eve", now=NOW).user
    with pytest.raises(NotTheOperator):
        admin.overview(eve)
    monkeypatch.setenv("OPERATORS", "eve@example.com")
    settings_module.replace(None)
    assert len(admin.overview(eve).lines) == 2
    with pytest.raises(NotTheOperator):
        admin.overview(ada)


@pytest.mark.parametrize(
    ("address", "given", "livemode"),
    [
        ("https://dashboard.stripe.com/customers/cus_1", {}, True),
        ("https://dashboard.stripe.com/test/customers/cus_1", {}, False),
        ("https://dashboard.stripe.com/subscriptions/sub_1", {}, True),
        (None, {}, None),
        (None, {"stripe_api_base": "http://localhost:1"}, False),
        (None, {"stripe_secret_key": None}, False),
    ],
)
def test_a_customer_is_linked_only_at_the_real_stripe(
    address: str | None, given: dict[str, str | None], livemode: bool | None, selling: None
) -> None:
    values = {"stripe_secret_key": "sk_test_1"} | given
    settings_module.replace(Settings.model_validate({key: value for key, value in values.items() if value}))
    id_ = address.rpartition("/")[2] if address else "cus_1"
    assert admin.link(id_, livemode=livemode) == address
