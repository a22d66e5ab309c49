"""Buying a plan on Stripe's own page, and coming back from there. Cards are typed at Stripe, never here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

from lib.accounts import identifiers, roles, team
from lib.accounts.roles import Right
from lib.accounts.sessions import SignedIn
from lib.billing import access, moment, plans, trials, truth
from lib.billing.access import State
from lib.billing.customers import customer_of
from lib.billing.plans import Every, Plan
from lib.billing.prices import price_of
from lib.billing.rows import invoice_row
from lib.errors import (
    AlreadySubscribed,
    BillingOff,
    CheckoutOpening,
    CheckoutUnknown,
    OtherStripeAccount,
    PayFirst,
    ResourceMissing,
    StripeRefused,
    UnknownPlan,
)
from lib.gateway import Gateway
from lib.settings import settings
from lib.store import billing, tables
from lib.store.engine import reading, transaction

GOOD_FOR: Final = 2 * 86_400
"""Seconds that a Checkout is remembered: Stripe's page is good for a day."""
STALE: Final = 120
"""Seconds after which whoever was opening a Checkout, or deleting the workspace, must have died."""
RETURN: Final = "/billing/return"
BACK: Final = "/billing/back"
"""Where Stripe sends people after paying, and after anything else. See lib.api.billing."""
SESSION: Final = "{CHECKOUT_SESSION_ID}"
"""What Stripe replaces by the session's id."""


def begin(user: SignedIn, slug: str, every: Every, *, now: int) -> str:
    """The address of Stripe's page where ``user`` subscribes the workspace to a plan.

    Pages that were opened before can't be paid any more, and nobody opens another meanwhile: nobody buys twice, and no
    owner tries twice. Raises NotYourRole, BillingOff, UnknownPlan, AlreadySubscribed, PayFirst while an invoice of a
    plan that has ended is open, CheckoutOpening, PriceMissing, PriceDiffers, or like ``Gateway.post``.
    """
    roles.require(user, Right.MANAGE)
    plan = _sold(slug)
    with alone(user, now=now):
        gateway = truth.own_account()
        truth.refresh(user.workspace)
        close(user.workspace, gateway)
        truth.refresh(user.workspace)  # what was paid before it could be closed counts too
        with reading() as db:
            if billing.live(db, user.workspace):
                raise AlreadySubscribed
        _require_paid(user.workspace, gateway)
        price, trial = price_of(plan, every, gateway), _trial(user.workspace, gateway, now)
        session = _open(user, (plan, price, trial), every, now=now)
        if trial and not _trial(user.workspace, gateway, now):  # another workspace of theirs began it meanwhile
            close(user.workspace, gateway)
            session = _open(user, (plan, price, 0), every, now=now)
    return str(session["url"])


def _require_paid(workspace: str, gateway: Gateway) -> None:
    """Raise PayFirst while an invoice of a plan that has ended is open at Stripe: nobody uses months for nothing."""
    with reading() as db:
        found = billing.customer(db, workspace)
    if found is None:
        return
    bills = gateway.page("/v1/invoices", customer=found.customer, status="open").data
    if any(row.subscription and row.due for row in (invoice_row(each, workspace, 0.0) for each in bills)):
        raise PayFirst


def _trial(workspace: str, gateway: Gateway, now: int) -> int:
    """Days of trial for a new page, once no other workspace of the same owner has one open: of two the newest counts.

    Raises like ``Gateway.post``.
    """
    if not trials.days(workspace):
        return 0
    with reading() as db:
        others = trials.rivals(db, workspace, since=now - GOOD_FOR)
    for each in sorted(others):
        close(each, gateway)
        with suppress(OtherStripeAccount):
            truth.refresh(each)  # what was paid before it could be closed has had the trial
    return trials.days(workspace)


def _open(user: SignedIn, sold: tuple[Plan, str, int], every: Every, *, now: int) -> dict[str, Any]:
    """A Checkout session, remembered; made for a new customer where the old one was deleted at Stripe."""
    gateway = truth.own_account()
    customer = customer_of(user, gateway, now=now)
    try:
        session = _session(user, customer, sold)
    except ResourceMissing:
        with transaction() as db:
            billing.forget_customer(db, user.workspace)
        session = _session(user, customer_of(user, gateway, now=now, gone=customer), sold)
    row = tables.BillingCheckout(
        id=session["id"], workspace=user.workspace, user=user.id, plan=sold[0].slug, interval=every.value, created=now
    )
    with transaction() as db:
        billing.forget_checkouts(db, before=now - GOOD_FOR)
        db.add(row)
    return session


@contextmanager
def alone(user: SignedIn, *, now: int) -> Iterator[None]:
    """While the block runs nobody else opens a Checkout for the workspace or deletes it. Raises CheckoutOpening."""
    with transaction() as db:
        if not billing.take_door(db, user.workspace, user.id, now=now, stale=STALE):
            raise CheckoutOpening
    try:
        yield
    finally:
        with transaction() as db:
            billing.leave_door(db, user.workspace)


def close(workspace: str, gateway: Gateway) -> None:
    """Have Stripe take no payment on pages that the workspace opened before, remembered here or not.

    What was paid stays remembered, for whoever comes back from it later. Raises like ``Gateway.post``.
    """
    with reading() as db:
        earlier = {each.id for each in billing.checkouts(db, workspace, since=0)}
        found = billing.customer(db, workspace)
    if found is not None:
        try:
            page = gateway.page("/v1/checkout/sessions", customer=found.customer, status="open")
        except ResourceMissing:
            page = None
        earlier |= {str(each["id"]) for each in (page.data if page else ())}
    for session in sorted(earlier):
        try:
            gateway.post(f"/v1/checkout/sessions/{session}/expire", once=f"expire-{session}")
        except StripeRefused:
            earlier.remove(session)  # it was paid, or is too old to be paid: either is fine
        except ResourceMissing:
            continue
    with transaction() as db:
        billing.forget_checkouts_of(db, workspace, earlier)


def _sold(slug: str) -> Plan:
    if not settings().charging:
        raise BillingOff
    plan = plans.find(slug)
    if plan.free:
        raise UnknownPlan
    return plan


def _session(user: SignedIn, customer: str, sold: tuple[Plan, str, int]) -> dict[str, Any]:
    """A Checkout session of ours for a plan, its price, and days of trial: it names the workspace and the account that
    is connected.

    The subscription names its plan too, so that it is known when the plan's price at Stripe is another one some day.
    """
    plan, price, trial = sold
    site = settings().app_url.rstrip("/")
    with reading() as db:
        accounts = billing.connected(db, user.workspace)
    named = {"workspace": user.workspace, "stripe_user_id": accounts[0] if accounts else None}
    taxes: dict[str, Any] = {}
    if settings().billing_tax:
        taxes = {
            "automatic_tax": {"enabled": True},
            "tax_id_collection": {"enabled": True},
            "customer_update": {"address": "auto", "name": "auto"},  # Stripe needs the name for a tax number
        }
    return truth.own_account().post(
        "/v1/checkout/sessions",
        once=identifiers.token(),
        mode="subscription",
        customer=customer,
        client_reference_id=user.workspace,
        line_items=[{"price": price, "quantity": 1}],
        success_url=f"{site}{RETURN}?session_id={SESSION}",
        cancel_url=f"{site}{BACK}",
        allow_promotion_codes=True,
        metadata=named,
        subscription_data={
            "metadata": named | {"plan": plan.slug},
            "trial_period_days": trial or None,
        },
        **taxes,
    )


def finish(user: SignedIn, session: str) -> bool:
    """``user`` is back from paying: read from Stripe what came of it; whether the plan is on now.

    Only a session that a workspace of theirs began is looked at; whatever else stands in the address gives nothing
    away. Where this browser shows another workspace by now, it shows that one from here on. Raises CheckoutUnknown, or
    like ``Gateway.get``.
    """
    with reading() as db:
        began = billing.checkout(db, session)
    if began is None or began.workspace not in team.workspaces(user):
        raise CheckoutUnknown
    found = truth.own_account().get(f"/v1/checkout/sessions/{began.id}")
    if found.get("client_reference_id") != began.workspace:
        raise CheckoutUnknown
    truth.refresh(began.workspace)
    if began.workspace != user.workspace:
        team.look_at(user, began.workspace)
    return found.get("status") == "complete" and not access.of(began.workspace).plan.free


def back(user: SignedIn) -> None:
    """``user`` is back from Stripe's pages: read what they did there. Nobody but an owner waits for it.

    Raises like ``Gateway.get``.
    """
    if roles.may(user, Right.MANAGE):
        truth.refresh(user.workspace)


def waiting(workspace: str) -> bool:
    """Whether a payment may be on its way: somebody began to buy a short while ago, and nothing has come of it yet."""
    if access.of(workspace).state not in {State.FREE, State.WELCOME}:
        return False
    with reading() as db:
        came = max((each.created for each in billing.subscriptions(db, workspace)), default=0)
        return bool(billing.checkouts(db, workspace, since=max(moment.now(db) - 3600, came + 1)))


def look(user: SignedIn) -> bool:
    """The same, once Stripe was asked what came of it, at most every few seconds: what no webhook told is found here.

    Raises like ``Gateway.get``.
    """
    if not waiting(user.workspace):
        return False
    if roles.may(user, Right.MANAGE):
        truth.look(user.workspace)
    return waiting(user.workspace)
