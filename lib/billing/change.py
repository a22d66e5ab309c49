"""Another plan, or another interval, for a workspace that has one: first what it costs to the cent, then the change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from lib.accounts import identifiers, roles
from lib.accounts.roles import Right
from lib.accounts.sessions import SignedIn
from lib.billing import access, ending, moment, plans, truth
from lib.billing.access import State
from lib.billing.plans import Every, Plan
from lib.billing.prices import price_of
from lib.errors import BillingOff, NotSubscribed, PayFirst, PaymentRefused, PreviewStale, StripeRefused, UnknownPlan
from lib.gateway import Gateway
from lib.settings import settings
from lib.store import billing
from lib.store.engine import reading
from lib.store.tables import BillingSubscription

GOOD_FOR: Final = 3600
"""Seconds that a preview can be confirmed: Stripe works out a proration to the second that it was looked at."""


@dataclass(frozen=True)
class Line:
    """One line of what a change bills: minor units, negative for what is given back."""

    text: str
    amount: int


@dataclass(frozen=True)
class Preview:
    """What a change of plan costs, as Stripe works it out: money in minor units, times in epoch seconds.

    ``before`` and ``price`` are Stripe's prices now and then; ``once`` names the change, so that a second click makes
    no second one; ``due`` is charged at once; ``credit`` is kept at Stripe for the next invoices; ``lines`` add up to
    ``total``.
    """

    plan: Plan
    every: Every
    subscription: str
    before: str | None
    price: str
    at: int
    once: str
    currency: str
    lines: tuple[Line, ...]
    tax: int
    total: int
    due: int
    trial_end: int | None
    renews: int | None

    @property
    def credit(self) -> int:
        """What is given back and not used up by this invoice."""
        return max(-self.total, 0)


def preview(user: SignedIn, slug: str, every: Every) -> Preview:
    """What changing to a plan costs now. Nothing is changed.

    Raises NotYourRole, BillingOff, NotSubscribed, UnknownPlan, PriceMissing, PriceDiffers, or like ``Gateway.post``.
    """
    roles.require(user, Right.MANAGE)
    plan = plans.find(slug)
    if plan.free:
        raise UnknownPlan
    row, gateway = _running(user.workspace), truth.own_account()
    price, at = price_of(plan, every, gateway), moment.now()
    found = gateway.post(
        "/v1/invoices/create_preview",
        once=identifiers.token(),
        customer=row.customer,
        subscription=row.id,
        subscription_details={
            "items": [{"id": row.item, "price": price}],
            **_prorated(row, at),
            **_staying(row, gateway),
        },
    )
    return _told(found, row, (plan, every, price, at))


def _staying(row: BillingSubscription, gateway: Gateway) -> dict[str, Any]:
    """Who changes a plan that was to end wants it to go on."""
    return ending.staying(gateway.get(f"/v1/subscriptions/{row.id}")) if row.ends_at is not None else {}


def _trying(row: BillingSubscription) -> bool:
    return row.status == "trialing" and row.trial_end is not None


def _prorated(row: BillingSubscription, at: int) -> dict[str, Any]:
    """How a change is billed: at once and to the second, but for a trial, in which nothing has been paid yet."""
    if _trying(row):
        return {"proration_behavior": "none"}
    return {"proration_behavior": "always_invoice", "proration_date": at}


def _told(found: Mapping[str, Any], row: BillingSubscription, asked: tuple[Plan, Every, str, int]) -> Preview:
    plan, every, price, at = asked
    lines = tuple(Line(each.get("description") or "", each["amount"]) for each in found["lines"]["data"])
    trying = _trying(row)
    return Preview(
        plan=plan,
        every=every,
        subscription=row.id,
        before=row.price,
        price=price,
        at=at,
        once=identifiers.token(),
        currency=found["currency"],
        lines=lines,
        tax=found["total"] - sum(each.amount for each in lines) if not trying else 0,
        total=found["total"],
        due=0 if trying else found["amount_due"],
        trial_end=row.trial_end if trying else None,
        renews=max((each["period"]["end"] for each in found["lines"]["data"]), default=None),
    )


def confirm(user: SignedIn, seen: Preview) -> None:
    """Make the change that ``seen`` shows, for just what it shows.

    A change whose payment fails is not made. Raises NotYourRole, NotSubscribed, PayFirst, PaymentRefused, PreviewStale
    when the subscription or its price is another by now, its trial is over, or the preview is too old, or like
    ``Gateway.post``.
    """
    roles.require(user, Right.MANAGE)
    row = _running(user.workspace)
    same = row.id == seen.subscription and row.price == seen.before and _trying(row) == (seen.trial_end is not None)
    if not same or moment.now() - seen.at > GOOD_FOR:
        raise PreviewStale
    gateway = truth.own_account()
    try:
        gateway.post(
            f"/v1/subscriptions/{row.id}",
            once=seen.once,
            items=[{"id": row.item, "price": seen.price}],
            payment_behavior="error_if_incomplete",
            metadata={"plan": seen.plan.slug},
            **_prorated(row, seen.at),
            **_staying(row, gateway),
        )
    except StripeRefused as refused:
        raise PaymentRefused(reason=refused.details.get("reason", "")) from refused
    finally:
        truth.refresh(user.workspace)


def _running(workspace: str) -> BillingSubscription:
    """The subscription that counts, read anew. Raises BillingOff, NotSubscribed, or PayFirst."""
    if not settings().charging:
        raise BillingOff
    truth.refresh(workspace)
    standing = access.of(workspace)
    with reading() as db:
        rows = {each.id: each for each in billing.subscriptions(db, workspace)}
    if standing.subscription is None or standing.subscription not in rows:
        raise NotSubscribed
    if standing.state in {State.GRACE, State.LAPSED, State.UNFINISHED}:
        raise PayFirst
    return rows[standing.subscription]
