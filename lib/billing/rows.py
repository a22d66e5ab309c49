"""What our own subscriptions and invoices at Stripe come to, each as the row that is kept of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, Final

from lib.billing import plans
from lib.billing.plans import Every
from lib.money import to_micros
from lib.store.tables import BillingInvoice, BillingSubscription

OVER: Final = frozenset({"canceled", "incomplete_expired"})
"""Statuses of subscriptions that will never be paid again."""
OWED: Final = frozenset({"past_due", "unpaid"})
"""Statuses of subscriptions whose last payment failed."""
_MONTHS: Final = {"day": Fraction(12, 365), "week": Fraction(84, 365), "month": Fraction(1), "year": Fraction(12)}
"""Months in an interval, as docs/metrics.md counts them."""


def subscription_row(
    found: Mapping[str, Any],
    workspace: str,
    observed: float,
    open_invoices: Sequence[Mapping[str, Any]],
    kept: BillingSubscription | None = None,
) -> BillingSubscription:
    """A subscription as Stripe shows it; ``kept``: as it was known before. See :func:`_bought` for its plan.

    Raises LookupError or TypeError for what has not the shape of one, such as no item.
    """
    item = found["items"]["data"][0]
    price, quantity = item["price"], item.get("quantity") or 1
    plan, interval = _bought(found, price, workspace, kept)
    amount = (price.get("unit_amount") or 0) * quantity
    over = found["status"] in OVER
    return BillingSubscription(
        id=found["id"],
        workspace=workspace,
        customer=found["customer"],
        status=found["status"],
        plan=plan,
        interval=interval,
        price=price["id"],
        item=item["id"],
        amount=amount,
        currency=price["currency"],
        mrr=mrr(found) if found["status"] in {"active", "past_due"} else 0,
        trial_end=found.get("trial_end"),
        period_end=item.get("current_period_end") or found.get("current_period_end"),
        ends_at=None if over else found.get("cancel_at") or _period_end(found, item),
        ended_at=found.get("ended_at") or (int(observed) if over else None),
        unpaid_since=_unpaid_since(open_invoices) or _still_unpaid(found["status"], observed, kept),
        discounted=_discounted(found, item),
        created=found["created"],
        observed_at=observed,
    )


def _bought(
    found: Mapping[str, Any], price: Mapping[str, Any], workspace: str, kept: BillingSubscription | None
) -> tuple[str | None, str | None]:
    """The plan (its slug) and interval that a subscription is for; a price that says neither gives none.

    A price of ours says both. One that was replaced since says what was known of it while it was ours, for this very
    subscription; else the plan counts that the subscription itself names together with this very workspace: on our own
    account nobody but us and whoever runs it can write that.
    """
    if known := plans.of_price(price):
        return known[0].slug, known[1].value
    if kept is not None and (kept.id, kept.price) == (found["id"], price["id"]) and kept.plan is not None:
        return kept.plan, _interval(price)
    named = found.get("metadata") or {}
    sold = {each.slug for each in plans.PLANS if not each.free}
    if named.get("workspace") == workspace and named.get("plan") in sold:
        return str(named["plan"]), _interval(price)
    return None, None


def _interval(price: Mapping[str, Any]) -> str | None:
    """How often a price is paid, where that is one of the ways that we sell."""
    recurring = price.get("recurring") or {}
    single = recurring.get("interval_count", 1) == 1
    return recurring["interval"] if single and recurring.get("interval") in set(Every) else None


def _period_end(found: Mapping[str, Any], item: Mapping[str, Any]) -> int | None:
    """When a subscription that was cancelled to its period's end is over."""
    if not found.get("cancel_at_period_end"):
        return None
    return item.get("current_period_end") or found.get("current_period_end")


def _discounted(found: Mapping[str, Any], item: Mapping[str, Any]) -> bool:
    """Whether a discount of the subscription's still works when it renews next."""
    renews = item.get("current_period_end") or found.get("current_period_end") or 0
    ends = [each.get("end") if isinstance(each, Mapping) else None for each in found.get("discounts") or ()]
    return any(end is None or end > renews for end in ends)


def _unpaid_since(open_invoices: Sequence[Mapping[str, Any]]) -> int | None:
    """When the oldest invoice that is still open was finalised: the grace runs from there, however many follow."""
    moments = [(each.get("status_transitions") or {}).get("finalized_at") or each["created"] for each in open_invoices]
    return min(moments, default=None)


def _still_unpaid(status: str, observed: float, kept: BillingSubscription | None) -> int | None:
    """Since when a subscription is unpaid of which no invoice is open: it was written off, or paid a moment ago.

    Since it was known to be so: never before anybody could tell.
    """
    if status not in OWED:
        return None
    return kept.unpaid_since if kept is not None and kept.unpaid_since is not None else int(observed)


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
