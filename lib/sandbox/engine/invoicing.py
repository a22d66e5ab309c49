"""Invoices: drafts, finalising, voiding, and what waits for the next one. Minor units, epoch seconds."""

from __future__ import annotations

from lib.sandbox.engine import shapes_invoices as shapes
from lib.sandbox.engine.calendar import DAY, HOUR
from lib.sandbox.engine.discounts import coupon_of, running
from lib.sandbox.engine.lines import Entry, line, offs, totals
from lib.sandbox.engine.payments import cancel_payment, mark_paid
from lib.sandbox.engine.pricing import parts
from lib.sandbox.engine.state import Item, Object, State, Sub

DRAFT_FOR = HOUR


def draft(  # noqa: PLR0913 - an invoice has these six sides
    state: State,
    customer_id: str,
    currency: str,
    entries: list[tuple[str | None, Entry]],
    reason: str,
    *,
    sub: Sub | None = None,
    period: tuple[int, int] | None = None,
) -> str:
    """Make a draft invoice of some entries (with the invoice item each takes up, if any) and return its id."""
    invoice_id = state.id("in")
    discounts = running(state, sub, state.now) if sub else []
    taken = offs(state, [entry for _, entry in entries], discounts)
    rate = state.of("tax_rate")[sub.tax] if sub and sub.tax else None
    lines = []
    for (item_id, entry), given in zip(entries, taken, strict=True):
        made = line(state, invoice_id, currency, entry, given, rate)
        lines.append(made)
        if entry.billed:
            entry.billed.amount += entry.amount - sum(each.amount for each in given) if entry.discountable else 0
            entry.billed.invoice, entry.billed.line = invoice_id, made["id"]
        if item_id:
            state.change("invoiceitem", item_id, "invoiceitem.updated", invoice=invoice_id)
    if sub:
        sub.pending = []
        sub.latest_invoice = invoice_id
        sub.invoices.append(invoice_id)
    if len(lines) > shapes.FIRST_PAGE:
        state.more_lines[invoice_id] = lines
    fields = {
        **totals(lines, rate),
        "account_name": state.name,
        "application": sub.application if sub else None,
        "currency": currency,
        "billing_reason": reason,
        "collection_method": "send_invoice" if sub and sub.days_until_due else "charge_automatically",
        "default_tax_rates": [rate] if rate and not (sub and sub.automatic) else [],
        **(shapes.AUTOMATIC_TAX if sub and sub.automatic else {}),
        "customer_tax_ids": list(state.payer(customer_id).tax_ids),
        "discounts": [each["id"] for each in discounts],
        "automatically_finalizes_at": state.now + DRAFT_FOR,
        "lines": shapes.invoice_lines(invoice_id, lines),
        "parent": shapes.invoice_parent(sub) if sub else None,
        "period_start": period[0] if period else state.now,
        "period_end": period[1] if period else state.now,
    }
    state.add(shapes.invoice(invoice_id, state.now, state.of("customer")[customer_id], fields), "invoice.created")
    _spend_once(state, sub, discounts)
    return invoice_id


def _spend_once(state: State, sub: Sub | None, discounts: list[Object]) -> None:
    """Take the discounts that work once off the subscription they were just spent on (a trial spends none).

    When the period that they were spent on ends is kept for the truth.
    """
    if sub is None or sub.status == "trialing":
        return
    for discount in discounts:
        if coupon_of(state, discount)["duration"] == "once" and discount["id"] in sub.discounts:
            sub.discounts.remove(discount["id"])
            sub.spent[discount["id"]] = sub.end


def finalize(state: State, invoice_id: str) -> bool:
    """Number a draft, use the customer's credit, and open it; tell whether money is still due."""
    invoice = state.of("invoice")[invoice_id]
    payer = state.payer(invoice["customer"])
    payer.invoices += 1
    before, after = _use_balance(state, invoice)
    due = max(invoice["total"] - (after - before), 0) if invoice["total"] > 0 else 0
    days = state.subs[_sub_of(invoice)].days_until_due if invoice["parent"] else None
    opened = state.change(
        "invoice",
        invoice_id,
        status="open",
        amount_due=due,
        amount_remaining=due,
        starting_balance=before,
        ending_balance=after,
        due_date=state.now + days * DAY if days else None,
        status_transitions={**invoice["status_transitions"], "finalized_at": state.now},
        **shapes.finalized(invoice_id, f"{payer.prefix}-{payer.invoices:04d}", state.now, state.base),
    )
    state.emit("invoice.finalized", opened)
    if not due:
        mark_paid(state, invoice_id)
    return due > 0


def _sub_of(invoice: Object) -> str:
    return str(invoice["parent"]["subscription_details"]["subscription"])


def _use_balance(state: State, invoice: Object) -> tuple[int, int]:
    """Use the customer's credit (a negative balance) on an invoice, or add to it what a negative invoice owes."""
    customer = state.of("customer").get(invoice["customer"])
    before = customer["balance"] if customer else 0
    total = invoice["total"]
    after = before + total if total < 0 else min(before + total, 0) if before < 0 else before
    if after != before:
        state.change("customer", invoice["customer"], "customer.updated", balance=after)
    return before, after


def void(state: State, invoice_id: str) -> None:
    """Void an invoice: a draft is finalised in the same moment."""
    invoice = state.of("invoice")[invoice_id]
    payer = state.payer(invoice["customer"])
    changes: Object = {}
    if invoice["status"] == "draft":
        payer.invoices += 1
        changes = shapes.finalized(invoice_id, f"{payer.prefix}-{payer.invoices:04d}", state.now, state.base)
    stamps = {**invoice["status_transitions"], "voided_at": state.now}
    stamps["finalized_at"] = stamps["finalized_at"] or state.now
    changed = {**changes, "status": "void", "status_transitions": stamps, "auto_advance": False}
    cancel_payment(state, invoice_id)
    state.change("invoice", invoice_id, "invoice.voided", next_payment_attempt=None, **changed)


def give_up(state: State, invoice_id: str) -> None:
    """Mark an invoice as money that will not come."""
    invoice = state.of("invoice")[invoice_id]
    payer = state.payer(invoice["customer"])
    changes: Object = {}
    if invoice["status"] == "draft":
        payer.invoices += 1
        changes = shapes.finalized(invoice_id, f"{payer.prefix}-{payer.invoices:04d}", state.now, state.base)
    stamps = {**invoice["status_transitions"], "marked_uncollectible_at": state.now}
    stamps["finalized_at"] = stamps["finalized_at"] or state.now
    changed = {**changes, "status": "uncollectible", "status_transitions": stamps, "auto_advance": False}
    state.change("invoice", invoice_id, "invoice.marked_uncollectible", next_payment_attempt=None, **changed)


def add_pending(  # noqa: PLR0913, PLR0917 - all that a proration is made of
    state: State,
    sub: Sub,
    item: Item,
    price: Object,
    fields: Object,
    at: int,
) -> None:
    """Keep a proration, cut at a time, for the subscription's next invoice."""
    credited = None
    if fields["amount"] < 0 and item.billed and item.billed.line:
        lines = {"invoice": item.billed.invoice, "invoice_line_items": [item.billed.line]}
        credited = {"invoice_line_item_details": lines, "type": "invoice_line_items"}
    made = shapes.invoice_item(
        state.id("ii"),
        state.now,
        sub.customer,
        sub.currency,
        {
            "discountable": False,
            "parent": {
                "subscription_details": {"subscription": sub.id, "subscription_item": item.id},
                "type": "subscription_details",
            },
            "period": {"end": sub.end, "start": at},
            "pricing": shapes.pricing(price, None),
            "proration": True,
            "proration_details": {"credited_items": credited, "discount_amounts": []},
            **fields,
        },
    )
    state.add(made, "invoiceitem.created")
    sub.pending.append(made["id"])


def one_off(state: State, customer_id: str, price_id: str, quantity: int) -> str:
    """Make an invoice for something sold once and return its id; it is a draft still."""
    price = state.of("price")[price_id]
    name = state.of("product")[price["product"]]["name"]
    amount = parts(price, quantity)[0].amount
    fields = {
        "amount": amount,
        "description": name,
        "discountable": True,
        "frozen_fields": [],
        "parent": None,
        "period": {"end": state.now, "start": state.now},
        "pricing": shapes.pricing(price, price["unit_amount_decimal"]),
        "proration": False,
        "proration_details": {"credited_items": None, "discount_amounts": []},
        "quantity": quantity,
    }
    item = shapes.invoice_item(state.id("ii"), state.now, customer_id, price["currency"], fields)
    state.add(item, "invoiceitem.created")
    entry = Entry(
        amount,
        quantity,
        name,
        state.now,
        state.now,
        shapes.item_parent(item["id"]),
        item["pricing"],
        price["product"],
    )
    return draft(state, customer_id, price["currency"], [(item["id"], entry)], "manual")
