"""A new subscription: chosen, reviewed with our fee, made once; refused before the form where it can't be made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import update
from sqlmodel import col
from streamlit.testing.v1 import AppTest

from lib.accounts.roles import Role
from lib.accounts.sessions import SignedIn
from lib.billing import selling
from lib.billing.selling import Choice, First, Offer, PriceChoice
from lib.errors import AppError, PermissionMissing, ResourceMissing, StripeBusy, StripeRefused, StripeUnavailable
from lib.store.engine import transaction
from lib.store.tables import Connection
from lib.web import guard, new_subscription_page
from tests.web.conftest import Business, Open
from tests.web.test_plan_section import failures, html

TEAM = PriceChoice("price_1", "Team", Decimal(2900), "usd", "month", 1)


def scope(business: Business, **values: str) -> None:
    """What the connection allows."""
    with transaction() as db:
        change = update(Connection).where(col(Connection.account) == business.account)
        db.connection().execute(change.values(**values))


def press(app: AppTest, label: str) -> AppTest:
    return next(each for each in app.button if each.label == label).click().run()


@pytest.fixture
def shop(business: Business) -> Business:
    scope(business, kind="oauth", scope="read_write")
    return business


def reviewed(shop: Business, open_page: Open) -> tuple[AppTest, Choice]:
    """The page at its review, for a customer who is billed in a currency."""
    who = next(each for each in selling.customers(shop.user, shop.account) if each.currency)
    app = open_page("new-subscription", customer=who.id)
    price = next(each for each in app.selectbox if each.label == "Price")
    price.set_value(next(each.id for each in selling.prices(shop.user, shop.account) if each.currency == who.currency))
    app.number_input(key="how-many").set_value(3)
    app.number_input(key="trial-days").set_value(14)
    app.run()
    return press(app, "Review"), who


@pytest.mark.parametrize(("kind", "allowed"), [("restricted_key", "read_write"), ("oauth", "read_only"), ("oauth", "")])
def test_where_nothing_may_be_written_the_form_is_not_shown(
    business: Business, open_page: Open, kind: str, allowed: str
) -> None:
    scope(business, kind=kind, scope=allowed)
    app = open_page("new-subscription")
    assert "may only read" in app.warning[0].value
    assert not app.selectbox
    assert not app.button


@pytest.mark.parametrize("role", [Role.MEMBER, Role.VIEWER])
def test_only_owners_make_one(shop: Business, open_page: Open, role: Role, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "current_user", lambda: replace(shop.user, role=role))
    app = open_page("new-subscription")
    assert app.warning
    assert not app.selectbox


def test_it_is_reviewed_and_then_made_once(shop: Business, open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[tuple[Offer, str]] = []

    def create(_user: SignedIn, agreed: Offer, *, once: str) -> str:
        made.append((agreed, once))
        return "sub_new"

    monkeypatch.setattr(selling, "create", create)
    app, who = reviewed(shop, open_page)
    told = html(app)
    assert who.name.split(" (")[0] in told
    assert "3 × " in told
    assert "after 14 days of trial" in told
    assert any("Plimsoll keeps 1 % of each payment" in each.value.replace("\\", "") for each in app.markdown)
    assert not made
    press(app, "Create the subscription")
    assert len(made) == 1
    assert (made[0][0].customer.id, made[0][0].quantity, made[0][0].trial_days) == (who.id, 3, 14)
    assert "is created: sub_new" in app.success[0].value
    app.run()
    assert len(made) == 1


@pytest.mark.parametrize(
    ("error", "same"),
    [
        (StripeUnavailable(), True),
        (StripeBusy(), True),
        (StripeRefused(reason="no card."), False),
        (ResourceMissing(), False),
        (PermissionMissing(), False),
    ],
)
def test_a_failure_is_told_and_tried_again_with_the_right_token(
    shop: Business, open_page: Open, monkeypatch: pytest.MonkeyPatch, error: AppError, same: bool
) -> None:
    tokens: list[str] = []

    def create(_user: SignedIn, _agreed: Offer, *, once: str) -> str:
        tokens.append(once)
        raise error

    monkeypatch.setattr(selling, "create", create)
    app, _ = reviewed(shop, open_page)
    press(app, "Create the subscription")
    assert failures(app) == [error.message]
    press(app, "Create the subscription")
    assert (tokens[0] == tokens[1]) is same


def test_back_keeps_what_was_chosen(shop: Business, open_page: Open) -> None:
    app, who = reviewed(shop, open_page)
    press(app, "Back")
    values = {each.label: each.value for each in (*app.selectbox, *app.number_input)}
    assert values["Customer"] == who.id
    assert values["Price"]
    assert (values["Quantity"], values["Days of trial"]) == (3, 14)


def test_only_prices_that_the_customer_can_be_billed_in_are_offered(shop: Business, open_page: Open) -> None:
    who = next(each for each in selling.customers(shop.user, shop.account) if each.currency == "usd")
    app = open_page("new-subscription", customer=who.id)
    offered = next(each for each in app.selectbox if each.label == "Price").options
    every = selling.prices(shop.user, shop.account)
    assert len(offered) == sum(each.currency == "usd" for each in every) < len(every)


def test_it_is_reached_from_the_customers_by_owners(
    shop: Business, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    def links(app: AppTest) -> list[str]:
        return [each.proto.label for each in app.get("page_link")]

    assert "New subscription" in links(open_page("customers"))
    monkeypatch.setattr(guard, "current_user", lambda: replace(shop.user, role=Role.VIEWER))
    assert "New subscription" not in links(open_page("customers"))


@pytest.mark.parametrize(
    ("said", "price"),
    [
        ("Team, $29.00 a month", TEAM),
        ("Team, $29.00 every 3 months", replace(TEAM, count=3)),
        ("Team, $0.005 a month", replace(TEAM, unit=Decimal("0.50"))),
        ("Team, $29.50 a month", replace(TEAM, unit=Decimal("2950.000"))),
        ("Team, ¥0.5 a month", replace(TEAM, unit=Decimal("0.5"), currency="jpy")),
        ("Team, KWD0.0295 a month", replace(TEAM, unit=Decimal("29.5"), currency="kwd")),
        ("Team, $29.00 a month for each 10 or part of it", replace(TEAM, size=10)),
        ("Team, $29.00 a month for each whole 1,000", replace(TEAM, size=1000, whole=True)),
        ("Team, ¥2,900 a year", replace(TEAM, currency="jpy", interval="year")),
    ],
)
def test_prices_in_words(said: str, price: PriceChoice) -> None:
    assert new_subscription_page.priced(price, "en_US") == said


def test_large_numbers_are_written_as_the_reader_writes_them() -> None:
    assert new_subscription_page.priced(replace(TEAM, size=1000), "de_DE").endswith(" for each 1.000 or part of it")
    many = Offer("acct_1", Choice("cus_1", "Ada"), TEAM, 2000, 0, Decimal("1.5"))
    assert dict(new_subscription_page.facts(many, date(2026, 1, 31), "de_DE"))["Price"].startswith("2.000 × Team")


@pytest.mark.parametrize(
    ("amount", "fee", "quantity", "price"),
    [
        (8700, 131, 3, TEAM),
        (8700, 131, 25, replace(TEAM, size=10)),
        (5800, 87, 20, replace(TEAM, size=10)),
        (5800, 87, 25, replace(TEAM, size=10, whole=True)),
        (0, 0, 9, replace(TEAM, size=10, whole=True)),
        (2, 0, 3, replace(TEAM, unit=Decimal("0.5"))),
    ],
)
def test_what_a_quantity_costs_and_what_we_keep_of_it(amount: int, fee: int, quantity: int, price: PriceChoice) -> None:
    offered = Offer("acct_1", Choice("cus_1", "Ada"), price, quantity, 0, Decimal("1.5"))
    assert (offered.amount, offered.fee) == (amount, fee)


Words = Callable[[Offer], object]
LESS = First(discount=1450, tax=725, total=2175, due=1975)


@pytest.mark.parametrize(
    ("said", "of"),
    [
        ("Acme keeps 1.5 % of each payment: $0.44.", lambda each: new_subscription_page.kept(each, "en_US", "Acme")),
        (
            "Acme keeps nothing of it.",
            lambda each: new_subscription_page.kept(replace(each, fee_percent=Decimal(0)), "en_US", "Acme"),
        ),
        (
            "Acme keeps 1.5 % of each payment: $0.30 of the first.",
            lambda each: new_subscription_page.kept(replace(each, first=LESS), "en_US", "Acme"),
        ),
        (
            [
                ("Customer", "Ada"),
                ("Price", "Team, $29.00 a month"),
                ("Each month", "$29.00"),
                ("Discount", "−$14.50"),
                ("Tax", "$7.25"),
                ("Paid from the customer’s credit", "−$2.00"),
                ("First payment, now", "$19.75"),
            ],
            lambda each: [*new_subscription_page.facts(replace(each, first=LESS), date(2026, 1, 31), "en_US")],
        ),
        (("$29.00", "now"), lambda each: new_subscription_page.first(each, date(2026, 1, 31), "en_US")),
        (
            ("$29.00", "on Feb 14, 2026, after 14 days of trial"),
            lambda each: new_subscription_page.first(replace(each, trial_days=14), date(2026, 1, 31), "en_US"),
        ),
    ],
)
def test_what_is_paid_when_and_what_we_keep(said: object, of: Words) -> None:
    assert of(Offer("acct_1", Choice("cus_1", "Ada"), TEAM, 1, 0, Decimal("1.5"))) == said
