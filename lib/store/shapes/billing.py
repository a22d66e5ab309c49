"""Subscriptions, invoices, their items, lines and payments, and credit notes as rows."""

from __future__ import annotations

from typing import Any

from lib.store.shapes.catalog import discounts, priced
from lib.store.shapes.common import NOTHING, Obj, data, is_whole, key, ref, total
from lib.store.tables import (
    Charge,
    CreditNote,
    Invoice,
    InvoiceItem,
    InvoiceLine,
    InvoicePayment,
    Row,
    Subscription,
    SubscriptionItem,
)


def subscription(obj: Obj, account: str, at: float) -> list[Row]:
    """A subscription, its items, and the prices, discounts and coupons nested in them."""
    get = obj.get
    pause = get("pause_collection") or NOTHING
    cancellation = get("cancellation_details") or NOTHING
    items = data(get("items"))
    found, rows = discounts(obj, account, at, subscription=obj["id"], customer=ref(get("customer")))
    row = key(obj, account, at) | {
        "customer": ref(get("customer")),
        "status": get("status"),
        "currency": get("currency"),
        "created": get("created"),
        "start_date": get("start_date"),
        "trial_start": get("trial_start"),
        "trial_end": get("trial_end"),
        "cancel_at": get("cancel_at"),
        "cancel_at_period_end": get("cancel_at_period_end"),
        "canceled_at": get("canceled_at"),
        "ended_at": get("ended_at"),
        "pause_behavior": pause.get("behavior"),
        "pause_resumes_at": pause.get("resumes_at"),
        "collection_method": get("collection_method"),
        "billing_cycle_anchor": get("billing_cycle_anchor"),
        "current_period_start": get("current_period_start") or _edge(max, items, "current_period_start"),
        "current_period_end": get("current_period_end") or _edge(min, items, "current_period_end"),
        "discounts": found,
        "cancellation_reason": cancellation.get("reason"),
        "cancellation_feedback": cancellation.get("feedback"),
        "cancellation_comment": cancellation.get("comment"),
        "latest_invoice": ref(get("latest_invoice")),
        "schedule": ref(get("schedule")),
        "metadata": get("metadata"),
    }
    if is_whole(get("items")):
        row["children_at"] = at
    out: list[Row] = [(Subscription, row), *rows]
    for position, item in enumerate(items):
        out += subscription_item(item, account, at, of=obj, position=position)
    return out


def _edge(choose: Any, items: list[Obj], name: str) -> int | None:  # noqa: ANN401 - min or max
    """The latest start or the earliest end among the items' periods."""
    found: int | None = choose((item[name] for item in items if item.get(name) is not None), default=None)
    return found


def subscription_item(
    obj: Obj, account: str, at: float, *, of: Obj = NOTHING, position: int | None = None
) -> list[Row]:
    """An item, its price and its discounts. ``of`` is the subscription it was found in."""
    get = obj.get
    price, product, _, price_rows = priced(obj, account, at)
    parent = ref(get("subscription")) or of.get("id")
    found, rows = discounts(obj, account, at, subscription=parent, subscription_item=obj["id"])
    row = key(obj, account, at) | {
        "subscription": parent,
        "price": price,
        "product": product,
        "quantity": get("quantity"),
        "created": get("created"),
        "discounts": found,
        "current_period_start": get("current_period_start") or of.get("current_period_start"),
        "current_period_end": get("current_period_end") or of.get("current_period_end"),
    }
    if position is not None:
        row["position"] = position
    return [(SubscriptionItem, row), *price_rows, *rows]


def invoice(obj: Obj, account: str, at: float) -> list[Row]:
    """An invoice, its lines, its payments, and the discounts nested in it."""
    get = obj.get
    moments = get("status_transitions") or NOTHING
    found, rows = discounts(obj, account, at, customer=ref(get("customer")))
    row = key(obj, account, at) | {
        "customer": ref(get("customer")),
        "subscription": ref(_details(obj, "subscription_details").get("subscription") or get("subscription")),
        "status": get("status") or ("paid" if get("paid") else None),
        "currency": get("currency"),
        "created": get("created"),
        "number": get("number"),
        "billing_reason": get("billing_reason"),
        "collection_method": get("collection_method"),
        "period_start": get("period_start"),
        "period_end": get("period_end"),
        "subtotal": get("subtotal"),
        "total": get("total"),
        "amount_due": get("amount_due"),
        "amount_paid": get("amount_paid"),
        "amount_remaining": get("amount_remaining"),
        "attempt_count": get("attempt_count"),
        "attempted": get("attempted"),
        "next_payment_attempt": get("next_payment_attempt"),
        "due_date": get("due_date"),
        "finalized_at": moments.get("finalized_at"),
        "paid_at": moments.get("paid_at"),
        "voided_at": moments.get("voided_at"),
        "marked_uncollectible_at": moments.get("marked_uncollectible_at"),
        "total_tax": total(get("total_taxes") or get("total_tax_amounts")) or get("tax") or 0,
        "total_discount": total(get("total_discount_amounts")),
        "discounts": found,
    }
    if is_whole(get("lines")):
        row["children_at"] = at
    out: list[Row] = [(Invoice, row), *rows]
    for position, line in enumerate(data(get("lines"))):
        out += line_item(line, account, at, of=obj, position=position)
    for payment in data(get("payments")):
        out += invoice_payment(payment, account, at)
    return out + _old_payment(obj, account)


def _details(obj: Obj, *names: str) -> Obj:
    """What the ``parent`` of an invoice, line or item holds under the first of these names that it has."""
    parent = obj.get("parent") or NOTHING
    return next((parent[name] for name in names if parent.get(name)), NOTHING)


def _old_payment(obj: Obj, account: str) -> list[Row]:
    """Old invoices name their charge. Charges of today name no invoice: what is known of one is filled in.

    The row claims nothing else of the charge, so it counts as never seen (``observed_at`` 0).
    """
    charge = ref(obj.get("charge"))
    if charge is None:
        return []
    row = {"account": account, "id": charge, "observed_at": 0.0, "deleted": False}
    return [(Charge, row | {"invoice": obj["id"], "payment_intent": ref(obj.get("payment_intent"))})]


def line_item(obj: Obj, account: str, at: float, *, of: Obj = NOTHING, position: int | None = None) -> list[Row]:
    """A line of an invoice. ``of`` is the invoice it was found in."""
    get = obj.get
    details = _details(obj, "subscription_item_details", "invoice_item_details") or obj
    period = get("period") or NOTHING
    price, product, amount, price_rows = priced(obj, account, at)
    found, rows = discounts(obj, account, at, customer=ref(of.get("customer")))
    inclusive, exclusive = _taxes(obj)
    row = key(obj, account, at) | {
        "invoice": ref(get("invoice")) or of.get("id"),
        "subscription": ref(details.get("subscription") or get("subscription")),
        "subscription_item": ref(details.get("subscription_item")),
        "price": price,
        "product": product,
        "invoice_item": ref(details.get("invoice_item")),
        "currency": get("currency"),
        "amount": get("amount"),
        "quantity": get("quantity"),
        "unit_amount_decimal": amount,
        "proration": details.get("proration"),
        "period_start": period.get("start"),
        "period_end": period.get("end"),
        "discount_amounts": [
            {"discount": ref(one.get("discount")), "amount": one["amount"]} for one in get("discount_amounts") or ()
        ],
        "discounts": found,
        "tax_inclusive": inclusive,
        "tax_exclusive": exclusive,
        "taxes": _rated(obj),
        "description": get("description"),
    }
    if position is not None:
        row["position"] = position
    return [(InvoiceLine, row), *price_rows, *rows]


def _taxes(line: Obj) -> tuple[int, int]:
    """Taxes within the line's amount and on top of it, in minor units."""
    taxes = line.get("taxes") or line.get("tax_amounts")
    if not taxes:
        return 0, 0
    inside = total(tax for tax in taxes if tax.get("tax_behavior") == "inclusive" or tax.get("inclusive"))
    return inside, total(taxes) - inside


def _rated(line: Obj) -> list[Obj] | None:
    """Each tax of the line with its rate's id, where Stripe names one."""
    taxes = line.get("taxes") or line.get("tax_amounts")
    return [
        {
            "rate": ref((tax.get("tax_rate_details") or tax).get("tax_rate")),
            "amount": tax["amount"],
            "inclusive": tax.get("tax_behavior") == "inclusive" or bool(tax.get("inclusive")),
        }
        for tax in taxes or ()
    ] or None


def invoiceitem(obj: Obj, account: str, at: float) -> list[Row]:
    """An invoice item, pending while it names no invoice."""
    get = obj.get
    details = _details(obj, "subscription_details") or obj
    period = get("period") or NOTHING
    price, product, amount, price_rows = priced(obj, account, at)
    found, rows = discounts(obj, account, at, customer=ref(get("customer")))
    row = key(obj, account, at) | {
        "customer": ref(get("customer")),
        "subscription": ref(details.get("subscription")),
        "subscription_item": ref(details.get("subscription_item")),
        "invoice": ref(get("invoice")),
        "price": price,
        "product": product,
        "currency": get("currency"),
        "amount": get("amount"),
        "quantity": get("quantity"),
        "unit_amount_decimal": amount,
        "proration": get("proration"),
        "period_start": period.get("start"),
        "period_end": period.get("end"),
        "date": get("date"),
        "discounts": found,
        "description": get("description"),
    }
    return [(InvoiceItem, row), *price_rows, *rows]


def invoice_payment(obj: Obj, account: str, at: float) -> list[Row]:
    """A payment of an invoice."""
    get = obj.get
    payment = get("payment") or NOTHING
    row = key(obj, account, at) | {
        "invoice": ref(get("invoice")),
        "charge": ref(payment.get("charge")),
        "payment_intent": ref(payment.get("payment_intent")),
        "status": get("status"),
        "amount_paid": get("amount_paid"),
        "amount_requested": get("amount_requested"),
        "currency": get("currency"),
        "created": get("created"),
        "paid_at": (get("status_transitions") or NOTHING).get("paid_at"),
    }
    return [(InvoicePayment, row)]


def credit_note(obj: Obj, account: str, at: float) -> list[Row]:
    """A credit note. The refunds it caused have rows of their own."""
    get = obj.get
    row = key(obj, account, at) | {
        "invoice": ref(get("invoice")),
        "customer": ref(get("customer")),
        "amount": get("amount"),
        "currency": get("currency"),
        "created": get("created"),
        "status": get("status"),
        "reason": get("reason"),
        "type": get("type"),
    }
    return [(CreditNote, row)]
