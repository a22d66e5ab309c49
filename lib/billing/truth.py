"""Who paid, as our own Stripe account says it: read anew whenever an event, a return from Stripe or the clock asks.

An event is a notification, never the truth itself: it may come late, twice, out of order or not at all. Whatever it
tells, everything about its customer is read anew and kept by when that read began.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, Final

from lib.accounts.deliveries import OWN_ACCOUNT
from lib.billing import access, moment, plans
from lib.errors import AppError, ConnectUnavailable, ResourceMissing, StripeUnavailable
from lib.gateway import Credential, Gateway, Patience
from lib.gateway.retry import INTERACTIVE
from lib.money import to_micros
from lib.settings import settings
from lib.store import billing, checkpoints
from lib.store.engine import reading, transaction
from lib.store.tables import BillingInvoice, BillingSubscription

log = logging.getLogger(__name__)

HEARD: Final = ("checkout.session.", "customer.subscription.", "customer.deleted", "invoice.")
"""Beginnings of the types of events that may change who has which plan."""
EVENTS: Final = (
    "checkout.session.completed",
    "checkout.session.expired",
    "customer.deleted",
    "customer.subscription.created",
    "customer.subscription.updated",
    "customer.subscription.deleted",
    "customer.subscription.paused",
    "customer.subscription.resumed",
    "customer.subscription.trial_will_end",
    "invoice.finalized",
    "invoice.paid",
    "invoice.payment_failed",
    "invoice.payment_action_required",
    "invoice.voided",
    "invoice.marked_uncollectible",
)
"""What our own account's webhook endpoint must send."""
INVOICES: Final = 24
"""Newest invoices that are kept for the list; those that are open are all asked for."""
_AT_ONCE: Final = 200
_OWED: Final = frozenset({"past_due", "unpaid"})
_OVER: Final = frozenset({"canceled", "incomplete_expired"})
_MONTHS: Final = {"day": Fraction(12, 365), "week": Fraction(84, 365), "month": Fraction(1), "year": Fraction(12)}
"""Months in an interval, as docs/metrics.md counts them."""


def heard(type_: str) -> bool:
    """Whether an event of our own account may change who has which plan."""
    return type_.startswith(HEARD)


def livemode() -> bool | None:
    """Whether our own account is asked in live mode; None where no key is set."""
    try:
        return Credential.own().livemode
    except (ConnectUnavailable, StripeUnavailable):
        return None


def own_account(*, wait: bool = False) -> Gateway:
    """Our own account, asked quickly because somebody waits, or patiently. Raises ConnectUnavailable."""
    return Gateway(Credential.own(), patience=Patience() if wait else INTERACTIVE)


# --- Reading ----------------------------------------------------------------------------------------------------------


def refresh(workspace: str, *, wait: bool = False) -> None:
    """Read from Stripe what a workspace has bought and owes, and keep it. Raises like ``Gateway.get``.

    A workspace that never began to buy is not asked about.
    """
    with reading() as db:
        found = billing.customer(db, workspace)
    if found is None:
        return
    began, gateway = time.time(), own_account(wait=wait)
    try:
        bought = _all(gateway, "/v1/subscriptions", customer=found.customer, status="all", expand=_EXPANDED)
        bills = gateway.page("/v1/invoices", customer=found.customer, limit=INVOICES).data
        owed = {
            each["id"]: _all(gateway, "/v1/invoices", subscription=each["id"], status="open")
            for each in bought
            if each["status"] in _OWED
        }
    except ResourceMissing:
        _customer_gone(workspace, began)
        return
    rows: list[BillingSubscription | BillingInvoice] = [
        subscription_row(each, workspace, began, owed.get(each["id"], ())) for each in bought
    ]
    known = {each["id"]: each for each in (*bills, *(bill for found in owed.values() for bill in found))}
    rows += [invoice_row(each, workspace, began) for each in known.values()]
    with transaction() as db:
        for row in rows:
            billing.keep(db, row)
    moment.saw(gateway.date)
    access.forget()


_EXPANDED: Final = ["data.discounts.source.coupon"]


def _all(gateway: Gateway, path: str, **params: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - Stripe's parameters
    return [each for page in gateway.pages(path, **params) for each in page.data]


def _customer_gone(workspace: str, began: float) -> None:
    """Our customer was deleted at Stripe, which ends what it had; a new one is made at the next Checkout."""
    with transaction() as db:
        for row in billing.subscriptions(db, workspace):
            if row.ended_at is None:
                gone = {"status": "canceled", "ended_at": int(began), "mrr": 0, "observed_at": began}
                billing.keep(db, BillingSubscription(**(row.model_dump() | gone)))
        billing.forget_customer(db, workspace)
    access.forget()


def subscription_row(
    found: Mapping[str, Any], workspace: str, observed: float, open_invoices: Sequence[Mapping[str, Any]]
) -> BillingSubscription:
    """A subscription as Stripe shows it. A price that is none of ours gives no plan, whatever it costs."""
    item = found["items"]["data"][0]
    price, quantity = item["price"], item.get("quantity") or 1
    known = plans.of_price(price)
    amount = (price.get("unit_amount") or 0) * quantity
    over = found["status"] in _OVER
    return BillingSubscription(
        id=found["id"],
        workspace=workspace,
        customer=found["customer"],
        status=found["status"],
        plan=known[0].slug if known else None,
        interval=known[1].value if known else None,
        price=price["id"],
        item=item["id"],
        amount=amount,
        currency=price["currency"],
        mrr=mrr(found) if found["status"] in {"active", "past_due"} else 0,
        trial_end=found.get("trial_end"),
        period_end=item.get("current_period_end") or found.get("current_period_end"),
        ends_at=None if over else found.get("cancel_at") or _period_end(found, item),
        ended_at=found.get("ended_at") or (int(observed) if over else None),
        unpaid_since=_unpaid_since(open_invoices),
        created=found["created"],
        observed_at=observed,
    )


def _period_end(found: Mapping[str, Any], item: Mapping[str, Any]) -> int | None:
    """When a subscription that was cancelled to its period's end is over."""
    if not found.get("cancel_at_period_end"):
        return None
    return item.get("current_period_end") or found.get("current_period_end")


def _unpaid_since(open_invoices: Sequence[Mapping[str, Any]]) -> int | None:
    """When the oldest invoice that is still open was finalised: the grace runs from there, however many follow."""
    moments = [(each.get("status_transitions") or {}).get("finalized_at") or each["created"] for each in open_invoices]
    return min(moments, default=None)


def mrr(found: Mapping[str, Any]) -> int:
    """A subscription's MRR to us in micros, rounded once: each item by its interval, less discounts that stay.

    By the default rules of docs/metrics.md: coupons that work once are not deducted, the others while they run.
    """
    total = sum((_monthly(item) for item in found["items"]["data"]), Fraction())
    for discount in found.get("discounts") or ():
        coupon = _coupon(discount)
        if coupon is None or coupon.get("duration") == "once":
            continue
        if (percent := coupon.get("percent_off")) is not None:
            total -= total * Fraction(str(percent)) / 100
        else:
            first = found["items"]["data"][0]["price"]["recurring"]
            total -= Fraction(coupon.get("amount_off") or 0) / _length(first)
    return to_micros(max(total, Fraction()))


def _coupon(discount: object) -> Mapping[str, Any] | None:
    """The coupon of a discount in both shapes: ``source.coupon``, and ``coupon`` before 2025-09-30."""
    if not isinstance(discount, Mapping):
        return None
    coupon = (discount.get("source") or {}).get("coupon") or discount.get("coupon")
    return coupon if isinstance(coupon, Mapping) else None


def _monthly(item: Mapping[str, Any]) -> Fraction:
    price = item["price"]
    unit = price.get("unit_amount_decimal") or price.get("unit_amount") or 0
    return Fraction(str(unit)) * (item.get("quantity") or 1) / _length(price["recurring"])


def _length(recurring: Mapping[str, Any]) -> Fraction:
    return _MONTHS[recurring["interval"]] * (recurring.get("interval_count") or 1)


def invoice_row(found: Mapping[str, Any], workspace: str, observed: float) -> BillingInvoice:
    """An invoice of ours as Stripe shows it."""
    parent = (found.get("parent") or {}).get("subscription_details") or {}
    return BillingInvoice(
        id=found["id"],
        workspace=workspace,
        subscription=parent.get("subscription") or found.get("subscription"),
        number=found.get("number"),
        status=found.get("status"),
        currency=found["currency"],
        total=found.get("total"),
        due=found.get("amount_remaining"),
        page=found.get("hosted_invoice_url"),
        pdf=found.get("invoice_pdf"),
        created=found["created"],
        observed_at=observed,
    )


# --- When it is read --------------------------------------------------------------------------------------------------


def apply_events() -> int:
    """Work on the deliveries of our own account that wait; how many. Raises like ``Gateway.get``; they wait on then."""
    worked = 0
    while waiting := _waiting():
        told = [(event_id, payload) for event_id, payload in waiting if isinstance(payload, dict)]
        for workspace in _workspaces([payload for _, payload in told]):
            refresh(workspace, wait=True)
        moment.saw(max((payload["created"] for _, payload in told), default=None))
        with transaction() as db:
            billing.settle(db, [event_id for event_id, _ in waiting])
        worked += len(waiting)
    access.forget()
    return worked


def _waiting() -> list[tuple[str, object]]:
    with reading() as db:
        return [(row.id, row.payload) for row in checkpoints.pending(db, OWN_ACCOUNT, _AT_ONCE)]


def _workspaces(events: Sequence[Mapping[str, Any]]) -> list[str]:
    """Whose customers the events are about; customers that we did not make are nobody's."""
    named = {customer for event in events if (customer := _customer(event["data"]["object"]))}
    with reading() as db:
        found = {billing.workspace_of(db, customer) for customer in sorted(named)}
    return sorted(each for each in found if each is not None)


def _customer(subject: Mapping[str, Any]) -> str | None:
    named = subject.get("id") if subject.get("object") == "customer" else subject.get("customer")
    named = named.get("id") if isinstance(named, Mapping) else named
    return named if isinstance(named, str) else None


def reconcile() -> None:
    """Read anew what every paying workspace has: whatever a lost webhook would have told. Raises nothing expected."""
    if not settings().charging:
        return
    try:
        apply_events()
        with reading() as db:
            mine = [each.workspace for each in billing.customers(db)]
        for workspace in mine:
            refresh(workspace, wait=True)
    except AppError as error:
        log.warning("Who has paid could not be read from Stripe; it is tried again later: %s", error.code)
