"""Settings, Plan: what a workspace has, in every state; who may act; and what Stripe's failures look like."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from lib.accounts.roles import Role
from lib.accounts.sessions import SignedIn
from lib.billing import access, brand, change, checkout, ending, portal, truth
from lib.billing.brand import Brand
from lib.billing.change import Line, Preview
from lib.billing.plans import BUSINESS, PRO, Every
from lib.errors import AlreadySubscribed, AppError, NotConfirmedYet, PreviewStale, StripeUnavailable
from lib.store import billing
from lib.store.engine import transaction
from lib.store.tables import BillingInvoice, BillingSubscription
from lib.web import guard, plan_cards, plan_change, plan_offers
from tests import paying
from tests.accounts.members import join
from tests.web.conftest import Open

DAY = 86_400
NOW = int(time.time())
SOON = NOW + 10 * DAY


@pytest.fixture
def ada(newcomer: SignedIn, monkeypatch: pytest.MonkeyPatch) -> SignedIn:
    """An owner on a server that sells plans."""
    paying.sell(monkeypatch)
    return newcomer


def has(user: SignedIn, plan: str = "pro", **more: object) -> None:
    """Put the workspace on a plan."""
    known: dict[str, object] = {"status": "active", "interval": "month", "amount": 2900, "currency": "usd"}
    row: dict[str, object] = {"id": "sub_1", "workspace": user.workspace, "customer": "cus_1", "plan": plan}
    seen: dict[str, object] = {"period_end": SOON, "created": NOW - 40 * DAY, "observed_at": time.time()}
    seen["discounted"] = False
    with transaction() as db:
        billing.keep(db, BillingSubscription.model_validate(row | known | seen | more))
    access.forget()


def bill(user: SignedIn, id_: str = "in_1", **more: object) -> None:
    """An invoice of the workspace."""
    known: dict[str, object] = {"id": id_, "workspace": user.workspace, "subscription": "sub_1", "currency": "usd"}
    seen: dict[str, object] = {"number": f"N-{id_}", "total": 2900, "due": 0, "created": NOW, "observed_at": 1.0}
    pages: dict[str, object] = {"page": f"https://pay.example/{id_}", "pdf": f"https://pay.example/{id_}.pdf"}
    with transaction() as db:
        billing.keep(db, BillingInvoice.model_validate(known | seen | pages | {"status": "paid"} | more))


def html(app: AppTest) -> str:
    """All that is drawn as HTML but the style sheet."""
    return "".join(each.proto.body for each in app.get("html") if "<style>" not in each.proto.body)


def standing(app: AppTest) -> str:
    found = re.search(r'pl-standing">(.*?)</p>', html(app))
    return found[1] if found else ""


def labels(app: AppTest) -> list[str]:
    return [each.label for each in app.button]


def click(app: AppTest, key: str) -> AppTest:
    return app.button(key=key).click().run()


def plan(open_page: Open, **query: str) -> AppTest:
    return open_page("settings", section="Your plan", **query)


def day(moment: int) -> str:
    return time.strftime("%b %-d, %Y", time.gmtime(moment))


@pytest.mark.parametrize("address", ["Your plan", "Plan"])
def test_what_one_pays_us_is_told_from_what_ones_customers_pay(
    address: str, ada: SignedIn, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(brand, "current", lambda: Brand(name="Harbour"))
    app = open_page("settings", section=address)  # it was called Plan, in addresses that are kept
    assert "Your plan" in [each.value for each in app.subheader]
    assert "What you pay Harbour for. The plans that your own customers pay you for" in app.caption[0].value
    assert ada.workspace


# --- What there is ----------------------------------------------------------------------------------------------------


def test_where_nothing_is_charged_there_is_nothing_to_choose(newcomer: SignedIn, open_page: Open) -> None:
    app = plan(open_page)
    assert "everything is included, and there is nothing to pay" in app.markdown[-1].value
    assert "Pro" not in html(app)


@pytest.mark.parametrize(
    ("words", "row"),
    [
        ("Pro is still charged at Stripe, $29.00 a month, next on", {"status": "active"}),
        ("Pro ends on", {"status": "active", "ends_at": SOON}),
        ("Pro, $29.00 a month, was not paid, and Stripe goes on asking", {"status": "past_due", "unpaid_since": 1}),
        ("You need not pay for Pro", {"status": "incomplete"}),
        ("The old plan may still be charged at Stripe", {"status": "active", "plan": None}),
    ],
)
def test_every_way_to_be_charged_still_has_its_sentence(
    words: str, row: dict[str, object], newcomer: SignedIn, open_page: Open
) -> None:
    has(newcomer, **row)
    assert standing(plan(open_page)).startswith(words)


@pytest.mark.parametrize(
    ("sentence", "row"),
    [
        (f"Pro, $29.00 a month. Renews on {day(SOON)}.", {}),
        (
            f"Pro, $290.00 a year. Renews on {day(SOON)}.",
            {"interval": "year", "amount": 29000},
        ),
        (f"Pro, $29.00 a month before discounts. Renews on {day(SOON)}.", {"discounted": True}),
        (f"Pro, $29.00 a month before discounts. Renews on {day(SOON)}.", {"discounted": None}),
        (f"Trial of Pro until {day(SOON)}, then $29.00 a month.", {"status": "trialing", "trial_end": SOON}),
        (f"Pro ends on {day(SOON)}, after that Free.", {"ends_at": SOON}),
        (
            f"Your last payment failed. Pro goes on until {day(NOW + 13 * DAY)}; pay $29.00 at Stripe to keep it.",
            {"status": "past_due", "unpaid_since": NOW - DAY},
        ),
        (
            "Pro was not paid, so this workspace is on Free until it is paid; everything is kept.",
            {"status": "past_due", "unpaid_since": NOW - 30 * DAY},
        ),
        (
            "The first payment of Pro has not gone through yet. Pay $29.00 at Stripe to begin.",
            {"status": "incomplete"},
        ),
        (
            "Free. $29.00 of a plan that has ended is still to be paid; then you can choose a plan again.",
            {"status": "canceled", "ended_at": NOW - DAY},
        ),
    ],
)
def test_every_state_has_its_sentence(ada: SignedIn, open_page: Open, sentence: str, row: dict[str, object]) -> None:
    has(ada, **row)
    bill(ada, status="open", due=2900)
    assert standing(plan(open_page)) == sentence


def test_what_is_used_is_held_against_the_limits(ada: SignedIn, open_page: Open) -> None:
    paying.connect(ada.workspace, "acct_1")
    found = html(plan(open_page))
    assert "<dd>1 of 1</dd>" in found
    assert "<dd>1 of 2</dd>" in found
    has(ada, "business")
    assert "<dd>The beginning</dd>" in html(plan(open_page))


def test_a_newcomer_is_offered_a_trial_and_who_had_one_an_upgrade(ada: SignedIn, open_page: Open) -> None:
    app = plan(open_page)
    assert [app.button(key=f"choose-{slug}").label for slug in ("free", "pro", "business")] == [
        "Your plan",
        "Start 14 days free",
        "Start 14 days free",
    ]
    has(ada, status="canceled", ended_at=NOW - DAY)
    assert plan(open_page).button(key="choose-pro").label == "Upgrade"


def test_the_year_is_in_the_address_and_says_what_it_saves(ada: SignedIn, open_page: Open) -> None:
    found = html(plan(open_page, every="Yearly"))
    assert "<b>$290.00</b> a year" in found
    assert "Saves $58.00 a year" in found


def test_who_has_a_plan_may_change_it(ada: SignedIn, open_page: Open) -> None:
    has(ada)
    app = plan(open_page)
    assert [app.button(key=f"choose-{slug}").label for slug in ("free", "pro", "business")] == [
        "Change to Free",
        "Your plan",
        "Change to Business",
    ]
    assert app.button(key="choose-pro").disabled
    assert plan(open_page, every="Yearly").button(key="choose-pro").label == "Change to yearly"


def test_nothing_is_changed_before_what_is_owed_is_paid(ada: SignedIn, open_page: Open) -> None:
    has(ada, status="past_due", unpaid_since=NOW - DAY)
    bill(ada, status="open", due=2900)
    app = plan(open_page)
    assert all(app.button(key=f"choose-{slug}").disabled for slug in ("free", "pro", "business"))
    assert 'href="https://pay.example/in_1" target="_blank" rel="noopener noreferrer">Pay $29.00 at Stripe' in html(app)


def test_of_several_open_invoices_each_is_paid_on_its_own_page(ada: SignedIn, open_page: Open) -> None:
    has(ada, status="past_due", unpaid_since=NOW - DAY)
    for number, days in enumerate((60, 30, 0), 1):
        bill(ada, f"in_{number}", status="open", due=2900 + number, created=NOW - days * DAY)
    bill(ada, "in_4", status="open", due=7, subscription="sub_other")
    app = plan(open_page)
    found = re.findall(r'<a class="(pl-button[^"]*)" href="([^"]+)"[^>]*>(Pay [^<]+)</a>', html(app))
    assert found == [
        ("pl-button", "https://pay.example/in_1", f"Pay $29.01 of {day(NOW - 60 * DAY)}"),
        ("pl-button pl-second", "https://pay.example/in_2", f"Pay $29.02 of {day(NOW - 30 * DAY)}"),
        ("pl-button pl-second", "https://pay.example/in_3", f"Pay $29.03 of {day(NOW)}"),
    ]
    told = "3 invoices are open, $87.06 in all. Each is paid on a page of its own at Stripe."
    assert told in [each.value.replace("\\", "") for each in app.caption]


def test_what_an_ended_plan_still_owes_is_paid_before_the_next_one(ada: SignedIn, open_page: Open) -> None:
    has(ada, status="canceled", ended_at=NOW - DAY)
    bill(ada, status="open", due=2900)
    app = plan(open_page)
    assert ">Pay $29.00 at Stripe</a>" in html(app)
    assert all(app.button(key=f"choose-{slug}").disabled for slug in ("free", "pro", "business"))
    assert any(plan_offers.PAY_OLD_FIRST in each.value for each in app.caption)
    bill(ada, status="paid", observed_at=2.0)
    app = plan(open_page)
    assert standing(app) == "Free. There is nothing to pay."
    assert not app.button(key="choose-pro").disabled


# --- Who may act ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [Role.MEMBER, Role.VIEWER])
def test_others_read_what_there_is_and_who_can_change_it(
    ada: SignedIn, open_page: Open, role: Role, monkeypatch: pytest.MonkeyPatch
) -> None:
    has(ada, status="past_due", unpaid_since=NOW - DAY)
    bill(ada, status="open", due=2900)
    monkeypatch.setattr(guard, "current_user", lambda: replace(ada, role=role))
    app = plan(open_page)
    assert labels(app) == []
    assert "pay at Stripe" in standing(app)
    assert "$29.00" not in standing(app)
    assert "pay.example" not in html(app)
    assert f"An owner of this workspace can change the plan: Ada. Your role is {role}." in [
        each.value for each in app.caption
    ]


def test_another_workspace_is_never_shown(ada: SignedIn, open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    has(ada)
    bill(ada)
    eve = join("Eve", now=NOW).user
    monkeypatch.setattr(guard, "current_user", lambda: eve)
    app = plan(open_page)
    assert standing(app) == "Free. There is nothing to pay."
    assert "in_1" not in html(app)
    assert "cus_1" not in html(app)


# --- Invoices ---------------------------------------------------------------------------------------------------------


def test_invoices_are_listed_with_safe_links(ada: SignedIn, open_page: Open) -> None:
    has(ada)
    bill(ada)
    bill(ada, "in_2", status="open", due=2900, page="javascript:alert(1)", pdf=None, number="<b>2</b>")
    bill(ada, "in_3", status="draft")
    found = html(plan(open_page))
    assert '<a href="https://pay.example/in_1" target="_blank" rel="noopener noreferrer"' in found
    assert "<td>Paid</td>" in found
    assert "<td>To be paid</td>" in found
    assert "javascript:" not in found
    assert "<b>2</b>" not in found
    assert "in_3" not in found


# --- Acting -----------------------------------------------------------------------------------------------------------


def test_upgrade_goes_to_stripes_page(ada: SignedIn, open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, Every]] = []

    def begin(_user: SignedIn, slug: str, every: Every, *, now: int) -> str:
        asked.append((slug, every))
        return "https://checkout.stripe.example/c/pay/cs_1"

    monkeypatch.setattr(checkout, "begin", begin)
    app = click(plan(open_page, every="Yearly"), "choose-business")
    assert asked == [("business", Every.YEAR)]
    assert 'window.location.assign("https://checkout.stripe.example/c/pay/cs_1")' in html(app)
    assert app.button(key="choose-business-busy").disabled


def test_who_buys_what_is_there_already_sees_it(
    ada: SignedIn, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    def begin(*_args: object, **_named: object) -> None:
        has(ada)
        raise AlreadySubscribed

    app = plan(open_page)
    monkeypatch.setattr(checkout, "begin", begin)
    click(app, "choose-business")
    assert [each.value for each in app.success] == [plan_cards.THERE]
    assert standing(app).startswith("Pro, $29.00 a month.")
    monkeypatch.setattr(checkout, "begin", fails(AlreadySubscribed()))
    has(ada, status="canceled", ended_at=NOW - DAY)
    assert failures(click(plan(open_page), "choose-pro")) == [AlreadySubscribed().message]


@pytest.mark.parametrize(
    ("module", "name", "key"),
    [(checkout, "begin", "choose-pro"), (portal, "address", "portal"), (ending, "keep", "keep-plan")],
)
def test_a_failure_of_stripes_is_told_and_can_be_tried_again(
    ada: SignedIn, open_page: Open, monkeypatch: pytest.MonkeyPatch, module: object, name: str, key: str
) -> None:
    if key != "choose-pro":
        has(ada, ends_at=SOON)
    monkeypatch.setattr(module, name, fails(StripeUnavailable()))
    app = click(plan(open_page), key)
    assert failures(app) == [StripeUnavailable().message]
    assert not app.button(key=key).disabled


def failures(app: AppTest) -> list[str]:
    """The errors that are shown, as people read them."""
    return [each.value.replace("\\", "") for each in app.error]


def fails(error: AppError) -> Callable[..., None]:
    def call(*_args: object, **_named: object) -> None:
        raise error

    return call


def test_a_cancelled_plan_is_kept_again(ada: SignedIn, open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    has(ada, ends_at=SOON)
    monkeypatch.setattr(ending, "keep", has)
    app = click(plan(open_page), "keep-plan")
    assert [each.value for each in app.success] == ["Pro goes on."]
    assert standing(app).startswith("Pro, $29.00 a month.")


def leaving_dialog() -> None:
    from lib.billing import summary
    from lib.web import guard, plan_leaving

    user = guard.require_login()
    plan_leaving.leaving(user, summary.of(user))


def test_cancelling_says_what_is_kept_and_lost(ada: SignedIn, monkeypatch: pytest.MonkeyPatch) -> None:
    has(ada)
    paying.connect(ada.workspace, "acct_1", "acct_2")
    cancelled: list[SignedIn] = []
    monkeypatch.setattr(ending, "at_period_end", cancelled.append)
    app = AppTest.from_function(leaving_dialog, default_timeout=60).run()
    told = html(app)
    assert f"Pro goes on until {day(SOON)}; then this workspace is on Free." in told
    assert "Only the oldest of your 2 connected accounts is shown; the others are kept" in told
    assert "Exports: take everything along whenever you like" in told
    assert not cancelled
    click(app, "cancel-now")
    assert cancelled == [ada]


# --- Changing ---------------------------------------------------------------------------------------------------------

SEEN = Preview(
    plan=BUSINESS,
    every=Every.MONTH,
    subscription="sub_1",
    before="price_1",
    price="price_2",
    at=NOW,
    once="once",
    currency="usd",
    lines=(Line("Unused time on Pro", -2338), Line("Remaining time on Business", 7983)),
    discount=0,
    tax=100,
    total=5745,
    due=5645,
    first=5645,
    discounted=False,
    trial_end=None,
    period_end=SOON,
    renews=SOON,
)


def change_dialog() -> None:
    from lib.billing.plans import Every
    from lib.web import guard, plan_change

    plan_change.changing(guard.require_login(), "business", Every.MONTH)


def test_a_change_shows_every_line_before_it_is_made(ada: SignedIn, monkeypatch: pytest.MonkeyPatch) -> None:
    has(ada)
    asked: list[int] = []
    made: list[tuple[Preview, int]] = []

    def preview(*_args: object) -> Preview:
        asked.append(1)
        return SEEN

    monkeypatch.setattr(change, "preview", preview)
    monkeypatch.setattr(change, "confirm", lambda _user, seen: made.append((seen, len(asked))))
    app = AppTest.from_function(change_dialog, default_timeout=60).run()
    told = html(app)
    for each in (
        "Unused time on Pro",
        "−$23.38",
        "$79.83",
        "Tax",
        "$1.00",
        "Paid from your credit",
        "−$1.00",
        "$56.45",
    ):
        assert each in told
    assert f"From {day(SOON)} on $99.00 a month plus any tax." in told
    assert app.button(key="change-now").label == "Change for $56.45 now"
    assert not made
    click(app, "change-now")
    assert made == [(SEEN, 1)]


def test_a_preview_that_is_stale_by_now_is_shown_anew(ada: SignedIn, monkeypatch: pytest.MonkeyPatch) -> None:
    has(ada)
    told = iter([SEEN, replace(SEEN, due=4200, total=4200)])
    monkeypatch.setattr(change, "preview", lambda *_args: next(told))
    monkeypatch.setattr(change, "confirm", fails(PreviewStale()))
    app = click(AppTest.from_function(change_dialog, default_timeout=60).run(), "change-now")
    assert failures(app) == [PreviewStale().message]
    assert app.button(key="change-now").label == "Change for $42.00 now"
    assert "$42.00" in html(app)


def test_who_is_asked_by_their_bank_is_led_to_stripe_and_told_that_nothing_is_changed_yet(
    ada: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    has(ada)
    monkeypatch.setattr(change, "preview", lambda *_args: SEEN)
    monkeypatch.setattr(change, "confirm", lambda *_args: "https://pay.example/in_9?a=1&b=2")
    monkeypatch.setattr(truth, "refresh", lambda _workspace: None)
    app = click(AppTest.from_function(change_dialog, default_timeout=60).run(), "change-now")
    told = " ".join(each.value for each in app.markdown).replace("\\", "")
    assert "Your bank wants you to confirm this payment of $56.45." in told
    assert "Until then nothing is changed or charged" in told
    assert 'href="https://pay.example/in_9?a=1&amp;b=2" target="_blank"' in html(app)
    assert "Confirm $56.45 at Stripe</a>" in html(app)
    assert labels(app) == ["I have confirmed it"]
    click(app, "change-asked")
    assert failures(app) == [NotConfirmedYet().message]
    assert not app.button(key="change-asked").disabled
    monkeypatch.setattr(truth, "refresh", lambda _workspace: has(ada, "business"))
    click(app, "change-asked")
    assert app.session_state["settings-said"] == "The plan is changed: you have Business now."


@pytest.mark.parametrize(
    ("sentence", "more"),
    [
        (
            f"Your trial goes on until {day(SOON)}. From then on $99.00 a month.",
            {"trial_end": SOON, "due": 0, "tax": 0, "first": 9900},
        ),
        (
            "The first payment then is $79.20; the price is $99.00 a month before discounts.",
            {"trial_end": SOON, "due": 0, "tax": 0, "first": 7920, "discounted": True},
        ),
        ('Discount</span><span class="pl-amount">−$19.80</span>', {"discount": 1980}),
        (f"From {day(SOON)} on $99.00 a month before discounts and any tax.", {"discounted": True}),
        ("Kept as credit for your next invoices", {"total": -5000, "due": 0}),
        ("From now on Business costs $99.00 a month.", {"renews": None, "tax": 0}),
    ],
)
def test_what_comes_after_a_change_is_said(sentence: str, more: dict[str, int | None]) -> None:
    assert sentence in plan_change.table(replace(SEEN, **more), "en_US")  # type: ignore[arg-type] # numbers and None


# --- Back from Stripe -------------------------------------------------------------------------------------------------


def test_who_has_paid_is_welcomed_once(ada: SignedIn, open_page: Open) -> None:
    has(ada)
    app = plan(open_page, status="paid")
    assert [each.value for each in app.success] == ["Thank you: Pro has started."]
    assert "status" not in app.query_params
    assert not app.run().success


def test_an_address_that_claims_a_payment_brings_nothing(ada: SignedIn, open_page: Open) -> None:
    app = plan(open_page, status="paid")
    assert not app.success
    assert "Your payment is on its way" in app.info[0].value
    assert standing(app) == "Free. There is nothing to pay."


def test_a_payment_on_its_way_is_looked_for_again(
    ada: SignedIn, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = plan(open_page, status="waiting")
    monkeypatch.setattr(truth, "refresh", lambda _workspace: None)
    click(app, "check-again")
    assert [each.value for each in app.success] == ["Stripe has nothing new yet. Please try again in a minute."]
    monkeypatch.setattr(truth, "refresh", lambda _workspace: has(ada))
    click(app, "check-again")
    assert [each.value for each in app.success] == ["Thank you: Pro has started."]


def test_a_failure_on_the_way_back_is_told_once(ada: SignedIn, open_page: Open) -> None:
    app = plan(open_page, status="checkout_unknown")
    assert "That payment page does not belong to this workspace" in app.error[0].value
    assert not app.run().error
    assert not plan(open_page, status="made_up").error


def test_the_prices_are_the_readers_own() -> None:
    assert "29,00\xa0$" in plan_cards.card(PRO, Every.MONTH, "de_DE", yours=False)


def test_a_link_leads_to_the_plan_from_another_section_of_settings(ada: SignedIn, open_page: Open) -> None:
    app = plan(open_page)
    app.session_state["section"] = "Team"
    assert standing(app.run()) == ""
    app.query_params["section"], app.query_params["go"] = "Your plan", "1"
    assert standing(app.run()) == "Free. There is nothing to pay."
    assert "go" not in app.query_params
