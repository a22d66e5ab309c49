"""Another plan, or another interval, for a workspace that has one: first what it costs to the cent, then the change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from lib.accounts import identifiers, roles
from lib.accounts.roles import Right
from lib.accounts.sessions import SignedIn
from lib.billing import access, checkout, ending, moment, plans, truth
from lib.billing.access import State
from lib.billing.plans import Every, Plan
from lib.billing.prices import price_of
from lib.errors import (
    BillingOff,
    CardAsks,
    CardRefused,
    KeepFirst,
    NotSubscribed,
    PayFirst,
    PaymentRefused,
    PreviewStale,
    UnknownPlan,
)
from lib.gateway import Gateway
from lib.settings import settings
from lib.store import billing
from lib.store.engine import reading
from lib.store.tables import BillingSubscription

GOOD_FOR: Final = 3600
"""Seconds that a preview can be confirmed: Stripe works out a proration to the second that it was looked at."""


_Wanted = tuple[Plan, Every, str, int]
"""A plan, how often it is paid, its price at Stripe, and the second at which a change to it is worked out."""


@dataclass(frozen=True)
class Line:
    """One line of what a change bills: minor units, negative for what is given back."""

    text: str
    amount: int


@dataclass(frozen=True)
class Preview:
    """What a change of plan costs, as Stripe works it out: money in minor units, times in epoch seconds.

    ``before`` and ``price`` are Stripe's prices now and then; ``once`` names the change, so that a second click makes
    no second one; ``due`` is charged at once; ``credit`` is kept at Stripe for the next invoices; ``lines``, less
    ``discount``, plus ``tax``, add up to ``total``. In a trial these are of its first payment, and nothing is due.
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
    discount: int
    tax: int
    total: int
    due: int
    first: int
    """What the invoice asks for after a customer's credit: now, or when the trial ends."""
    discounted: bool
    """Whether a discount may take something off later invoices too."""
    trial_end: int | None
    period_end: int | None
    """When the period ends in which this was looked at."""
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
    return _asked(gateway, row, (plan, every, price_of(plan, every, gateway), moment.now()))


def _asked(gateway: Gateway, row: BillingSubscription, wanted: _Wanted) -> Preview:
    """What Stripe says that a change costs at that very second."""
    _, _, price, at = wanted
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
    return _told(found, row, wanted)


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


def _told(found: Mapping[str, Any], row: BillingSubscription, wanted: _Wanted) -> Preview:
    plan, every, price, at = wanted
    trying, billed = _trying(row), found["lines"]["data"]
    lines = [Line(each.get("description") or "", each["amount"]) for each in billed]
    discount = sum(each["amount"] for each in found.get("total_discount_amounts") or ())
    taxes = found.get("total_taxes") or ()
    tax = sum(each["amount"] for each in taxes if each.get("tax_behavior") != "inclusive")
    if rest := found["total"] - (sum(each.amount for each in lines) - discount + tax):
        lines.append(Line("Other amounts", rest))
    return Preview(
        plan=plan,
        every=every,
        subscription=row.id,
        before=row.price,
        price=price,
        at=at,
        once=identifiers.token(),
        currency=found["currency"],
        lines=tuple(lines),
        discount=discount,
        tax=tax,
        total=found["total"],
        due=0 if trying else found["amount_due"],
        first=found["amount_due"],
        discounted=bool(discount) or row.discounted is not False,
        trial_end=row.trial_end if trying else None,
        period_end=row.period_end,
        renews=max((each["period"]["end"] for each in billed), default=None),
    )


def confirm(user: SignedIn, seen: Preview) -> str | None:
    """Make the change that ``seen`` shows, for just what it shows; one change of a workspace at a time.

    Stripe is asked right before what the change costs, and nothing is changed where that is not what was seen, nor
    where the payment fails. Where the card's bank asks its owner first, nothing is changed or charged yet either: the
    address of Stripe's page where they confirm the payment is returned, and Stripe makes the change once it is paid.

    Raises NotYourRole, NotSubscribed, PayFirst, PaymentRefused, KeepFirst, CheckoutOpening while another change is
    made, PreviewStale when the subscription, its price, its period or the amounts are others by now, its trial is
    over, or the preview is too old, or like ``Gateway.post``.
    """
    roles.require(user, Right.MANAGE)
    with checkout.alone(user, now=moment.now()):
        row, gateway = _running(user.workspace), truth.own_account()
        if not _still(row, seen):
            raise PreviewStale
        now = _asked(gateway, row, (seen.plan, seen.every, seen.price, seen.at))
        if _amounts(now) != _amounts(seen):
            raise PreviewStale
        try:
            return _change(gateway, row, seen)
        finally:
            truth.refresh(user.workspace)


def _still(row: BillingSubscription, seen: Preview) -> bool:
    """Whether the subscription is as it was when ``seen`` was looked at, not too long ago."""
    same = (row.id, row.price, row.period_end) == (seen.subscription, seen.before, seen.period_end)
    return same and _trying(row) == (seen.trial_end is not None) and moment.now() - seen.at <= GOOD_FOR


def _amounts(seen: Preview) -> tuple[object, ...]:
    return seen.currency, seen.discount, seen.tax, seen.total, seen.first


def _change(gateway: Gateway, row: BillingSubscription, seen: Preview) -> str | None:
    path = f"/v1/subscriptions/{row.id}"
    wanted: dict[str, Any] = {
        "items": [{"id": row.item, "price": seen.price}],
        "metadata": {"plan": seen.plan.slug},
        **_prorated(row, seen.at),
    }
    try:
        gateway.post(path, once=seen.once, payment_behavior="error_if_incomplete", **wanted, **_staying(row, gateway))
    except CardAsks:
        if row.ends_at is not None:
            raise KeepFirst from None  # what waits for a payment can't take back an end
        wanted |= {"payment_behavior": "pending_if_incomplete", "expand": ["latest_invoice"]}
        return _page(gateway.post(path, once=f"{seen.once}-asks", **wanted))
    except CardRefused as refused:
        raise PaymentRefused(reason=refused.details.get("reason") or "the card was declined.") from refused
    return None


def _page(waiting: Mapping[str, Any]) -> str | None:
    """Stripe's page of the invoice that a change waits for; None where it waits for none: it is made."""
    if not waiting.get("pending_update"):
        return None
    page = str(waiting["latest_invoice"].get("hosted_invoice_url"))
    if not page.startswith(("https://", "http://")):
        raise PaymentRefused(reason="its bank wants you to confirm it.")
    return page


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
