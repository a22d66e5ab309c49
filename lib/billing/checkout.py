"""Buying a plan on Stripe's own page, and coming back from there. Cards are typed at Stripe, never here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from lib.accounts import identifiers, roles
from lib.accounts.roles import Right
from lib.accounts.sessions import SignedIn
from lib.billing import access, moment, plans, trials, truth
from lib.billing.access import State
from lib.billing.customers import customer_of
from lib.billing.plans import Every, Plan
from lib.billing.prices import price_of
from lib.errors import (
    AlreadySubscribed,
    BillingOff,
    CheckoutOpening,
    CheckoutUnknown,
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

    Pages that were opened before can't be paid any more, and nobody opens another meanwhile: nobody buys twice. Raises
    NotYourRole, BillingOff, UnknownPlan, AlreadySubscribed, CheckoutOpening, PriceMissing, PriceDiffers, or like
    ``Gateway.post``.
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
        price, customer = price_of(plan, every, gateway), customer_of(user, gateway, now=now)
        try:
            session = _session(user, customer, (plan, price))
        except ResourceMissing:
            with transaction() as db:
                billing.forget_customer(db, user.workspace)
            session = _session(user, customer_of(user, gateway, now=now, gone=customer), (plan, price))
        row = tables.BillingCheckout(
            id=session["id"], workspace=user.workspace, user=user.id, plan=slug, interval=every.value, created=now
        )
        with transaction() as db:
            billing.forget_checkouts(db, before=now - GOOD_FOR)
            db.add(row)
    return str(session["url"])


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

    Raises like ``Gateway.post``.
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
        except (ResourceMissing, StripeRefused):
            continue  # it was paid, or is too old to be paid: either is fine
    with transaction() as db:
        billing.forget_checkouts_of(db, workspace)


def _sold(slug: str) -> Plan:
    if not settings().charging:
        raise BillingOff
    plan = plans.find(slug)
    if plan.free:
        raise UnknownPlan
    return plan


def _session(user: SignedIn, customer: str, sold: tuple[Plan, str]) -> dict[str, Any]:
    """A Checkout session of ours for a plan and its price: it names the workspace and the account that is connected.

    The subscription names its plan too, so that it is known when the plan's price at Stripe is another one some day.
    """
    plan, price = sold
    site = settings().app_url.rstrip("/")
    with reading() as db:
        accounts = billing.connected(db, user.workspace)
    named = {"workspace": user.workspace, "stripe_user_id": accounts[0] if accounts else None}
    taxes: dict[str, Any] = {}
    if settings().billing_tax:
        taxes = {"automatic_tax": {"enabled": True}, "customer_update": {"address": "auto"}}
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
            "trial_period_days": trials.days(user.workspace) or None,
        },
        **taxes,
    )


def finish(user: SignedIn, session: str) -> bool:
    """``user`` is back from paying: read from Stripe what came of it; whether the plan is on now.

    Only a session that this very workspace began is looked at; whatever else stands in the address gives nothing away.
    Raises CheckoutUnknown, or like ``Gateway.get``.
    """
    with reading() as db:
        began = billing.checkout(db, session)
    if began is None or began.workspace != user.workspace:
        raise CheckoutUnknown
    found = truth.own_account().get(f"/v1/checkout/sessions/{began.id}")
    if found.get("client_reference_id") != user.workspace:
        raise CheckoutUnknown
    truth.refresh(user.workspace)
    return found.get("status") == "complete" and not access.of(user.workspace).plan.free


def back(user: SignedIn) -> None:
    """``user`` is back from Stripe's pages: read what they did there. Nobody but an owner waits for it.

    Raises like ``Gateway.get``.
    """
    if roles.may(user, Right.MANAGE) and settings().charging:
        truth.refresh(user.workspace)


def waiting(workspace: str) -> bool:
    """Whether a payment is on its way: somebody began to buy a short while ago, and nothing has come of it yet."""
    if access.of(workspace).state not in {State.FREE, State.WELCOME}:
        return False
    with reading() as db:
        return bool(billing.checkouts(db, workspace, since=moment.now(db) - 3600))
